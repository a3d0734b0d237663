"""Which settings of a sweep matter: the shares, their certainty, and the sentence."""

from __future__ import annotations

import random

import pytest

from cnnlab.study.importance import (
    Importance,
    Importances,
    measure_importances,
    write_importance_sentence,
)

PARAMETERS = {
    "rate": {"min": 0.0001, "max": 0.1, "step": None, "scale": "log"},
    "layers": [["flatten"], [{"conv": 8}, "flatten"]],
    "units": {"min": 16, "max": 128, "step": 16, "scale": "linear"},
}


def make_trials(count, rate=0.0, layers=0.0, noise=0.001):
    """Trials whose score depends on the rate and the layers with the given weights."""
    generator = random.Random(1)
    trials = []
    for _ in range(count):
        power, choice = generator.uniform(-4, -1), generator.choice(PARAMETERS["layers"])
        values = {"rate": 10**power, "layers": choice, "units": 16 * generator.randint(1, 8)}
        score = 0.9 - rate * (power + 2.5) ** 2 + layers * (len(choice) == 2)
        trials.append((values, score + generator.gauss(0, noise)))
    return trials


@pytest.mark.slow
def test_the_setting_that_decides_has_the_largest_share_and_is_certain():
    found = measure_importances(PARAMETERS, make_trials(20, layers=0.05))
    first, *others = found.of
    assert (first.parameter, first.is_certain) == ("layers", True)
    assert first.share > 0.9
    assert first.interval[0] <= first.share <= first.interval[1] <= 1
    assert [one.is_certain for one in others] == [False, False]
    assert found.trials == 20


@pytest.mark.slow
def test_equal_trials_have_equal_importances_and_optuna_logs_and_warns_of_nothing(capfd):
    import optuna

    before = optuna.logging.get_verbosity()
    trials = make_trials(10, rate=0.05)
    assert measure_importances(PARAMETERS, trials) == measure_importances(PARAMETERS, trials)
    assert capfd.readouterr() == ("", "")
    assert optuna.logging.get_verbosity() == before


@pytest.mark.slow
def test_noise_alone_is_told_apart_from_nothing():
    found = measure_importances(PARAMETERS, make_trials(12))
    assert [one.is_certain for one in found.of] == [False, False, False]
    assert write_importance_sentence(found, "val_loss") == (
        "no setting can be told apart from chance: none explains clearly more of the variance of "
        "val_loss over 12 trials than a shuffled copy of a setting does"
    )


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 finished trials are too few to say which settings matter"),
        (1, "1 finished trial is too few to say which settings matter"),
        (9, "9 finished trials are too few to say which settings matter"),
    ],
)
def test_few_trials_are_refused(count, text):
    found = measure_importances(PARAMETERS, make_trials(count))
    assert found == Importances((), count, text)
    assert write_importance_sentence(found, "val_accuracy") == text


def test_equal_scores_are_refused():
    trials = [(values, 0.5) for values, _ in make_trials(12)]
    text = "all 12 finished trials are equally good, so no setting matters here"
    assert measure_importances(PARAMETERS, trials) == Importances((), 12, text)


@pytest.mark.slow
def test_a_setting_that_never_varies_has_no_share():
    trials = [({**values, "units": 16}, score) for values, score in make_trials(12, rate=0.1)]
    found = measure_importances(PARAMETERS, trials)
    assert sorted(one.parameter for one in found.of) == ["layers", "rate"]


RATE = Importance("rate", 0.61, (0.4, 0.78), True)
UNITS = Importance("units", 0.2, (0.1, 0.3), True)
CHANCE = [Importance(name, 0.05, (0.0, 0.1), False) for name in ("a", "b")]


@pytest.mark.parametrize(
    ("found", "text"),
    [
        (
            (RATE, *CHANCE),
            "rate matters most: it explains 61% (95% interval 40% to 78%) of the variance of "
            "val_loss over 30 trials; the others cannot be told apart from chance",
        ),
        (
            (RATE, UNITS, *CHANCE),
            "rate matters most: it explains 61% (95% interval 40% to 78%) of the variance of "
            "val_loss over 30 trials; units 20% (95% interval 10% to 30%); the other 2 cannot be "
            "told apart from chance",
        ),
        (
            (RATE,),
            "rate matters here: it explains 61% (95% interval 40% to 78%) of the variance of "
            "val_loss over 30 trials",
        ),
    ],
)
def test_the_sentence_names_the_settings_that_matter(found, text):
    assert write_importance_sentence(Importances(found, 30), "val_loss") == text

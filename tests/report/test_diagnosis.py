"""Each finding appears for a history that shows it, and not for one that nearly does."""

from __future__ import annotations

import math

import pytest
from diagnosis_builders import CONV, MODEL, experiment, find_findings, titles

from cnnlab.report.evidence import Finding, KernelChange, SilentMapCount

FALLING = [0.8, 0.5, 0.4, 0.35, 0.33, 0.32]
BETTER = [0.4, 0.3, 0.29, 0.32, 0.31, 0.289]  # than FALLING by over a tenth, in the first three


def test_a_history_where_all_is_well_has_no_finding():
    assert find_findings(FALLING, [0.7, 0.5, 0.42, 0.4, 0.39, 0.389]) == []
    assert find_findings(FALLING) == []
    assert find_findings([0.3], [0.28]) == []


def test_overfitting_is_reported_with_its_epoch_and_figures():
    training = [0.8, 0.5, 0.4, 0.3, 0.2, 0.1]
    assert find_findings(training, [0.7, 0.5, 0.45, 0.5, 0.6, 0.7], best=3) == [
        Finding(
            "Overfitting since epoch 3",
            "The validation loss is lowest in epoch 3, 0.4500; its mean in the later epochs is "
            "0.6000. In these epochs, the training loss fell from 0.4000 to 0.1000.",
            "best.keras has the weights of epoch 3. What may help: data.augment or a dropout layer "
            "or fewer parameters.",
        )
    ]


def test_advice_against_overfitting_names_only_what_is_not_there_yet():
    spec = experiment([*MODEL[:2], {"dropout": 0.5}, MODEL[2]], augment="digits")
    [finding] = find_findings([0.8, 0.4, 0.2, 0.1], [0.7, 0.4, 0.5, 0.6], spec=spec)
    assert finding.advice == "What may help: fewer parameters."


@pytest.mark.parametrize(
    ("training", "validation"),
    [
        ([0.8, 0.5, 0.4, 0.3], [0.7, 0.5, 0.45, 0.5]),  # one epoch is no trend
        ([0.8, 0.5, 0.4, 0.3, 0.2], [0.7, 0.5, 0.45, 0.455, 0.46]),  # within the noise
        ([0.8, 0.5, 0.4, 0.4, 0.39], [0.7, 0.5, 0.45, 0.5, 0.6]),  # training has stopped too
        ([0.8, 0.5, 0.4, 0.3, 0.2], [0.7, 0.9, 0.6, 0.5, 0.45]),  # back to its lowest
        ([0.8, 0.5, 0.4, 0.3, 0.2], None),
    ],
)
def test_other_histories_are_not_reported_as_overfitting(training, validation):
    assert not any("verfitting" in title for title in titles(training, validation))


def test_a_loss_that_is_no_number_names_the_learning_rate_and_the_epoch():
    assert find_findings([0.9, 1.4, math.nan, math.nan]) == [
        Finding(
            "The learning rate is too high",
            "The training loss is not a finite number from epoch 3 on; it was 1.4000 in epoch 2.",
            "Try a smaller learning rate: a third of the present value, 0.01.",
        )
    ]
    [finding] = find_findings([math.inf])
    assert finding.evidence == "The training loss is not a finite number from epoch 1 on."


@pytest.mark.parametrize(
    ("cause", "title", "advice"),
    [
        (
            "Likely the precision is too narrow: with the same weights, the outputs are finite "
            "in float32, but not in mixed_float16. Try `precision: float32`",
            "The precision is too narrow",
            "Try `precision: float32`.",
        ),
        (
            "Likely the data has pixels that are too large: scaled pixels reach 62. Try a "
            "`batch_norm` first",
            "The data has pixels that are too large",
            "Try a `batch_norm` first.",
        ),
    ],
)
def test_a_training_that_diverged_for_another_reason_has_that(cause, title, advice):
    where = "the loss is not a finite number in batch 7 of epoch 3"
    [finding] = find_findings(
        [0.9, 0.8], ended=f"training diverged: {where}; kept in a file. {cause}"
    )
    assert (finding.title, finding.advice) == (title, advice)
    assert finding.evidence == f"Training diverged after epoch 2: {where}."


def test_a_training_that_diverged_has_its_reason():
    ended = (
        "training diverged: the loss is not a finite number in batch 7 of epoch 3; the weights of "
        "epoch 2 are in runs/a-001/checkpoints/last.keras. Try a smaller learning rate (it was 9)"
    )
    [finding] = find_findings([0.9, 0.8], ended=ended)
    assert finding.title == "The learning rate is too high"
    assert finding.evidence == (
        "Training diverged after epoch 2: the loss is not a finite number in batch 7 of epoch 3."
    )


def test_a_loss_that_rises_again_and_again_names_the_learning_rate():
    assert find_findings([1.0, 0.6, 0.9, 0.5, 1.1, 0.6])[0] == Finding(
        "The learning rate is too high",
        "The training loss rose by more than 10% in 2 of 6 epochs, at most from 0.5000 to 1.1000 "
        "in epoch 5.",
        "Try a smaller learning rate: a third of the present value, 0.01.",
    )


@pytest.mark.parametrize(
    "losses",
    [
        [1.0, 0.6, 0.9, 0.5, 0.4, 0.3],  # once
        [1.0, 0.6, 0.62, 0.61, 0.64, 0.6],  # by less than 10%
        [0.1, 0.01, 0.02, 0.01, 0.03, 0.01],  # by hundredths of what guessing costs
    ],
)
def test_a_loss_that_wavers_does_not_accuse_the_learning_rate(losses):
    assert "The learning rate is too high" not in titles(losses)


def test_a_schedule_is_named_by_its_highest_rate():
    spec = experiment(rate={"one_cycle": 0.4})
    [finding] = find_findings([math.nan], spec=spec)
    assert finding.advice == "Try a smaller learning rate: a third of the present value, 0.4."


def test_still_improving_is_reported_after_all_epochs():
    assert find_findings([0.8, 0.6, 0.5, 0.4], [0.8, 0.6, 0.5, 0.45]) == [
        Finding(
            "The network still improved at the end",
            "The validation loss still fell: 0.6000, 0.5000, 0.4500 in epochs 2 to 4.",
            "Train longer: --set training.epochs=8.",
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"ended": "early stopping: val_loss has not improved on epoch 2 for 2 epochs"},
        {"validation": [0.8, 0.6, 0.5, 0.497]},  # hardly
        {"validation": [0.4, 0.6, 0.5, 0.45]},  # it was better before
        {"validation": None},
        {"rates": [0.01, 0.005, 0.002, 0.0005]},  # the rate has fallen, and the loss with it
    ],
    ids=str,
)
def test_still_improving_needs_the_last_epochs_to_be_clearly_the_best(changes):
    more = {"validation": [0.8, 0.6, 0.5, 0.45], **changes}
    assert "The network still improved at the end" not in titles([0.8, 0.6, 0.5, 0.4], **more)


def test_underfitting_is_reported_with_the_loss_of_guessing():
    assert find_findings([1.6, 1.21, 1.205, 1.2, 1.2], [1.5, 1.22, 1.21, 1.21, 1.21]) == [
        Finding(
            "Underfitting",
            "The training loss hardly changed in the last three epochs, from 1.2100 to 1.2000. "
            "The last value is still 52% of the loss of guessing, 2.3026.",
            "Give the network more filters or more layers.",
        )
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"loss": [1.6, 0.41, 0.405, 0.4, 0.4]},  # low enough
        {"loss": [1.6, 1.4, 1.3, 1.2, 1.1]},  # still falling
        {"validation": [1.5, 1.6, 1.6, 1.6, 1.6]},  # the trouble is another
        {"rates": [0.01, 0.01, 0.001, 0.0001, 0.0001]},  # nothing can move at such a rate
    ],
    ids=str,
)
def test_underfitting_needs_a_high_loss_that_does_not_fall(changes):
    more = {"loss": [1.6, 1.21, 1.205, 1.2, 1.2], **changes}
    assert "Underfitting" not in titles(more.pop("loss"), **more)


@pytest.mark.parametrize(
    ("spec", "through"),
    [
        (experiment([CONV, "flatten", {"dropout": 0.5}, MODEL[2]]), "dropout"),
        (experiment(augment="digits"), "augment"),
        (
            experiment(
                [
                    {"residual": [{"conv": {"filters": 1, "padding": "same"}}]},
                    {"gaussian_noise": 0.1},
                    "flatten",
                    {"dropout": 0.5},
                    MODEL[2],
                ]
            ),
            "gaussian_noise and dropout",
        ),
    ],
)
def test_validation_that_looks_better_is_explained_by_what_the_config_has(spec, through):
    [finding] = find_findings(FALLING, BETTER, ended="early stopping", spec=spec)
    assert finding == Finding(
        "Validation looks better than training",
        "In 3 of 6 epochs, the validation loss is lower than the training loss: 0.2900 and 0.4000 "
        f"in epoch 3. This is normal, because only training images go through {through}.",
    )


def test_the_only_epoch_is_not_counted():
    spec = experiment([CONV, "flatten", {"dropout": 0.5}, MODEL[2]])
    [finding] = find_findings([0.8], [0.4], spec=spec)
    assert finding.evidence.startswith("In the only epoch, the validation loss is lower than the ")


def test_better_validation_without_a_known_reason_is_not_explained():
    assert titles(FALLING, BETTER, ended="early stopping") == []


def test_validation_that_is_seldom_better_needs_no_explanation():
    spec = experiment([CONV, "flatten", {"dropout": 0.5}, MODEL[2]])
    assert titles(FALLING, [0.4, 0.4, 0.4, 0.4, 0.39, 0.389], spec=spec) == []


def test_silent_maps_are_reported_by_layer():
    silent = [
        SilentMapCount("conv 1", 32, 0, 500),
        SilentMapCount("conv 2", 64, 24, 500),
        SilentMapCount("conv 3", 8, 1, 9),
    ]
    assert find_findings(FALLING, silent=silent) == [
        Finding(
            "38% of the maps of conv 2 never fire",
            "24 of 64 maps are never above 0 over 500 test images.",
            "Try a smaller learning rate than 0.01, or `leaky_relu`.",
        ),
        Finding(
            "12% of the maps of conv 3 never fire",
            "1 of 8 maps is never above 0 over 9 test images.",
        ),
    ]


def test_a_layer_that_training_has_not_moved_is_reported():
    assert find_findings(
        FALLING, moved=[KernelChange("conv 1", 0.4), KernelChange("conv 2", 0.004)]
    ) == [
        Finding(
            "conv 2 has hardly learned",
            "Training changed the kernel by 0.40% of its initial norm.",
        )
    ]


def test_the_most_serious_finding_is_first():
    spec = experiment([CONV, "flatten", {"dropout": 0.5}, MODEL[2]])
    training, validation = [0.9, 0.5, 0.4, 0.38, 0.36], [0.3, 0.2, 0.3, 0.32, 0.33]
    silent = [SilentMapCount("conv 1", 8, 8, 500)]
    assert titles(training, validation, silent=silent, spec=spec) == [
        "Overfitting since epoch 2",
        "Validation looks better than training",
        "100% of the maps of conv 1 never fire",
    ]

"""`ensemble` in a config: a number of members or their seeds, and wrong values."""

from __future__ import annotations

import pytest

from cnnlab.run_folder import format_spec, parse_spec
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.summary_text import format_summary

MODEL = "model: [flatten, dense: {units: 10, activation: softmax}]\n"


@pytest.mark.parametrize(
    ("text", "seeds"),
    [
        ("ensemble: 2", (0, 1)),
        ("seed: 7\nensemble: 3", (7, 8, 9)),
        ("ensemble: 3\nseed: 7", (7, 8, 9)),
        ("seed: 7\nensemble: [1, 7, 9]", (1, 7, 9)),
        ("seed: 2147483646\nensemble: 3", (2147483646, 2147483647, 0)),
        ("ensemble: null", None),
        ("seed: 7", None),
    ],
)
def test_a_number_counts_from_the_seed_and_a_list_is_the_seeds(parse, text, seeds):
    assert parse(f"{text}\n{MODEL}").experiment.ensemble == seeds


def test_an_edit_makes_an_ensemble_and_unmakes_it(parse):
    assert parse(MODEL, "ensemble=3", "seed=5").experiment.ensemble == (5, 6, 7)
    assert parse(f"ensemble: 3\n{MODEL}", "ensemble=").experiment.ensemble is None


def test_the_spec_holds_the_seeds_one_by_one(parse):
    spec = parse(f"seed: 7\nensemble: 3\n{MODEL}").experiment
    assert spec.model_dump(mode="json")["ensemble"] == [7, 8, 9]
    assert Experiment.model_validate(spec.model_dump(mode="json")) == spec
    inputs = Inputs(
        image_shape=(28, 28, 1),
        class_names=tuple("0123456789"),
        mean=(0.0,),
        deviation=(1.0,),
        fingerprint="",
    )
    whole = Spec(experiment=spec, inputs=inputs)
    assert parse_spec(format_spec(whole).encode(), "spec.json") == whole


def test_the_held_out_images_depend_on_the_seed_or_their_own_one(parse):
    assert parse(f"seed: 7\n{MODEL}").experiment.validation_seed == 7
    assert parse(f"seed: 7\ndata: {{validation_seed: 0}}\n{MODEL}").experiment.validation_seed == 0


def test_the_table_has_the_members(parse, info):
    spec = parse(f"seed: 7\nensemble: 3\n{MODEL}").experiment
    # 784 · 10 + 10 = 7,850 parameters
    assert format_summary(build_table(spec, info), spec, info).endswith(
        "ensemble       3 such networks, 23,550 parameters together; seeds 7, 8, 9\n"
    )


EXPECTED = (
    "a number from 2 to 100, or a list with that many different seeds "
    "(how many networks, or their seeds; the ensemble predicts their mean)"
)
SEED = "a whole number from 0 to 2,147,483,647"
MISFITS = {
    "1": "1 does not fit",
    "0": "0 does not fit",
    "-3": "-3 does not fit",
    "101": "101 does not fit",
    "3.5": "3.5 does not fit",
    "true": "true does not fit",
    "three": "the text `three` does not fit",
    "{members: 3}": "a mapping does not fit",
    "[]": "the list has length 0",
    "[1]": "the list has length 1",
    str([*range(101)]): "the list has length 101",
}


def test_every_misfit_has_a_place(read_faults):
    assert read_faults(f"ensemble: 1\n{MODEL}") == (
        "exp.yaml:1:11: ensemble: 1 does not fit\n"
        "     1 | ensemble: 1\n"
        "                   ^\n"
        f"       expected: {EXPECTED}\n\n1 fault"
    )


@pytest.mark.parametrize(("value", "message"), MISFITS.items(), ids=[k[:20] for k in MISFITS])
def test_a_wrong_ensemble_is_reported(read_faults, value, message):
    text = read_faults(f"ensemble: {value}\n{MODEL}")
    assert text.startswith(f"exp.yaml:1:11: ensemble: {message}\n")
    assert text.endswith(f"\n       expected: {EXPECTED}\n\n1 fault")


def test_every_wrong_seed_of_a_list_is_reported(read_faults):
    assert (
        read_faults(f"ensemble: [-1, 5, 3000000000, a]\n{MODEL}")
        == f"""\
exp.yaml:1:12: ensemble[0]: -1 does not fit
     1 | ensemble: [-1, 5, 3000000000, a]
                    ^
       expected: {SEED}

exp.yaml:1:19: ensemble[2]: 3000000000 does not fit
     1 | ensemble: [-1, 5, 3000000000, a]
                           ^
       expected: {SEED}

exp.yaml:1:31: ensemble[3]: the text `a` does not fit
     1 | ensemble: [-1, 5, 3000000000, a]
                                       ^
       expected: {SEED}

3 faults"""
    )


def test_duplicate_seeds_are_reported(read_faults):
    assert read_faults(f"ensemble: [9, 1, 2, 1, 9]\n{MODEL}") == (
        "exp.yaml:1:11: ensemble: the list has these seeds more than once: 1, 9\n"
        "     1 | ensemble: [9, 1, 2, 1, 9]\n"
        "                   ^\n"
        "       expected: different seeds\n\n1 fault"
    )


def test_a_wrong_seed_does_not_hide_a_wrong_ensemble(read_faults):
    text = read_faults(f"seed: -1\nensemble: 1\n{MODEL}")
    assert "seed: -1 does not fit" in text
    assert "ensemble: 1 does not fit" in text
    assert text.endswith("\n\n2 faults")

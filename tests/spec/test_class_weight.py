"""`data.class_weight`: its forms, its faults, and modes of callbacks that contradict a figure."""

from __future__ import annotations

import json
import unicodedata

import pytest

from cnnlab.spec.class_weights import balance_classes, list_weights
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.figures import describe_loss, list_figures

MODEL = "model: [flatten, dense: {units: 10, activation: softmax}]\n"
PETS = DatasetInfo((8, 8, 3), ("cat", "caf\u00e9", "T-shirt/top"), 60, 30)
EXPECTED = "balanced, or a mapping from names of classes to a number over 0 to 1,000,000"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("balanced", "balanced"),
        ("{0: 2, 9: 0.5}", {"0": 2.0, "9": 0.5}),
        ("", None),
    ],
)
def test_each_form_is_read_and_survives_the_spec_as_json(parse, text, value):
    experiment = parse(f"data: {{class_weight: {text}}}\n{MODEL}").experiment
    assert experiment.data.class_weight == value
    plain = json.loads(json.dumps(experiment.model_dump(mode="json")))
    assert plain["data"]["class_weight"] == value
    assert Experiment.model_validate(plain) == experiment


def test_an_edit_sets_the_weight_of_one_class(parse):
    edited = parse(MODEL, "data.class_weight.3=2").experiment
    assert edited.data.class_weight == {"3": 2.0}


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("balance", "the text `balance`"),
        ("{}", "a mapping"),
        ("[1, 2]", "a list"),
        ("2", "2"),
        ("true", "true"),
    ],
)
def test_another_form_is_refused(read_faults, value, shown):
    told = read_faults(f"data: {{class_weight: {value}}}\n{MODEL}")
    assert told.startswith(f"exp.yaml:1:22: data.class_weight: {shown} does not fit\n")
    assert f"expected: {EXPECTED} (balanced: " in told


def test_every_wrong_weight_and_every_unknown_class_is_a_fault_of_its_own(read_faults):
    text = "data: {class_weight: {cat: 0, cet: 2, dragon: 1, café: .inf, T-shirt/top: x}}\n"
    text += MODEL.replace("10", "3")
    told = read_faults(unicodedata.normalize("NFD", text), info=PETS)
    found = [line for line in told.splitlines() if line.startswith("exp.yaml")]
    assert [line.partition(": data.class_weight.")[2] for line in found] == [
        "cat: 0 does not fit",
        "cet: the data has no class `cet`",
        "dragon: the data has no class `dragon`",
        unicodedata.normalize("NFD", "café: `.inf` is not a finite number"),
        "T-shirt/top: the text `x` does not fit",
    ]
    assert "       expected: one of cat, café, T-shirt/top\n       did you mean `cat`?\n" in told
    assert "       expected: a number over 0 to 1,000,000\n" in told


def test_names_are_compared_after_unicode_normalization():
    names = ("cat", unicodedata.normalize("NFD", "café"))
    assert list_weights({unicodedata.normalize("NFC", "café"): 3.0}, names) == (1.0, 3.0)


def test_balanced_weights_are_those_of_scikit_learn():
    import numpy as np
    from sklearn.utils.class_weight import compute_class_weight

    counts = (5, 300, 17, 1)
    labels = np.repeat(np.arange(4), counts)
    expected = compute_class_weight("balanced", classes=np.arange(4), y=labels)
    assert balance_classes(counts) == pytest.approx(expected, rel=1e-12)


PENALTY = "kernel_regularizer: {l2: 0.1}"


@pytest.mark.parametrize(
    ("text", "loss"),
    [
        (MODEL, "cross-entropy"),
        (MODEL + "data: {class_weight: balanced}", "cross-entropy with class weights"),
        (
            MODEL + "training: {loss: {cross_entropy: 0.1}}\ndata: {class_weight: {0: 2}}",
            "cross-entropy with label smoothing and class weights",
        ),
        (
            MODEL.replace("dense: {", f"dense: {{{PENALTY}, "),
            "cross-entropy, plus penalties on weights",
        ),
        (
            f"model: [residual: {{layers: [conv: {{filters: 1, kernel_size: 3, padding: same, "
            f"{PENALTY}}}]}}, flatten, dense: 10]",
            "cross-entropy, plus penalties on weights",
        ),
    ],
)
def test_where_the_loss_is_more_the_history_has_the_cross_entropy_too(parse, text, loss):
    experiment = parse(text).experiment
    assert describe_loss(experiment) == loss
    plain = loss == "cross-entropy"
    assert list_figures(experiment) == ["loss", "accuracy", *([] if plain else ["cross_entropy"])]


def test_a_cross_entropy_that_the_config_lists_occurs_once(parse):
    text = MODEL + "training: {loss: {cross_entropy: 0.1}, metrics: [cross_entropy, accuracy]}"
    assert list_figures(parse(text).experiment) == ["loss", "cross_entropy", "accuracy"]


def test_the_added_cross_entropy_can_be_monitored(parse, read_faults):
    monitor = "callbacks: [early_stopping: {monitor: val_cross_entropy}]"
    smooth = "loss: {cross_entropy: 0.1}"
    assert parse(f"{MODEL}training: {{{smooth}, {monitor}}}").experiment.training.callbacks
    told = read_faults(f"{MODEL}training: {{{monitor}}}")
    assert "`val_cross_entropy` is monitored, but training does not compute this metric" in told


@pytest.mark.parametrize("kind", ["model_checkpoint", "early_stopping", "reduce_lr_on_plateau"])
@pytest.mark.parametrize(
    ("monitor", "mode", "better", "right"),
    [
        ("val_accuracy", "min", "larger", "max"),
        ("val_loss", "max", "smaller", "min"),
        ("loss", "max", "smaller", "min"),
    ],
)
def test_a_mode_against_the_figure_is_a_fault(read_faults, kind, monitor, mode, better, right):
    callback = f"{kind}: {{monitor: {monitor}, mode: {mode}}}"
    told = read_faults(f"{MODEL}training:\n  callbacks:\n    - {callback}\n")
    place = f"exp.yaml:4:{7 + callback.index(mode)}"
    assert told == (
        f"{place}: training.callbacks[0].{kind}.mode: `mode: {mode}` with `{monitor}`: its "
        f"{better} values are the better ones\n"
        f"     4 |     - {callback}\n"
        f"       {' ' * (8 + callback.index(mode))}^\n"
        f"       expected: {right} or auto\n"
        "       leave `mode` out; the default, auto, knows\n\n"
        "1 fault"
    )


@pytest.mark.parametrize(("monitor", "mode"), [("val_accuracy", "max"), ("loss", "min")])
def test_a_mode_that_fits_the_figure_is_accepted(parse, monitor, mode):
    text = f"training: {{callbacks: [early_stopping: {{monitor: {monitor}, mode: {mode}}}]}}\n"
    assert parse(MODEL + text).experiment.training.callbacks[0].direction == mode

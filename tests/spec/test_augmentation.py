"""Augmentation in a config, and the faults of a wrong one."""

from __future__ import annotations

import json

import pytest

from cnnlab.run_folder import format_spec, parse_spec
from cnnlab.spec.augmentation import PRESETS, RandomFlip, RandomRotation
from cnnlab.spec.experiment import Spec
from cnnlab.spec.inputs import Inputs

MODEL = "model: [flatten, dense: {units: 10, activation: softmax}]\n"
ALL = (
    "one of random_translation, random_rotation, random_zoom, random_shear, random_flip, "
    "random_erasing, random_elastic, brightness, contrast, mixup, cutmix"
)
FORM = (
    "a preset (digits, clothes) or a list of kinds (random changes of training images, in this "
    "order)"
)


@pytest.fixture
def augment(parse):
    """The augmentation of a config whose `augment:` is this text."""
    return lambda text: parse(f"{MODEL}data: {{augment: {text}}}\n").experiment.data.augment


@pytest.mark.parametrize("text", ["null", "", "[]"])
def test_nothing_is_augmented_by_default(augment, parse, text):
    assert augment(text) == parse(MODEL).experiment.data.augment == ()


def test_a_kind_is_a_word_a_value_or_fields(augment):
    found = augment("[random_flip, random_rotation: 10, random_rotation: {degrees: 5.5}]")
    assert found == (RandomFlip(), RandomRotation(degrees=10), RandomRotation(degrees=5.5))


def test_a_kind_may_be_listed_twice(augment):
    assert len(augment("[brightness: 0.1, brightness: 0.1]")) == 2


@pytest.mark.parametrize(("name", "listed"), PRESETS.items())
def test_the_spec_of_a_run_has_the_kinds_of_a_preset(parse, name, listed):
    experiment = parse(f"{MODEL}data: {{augment: {name}}}\n").experiment
    assert experiment.data.augment == listed
    inputs = Inputs(
        image_shape=(28, 28, 1),
        class_names=tuple("0123456789"),
        mean=(0.0,),
        deviation=(255.0,),
        fingerprint="",
    )
    spec = Spec(experiment=experiment, inputs=inputs)
    written = json.loads(format_spec(spec))["experiment"]["data"]["augment"]
    assert [list(entry) for entry in written] == [[kind.kind] for kind in listed]
    assert parse_spec(format_spec(spec).encode(), "spec.json") == spec


def test_digits_are_not_mirrored_and_hardly_rotated():
    assert [kind.kind for kind in PRESETS["digits"]] == [
        "random_translation",
        "random_rotation",
        "random_zoom",
    ]
    assert PRESETS["digits"][1] == RandomRotation(degrees=10)


def test_clothes_are_mirrored_only_left_and_right():
    assert RandomFlip(mode="horizontal") in PRESETS["clothes"]


def test_a_kind_is_described_with_its_fields():
    assert str(RandomRotation(degrees=10)) == "random_rotation (degrees 10)"
    assert str(RandomFlip()) == "random_flip (mode horizontal)"
    assert str(PRESETS["digits"][0]) == "random_translation (height_factor 0.07)"


FAULTS = {
    "digitz": f"""\
exp.yaml:3:12: data.augment: the text `digitz` is not a preset
     3 |   augment: digitz
                    ^
       expected: {FORM}
       did you mean `digits`?
""",
    "random_flip": f"""\
exp.yaml:3:12: data.augment: the text `random_flip` is not a preset
     3 |   augment: random_flip
                    ^
       expected: {FORM}
       write a single kind as a list: [random_flip]
""",
    "{random_rotation: 10}": f"""\
exp.yaml:3:12: data.augment: a mapping is not a list
     3 |   augment: {{random_rotation: 10}}
                    ^
       expected: {FORM}
       put `- ` before each kind, or brackets around all kinds
""",
    "true": f"""\
exp.yaml:3:12: data.augment: true does not fit
     3 |   augment: true
                    ^
       expected: {FORM}
""",
    "[random_rotate: 10]": f"""\
exp.yaml:3:13: data.augment[0].random_rotate: unknown kind `random_rotate`
     3 |   augment: [random_rotate: 10]
                     ^
       expected: {ALL}
       did you mean `random_rotation`?
""",
    "[random_flip, random_rotation: 270]": """\
exp.yaml:3:43: data.augment[1].random_rotation.degrees: 270 does not fit
     3 |   augment: [random_flip, random_rotation: 270]
                                                   ^
       expected: a number over 0 to 180 (largest rotation to either side, in degrees)
""",
    "[random_rotation]": """\
exp.yaml:3:13: data.augment[0].random_rotation.degrees: `degrees` is missing
     3 |   augment: [random_rotation]
                     ^
       expected: a number over 0 to 180 (largest rotation to either side, in degrees)
""",
    "[random_flip: sideways]": """\
exp.yaml:3:26: data.augment[0].random_flip.mode: the text `sideways` is not a possible value
     3 |   augment: [random_flip: sideways]
                                  ^
       expected: one of horizontal, vertical, horizontal_and_vertical (horizontal swaps left and \
right, vertical swaps top and bottom; horizontal_and_vertical makes each swap independently)
""",
    "[digits]": f"""\
exp.yaml:3:13: data.augment[0].digits: unknown kind `digits`
     3 |   augment: [digits]
                     ^
       expected: {ALL}
       digits is a preset: write it without brackets
""",
}


@pytest.mark.parametrize(("text", "expected"), FAULTS.items())
def test_a_fault_is_reported_with_its_place_and_what_to_write(read_faults, text, expected):
    assert read_faults(f"{MODEL}data:\n  augment: {text}\n") == f"{expected}\n1 fault"


def test_a_mapping_below_augment_is_reported_at_its_first_line(read_faults):
    expected = f"""\
exp.yaml:4:5: data.augment: a mapping is not a list
     4 |     random_rotation: 10
             ^
       expected: {FORM}
       put `- ` before each kind, or brackets around all kinds

1 fault"""
    assert read_faults(f"{MODEL}data:\n  augment:\n    random_rotation: 10\n") == expected


def test_a_list_has_at_most_20_kinds(read_faults):
    flips = ", ".join(["random_flip"] * 21)
    assert "the list has 21 entries\n" in read_faults(f"{MODEL}data: {{augment: [{flips}]}}\n")


def test_a_wrong_augmentation_hides_no_other_fault(read_faults):
    text = f"{MODEL}data: {{augment: [mixup: 0], batch_size: 0}}\n"
    assert read_faults(text).endswith("2 faults")

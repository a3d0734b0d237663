"""The scaling of a foreign network, from the options --scaling, --mean and --deviation."""

import numpy as np
import pytest

from cnnlab.errors import UsageError
from cnnlab.spec.foreign_preparation import (
    ForeignModelOptions,
    compute_scaling,
    describe_scaling,
    to_numbers,
)


def scale(scaling, mean=None, deviation=None, channels=1, **rest):
    options = ForeignModelOptions(None, scaling, mean, deviation, **rest)
    return compute_scaling(options, channels)


@pytest.mark.parametrize(
    ("scaling", "black", "white"),
    [("unit", 0.0, 1.0), ("symmetric", -1.0, 1.0), ("none", 0.0, 255.0)],
)
def test_a_named_scaling_maps_black_and_white(scaling, black, white):
    means, deviations = scale(scaling, channels=3)
    for mean, deviation in zip(means, deviations, strict=True):
        assert ((0 - mean) / deviation, (255 - mean) / deviation) == (black, white)


def test_standard_counts_pixels_from_0_to_1_or_to_255():
    assert scale("standard", (0.1307,), (0.3081,)) == ((0.1307 * 255,), (0.3081 * 255,))
    assert scale("standard", (33.3,), (78.6,)) == ((33.3,), (78.6,))
    mean, deviation = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
    assert scale("standard", mean, deviation, 3) == (
        tuple(255 * number for number in mean),
        tuple(255 * number for number in deviation),
    )
    assert scale("standard", (0.5,), (0.5,), 3) == scale("symmetric", channels=3)
    assert scale("standard", (0.0,), (255.0,)) == scale("unit")
    assert scale("standard", (103.9, 116.8, 123.7), (1.0,), 3)[1] == (1.0, 1.0, 1.0)


BOTH = (
    "one counts pixels from 0 to 1, the other from 0 to 255; give both for pixels from 0 to 1 (all "
    "numbers at most 1), or both for pixels from 0 to 255"
)
NEEDS_BOTH = (
    "--scaling standard: the network gets (pixel - mean) / deviation; give both --mean and "
    "--deviation, each as one number or as one number for each channel"
)
WRONG = {
    NEEDS_BOTH: ("standard", (0.5,), None),
    f"{NEEDS_BOTH} ": ("standard", None, None),
    "--mean needs --scaling standard": ("unit", (0.5,), None),
    "--mean and --deviation need --scaling standard": (None, (0.5,), (0.5,)),
    "--mean 0.5,0.5: 2 numbers for images of 3 channels; expected one number or 3 numbers": (
        "standard",
        (0.5, 0.5),
        (0.5,),
        3,
    ),
    "--deviation 0.5,0.5,0.5: 3 numbers for images of 1 channel; expected one number": (
        "standard",
        (0.5,),
        (0.5, 0.5, 0.5),
    ),
    "--mean -1: expected numbers from 0 to 255": ("standard", (-1.0,), (1.0,)),
    "--mean nan: expected numbers from 0 to 255": ("standard", (float("nan"),), (1.0,)),
    "--deviation 0: expected numbers from 0.001 to 255": ("standard", (0.5,), (0.0,)),
    "--deviation 256: expected numbers from 0.001 to 255": ("standard", (5.0,), (256.0,)),
    f"--mean 33.3 --deviation 0.3081: {BOTH}": ("standard", (33.3,), (0.3081,)),
    f"--mean 0.1307 --deviation 78.6: {BOTH}": ("standard", (0.1307,), (78.6,)),
    "--mean 0 --deviation 1: this does not say whether pixels count from 0 to 1 or to 255; write "
    "--scaling unit or --scaling none": ("standard", (0.0,), (1.0,)),
    "--scaling half: expected unit, symmetric, none or standard": ("half",),
}


@pytest.mark.parametrize("told", WRONG)
def test_an_impossible_scaling_is_refused(told):
    with pytest.raises(UsageError, match=r"^--") as error:
        scale(*WRONG[told])
    assert str(error.value) == told.strip()


def test_unknown_words_are_refused():
    with pytest.raises(UsageError, match=r"^--resize crop: expected stretch or pad$"):
        scale("unit", resize="crop")
    with pytest.raises(UsageError, match=r"^--exif auto: expected ignore or turn$"):
        scale("unit", exif="auto")


def test_a_scaling_is_told_in_words():
    assert describe_scaling(*scale("symmetric", channels=3)) == "pixels from -1 to 1"
    assert describe_scaling(*scale("none")) == "pixels from 0 to 255"
    expected = "(pixel - 33.3285) / 78.5655 with pixels from 0 to 255"
    assert describe_scaling(*scale("standard", (0.1307,), (0.3081,))) == expected
    told = describe_scaling(*scale("standard", (10.0, 20.0, 30.0), (40.0,), 3))
    assert told == "(pixel - 10,20,30) / 40 with pixels from 0 to 255"


def test_numbers_of_python_are_a_number_or_a_sequence():
    assert to_numbers("mean", None) is None
    assert to_numbers("mean", np.float32(0.5)) == (0.5,)
    assert to_numbers("mean", np.array([1.0, 2.0])) == (1.0, 2.0)
    for wrong in ("0.5", [], ["0.5"], object, [None]):
        with pytest.raises(UsageError) as error:
            to_numbers("mean", wrong)
        expected = "expected a number, or one number for each channel"
        assert str(error.value) == f"mean: {expected}; got {wrong!r}"

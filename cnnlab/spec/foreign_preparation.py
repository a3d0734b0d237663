"""Check the options that say how to prepare images for a network of another program."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from numbers import Real
from typing import Any, Literal

from pydantic import Field

from cnnlab.counts import choose_form, format_count
from cnnlab.errors import UsageError
from cnnlab.spec.kinds import Section
from cnnlab.spec.wording import to_one_line

Scaling = tuple[tuple[float, ...], tuple[float, ...]]  # mean and deviation, of pixels from 0 to 255

# The network gets (pixel - mean) / deviation, with pixels from 0 to 255.
_SCALINGS = {"unit": (0.0, 255.0), "symmetric": (127.5, 127.5), "none": (0.0, 1.0)}
SCALING_NAMES = (*_SCALINGS, "standard")
RESIZE_NAMES = ("stretch", "pad")
EXIF_NAMES = ("ignore", "turn")
SCALING_CHOICES = (
    "--scaling unit (from 0 to 1), symmetric (from -1 to 1), none (from 0 to 255), or standard "
    "with --mean and --deviation"
)
_LEAST_DEVIATION = 1e-3  # a smaller number would make inputs over 1,000 from pixels from 0 to 1


class PicturePreparation(Section):
    """How to prepare image files for a network of another program; None if not chosen yet."""

    resize: Literal["stretch", "pad"] | None = Field(
        None, description="stretch each image, or keep its proportions and pad it with black"
    )
    exif: Literal["ignore", "turn"] | None = Field(
        None, description="ignore the EXIF orientation of images, or turn images upright"
    )


@dataclass(frozen=True)
class ForeignModelOptions:
    """The user's options for a model file of another program, about its data and images."""

    dataset: str | None = None
    scaling: str | None = None
    mean: tuple[float, ...] | None = None
    deviation: tuple[float, ...] | None = None
    resize: str | None = None
    exif: str | None = None

    def list_given(self) -> list[str]:
        """List the names of the command line options that the user gave, such as `--scaling`."""
        return [
            f"--{field.name}" for field in fields(self) if getattr(self, field.name) is not None
        ]


NO_OPTIONS = ForeignModelOptions()


def compute_scaling(options: ForeignModelOptions, channels: int) -> Scaling:
    """Compute the mean and the deviation of each channel from --scaling, --mean and --deviation.

    Raises:
        UsageError: the options contradict each other, or a number is outside the possible range.

    >>> compute_scaling(ForeignModelOptions(scaling="symmetric"), 1)
    ((127.5,), (127.5,))
    >>> compute_scaling(ForeignModelOptions(None, "standard", (0.5,), (0.25,)), 1)
    ((127.5,), (63.75,))
    """
    _require_known_words(options)
    given = [name for name in ("mean", "deviation") if getattr(options, name) is not None]
    if options.scaling == "standard":
        if options.mean is None or options.deviation is None:
            raise UsageError(
                "--scaling standard: the network gets (pixel - mean) / deviation; give both --mean "
                "and --deviation, each as one number or as one number for each channel"
            )
        return _compute_standard_scaling(options.mean, options.deviation, channels)
    if given:
        names = " and ".join(f"--{name}" for name in given)
        need = choose_form(len(given), "needs", "need")
        raise UsageError(f"{names} {need} --scaling standard")
    mean, deviation = _SCALINGS[options.scaling or "none"]
    return (mean,) * channels, (deviation,) * channels


def _require_known_words(options: ForeignModelOptions) -> None:
    for name, word, words in (
        ("scaling", options.scaling, SCALING_NAMES),
        ("resize", options.resize, RESIZE_NAMES),
        ("exif", options.exif, EXIF_NAMES),
    ):
        if word is not None and word not in words:
            raise UsageError(f"--{name} {word}: expected {', '.join(words[:-1])} or {words[-1]}")


def _compute_standard_scaling(
    mean: Sequence[float], deviation: Sequence[float], channels: int
) -> Scaling:
    """Convert a mean and deviation to pixels from 0 to 255, from pixels in either range.

    The range of the pixels is 0 to 1 or 0 to 255. For pixels from 0 to 1, the mean and the
    deviation are at most 1. Therefore numbers over 1 are for pixels from 0 to 255.
    """
    for name, numbers in (("mean", mean), ("deviation", deviation)):
        text = format_numbers(numbers)
        if len(numbers) not in (1, channels):
            need = "one number" if channels == 1 else f"one number or {channels} numbers"
            count = format_count(len(numbers), "number")
            have = format_count(channels, "channel")
            raise UsageError(f"--{name} {text}: {count} for images of {have}; expected {need}")
        least = 0 if name == "mean" else _LEAST_DEVIATION
        if not all(least <= number <= 255 for number in numbers):
            raise UsageError(f"--{name} {text}: expected numbers from {least:g} to 255")
    is_of_unit = max(*mean, *deviation, 0) <= 1
    both = f"--mean {format_numbers(mean)} --deviation {format_numbers(deviation)}"
    if not any(mean) and set(deviation) == {1}:
        raise UsageError(
            f"{both}: this does not say whether pixels count from 0 to 1 or to 255; write "
            "--scaling unit or --scaling none"
        )
    # A deviation of 1 only subtracts the mean, which networks in Caffe's way do from 0 to 255.
    counts_both_ways = any(0 < n <= 1 for n in mean) or any(n < 1 for n in deviation)
    if not is_of_unit and counts_both_ways:
        raise UsageError(
            f"{both}: one counts pixels from 0 to 1, the other from 0 to 255; give both for "
            "pixels from 0 to 1 (all numbers at most 1), or both for pixels from 0 to 255"
        )
    factor = 255 if is_of_unit else 1
    return _repeat(mean, factor, channels), _repeat(deviation, factor, channels)


def _repeat(numbers: Sequence[float], factor: int, channels: int) -> tuple[float, ...]:
    scaled = tuple(number * factor for number in numbers)
    return scaled * channels if len(scaled) == 1 else scaled


def to_numbers(name: str, value: object) -> tuple[float, ...] | None:
    """Convert the argument `mean` or `deviation` of a Python function to numbers; keep None.

    Raises:
        UsageError: the value is neither a number nor a sequence of numbers.

    >>> to_numbers("mean", 33), to_numbers("mean", [0.5, 0.4])
    ((33.0,), (0.5, 0.4))
    """
    if value is None:
        return None
    numbers: list[Any] = (
        [value] if isinstance(value, Real) or not isinstance(value, Iterable) else [*value]
    )
    if not numbers or not all(isinstance(number, Real) for number in numbers):
        expected = "expected a number, or one number for each channel"
        raise UsageError(f"{name}: {expected}; got {to_one_line(repr(value))}")
    return tuple(float(number) for number in numbers)


def describe_scaling(mean: Sequence[float], deviation: Sequence[float]) -> str:
    """Describe the numbers that a network gets for pixels from 0 to 255.

    >>> describe_scaling((0.0,), (255.0,)), describe_scaling((30.0,), (60.0,))
    ('pixels from 0 to 1', '(pixel - 30) / 60 with pixels from 0 to 255')
    """
    ranges = {"unit": "from 0 to 1", "symmetric": "from -1 to 1", "none": "from 0 to 255"}
    for name, text in ranges.items():
        if {*zip(mean, deviation, strict=True)} == {_SCALINGS[name]}:
            return f"pixels {text}"
    means, deviations = (
        format_numbers(numbers if len(set(numbers)) > 1 else numbers[:1])
        for numbers in (mean, deviation)
    )
    return f"(pixel - {means}) / {deviations} with pixels from 0 to 255"


def describe_preparation(
    mean: Sequence[float], deviation: Sequence[float], preparation: PicturePreparation
) -> str:
    """Describe how cnnlab prepares images for a network of another program.

    >>> describe_preparation((0.0,), (255.0,), PicturePreparation(resize="pad", exif="turn"))
    'pixels from 0 to 1, padded with black, turned upright by EXIF'
    """
    resize = {"stretch": "stretched as Keras does", "pad": "padded with black"}
    exif = {"ignore": "not turned by EXIF", "turn": "turned upright by EXIF"}
    texts = (
        describe_scaling(mean, deviation),
        resize.get(preparation.resize or ""),
        exif.get(preparation.exif or ""),
    )
    return ", ".join(text for text in texts if text)


def format_numbers(numbers: Sequence[float]) -> str:
    """Format numbers with commas, as the options --mean and --deviation expect.

    >>> format_numbers((0.485, 0.5))
    '0.485,0.5'
    """
    return ",".join(f"{number:g}" for number in numbers)

"""Define the layer kinds that only change the size or shape of feature maps."""

from __future__ import annotations

from math import prod
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnlab.counts import format_count
from cnnlab.spec.kinds import Listed, pair_of, sides_of
from cnnlab.spec.layer_interface import (
    MAX_NUMBERS,
    MAX_SIDE,
    Layer,
    Shape,
    ShapeFault,
    describe_shape,
    require_maps,
)

Interpolation = Literal["nearest", "bilinear", "bicubic", "lanczos3", "lanczos5"]
# How many input pixels along an axis one interpolated pixel depends on.
TAPS = {"nearest": 1, "bilinear": 2, "bicubic": 4, "lanczos3": 6, "lanczos5": 10}
_INTERPOLATION = "how to compute new pixels; nearest repeats the closest old pixel"


class ZeroPad(Layer):
    """Adds zeros around each feature map."""

    kind: ClassVar[str] = "zero_pad"
    main: ClassVar[str | None] = "padding"
    padding: sides_of(0, MAX_SIDE) = Field(  # type: ignore[valid-type]
        ((1, 1), (1, 1)), description="zeros on each side"
    )

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        (top, bottom), (left, right) = self.padding
        return (top + shape[0] + bottom, left + shape[1] + right, shape[2])

    def axis_arithmetic(self, length: int, axis: int) -> str:
        """Write the arithmetic of the output length along axis 0 (height) or 1 (width)."""
        before, after = self.padding[axis]
        zeros = f"2·{before}" if before == after else f"{before} + {after}"
        return f"{length} + {zeros} = {length + before + after}"


class Crop(Layer):
    """Removes rows and columns at the four sides of each feature map."""

    kind: ClassVar[str] = "crop"
    main: ClassVar[str | None] = "cropping"
    cropping: sides_of(0, MAX_SIDE) = Field(  # type: ignore[valid-type]
        description="rows and columns to remove on each side"
    )

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        output = [n - sum(pair) for n, pair in zip(shape[:2], self.cropping, strict=True)]
        for axis, name in enumerate(("height", "width")):
            if output[axis] < 1:
                raise ShapeFault(
                    f"nothing is left of the {name}: {self.axis_arithmetic(shape[axis], axis)}",
                    "an output of at least 1 × 1",
                    "crop less, or put this layer before pools and strides",
                )
        return (output[0], output[1], shape[2])

    def axis_arithmetic(self, length: int, axis: int) -> str:
        """Write the arithmetic of the output length along axis 0 (height) or 1 (width)."""
        before, after = self.cropping[axis]
        cut = f"2·{before}" if before == after else f"{before} − {after}"
        return f"{length} − {cut} = {length - before - after}"


class Upsample(Layer):
    """Makes feature maps larger by a whole factor."""

    kind: ClassVar[str] = "up_sample"
    main: ClassVar[str | None] = "size"
    size: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        (2, 2), description="factors on height and width: one number, or [height, width]"
    )
    interpolation: Interpolation = Field("nearest", description=_INTERPOLATION)

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        output = (shape[0] * self.size[0], shape[1] * self.size[1], shape[2])
        _require_bounded(output, "use a smaller `size`, or fewer filters in earlier layers")
        return output

    def axis_arithmetic(self, length: int, axis: int) -> str:
        """Write the arithmetic of the output length along axis 0 (height) or 1 (width)."""
        return f"{length}·{self.size[axis]} = {length * self.size[axis]}"


class Resize(Layer):
    """Scales feature maps or images to a fixed size."""

    kind: ClassVar[str] = "resize"
    main: ClassVar[str | None] = "size"
    size: pair_of(1, MAX_SIDE) = Field(  # type: ignore[valid-type]
        description="height and width after the layer: one number, or [height, width]"
    )
    interpolation: Interpolation = Field("bilinear", description=_INTERPOLATION)
    antialias: bool = Field(False, description="smooth the maps before making the maps smaller")
    crop_to_aspect_ratio: bool = Field(
        False, description="cut off what does not fit into the size, and do not stretch"
    )
    pad_to_aspect_ratio: bool = Field(
        False, description="add zeros at the sides, and do not stretch"
    )

    def output_shape(self, shape: Shape) -> Shape:
        require_maps(self.kind, shape)
        if self.crop_to_aspect_ratio and self.pad_to_aspect_ratio:
            raise ShapeFault(
                "crop_to_aspect_ratio and pad_to_aspect_ratio are both true",
                "at most one of these fields with the value true",
                "remove one of them",
            )
        output = (self.size[0], self.size[1], shape[2])
        _require_bounded(output, "use a smaller `size`, or fewer filters in earlier layers")
        return output


Length = Annotated[int, Field(ge=1, le=MAX_NUMBERS)]


class Reshape(Layer):
    """Arranges the same numbers in another shape, in the same order."""

    kind: ClassVar[str] = "reshape"
    main: ClassVar[str | None] = "target_shape"
    target_shape: Annotated[tuple[Length, ...], Listed] = Field(
        min_length=1,
        max_length=3,
        description="[height, width, channels], or [units] for a vector",
    )

    def output_shape(self, shape: Shape) -> Shape:
        target = self.target_shape
        if len(target) == 2:
            raise ShapeFault(
                "the target shape has 2 numbers",
                "[height, width, channels], or [units] for a vector",
                f"write `reshape: [{target[0]}, {target[1]}, 1]`",
            )
        if prod(shape) != prod(target):
            raise ShapeFault(
                f"{describe_shape(shape)} has {format_count(prod(shape), 'number')}, but "
                f"{describe_shape(target)} has {prod(target):,}",
                f"a target shape with {format_count(prod(shape), 'number')}",
                "change `target_shape`, or the layers before",
            )
        return target


def _require_bounded(shape: Shape, remedy: str) -> None:
    """Raise ShapeFault if an output of `shape` has more than MAX_NUMBERS numbers."""
    if prod(shape) > MAX_NUMBERS:
        message = f"the output {describe_shape(shape)} has {prod(shape):,} numbers"
        raise ShapeFault(message, f"at most {MAX_NUMBERS:,} numbers for each image", remedy)

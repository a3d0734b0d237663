"""The kinds of augmentation: random changes of training images, and presets.

Names are those of Keras's arguments where Keras has the same kind; only rotations are in degrees.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from cnnlab.spec.kinds import Kind, OneOf

Share = Annotated[float, Field(gt=0, le=1)]
# Beta(α, α) comes from two gamma variables; for a smaller α, float32 often rounds both to 0.
LEAST_MIXING = 0.05
_BETA = "shares are drawn from Beta"


class Augmentation(Kind):
    """One random change of training images, different for each image of each batch."""

    def __str__(self) -> str:
        given = [(name, value) for name, value in self if value is not None]
        fields = [f"{n} {v:g}" if isinstance(v, float) else f"{n} {v}" for n, v in given]
        return f"{self.kind} ({', '.join(fields)})"


class Geometric(Augmentation):
    """A change of the places of pixels; pixels from outside the image are 0 (black)."""


class RandomTranslation(Geometric):
    """Shifts each image up or down and to a side."""

    kind: ClassVar[str] = "random_translation"
    main: ClassVar[str | None] = "height_factor"
    height_factor: Share = Field(description="largest shift up or down, as a share of the height")
    width_factor: Share | None = Field(
        None,
        description="largest shift left or right, as a share of the width; null: height_factor",
    )


class RandomRotation(Geometric):
    """Rotates each image about its centre, either way."""

    kind: ClassVar[str] = "random_rotation"
    main: ClassVar[str | None] = "degrees"
    degrees: float = Field(gt=0, le=180, description="largest rotation to either side, in degrees")


class RandomZoom(Geometric):
    """Enlarges or shrinks each image about its centre."""

    kind: ClassVar[str] = "random_zoom"
    main: ClassVar[str | None] = "height_factor"
    height_factor: float = Field(
        gt=0, le=0.9, description="largest change of the height, as a share of the height"
    )
    width_factor: Annotated[float, Field(gt=0, le=0.9)] | None = Field(
        None, description="the same of the width; null keeps each image's proportions"
    )


class RandomShear(Geometric):
    """Slants each image about its centre, either way."""

    kind: ClassVar[str] = "random_shear"
    main: ClassVar[str | None] = "x_factor"
    x_factor: float = Field(ge=0, le=1, description="largest horizontal slant, in pixels per row")
    y_factor: float = Field(
        0.0, ge=0, le=1, description="largest vertical slant, in pixels per column"
    )


class RandomFlip(Geometric):
    """Mirrors half of the images."""

    kind: ClassVar[str] = "random_flip"
    main: ClassVar[str | None] = "mode"
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = Field(
        "horizontal",
        description="horizontal: left and right change places; with `_and_`, each by itself",
    )


class RandomErasing(Augmentation):
    """Covers a rectangle of some images (Zhong et al. 2017)."""

    kind: ClassVar[str] = "random_erasing"
    main: ClassVar[str | None] = "factor"
    factor: Share = Field(1.0, description="share of the images that lose a rectangle")
    scale: Share = Field(0.33, description="largest rectangle, as a share of the image's area")
    fill_value: Annotated[float, Field(ge=0, le=255)] | None = Field(
        None, description="brightness of the rectangle, 0 to 255; null fills it with noise"
    )


class RandomElastic(Augmentation):
    """Bends each image like rubber (Simard, Steinkraus and Platt 2003, section 2).

    Each pixel is moved by alpha times a random field, uniform from −1 to 1 down and across, that
    was smoothed by a Gaussian of sigma. The standard deviation of a move is about
    alpha · 0.58 / (3.5 · sigma) pixels: 1.4 for 34 and 4, which the paper found best for digits.
    """

    kind: ClassVar[str] = "random_elastic"
    main: ClassVar[str | None] = "alpha"
    alpha: float = Field(34.0, gt=0, le=1000, description="strength: pixels per unit of the field")
    sigma: float = Field(
        4.0, ge=0.5, le=30, description="smoothness: deviation of the Gaussian, in pixels"
    )


class Brightness(Augmentation):
    """Adds one number to all pixels of an image."""

    kind: ClassVar[str] = "brightness"
    main: ClassVar[str | None] = "factor"
    factor: Share = Field(description="largest change of the brightness, as a share of 255")


class Contrast(Augmentation):
    """Moves all pixels of an image away from their mean or towards it, in each channel."""

    kind: ClassVar[str] = "contrast"
    main: ClassVar[str | None] = "factor"
    factor: Share = Field(
        description="largest change of the distances from the mean, as a share of them"
    )


class Mixup(Augmentation):
    """Blends each image, and its label, with another of the batch (Zhang et al. 2017)."""

    kind: ClassVar[str] = "mixup"
    main: ClassVar[str | None] = "alpha"
    alpha: float = Field(
        0.2, ge=LEAST_MIXING, le=10, description=f"{_BETA}(alpha, alpha); 1: all equally likely"
    )


class Cutmix(Augmentation):
    """Pastes a rectangle of another image of the batch, and its share of the label (Yun 2019)."""

    kind: ClassVar[str] = "cutmix"
    main: ClassVar[str | None] = "factor"
    factor: float = Field(
        1.0, ge=LEAST_MIXING, le=1, description=f"{_BETA}(factor, factor); 1: all equally likely"
    )


AUGMENTATIONS: tuple[type[Augmentation], ...] = (
    RandomTranslation,
    RandomRotation,
    RandomZoom,
    RandomShear,
    RandomFlip,
    RandomErasing,
    RandomElastic,
    Brightness,
    Contrast,
    Mixup,
    Cutmix,
)
AnyAugmentation = Annotated[Augmentation, OneOf(*AUGMENTATIONS)]

PRESETS: dict[str, tuple[Augmentation, ...]] = {
    # 0.07 · 28 = 1.96 pixels. No flips, and no rotation that makes a 6 of a 9 or a 7 of a 1.
    "digits": (
        RandomTranslation(height_factor=0.07),
        RandomRotation(degrees=10.0),
        RandomZoom(height_factor=0.1),
    ),
    # A mirrored shirt is a shirt; the test set has none that is rotated or upside down.
    "clothes": (
        RandomFlip(),
        RandomTranslation(height_factor=0.07),
        RandomZoom(height_factor=0.1),
    ),
}


def _expand_preset(value: Any) -> Any:
    """The list of a preset, or of null."""
    if value is None:
        return ()
    if isinstance(value, str):
        if value not in PRESETS:
            raise PydanticCustomError("preset", "not a preset")
        return PRESETS[value]
    if isinstance(value, dict):
        raise PydanticCustomError("preset_form", "not a list")
    return tuple(value) if isinstance(value, list) else value


AugmentationList = Annotated[
    tuple[AnyAugmentation, ...],
    BeforeValidator(_expand_preset),
    Field(json_schema_extra={"x-presets": list(PRESETS)}),
]

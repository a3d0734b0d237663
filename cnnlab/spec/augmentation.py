"""Define the kinds of augmentation (random changes of training images) and the presets.

If Keras has the same augmentation, the fields have the names of Keras's arguments. The only
difference is that rotations are in degrees.
"""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from cnnlab.spec.kinds import Kind, OneOf

Share = Annotated[float, Field(gt=0, le=1)]
# A number from Beta(α, α) is computed from two gamma-distributed numbers. For a smaller α, float32
# often rounds both of these to 0.
LEAST_MIXING = 0.05
_BETA = "the share of the other image is drawn from Beta"


class Augmentation(Kind):
    """A random change of training images; each image of each batch gets a different change."""

    def __str__(self) -> str:
        given = [(name, value) for name, value in self if value is not None]
        fields = [f"{n} {v:g}" if isinstance(v, float) else f"{n} {v}" for n, v in given]
        return f"{self.kind} ({', '.join(fields)})"


class Geometric(Augmentation):
    """An augmentation that moves pixels; empty space at the edges becomes 0 (black)."""


class RandomTranslation(Geometric):
    """Shifts each image up or down, and left or right."""

    kind: ClassVar[str] = "random_translation"
    main: ClassVar[str | None] = "height_factor"
    height_factor: Share = Field(description="largest shift up or down, as a share of the height")
    width_factor: Share | None = Field(
        None,
        description="largest shift left or right, as a share of the width; null: height_factor",
    )


class RandomRotation(Geometric):
    """Rotates each image about its centre, clockwise or counterclockwise."""

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
        None,
        description="largest change of the width, as a share of it; null keeps the proportions",
    )


class RandomShear(Geometric):
    """Slants each image about its centre, in either direction."""

    kind: ClassVar[str] = "random_shear"
    main: ClassVar[str | None] = "x_factor"
    x_factor: float = Field(ge=0, le=1, description="largest horizontal slant, in pixels per row")
    y_factor: float = Field(
        0.0, ge=0, le=1, description="largest vertical slant, in pixels per column"
    )


class RandomFlip(Geometric):
    """Mirrors half of the images, chosen at random."""

    kind: ClassVar[str] = "random_flip"
    main: ClassVar[str | None] = "mode"
    mode: Literal["horizontal", "vertical", "horizontal_and_vertical"] = Field(
        "horizontal",
        description="horizontal swaps left and right, vertical swaps top and bottom; "
        "horizontal_and_vertical makes each swap independently",
    )


class RandomErasing(Augmentation):
    """Covers a random rectangle of some images (Zhong et al. 2017)."""

    kind: ClassVar[str] = "random_erasing"
    main: ClassVar[str | None] = "factor"
    factor: Share = Field(1.0, description="share of the images that get a covered rectangle")
    scale: Share = Field(0.33, description="largest rectangle, as a share of the image's area")
    fill_value: Annotated[float, Field(ge=0, le=255)] | None = Field(
        None, description="brightness of the rectangle, 0 to 255; null fills it with noise"
    )


class RandomElastic(Augmentation):
    """Bends each image like rubber (Simard, Steinkraus and Platt 2003, section 2).

    A random field has two numbers from −1 to 1 for each pixel: one vertical, one horizontal. A
    Gaussian with the standard deviation sigma smooths the field. Each pixel moves by alpha times
    the field. The standard deviation of the moves is about alpha · 0.58 / (3.5 · sigma) pixels.
    This gives 1.4 pixels for alpha = 34 and sigma = 4, which the paper found best for digits.
    """

    kind: ClassVar[str] = "random_elastic"
    main: ClassVar[str | None] = "alpha"
    alpha: float = Field(
        34.0, gt=0, le=1000, description="strength: factor on the random field, in pixels"
    )
    sigma: float = Field(
        4.0, ge=0.5, le=30, description="smoothness: standard deviation of the Gaussian, in pixels"
    )


class Brightness(Augmentation):
    """Adds the same random number to all pixels of an image."""

    kind: ClassVar[str] = "brightness"
    main: ClassVar[str | None] = "factor"
    factor: Share = Field(description="largest change of the brightness, as a share of 255")


class Contrast(Augmentation):
    """Changes the distance of all pixels of a channel from the mean of the channel."""

    kind: ClassVar[str] = "contrast"
    main: ClassVar[str | None] = "factor"
    factor: Share = Field(
        description="largest change of a pixel's distance from the mean, as a share of the distance"
    )


class Mixup(Augmentation):
    """Blends each image and its label with another image of the batch (Zhang et al. 2017)."""

    kind: ClassVar[str] = "mixup"
    main: ClassVar[str | None] = "alpha"
    alpha: float = Field(
        0.2,
        ge=LEAST_MIXING,
        le=10,
        description=f"{_BETA}(alpha, alpha); 1: any share is equally likely",
    )


class Cutmix(Augmentation):
    """Pastes a rectangle of another image, and mixes the labels by its area (Yun et al. 2019)."""

    kind: ClassVar[str] = "cutmix"
    main: ClassVar[str | None] = "factor"
    factor: float = Field(
        1.0,
        ge=LEAST_MIXING,
        le=1,
        description=f"{_BETA}(factor, factor); 1: any share is equally likely",
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
    # 0.07 · 28 = 1.96 pixels. No flip, and no rotation that turns a 9 into a 6 or a 1 into a 7.
    "digits": (
        RandomTranslation(height_factor=0.07),
        RandomRotation(degrees=10.0),
        RandomZoom(height_factor=0.1),
    ),
    # A mirrored shirt is still a shirt. The test set has no rotated or upside-down clothes.
    "clothes": (
        RandomFlip(),
        RandomTranslation(height_factor=0.07),
        RandomZoom(height_factor=0.1),
    ),
}


def _expand_preset(value: Any) -> Any:
    """Replace the name of a preset by its list of augmentations, and null by an empty list."""
    if value is None:
        return ()
    if isinstance(value, str):
        if value not in PRESETS:
            raise PydanticCustomError("preset", "no preset has this name")
        return PRESETS[value]
    if isinstance(value, dict):
        raise PydanticCustomError("preset_form", "a mapping is not a list")
    return tuple(value) if isinstance(value, list) else value


AugmentationList = Annotated[
    tuple[AnyAugmentation, ...],
    BeforeValidator(_expand_preset),
    Field(json_schema_extra={"x-presets": list(PRESETS)}),
]

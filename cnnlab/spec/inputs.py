"""What a trained network expects of its images: their shape, scaling, classes and look."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from cnnlab.spec.foreign_preparation import PicturePreparation
from cnnlab.spec.kinds import Listed, Section

Level = Annotated[float, Field(ge=0, le=255)]
Share = Annotated[float, Field(ge=0, le=1)]
PositiveWeight = Annotated[float, Field(gt=0, le=1e9)]
Range = Annotated[tuple[Share, Share], Listed]


class PlainGround(Section):
    """The plain ground of training images, and the place of the object on it.

    The object is everything that differs from the ground. Sizes and places are shares of the height
    or width of the image.
    """

    level: Annotated[tuple[Level, ...], Listed] = Field(
        min_length=1, description="the level of the ground in each channel, from 0 to 255"
    )
    polarity: Literal["light", "dark", "mixed"] = Field(
        description="light: the objects are lighter than the ground; dark: darker; mixed: both"
    )
    covered: Range = Field(
        description="lowest and highest share of the image that an object covers"
    )
    size: Range = Field(description="smallest and largest longer side of an object")
    typical_size: float = Field(gt=0, le=1, description="median longer side of an object")
    shift: Share = Field(description="largest distance of an object from the middle of the image")
    centring: Literal["box", "mass"] = Field(
        description="what is in the middle of the images: the box around the object, or its mass"
    )


class Feature(Section):
    """The mean of a feature over training images, and its standard deviation."""

    mean: float = Field(ge=-1000, le=1000, description="mean over the images")
    deviation: float = Field(
        ge=0.001, le=1000, description="standard deviation, and at least a small step"
    )


class LookFeatures(Section):
    """The features by which an image is compared with the training images."""

    brightness: Feature = Field(description="mean level, from 0 to 255")
    contrast: Feature = Field(description="standard deviation of the levels")
    ground: Feature = Field(description="median level of the border")
    ground_spread: Feature = Field(description="range of the middle half of the border's levels")
    covered: Feature = Field(description="share of the image that differs from the border")
    edges_across: Feature = Field(description="mean difference of neighbours in a row")
    edges_down: Feature = Field(description="mean difference of neighbours in a column")
    roughness: Feature = Field(description="second differences, as a share of the first")
    middle_down: Feature = Field(description="row of the centre of mass, as a share of the height")
    middle_across: Feature = Field(description="its column, as a share of the width")
    height: Feature = Field(description="share of the rows that differ from the border")
    width: Feature = Field(description="share of the columns that differ from the border")


class ImageLook(Section):
    """What training images look like, measured on a sample of them.

    The distance of an image from them is the root of the sum of its squared features, each minus
    its mean and divided by its deviation.
    """

    images: int = Field(ge=1, description="number of images in the sample")
    ground: PlainGround | None = Field(
        None, description="the plain ground that nearly all images share; null without one"
    )
    features: LookFeatures = Field(description="mean and deviation of each feature")
    limit: float = Field(gt=0, description="nearly all training images have a smaller distance")


class Inputs(Section):
    """The shape, the scaling and the classes of the images that a trained network expects.

    The network reads (image − mean) / deviation for each channel of an image of uint8 numbers.
    """

    image_shape: Annotated[tuple[int, int, int], Listed] = Field(
        description="height, width, channels"
    )
    class_names: Annotated[tuple[str, ...], Listed] = Field(
        min_length=2, description="the classes, in the order of the labels"
    )
    mean: Annotated[tuple[float, ...], Listed] = Field(
        description="subtracted from each channel, from 0 to 255"
    )
    deviation: Annotated[tuple[float, ...], Listed] = Field(
        description="divides each channel, over 0"
    )
    class_weights: Annotated[tuple[PositiveWeight, ...], Listed] = Field(
        (), description="the weight of each class in the loss; empty: all weights are 1"
    )
    fingerprint: str = Field(description="SHA-256 of the training images and labels")
    test_fingerprint: str = Field(
        "", description="SHA-256 of the test images and labels, or of their files; empty: unknown"
    )
    preparation: PicturePreparation | None = Field(
        None, description="for a network of another program: how image files become its inputs"
    )
    look: ImageLook | None = Field(
        None, description="what the training images look like; null: unknown"
    )

    def has_test_images_of(self, other: Inputs) -> bool:
        """Whether two networks have the same test images.

        The training images decide if a run of an older cnnlab did not record its test images.
        """
        if self.test_fingerprint and other.test_fingerprint:
            return self.test_fingerprint == other.test_fingerprint
        return self.fingerprint == other.fingerprint

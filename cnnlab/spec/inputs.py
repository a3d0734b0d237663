"""Describe the images that a trained network expects: shape, scaling, classes and features."""

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
    """The plain background of training images, and the usual position of the object.

    The object is everything that differs from the background. Sizes and positions are shares of the
    height or width of the image.
    """

    level: Annotated[tuple[Level, ...], Listed] = Field(
        min_length=1, description="the level of the background in each channel, from 0 to 255"
    )
    polarity: Literal["light", "dark", "mixed"] = Field(
        description="light: the objects are lighter than the background; dark: darker; mixed: both"
    )
    covered: Range = Field(
        description="lowest and highest share of the image that an object covers"
    )
    size: Range = Field(description="the smallest and the largest value of an object's longer side")
    typical_size: float = Field(gt=0, le=1, description="the median of an object's longer side")
    shift: Share = Field(description="largest distance of an object from the middle of the image")
    centring: Literal["box", "mass"] = Field(
        description="what is in the middle of the images: the box around the object, or its mass"
    )


class Feature(Section):
    """The mean of a feature over training images, and its standard deviation."""

    mean: float = Field(ge=-1000, le=1000, description="mean over the images")
    deviation: float = Field(
        ge=0.001, le=1000, description="standard deviation, but not below a small positive number"
    )


class LookFeatures(Section):
    """The features by which an image is compared with the training images."""

    brightness: Feature = Field(description="mean pixel value, from 0 to 255")
    contrast: Feature = Field(description="standard deviation of the pixel values")
    ground: Feature = Field(description="median pixel value at the border")
    ground_spread: Feature = Field(
        description="range of the middle half of the pixel values at the border"
    )
    covered: Feature = Field(description="share of the pixels that differ from the border")
    edges_across: Feature = Field(description="mean difference of neighbouring pixels in a row")
    edges_down: Feature = Field(description="mean difference of neighbouring pixels in a column")
    roughness: Feature = Field(description="second differences of pixels, relative to the first")
    middle_down: Feature = Field(description="row of the centre of mass, as a share of the height")
    middle_across: Feature = Field(
        description="column of the centre of mass, as a share of the width"
    )
    height: Feature = Field(description="share of the rows that differ from the border")
    width: Feature = Field(description="share of the columns that differ from the border")


class ImageLook(Section):
    """Features of training images, measured on a sample of the training images.

    The distance of an image from the training images comes from these features: for each feature,
    subtract the mean and divide by the deviation. The distance is the root of the sum of the
    squared results.
    """

    images: int = Field(ge=1, description="number of images in the sample")
    ground: PlainGround | None = Field(
        None, description="the plain background that nearly all images share; null without one"
    )
    features: LookFeatures = Field(description="mean and deviation of each feature")
    limit: float = Field(
        gt=0, description="the distance within which nearly all training images are"
    )


class Inputs(Section):
    """The shape, the scaling and the classes of the images that a trained network expects.

    The input of the network is (image − mean) / deviation in each channel, where the image has
    uint8 numbers.
    """

    image_shape: Annotated[tuple[int, int, int], Listed] = Field(
        description="height, width, channels"
    )
    class_names: Annotated[tuple[str, ...], Listed] = Field(
        min_length=2, description="the classes, in the order of the labels"
    )
    mean: Annotated[tuple[float, ...], Listed] = Field(
        description="number to subtract from each channel, from 0 to 255"
    )
    deviation: Annotated[tuple[float, ...], Listed] = Field(
        description="number by which each channel is divided, over 0"
    )
    class_weights: Annotated[tuple[PositiveWeight, ...], Listed] = Field(
        (), description="the weight of each class in the loss; empty if all weights are 1"
    )
    fingerprint: str = Field(description="SHA-256 of the training images and labels")
    test_fingerprint: str = Field(
        "", description="SHA-256 of the test images and labels, or of their files; empty if unknown"
    )
    preparation: PicturePreparation | None = Field(
        None, description="for a network of another program: how to prepare image files"
    )
    look: ImageLook | None = Field(
        None, description="measured features of the training images; null if unknown"
    )

    def has_test_images_of(self, other: Inputs) -> bool:
        """Whether two networks have the same test images.

        The training images decide if a run of an older cnnlab did not record its test images.
        """
        if self.test_fingerprint and other.test_fingerprint:
            return self.test_fingerprint == other.test_fingerprint
        return self.fingerprint == other.fingerprint

"""Prepare a picture of any size for a network, in the way its training images were prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnnlab.data import image_files
from cnnlab.data.foreign_pictures import ChoiceCollector, OpenChoices, prepare_foreign_picture
from cnnlab.data.mnist_preparation import prepare_digit
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Spec
from cnnlab.spec.foreign_preparation import PicturePreparation
from cnnlab.spec.wording import to_one_line

THUMBNAIL_SIDE = 256  # pixels of the longer side of `original`


@dataclass(frozen=True)
class PreparedImage:
    """An image that is ready for a network.

    `pixels` is the network's input before scaling, uint8 (height, width, channels). `original` is a
    small copy of the source picture, uint8 (height, width, 3), or None if it is not needed. `truth`
    is the name of the true class, or None if it is unknown.
    """

    name: str
    pixels: np.ndarray
    original: np.ndarray | None = None
    truth: str | None = None


def prepare_files(
    names: Sequence[str], spec: Spec, with_originals: bool = False
) -> tuple[list[PreparedImage], list[str]]:
    """Prepare the pictures in files and folders for the network of `spec`, in their order.

    Returns the prepared pictures, and a sentence for each picture that cannot be prepared.

    Raises:
        UsageError: a picture for a foreign network can be prepared in several ways, and the user
            has not chosen one.
    """
    images, faults, open_choices = [], [], ChoiceCollector(spec.inputs.image_shape)
    for name in image_files.list_image_files(names):
        try:
            picture, pixels = _read_and_prepare(name, spec)
        except DataError as fault:
            faults.append(f"{to_one_line(name or repr(name))}: {fault}")
            continue
        if isinstance(pixels, OpenChoices):
            open_choices.add(name, pixels)
            continue
        original = _make_thumbnail(picture) if with_originals else None
        images.append(PreparedImage(name, pixels, original))
    open_choices.require_complete()
    return images, faults


def _read_and_prepare(name: str, spec: Spec) -> tuple[np.ndarray, np.ndarray | OpenChoices]:
    """Read a picture, and prepare it for any network; for a foreign one, as the user chose.

    If the user has chosen nothing, a digit for a foreign network of MNIST is cut out as for others.
    """
    preparation = spec.inputs.preparation
    is_digit = spec.experiment.data.dataset == "mnist" and preparation == PicturePreparation()
    if preparation is None or is_digit:
        upright = image_files.read_image(name)
        return upright, prepare_image(upright, spec)
    picture = image_files.read_picture(name, ground=None)
    pixels = prepare_foreign_picture(picture, spec.inputs.image_shape, preparation)
    return picture.upright, pixels


def _make_thumbnail(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return np.array(image)


def prepare_image(picture: np.ndarray, spec: Spec) -> np.ndarray:
    """Prepare a picture: uint8 (height, width, 3) → uint8 of the shape that the network reads.

    For a network trained on MNIST, this cuts the digit out of the picture, and centres it as in
    MNIST. For other networks, it keeps the whole picture.

    Raises:
        DataError: there is no digit in the picture.
    """
    if spec.experiment.data.dataset == "mnist":
        return prepare_digit(picture)
    return fit_image(picture, spec.inputs.image_shape)


def fit_image(picture: np.ndarray, image_shape: tuple[int, int, int]) -> np.ndarray:
    """Resize a whole picture to `image_shape`, and keep its proportions.

    The remaining area gets the colour of the picture's border.
    """
    height, width, channels = image_shape
    scale = min(height / picture.shape[0], width / picture.shape[1])
    rows, columns = (max(1, round(side * scale)) for side in picture.shape[:2])
    image = Image.fromarray(picture)
    # Bilinear, since sharper filters draw halos around dark edges; training images have none.
    canvas = image.resize((columns, rows), Image.Resampling.BILINEAR)
    if canvas.size != (width, height):
        ground = np.rint(np.median(_get_border(picture), axis=0)).astype(int)
        small, canvas = canvas, Image.new("RGB", (width, height), tuple(ground.tolist()))
        canvas.paste(small, ((width - columns) // 2, (height - rows) // 2))
    return np.array(canvas.convert("L") if channels == 1 else canvas).reshape(image_shape)


def _get_border(picture: np.ndarray) -> np.ndarray:
    sides = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    return np.concatenate(sides)

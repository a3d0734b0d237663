"""Prepare a picture of any size for a network, as the training images were prepared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnnlab.data import image_files
from cnnlab.data.foreign_pictures import ChoiceCollector, OpenChoices, prepare_foreign_picture
from cnnlab.errors import DataError, UsageError
from cnnlab.spec.experiment import Spec
from cnnlab.spec.foreign_preparation import PicturePreparation
from cnnlab.spec.wording import to_one_line

THUMBNAIL_SIDE = 256  # pixels of the longer side of `original`


PreparedPart = tuple[np.ndarray, tuple[str, ...]]  # pixels, and notes about changes


@dataclass(frozen=True)
class PreparedImage:
    """An image that is ready for a network.

    `pixels` is the network's input before scaling, uint8 (height, width, channels). `original` is a
    small copy of the source picture, uint8 (height, width, 3), or None if the caller does not need
    a copy. `truth` is the name of the true class, or None if the true class is unknown. `notes`
    says what cnnlab changed in the picture.
    """

    name: str
    pixels: np.ndarray
    original: np.ndarray | None = None
    truth: str | None = None
    notes: tuple[str, ...] = ()


def prepare_files(
    names: Sequence[str], spec: Spec, with_originals: bool = False, each: bool = False
) -> tuple[list[PreparedImage], list[str]]:
    """Prepare the pictures in `names`, which are files and folders, for the network of `spec`.

    With `each`, the function makes an image for each digit of a picture with several digits.

    Returns the prepared pictures, and a sentence for each picture that cannot be prepared.

    Raises:
        UsageError: the user must choose one of several ways to prepare a picture for a network of
            another program, or `each` is set for a network that reads whole pictures.
    """
    if each and not _cuts_digits_out(spec):
        raise UsageError(
            "--each: cnnlab separates digits only for networks of mnist, without --resize and "
            "--exif; leave --each out"
        )
    images, faults, open_choices = [], [], ChoiceCollector(spec.inputs.image_shape)
    for name in image_files.list_image_files(names):
        try:
            picture, prepared = _read_and_prepare(name, spec)
            if isinstance(prepared, OpenChoices):
                open_choices.add(name, prepared)
                continue
            if len(prepared) > 1 and not each:
                error = _build_count_error(len(prepared))
                raise DataError(f"{error}; add --each to classify each of them")
        except DataError as fault:
            faults.append(f"{to_one_line(name or repr(name))}: {fault}")
            continue
        original = _make_thumbnail(picture) if with_originals else None
        for number, (pixels, notes) in enumerate(prepared, 1):
            part = f"{name} ({number} of {len(prepared)})" if len(prepared) > 1 else name
            images.append(PreparedImage(part, pixels, original, notes=notes))
    open_choices.require_complete()
    return images, faults


def _read_and_prepare(name: str, spec: Spec) -> tuple[np.ndarray, list[PreparedPart] | OpenChoices]:
    """Read a picture, and prepare it for a network of cnnlab or of another program.

    For a network of another program, the options of the user say how to prepare the picture. If the
    user gave no options and the network was trained on MNIST, cnnlab cuts the digits out, as for a
    network of cnnlab.
    """
    preparation = spec.inputs.preparation
    if preparation is None or _cuts_digits_out(spec):
        upright = image_files.read_image(name)
        return upright, prepare_parts(upright, spec)
    picture = image_files.read_picture(name, ground=None)
    pixels = prepare_foreign_picture(picture, spec.inputs.image_shape, preparation)
    if isinstance(pixels, OpenChoices):
        return picture.upright, pixels
    return picture.upright, [(pixels, ())]


def _cuts_digits_out(spec: Spec) -> bool:
    """Whether cnnlab cuts digits out of pictures, instead of resizing the pictures."""
    is_free = spec.inputs.preparation in (None, PicturePreparation())
    return spec.experiment.data.dataset == "mnist" and is_free


def _make_thumbnail(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return np.array(image)


def prepare_image(picture: np.ndarray, spec: Spec) -> np.ndarray:
    """Prepare a picture: uint8 (height, width, 3) → uint8 of the shape that the network reads.

    Raises:
        DataError: the network reads digits, and the picture has no digit or several digits.
    """
    parts = prepare_parts(picture, spec)
    if len(parts) > 1:
        raise _build_count_error(len(parts))
    return parts[0][0]


def _build_count_error(count: int) -> DataError:
    return DataError(f"{count} digits found, but the network reads one digit in each image")


def prepare_parts(picture: np.ndarray, spec: Spec) -> list[PreparedPart]:
    """Prepare each digit of a picture, or the whole picture if the network does not read digits.

    For a network trained on MNIST, this cuts the digits out of the picture, and centres each as in
    MNIST. If the training images have a plain background, the picture gets the same background. For
    all other networks, this resizes the whole picture.

    Returns the images, uint8 of the shape that the network reads, each with sentences about what
    cnnlab changed.

    Raises:
        DataError: the network reads digits, and the picture has no digit.
    """
    if spec.experiment.data.dataset == "mnist":
        from cnnlab.data.mnist_preparation import prepare_digits  # imports much of SciPy

        digits, notes = prepare_digits(picture)
        return [(digit, tuple(notes)) for digit in digits]
    look, notes = spec.inputs.look, []
    if look is not None and look.ground is not None:
        from cnnlab.data.ground_matching import match_ground

        picture, notes = match_ground(picture, look.ground, spec.inputs.image_shape)
    return [(fit_image(picture, spec.inputs.image_shape), tuple(notes))]


def fit_image(picture: np.ndarray, image_shape: tuple[int, int, int]) -> np.ndarray:
    """Resize a whole picture to `image_shape` without changing the proportions.

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

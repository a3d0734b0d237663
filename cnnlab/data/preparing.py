"""A picture of any size → the image that a network of this data set was trained on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PIL import Image

from cnnlab.data import pictures
from cnnlab.data.digits import as_mnist
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Spec
from cnnlab.spec.words import one_line

THUMBNAIL_SIDE = 256  # pixels of the longer side that are kept of an original


@dataclass(frozen=True)
class Asked:
    """An image that a network is asked about.

    `seen` is what the network gets, uint8 (height, width, channels); `original` is the picture that
    it was made from, uint8 (height, width, 3), None where nobody wants to see it; `truth` is its
    class, None where it is not known.
    """

    name: str
    seen: np.ndarray
    original: np.ndarray | None = None
    truth: str | None = None


def gathered(
    names: Sequence[str], spec: Spec, with_originals: bool = False
) -> tuple[list[Asked], list[str]]:
    """The pictures in files and folders, prepared for the network of `spec`, in the order given.

    Those that cannot be had are told in the second list, a sentence each.
    """
    asked, faults = [], []
    for name in pictures.named(names):
        try:
            picture = pictures.read(name)
            original = _thumbnail(picture) if with_originals else None
            asked.append(Asked(name, prepared(picture, spec), original))
        except DataError as fault:
            faults.append(f"{one_line(name or repr(name))}: {fault}")
    return asked, faults


def _thumbnail(picture: np.ndarray) -> np.ndarray:
    image = Image.fromarray(picture)
    image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))
    return np.array(image)


def prepared(picture: np.ndarray, spec: Spec) -> np.ndarray:
    """uint8 (height, width, 3) → uint8 of the shape that the network of `spec` reads.

    A digit, for MNIST, is cut out and laid as MNIST has it; any other picture is taken whole.

    Raises:
        DataError: there is no digit in it.
    """
    if spec.experiment.data.dataset == "mnist":
        return as_mnist(picture)
    return fitted(picture, spec.inputs.image_shape)


def fitted(picture: np.ndarray, image_shape: tuple[int, int, int]) -> np.ndarray:
    """The whole picture, its proportions kept; what is left free shows the colour of its border."""
    height, width, channels = image_shape
    scale = min(height / picture.shape[0], width / picture.shape[1])
    rows, columns = (max(1, round(side * scale)) for side in picture.shape[:2])
    image = Image.fromarray(picture)
    # Bilinear: sharper filters draw a halo around dark edges, which no training image has.
    laid = image.resize((columns, rows), Image.Resampling.BILINEAR)
    if laid.size != (width, height):
        ground = np.rint(np.median(_border(picture), axis=0)).astype(int)
        small, laid = laid, Image.new("RGB", (width, height), tuple(ground.tolist()))
        laid.paste(small, ((width - columns) // 2, (height - rows) // 2))
    return np.array(laid.convert("L") if channels == 1 else laid).reshape(image_shape)


def _border(picture: np.ndarray) -> np.ndarray:
    sides = (picture[0], picture[-1], picture[:, 0], picture[:, -1])
    return np.concatenate(sides)

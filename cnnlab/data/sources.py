"""A data set's name or file → arrays of images and labels, and their splits."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnnlab.data import folders, npz
from cnnlab.spec.experiment import EMBEDDED, Data, DatasetInfo, Inputs, is_folder

if TYPE_CHECKING:
    import numpy as np

    from cnnlab.data.packed import Packed, Told

_DIGITS = tuple("0123456789")
_CLOTHES = (
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)
_CHUNK = 1024  # images
_EMBEDDED_INFO = {
    "mnist": DatasetInfo((28, 28, 1), _DIGITS, 60_000, 10_000),
    "fashion_mnist": DatasetInfo((28, 28, 1), _CLOTHES, 60_000, 10_000),
}


@dataclass(frozen=True)
class Images:
    """`images`: uint8 (n, height, width, channels), an array, or a folder's, which stay on disk;
    `labels`: int32 (n,), counted from 0; `indices`: int64 (n,), the place of each image in its
    data set."""

    images: np.ndarray | Packed
    labels: np.ndarray
    indices: np.ndarray

    @property
    def files(self) -> list[str]:
        """The files of a folder's images, below it; none of an array's."""
        import numpy as np

        return [] if isinstance(self.images, np.ndarray) else self.images.names


def describe(data: Data) -> DatasetInfo:
    """What a data set holds, from the headers and labels of a file, or the names in a folder alone.

    Raises:
        DataError: every fault of an .npz file; of a folder, of its layout, and every bad file in it
            as soon as one can be told by its name.
    """
    if data.dataset in EMBEDDED:
        return _EMBEDDED_INFO[data.dataset]
    if not is_folder(data.dataset):
        return npz.describe(data)
    tree = folders.listed(data)
    if tree.bad:
        _packed(data, "train", tree)
    return DatasetInfo(
        image_shape=_image_shape(data),
        class_names=tree.class_names,
        training_images=len(tree.train.names),
        test_images=len(tree.test.names),
    )


def training_images(data: Data, told: Told | None = None) -> Images:
    """All training images of a data set, the held-out ones among them.

    Args:
        told: hears how many files of a folder are read, and of how many.

    Raises:
        DataError: every file of the folder that is no image, the test images among them.
        DiskError: there is no room for the images of a folder.
    """
    return _images(data, "train", told)


def test_images(data: Data) -> Images:
    """The test images; for what looks at a finished run alone. Raises what the other does."""
    return _images(data, "test")


test_images.__test__ = False  # type: ignore[attr-defined]  # its name looks like a test's to pytest

_Part = Literal["train", "test"]


def _images(data: Data, part: _Part, told: Told | None = None) -> Images:
    import numpy as np

    if is_folder(data.dataset):
        tree = folders.listed(data)
        labels = np.array(getattr(tree, part).labels, np.int32)
        return Images(_packed(data, part, tree, told), labels, np.arange(len(labels)))
    path = Path(data.dataset)
    if data.dataset not in EMBEDDED:
        npz.describe(data)  # it may have changed since
    else:
        path = Path(str(resources.files("cnnlab.data") / f"{data.dataset}.npz"))
    images, labels = (npz.read(path, f"{letter}_{part}") for letter in "xy")
    images = images.reshape(*images.shape[:3], -1)
    return Images(images, labels.reshape(-1).astype(np.int32), np.arange(len(labels)))


def _packed(data: Data, part: _Part, tree: folders.Tree, told: Told | None = None) -> Packed:
    from cnnlab.data.packed import packed

    # For training, the test's files are read too: what is wrong with any is told before epoch 1.
    names, others = tree.test.names, []
    if part == "train":
        names, others = tree.train.names, tree.test.names
    return packed(Path(data.dataset), names, _image_shape(data), tree.bad, others, told)


def _image_shape(data: Data) -> tuple[int, int, int]:
    assert data.image_size is not None  # a fault of the config, if not given
    return (*data.image_size, 1 if data.color_mode == "grayscale" else 3)


def chunks(images: np.ndarray | Packed) -> Iterator[np.ndarray]:
    """The images in order, some at a time, so that what is made of them takes little memory."""
    for start in range(0, len(images), _CHUNK):
        yield images[start : start + _CHUNK]


def fingerprint(images: Images) -> str:
    """SHA-256 of images and labels, their shapes included."""
    import numpy as np

    digest = hashlib.sha256(str(images.images.shape).encode())
    for chunk in chunks(images.images):
        digest.update(np.ascontiguousarray(chunk).data)
    digest.update(np.ascontiguousarray(images.labels.astype("<i4")).data)
    return digest.hexdigest()


def split(images: Images, validation: float, seed: int) -> tuple[Images, Images]:
    """Training and validation images: `validation` is the share held out, stratified by class."""
    import numpy as np

    if not validation:
        return images, take(images, np.array([], dtype=np.int64))
    from sklearn.model_selection import train_test_split

    kept, held_out = train_test_split(
        images.indices,
        test_size=round(len(images.labels) * validation),
        random_state=seed,
        stratify=images.labels,
    )
    return take(images, np.sort(kept)), take(images, np.sort(held_out))


def take(images: Images, places: np.ndarray) -> Images:
    """Some of the images, by place; those of a folder stay on disk."""
    import numpy as np

    pixels = images.images
    taken = pixels[places] if isinstance(pixels, np.ndarray) else pixels.take(places)
    return Images(taken, images.labels[places], images.indices[places])


def _moments(images: np.ndarray | Packed) -> list[tuple[float, float]]:
    """Mean and standard deviation of each channel, from the sums of its whole numbers."""
    import numpy as np

    totals, squares = ([0] * images.shape[3] for _ in range(2))
    for chunk in chunks(images):
        for channel in range(images.shape[3]):
            values = chunk[..., channel]
            totals[channel] += int(values.sum(dtype=np.uint64))
            squares[channel] += int(np.square(values, dtype=np.uint16).sum(dtype=np.uint64))
    count = math.prod(images.shape[:3])
    return [
        (total / count, math.sqrt(count * square - total**2) / count)
        for total, square in zip(totals, squares, strict=True)
    ]


def inputs(data: Data, info: DatasetInfo, everything: Images, kept: Images) -> Inputs:
    """What the network must know of the data: `kept` are the images that it is trained on."""
    channels = info.image_shape[2]
    mean, deviation = (0.0,) * channels, (255.0,) * channels
    if data.scaling == "standard":
        moments = _moments(kept.images)
        mean = tuple(mean for mean, _ in moments)
        # A channel of one single value has no deviation; 1 leaves it at 0.
        deviation = tuple(deviation or 1.0 for _, deviation in moments)
    return Inputs(
        image_shape=info.image_shape,
        class_names=info.class_names,
        mean=mean,
        deviation=deviation,
        fingerprint=fingerprint(everything),
    )

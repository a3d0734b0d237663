"""Data sets by name, file or folder: describe them, read their images, split them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from cnnlab.data import image_folders, npz_files
from cnnlab.data.folder_names import describe_system_names
from cnnlab.spec.experiment import BUNDLED_DATASETS, Data, DatasetInfo, Inputs, is_folder
from cnnlab.untrusted_files import open_regular

if TYPE_CHECKING:
    import numpy as np

    from cnnlab.data.image_store import ReportReading, StoredImages

_DIGIT_NAMES = tuple("0123456789")
_CLOTHES_NAMES = (
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
_CHUNK = 1024  # images that a computation reads at once
_EMBEDDED_INFO = {
    "mnist": DatasetInfo((28, 28, 1), _DIGIT_NAMES, 60_000, 10_000),
    "fashion_mnist": DatasetInfo((28, 28, 1), _CLOTHES_NAMES, 60_000, 10_000),
}


@dataclass(frozen=True)
class Images:
    """Images of a data set, with their labels.

    `images` is uint8 (n, height, width, channels): an array, or the images of a folder, which stay
    on disk. `labels` is int32 (n,), from 0. `indices`, int64 (n,), has the index of each image in
    the training or test images of its data set.
    """

    images: np.ndarray | StoredImages
    labels: np.ndarray
    indices: np.ndarray

    @property
    def files(self) -> list[str]:
        """The paths of the image files below the data folder; empty if the images are an array."""
        import numpy as np

        return [] if isinstance(self.images, np.ndarray) else self.images.names


def describe_dataset(data: Data) -> DatasetInfo:
    """Find the image shape, the classes and the sizes of a data set without reading its images.

    An .npz file is described by its headers and labels, a folder by the names of its files.

    Raises:
        DataError: the error lists the faults of an .npz file, or of the layout of a folder. If
            the folder of a class contains something other than files, all images are read, and
            the error lists the bad files too.
    """
    if data.dataset in BUNDLED_DATASETS:
        return _EMBEDDED_INFO[data.dataset]
    if not is_folder(data.dataset):
        return npz_files.describe_npz(data)
    tree = image_folders.list_images(data)
    if tree.bad:
        _store_folder(data, "train", tree)
    return DatasetInfo(
        image_shape=_get_image_shape(data),
        class_names=tree.class_names,
        training_images=len(tree.train.names),
        test_images=len(tree.test.names),
        notes=tuple(filter(None, [describe_system_names(tree.system_names)])),
    )


def read_training_images(data: Data, report: ReportReading | None = None) -> Images:
    """Read all training images of a data set, including those of the validation split.

    Args:
        report: called with the number of files read so far, and with the total.

    Raises:
        DataError: the error lists the files of the folder, also below test/, that are not images.
        DiskError: there is not enough space for the images of a folder.
    """
    return _read_images(data, "train", report)


def read_test_images(data: Data) -> Images:
    """Read all test images of a data set. Raises the errors of `read_training_images`."""
    return _read_images(data, "test")


def open_all_images(data: Data, report: ReportReading | None = None) -> int:
    """Read every image of a data set, and return their number.

    Takes and raises what `read_training_images` does. For a folder, that function already reads the
    test images.
    """
    training = read_training_images(data, report)
    if is_folder(data.dataset):
        return len(training.labels) + len(image_folders.list_images(data).test.names)
    return len(training.labels) + len(read_test_images(data).labels)


read_test_images.__test__ = False  # type: ignore[attr-defined]  # its name looks like a test's to pytest

_Part = Literal["train", "test"]


def _read_images(data: Data, part: _Part, report: ReportReading | None = None) -> Images:
    import numpy as np

    if is_folder(data.dataset):
        tree = image_folders.list_images(data)
        labels = np.array(getattr(tree, part).labels, np.int32)
        return Images(_store_folder(data, part, tree, report), labels, np.arange(len(labels)))
    path = Path(data.dataset)
    if data.dataset not in BUNDLED_DATASETS:
        npz_files.describe_npz(data)  # the file may have changed since the config was read
    else:
        path = Path(str(resources.files("cnnlab.data") / f"{data.dataset}.npz"))
    images, labels = (npz_files.read_array(path, f"{letter}_{part}") for letter in "xy")
    images = images.reshape(*images.shape[:3], -1)
    return Images(images, labels.reshape(-1).astype(np.int32), np.arange(len(labels)))


def _store_folder(
    data: Data, part: _Part, tree: image_folders.ImageTree, report: ReportReading | None = None
) -> StoredImages:
    from cnnlab.data.image_store import store_images

    # Training also reads the test files, so that all faults show before epoch 1.
    names, others = tree.test.names, []
    if part == "train":
        names, others = tree.train.names, tree.test.names
    return store_images(Path(data.dataset), names, _get_image_shape(data), tree.bad, others, report)


def _get_image_shape(data: Data) -> tuple[int, int, int]:
    assert data.image_size is not None  # the config check requires it
    return (*data.image_size, 1 if data.color_mode == "grayscale" else 3)


def iterate_chunks(images: np.ndarray | StoredImages) -> Iterator[np.ndarray]:
    """Yield the images in order, 1,024 at a time, so that computations need little memory."""
    for start in range(0, len(images), _CHUNK):
        yield images[start : start + _CHUNK]


def compute_fingerprint(images: Images) -> str:
    """Compute the SHA-256 of the pixels, the labels and the shape of images."""
    import numpy as np

    digest = hashlib.sha256(str(images.images.shape).encode())
    for chunk in iterate_chunks(images.images):
        digest.update(np.ascontiguousarray(chunk).data)
    digest.update(np.ascontiguousarray(images.labels.astype("<i4")).data)
    return digest.hexdigest()


def compute_test_fingerprint(data: Data, images: Images | None = None) -> str:
    """Compute the SHA-256 of the test images and labels; for a folder, of the files' bytes.

    Args:
        images: the test images if the caller has read them, else None.
    """
    if not is_folder(data.dataset):
        return compute_fingerprint(images or read_test_images(data))
    files = image_folders.list_images(data).test
    digest = hashlib.sha256()
    for name, label in zip(files.names, files.labels, strict=True):
        with open_regular(Path(data.dataset) / name) as file:
            content = hashlib.file_digest(file, "sha256")
        digest.update(f"{label} {content.hexdigest()}\n".encode())
    return digest.hexdigest()


def split_off_validation(images: Images, validation: float, seed: int) -> tuple[Images, Images]:
    """Split images at random into training and validation images.

    `validation` is the share of the validation images, the same for each class.
    """
    import numpy as np

    if not validation:
        return images, select_images(images, np.array([], dtype=np.int64))
    from sklearn.model_selection import train_test_split

    training, held_out = train_test_split(
        images.indices,
        test_size=round(len(images.labels) * validation),
        random_state=seed,
        stratify=images.labels,
    )
    return select_images(images, np.sort(training)), select_images(images, np.sort(held_out))


def select_images(images: Images, places: np.ndarray) -> Images:
    """Select the images with the indices `places`; the images of a folder stay on disk."""
    import numpy as np

    pixels = images.images
    selected = pixels[places] if isinstance(pixels, np.ndarray) else pixels.take(places)
    return Images(selected, images.labels[places], images.indices[places])


def compute_moments(images: np.ndarray | StoredImages) -> list[tuple[float, float]]:
    """Compute the mean and standard deviation of each image channel, from exact integer sums."""
    import numpy as np

    totals, squares = ([0] * images.shape[3] for _ in range(2))
    for chunk in iterate_chunks(images):
        for channel in range(images.shape[3]):
            values = chunk[..., channel]
            totals[channel] += int(values.sum(dtype=np.uint64))
            squares[channel] += int(np.square(values, dtype=np.uint16).sum(dtype=np.uint64))
    count = math.prod(images.shape[:3])
    return [
        (total / count, math.sqrt(count * square - total**2) / count)
        for total, square in zip(totals, squares, strict=True)
    ]


def build_inputs(
    data: Data,
    info: DatasetInfo,
    all_images: Images,
    training: Images,
    test: Images | None = None,
) -> Inputs:
    """Build the inputs section of a spec: image shape, classes, scaling and fingerprints.

    `all_images` has the training images and the validation images. The scaling comes from the
    training images alone. `test` has the test images if the caller has read them.
    """
    channels = info.image_shape[2]
    mean, deviation = (0.0,) * channels, (255.0,) * channels
    if data.scaling == "standard":
        moments = compute_moments(training.images)
        mean = tuple(mean for mean, _ in moments)
        # A constant channel has the deviation 0; dividing by 1 keeps it at 0.
        deviation = tuple(deviation or 1.0 for _, deviation in moments)
    return Inputs(
        image_shape=info.image_shape,
        class_names=info.class_names,
        mean=mean,
        deviation=deviation,
        fingerprint=compute_fingerprint(all_images),
        test_fingerprint=compute_test_fingerprint(data, test),
    )

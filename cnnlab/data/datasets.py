"""Describe, read and split the data set that a name, a file or a folder stands for."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.data import array_datasets, image_folders
from cnnlab.data.array_files import has_array_files
from cnnlab.data.array_names import SplitName
from cnnlab.data.class_balance import compute_class_weights
from cnnlab.data.folder_names import describe_system_names
from cnnlab.data.pixel_statistics import compute_moments, iterate_chunks
from cnnlab.spec.data_checks import MissingImageSize
from cnnlab.spec.experiment import BUNDLED_DATASETS, Data, DatasetInfo
from cnnlab.spec.foreign_preparation import PicturePreparation
from cnnlab.spec.inputs import Inputs
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
_EMBEDDED_INFO = {
    "mnist": DatasetInfo((28, 28, 1), _DIGIT_NAMES, 60_000, 10_000),
    "fashion_mnist": DatasetInfo((28, 28, 1), _CLOTHES_NAMES, 60_000, 10_000),
}


@dataclass(frozen=True)
class Images:
    """Images of a data set, with their labels.

    `images` is uint8 (n, height, width, channels): an array in memory, or images on the disk.
    `labels` is int32 (n,), from 0. `indices`, int64 (n,), has the index of each image among the
    training images or the test images of the data set.
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

    The function reads headers and labels of arrays, or the names of image files.

    Raises:
        DataError: the error lists every fault of the arrays, or of the layout of a folder. If the
            folder of a class contains something other than files, the function also reads all
            images, so that the error lists bad image files too.
        MissingImageSize: the data set is a folder of image files, and `image_size` is missing.
    """
    if data.dataset in BUNDLED_DATASETS:
        return _EMBEDDED_INFO[data.dataset]
    if not is_image_folder(data):
        return open_arrays(data).info
    if data.image_size is None and Path(data.dataset).is_dir():
        raise MissingImageSize(data.dataset)
    tree = image_folders.list_images(data)
    if tree.bad:
        _store_folder(data, "train", tree)
    return DatasetInfo(
        image_shape=_get_image_shape(data),
        class_names=tree.class_names,
        training_images=len(tree.train.names),
        test_images=len(tree.test.names),
        validation_images=len(tree.validation.names),
        is_folder=True,
        test_share=tree.test_share,
        notes=tuple(_list_notes(data, tree)),
    )


def _list_notes(data: Data, tree: image_folders.ImageTree) -> Iterator[str]:
    if tree.system_names:
        yield describe_system_names(tree.system_names)
    if data.test is None and tree.test_share is not None:
        yield (
            f"it has no test/, so cnnlab sets {tree.test_share:.0%} of each class of train/ aside "
            f"for the test; `test: {tree.test_share:g}` below `data:` says the same"
        )


def is_image_folder(data: Data) -> bool:
    """Return whether a data set is a folder of image files; otherwise it is files of arrays.

    A path that does not exist counts as a folder if the path has no file ending.
    """
    if data.dataset in BUNDLED_DATASETS:
        return False
    path = Path(data.dataset)
    if path.is_dir():
        return not has_array_files(path)
    return not path.exists() and not path.suffix


def read_training_images(data: Data, report: ReportReading | None = None) -> Images:
    """Read all training images of a data set, including those of the validation split.

    Args:
        report: a function that gets the number of files read so far and of all files.

    Raises:
        DataError: the error lists all files of the folder that are not images, also in test/.
        DiskError: the images of a folder do not fit on the disk.
    """
    return _read_images(data, "train", report)


def read_test_images(data: Data, preparation: PicturePreparation | None = None) -> Images:
    """Read all test images of a data set; raise the errors of `read_training_images`.

    Args:
        preparation: how to prepare images for a network of another program; None otherwise.
    """
    return _read_images(data, "test", preparation=preparation)


def open_all_images(data: Data, report: ReportReading | None = None) -> int:
    """Read all images that the experiment uses, and return the number of images.

    The arguments and errors are those of `read_training_images`, which also reads test files.
    """
    training = read_training_images(data, report)
    if is_image_folder(data):
        return len(training.labels) + len(image_folders.list_images(data).test.names)
    return len(training.labels) + len(read_test_images(data).labels)


read_test_images.__test__ = False  # type: ignore[attr-defined]  # its name looks like a test's to pytest


def _read_images(
    data: Data,
    part: SplitName,
    report: ReportReading | None = None,
    preparation: PicturePreparation | None = None,
) -> Images:
    import numpy as np

    if is_image_folder(data):
        tree = image_folders.list_images(data)
        labels = np.array(_list_used_files(data, part, tree).labels, np.int32)
        stored = _store_folder(data, part, tree, report, preparation)
        return Images(stored, labels, np.arange(len(labels)))
    source = open_arrays(data)
    splits = [part]
    if part == "train" and data.validation and source.info.validation_images:
        splits.append("validation")
    images = [source.read_images(split) for split in splits]
    labels = np.concatenate([source.labels[split] for split in splits])
    joined = np.concatenate(images) if len(images) > 1 else images[0]
    return Images(joined, labels, np.arange(len(labels)))


def open_arrays(data: Data) -> array_datasets.ArrayDataset:
    """Open a data set of arrays: a bundled one, a file, or several files of a folder.

    Raises DataError with a list of all faults of the data set.
    """
    path = Path(data.dataset)
    if data.dataset in BUNDLED_DATASETS:
        path = Path(str(resources.files("cnnlab.data") / f"{data.dataset}.npz"))
    return array_datasets.open_dataset(data, path)


def _list_used_files(
    data: Data, part: SplitName, tree: image_folders.ImageTree
) -> image_folders.ClassFiles:
    """List the image files of a split; for training, the files of validation images come last."""
    if part == "test":
        return tree.test
    if not data.validation:
        return tree.train
    names, labels = (
        getattr(tree.train, field) + getattr(tree.validation, field)
        for field in ("names", "labels")
    )
    return image_folders.ClassFiles(names, labels)


def _store_folder(
    data: Data,
    part: SplitName,
    tree: image_folders.ImageTree,
    report: ReportReading | None = None,
    preparation: PicturePreparation | None = None,
) -> StoredImages:
    from cnnlab.data.image_store import store_images

    # Training also reads the test files, so that all faults show before epoch 1.
    names = _list_used_files(data, part, tree).names
    others = tree.test.names if part == "train" else []
    root, shape = Path(data.dataset), _get_image_shape(data)
    return store_images(root, names, shape, tree.bad, others, report, preparation)


def _get_image_shape(data: Data) -> tuple[int, int, int]:
    assert data.image_size is not None  # the config check requires it
    return (*data.image_size, 1 if data.color_mode == "grayscale" else 3)


def compute_fingerprint(images: Images) -> str:
    """Compute the SHA-256 over the pixels, the labels and the shape of images."""
    import numpy as np

    digest = hashlib.sha256(str(images.images.shape).encode())
    for chunk in iterate_chunks(images.images):
        digest.update(np.ascontiguousarray(chunk).data)
    digest.update(np.ascontiguousarray(images.labels.astype("<i4")).data)
    return digest.hexdigest()


def compute_test_fingerprint(data: Data, images: Images | None = None) -> str:
    """Compute the SHA-256 over test images and labels; for a folder, over the bytes of its files.

    Args:
        images: the test images if the caller has read them already, else None.
    """
    if not is_image_folder(data):
        return compute_fingerprint(images or read_test_images(data))
    files = image_folders.list_images(data).test
    digest = hashlib.sha256()
    for name, label in zip(files.names, files.labels, strict=True):
        with open_regular(Path(data.dataset) / name) as file:
            content = hashlib.file_digest(file, "sha256")
        digest.update(f"{label} {content.hexdigest()}\n".encode())
    return digest.hexdigest()


def select_images(images: Images, places: np.ndarray) -> Images:
    """Select the images with the indices `places`; the images of a folder stay on disk."""
    import numpy as np

    pixels = images.images
    selected = pixels[places] if isinstance(pixels, np.ndarray) else pixels.take(places)
    return Images(selected, images.labels[places], images.indices[places])


def build_inputs(
    data: Data,
    info: DatasetInfo,
    all_images: Images,
    training: Images,
    test: Images | None = None,
) -> Inputs:
    """Build the part of a spec that describes the images which the network expects.

    `all_images` has the training images and the validation images. The scaling, the class weights
    and the measured appearance of the images come only from the training images. `test` has the
    test images if the caller has read them already, else None.
    """
    from cnnlab.data.image_look import measure_look

    channels = info.image_shape[2]
    mean, deviation = (0.0,) * channels, (255.0,) * channels
    if data.scaling == "standard":
        moments = compute_moments(training.images)
        mean = tuple(mean for mean, _ in moments)
        # A constant channel has the deviation 0; dividing by 1 keeps it at 0.
        deviation = tuple(deviation or 1.0 for _, deviation in moments)
    return Inputs(
        look=measure_look(training.images),
        image_shape=info.image_shape,
        class_names=info.class_names,
        mean=mean,
        deviation=deviation,
        class_weights=compute_class_weights(data, info.class_names, training.labels),
        fingerprint=compute_fingerprint(all_images),
        test_fingerprint=compute_test_fingerprint(data, test),
    )

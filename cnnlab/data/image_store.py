"""Store images of a folder in a temporary file, all of one size, and read them on demand.

cnnlab decodes each image file once, before training begins. Therefore cnnlab finds every bad file
before training, later changes in the folder have no effect, and the use of memory does not grow
with the number of images.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from cnnlab.data import image_files
from cnnlab.data.duplicates import digest_image
from cnnlab.data.fault_lists import describe_files
from cnnlab.data.foreign_pictures import ChoiceCollector, OpenChoices, prepare_foreign_picture
from cnnlab.data.image_preparation import fit_image
from cnnlab.errors import DataError, DiskError
from cnnlab.spec.foreign_preparation import PicturePreparation
from cnnlab.spec.wording import to_one_line

# On Linux this folder is on a disk by convention; /tmp may be in memory.
DISK = "/var/tmp"  # noqa: S108  # the file has no name that another process could use
_FILES_AT_ONCE = 256  # files that all threads read before progress is reported
_THREADS = min(8, os.cpu_count() or 1)  # each needs up to 256 MiB

ReportReading = Callable[[int, int], None]  # gets the number of files read so far, and the total


class StoredImages:
    """Images in a temporary file, uint8 (n, height, width, channels), read like an array.

    An index along the first axis returns an array. `names` has the paths of the image files.
    """

    dtype = np.dtype(np.uint8)

    def __init__(
        self,
        store: _TemporaryStore,
        image_shape: tuple[int, ...],
        names: Sequence[str],
        rows: np.ndarray,
    ) -> None:
        self._store, self._names, self._rows = store, names, rows
        self.shape = (len(rows), *image_shape)

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, places: int | slice | np.ndarray) -> np.ndarray:
        rows = self._rows[places]
        images = np.empty((rows.size, *self.shape[1:]), np.uint8)
        for image, row in zip(images, rows.reshape(-1).tolist(), strict=True):
            self._store.read(image, row * image.nbytes)
        return images.reshape(*rows.shape, *self.shape[1:])

    def __array__(self, dtype: object = None, copy: bool | None = None) -> np.ndarray:
        return self[:]

    def take(self, places: np.ndarray) -> StoredImages:
        """Select the images with the indices `places` without reading the images."""
        return StoredImages(self._store, self.shape[1:], self._names, self._rows[places])

    @property
    def digests(self) -> np.ndarray:
        """A hash of each image, int64 (n,), which equal images share."""
        digests: np.ndarray = np.array(self._store.digests, np.int64)
        return np.take(digests, self._rows)

    @property
    def other_digests(self) -> np.ndarray:
        """Hashes of the images that cnnlab read but did not store, int64 (images,)."""
        return np.array(self._store.other_digests, np.int64)

    @property
    def names(self) -> list[str]:
        """The paths of the image files, relative to the folder of the data set."""
        return [self._names[row] for row in self._rows]


class _TemporaryStore:
    """A temporary file without a name, which disappears with the last object that uses the file."""

    def __init__(self, folder: str) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed in the next line
        weakref.finalize(self, self._file.close)
        self.digests: list[int] = []
        self.other_digests: list[int] = []

    def append(self, image: np.ndarray) -> None:
        self._file.write(image.data.cast("B"))
        self.digests.append(digest_image(image))

    def flush(self) -> None:
        self._file.flush()

    def read(self, image: np.ndarray, offset: int) -> None:
        """Fill `image` with the bytes from `offset` on; several threads can do so at once."""
        os.preadv(self._file.fileno(), [image.data.cast("B")], offset)


def store_images(
    root: Path,
    names: Sequence[str],
    image_shape: tuple[int, int, int],
    bad: Sequence[tuple[str, str]],
    others: Sequence[str] = (),
    report: ReportReading | None = None,
    preparation: PicturePreparation | None = None,
) -> StoredImages:
    """Read the image files `names` in the folder `root`, resize the images, and store them.

    Args:
        bad: paths and faults of other entries of the folder, which a DataError also lists.
        others: files that are read but not stored, so that a DataError also lists their faults.
        report: a function that is called with the number of files read so far and the number of all
            files.
        preparation: how to prepare images for a network of another program; None for a network that
            cnnlab trains.

    Raises:
        DataError: the error lists the files that are not images, at most ten of each kind.
        UsageError: the user must choose one of several ways to prepare an image.
        DiskError: the images do not fit on the disk.
    """
    folder = os.environ.get("TMPDIR") or (DISK if os.path.isdir(DISK) else tempfile.gettempdir())
    faults, open_choices = [*bad], ChoiceCollector(image_shape)
    try:
        store = _TemporaryStore(folder)
        for place, (name, image) in enumerate(
            _read_images(root, [*names, *others], image_shape, report, preparation)
        ):
            if isinstance(image, DataError):
                faults.append((to_one_line(name), str(image)))
            elif isinstance(image, OpenChoices):
                open_choices.add(f"{root}/{name}", image)
            elif place < len(names) and not faults:
                store.append(image)
            else:
                store.other_digests.append(digest_image(image))
        store.flush()
    except OSError as error:
        raise DiskError(
            f"{folder}: cannot store the images during training: "
            f"{(error.strerror or '').lower()}; free some space, or set TMPDIR to another folder"
        ) from None
    if faults:
        raise _build_file_error(root, faults)
    open_choices.require_complete()
    return StoredImages(store, image_shape, names, np.arange(len(names)))


def _build_file_error(root: Path, faults: Sequence[tuple[str, str]]) -> DataError:
    count = (
        "1 file is not an image that cnnlab reads; repair or remove it"
        if len(faults) == 1
        else f"{len(faults):,} files are not images that cnnlab reads; repair or remove them"
    )
    lines = describe_files((f"{root}/{name}", fault) for name, fault in faults)
    return DataError("\n".join([*lines, count]))


def _read_images(
    root: Path,
    names: Sequence[str],
    image_shape: tuple[int, int, int],
    report: ReportReading | None,
    preparation: PicturePreparation | None,
) -> Iterator[tuple[str, np.ndarray | DataError | OpenChoices]]:
    """Yield each file name in order, with the image, a DataError or OpenChoices.

    A file that is no image gives a DataError. OpenChoices says which choices the user must make
    before cnnlab can prepare the image.
    """

    def read(name: str) -> np.ndarray | DataError | OpenChoices:
        try:
            path = os.path.join(root, name)
            if preparation is None:
                return fit_image(image_files.read_picture_in_thread(path).upright, image_shape)
            picture = image_files.read_picture_in_thread(path, ground=None)
            return prepare_foreign_picture(picture, image_shape, preparation)
        except DataError as fault:
            return fault

    # Pillow releases the interpreter lock while it decodes.
    with image_files.ignore_warnings(), ThreadPoolExecutor(_THREADS) as threads:
        for start in range(0, len(names), _FILES_AT_ONCE):
            some = names[start : start + _FILES_AT_ONCE]
            yield from zip(some, threads.map(read, some), strict=True)
            if report:
                report(start + len(some), len(names))

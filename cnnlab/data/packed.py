"""Image files → uint8 images of one size, in a file without a name, read as they are needed.

Each file is decoded once: what cannot be read is told before training begins, what changes in the
folder later changes nothing, and memory does not grow with the number of images.
"""

from __future__ import annotations

import os
import tempfile
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np

from cnnlab.data import pictures
from cnnlab.data.preparing import fitted
from cnnlab.errors import DataError, DiskError
from cnnlab.spec.words import one_line

# On a disk by the rules of Linux's file system, where /tmp may be in memory.
DISK = "/var/tmp"  # noqa: S108  # nothing here has a name that another process could take
_AT_ONCE = 256  # files, read by all threads together, and told together
_THREADS = min(8, os.cpu_count() or 1)  # each holds a picture of up to 256 MiB

Told = Callable[[int, int], None]  # so many files are read, of so many


class Packed:
    """Images uint8 (n, height, width, channels) that are in a file; `names` are their files.

    It is indexed as an array is, by its first axis, and gives arrays.
    """

    dtype = np.dtype(np.uint8)

    def __init__(
        self, store: _Store, image_shape: tuple[int, ...], names: Sequence[str], rows: np.ndarray
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

    def take(self, places: np.ndarray) -> Packed:
        """Some of the images, by place."""
        return Packed(self._store, self.shape[1:], self._names, self._rows[places])

    @property
    def names(self) -> list[str]:
        """The files of the images, below the data set's folder."""
        return [self._names[row] for row in self._rows]


class _Store:
    """A file without a name, in `folder`; it is gone with the last who holds it."""

    def __init__(self, folder: str) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed in the next line
        weakref.finalize(self, self._file.close)

    def append(self, image: np.ndarray) -> None:
        self._file.write(image.data.cast("B"))

    def flush(self) -> None:
        self._file.flush()

    def read(self, image: np.ndarray, offset: int) -> None:
        """Fill `image` from there on; many threads may."""
        os.preadv(self._file.fileno(), [image.data.cast("B")], offset)


def packed(
    root: Path,
    names: Sequence[str],
    image_shape: tuple[int, int, int],
    bad: Sequence[str],
    others: Sequence[str] = (),
    told: Told | None = None,
) -> Packed:
    """The images in the files `names` below `root`, each fitted into `image_shape`.

    Args:
        bad: sentences about what else is in the folder, told with those about the files.
        others: files that are read and not kept, so that what is wrong with them is told too.

    Raises:
        DataError: every file that is no image.
        DiskError: there is no room for the images.
    """
    folder = os.environ.get("TMPDIR") or (DISK if os.path.isdir(DISK) else tempfile.gettempdir())
    faults = [*bad]
    try:
        store = _Store(folder)
        for place, (name, image) in enumerate(_read(root, [*names, *others], image_shape, told)):
            if isinstance(image, DataError):
                faults.append(f"{one_line(name)}: {image}")
            elif place < len(names) and not faults:
                store.append(image)
        store.flush()
    except OSError as error:
        raise DiskError(
            f"{folder}: the images cannot be kept there while they are used: "
            f"{(error.strerror or '').lower()}; make room, or set TMPDIR to a folder that has some"
        ) from None
    if faults:
        count = f"{len(faults):,} file{' is' if len(faults) == 1 else 's are'} no image"
        count += " that can be read; mend or remove " + ("it" if len(faults) == 1 else "them")
        raise DataError("\n".join([*(f"{root}/{fault}" for fault in faults), count]))
    return Packed(store, image_shape, names, np.arange(len(names)))


def _read(
    root: Path, names: Sequence[str], image_shape: tuple[int, int, int], told: Told | None
) -> Iterator[tuple[str, np.ndarray | DataError]]:
    """Each name with its image or what is wrong with it, in the order of the names."""

    def image(name: str) -> np.ndarray | DataError:
        try:
            return fitted(pictures.read_unwarned(os.path.join(root, name)), image_shape)
        except DataError as fault:
            return fault

    # Pillow decodes beside other threads.
    with pictures.unwarned(), ThreadPoolExecutor(_THREADS) as threads:
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            yield from zip(some, threads.map(image, some), strict=True)
            if told:
                told(start + len(some), len(names))

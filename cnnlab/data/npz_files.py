"""Read an .npz file of the user; each array that cannot be used gets an error message."""

from __future__ import annotations

import io
import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.counts import format_count
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data, DatasetInfo
from cnnlab.spec.wording import to_one_line
from cnnlab.untrusted_files import open_regular, open_zip

if TYPE_CHECKING:
    import numpy as np

_ARRAYS = ("x_train", "y_train", "x_test", "y_test")
MAX_CLASSES = 1000
_MAX_HEADER = 10_000  # bytes; NumPy's own limit
# An array over 256 MiB that was compressed to less than 1/100 holds no images. MNIST was compressed
# to 1/4.
_SMALL, _RATIO = 256 * 2**20, 100
_REMEDY = (
    f"write it again with numpy.savez_compressed(FILE, {', '.join(f'{a}=…' for a in _ARRAYS)})"
)
# The errors of zipfile, its decompressors and NumPy's header reader on foreign bytes.
_UNREADABLE = (
    OSError,
    KeyError,
    ValueError,
    TypeError,
    EOFError,
    SyntaxError,
    RuntimeError,
    MemoryError,
    tokenize.TokenError,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
)


def describe_npz(data: Data) -> DatasetInfo:
    """Find the image shape, the classes and the sizes of an .npz file, without reading its images.

    Raises:
        DataError: the error lists every fault of the file.
    """
    path = Path(data.dataset)
    headers = _read_headers(path)
    faults = _find_layout_faults(headers)
    if not faults:
        labels = {name: read_array(path, name).reshape(-1) for name in ("y_train", "y_test")}
        faults += _find_label_faults(labels, data)
    if faults:
        raise DataError("\n".join(f"{path}: {fault}" for fault in faults))
    shape = headers["x_train"][0]
    return DatasetInfo(
        image_shape=(shape[1], shape[2], shape[3] if len(shape) == 4 else 1),
        class_names=tuple(map(str, range(int(labels["y_train"].max()) + 1))),
        training_images=shape[0],
        test_images=headers["x_test"][0][0],
    )


def _read_headers(path: Path) -> dict[str, tuple[tuple[int, ...], Any]]:
    """Read the shape and dtype of each array of an .npz file, without reading its numbers."""
    headers = {}
    try:
        with open_zip(path) as archive:
            for member in archive.infolist():
                if member.filename.endswith(".npy"):
                    headers[member.filename.removesuffix(".npy")] = _read_header(archive, member)
    except FileNotFoundError:
        message = f"{path}: there is no such file (paths are read from the config's folder)"
        raise DataError(message) from None
    except IsADirectoryError:
        raise DataError(f"{path}: this is a folder, not an .npz file; {_REMEDY}") from None
    except _UNREADABLE as error:
        message = f"{path}: not an .npz file that NumPy can read: {to_one_line(error)}; {_REMEDY}"
        raise DataError(message) from None
    return headers


def _read_header(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> tuple[tuple[int, ...], Any]:
    """Read the shape and dtype of one array. Raises ValueError if its size contradicts them."""
    from numpy.lib import format as npy

    name = member.filename.removesuffix(".npy")
    with archive.open(member) as file:
        start = file.read(12)
        old = npy.read_magic(io.BytesIO(start)) == (1, 0)
        length = int.from_bytes(start[8 : 10 if old else 12], "little")
        if length > _MAX_HEADER:  # NumPy would read it before it checks
            raise ValueError(f"{name} has a header of {length:,} bytes")
        header = io.BytesIO(start + file.read(length))
    header.seek(8)
    shape, _, dtype = (npy.read_array_header_1_0 if old else npy.read_array_header_2_0)(header)
    available = member.file_size - header.tell()
    size = dtype.itemsize * math.prod(shape)
    if not dtype.hasobject and size != available:
        expected = format_count(size, "byte")
        raise ValueError(f"{name} should have {expected}, but has {available:,}")
    if size > _SMALL and size > _RATIO * member.compress_size:
        raise ValueError(f"{name} grows from {member.compress_size:,} bytes to {size:,}")
    return shape, dtype


def _find_layout_faults(headers: dict[str, tuple[tuple[int, ...], Any]]) -> list[str]:
    """Find the faults in the names, shapes and dtypes of the arrays."""
    present = ", ".join(map(to_one_line, list(headers)[:8])) or "none"
    needed = f"expected {', '.join(_ARRAYS)}, the file has {present}"
    faults = [f"no array {name}; {needed}" for name in _ARRAYS if name not in headers]
    for name in ("x_train", "x_test"):
        if name in headers:
            faults += _find_image_faults(name, *headers[name])
    if not faults and headers["x_train"][0][1:] != headers["x_test"][0][1:]:
        shapes = f"{headers['x_train'][0][1:]} and {headers['x_test'][0][1:]}"
        faults.append(f"x_train and x_test have images of different shapes: {shapes}")
    for images, name in (("x_train", "y_train"), ("x_test", "y_test")):
        if name not in headers:
            continue
        shape, dtype = headers[name]
        if dtype.kind not in "iu":
            faults.append(f"{name} is {dtype}; labels must be whole numbers, from 0")
        if len(shape) not in (1, 2) or (len(shape) == 2 and shape[1] != 1):
            faults.append(f"{name} has the shape {shape}; expected (images,)")
        elif images in headers and headers[images][0] and shape[0] != headers[images][0][0]:
            faults.append(
                f"{images} has {format_count(headers[images][0][0], 'image')}, but {name} has "
                f"{format_count(shape[0], 'label')}"
            )
    return faults


def _find_image_faults(name: str, shape: tuple[int, ...], dtype: Any) -> Iterator[str]:
    if str(dtype) != "uint8":
        yield f"{name} is {dtype}; images must be uint8, 0 to 255"
    sides = all(type(side) is int and side > 0 for side in shape)
    if len(shape) not in (3, 4) or (len(shape) == 4 and shape[3] not in (1, 3)) or not sides:
        expected = "(images, height, width) or (images, height, width, 1 or 3)"
        yield f"{name} has the shape {shape}; expected {expected}, each at least 1"


def _find_label_faults(labels: dict[str, np.ndarray], data: Data) -> list[str]:
    """Find the faults in the values of the labels."""
    import numpy as np

    faults = []
    for name, values in labels.items():
        if values.min() < 0 or values.max() >= MAX_CLASSES:
            low, high = values.min(), values.max()
            faults.append(
                f"{name} has labels from {low} to {high}; expected 0 to {MAX_CLASSES - 1}"
            )
    if faults:
        return faults
    classes = int(labels["y_train"].max()) + 1
    counts = np.bincount(labels["y_train"].astype(np.int64))
    empty, single = np.flatnonzero(counts == 0), np.flatnonzero(counts == 1)
    if classes < 2:
        faults.append("y_train has one class; a classifier needs two or more")
    if empty.size:
        faults.append(
            f"y_train has no image of class {_format_classes(empty)}; labels must run from 0 "
            "without gaps"
        )
    if single.size and data.validation:
        faults.append(
            f"y_train has a single image of class {_format_classes(single)}; a validation split "
            "needs "
            "two or more of each class: add images, or write `validation: 0`"
        )
    if labels["y_test"].max() >= classes:
        faults.append(
            f"y_test has the label {labels['y_test'].max()}, which y_train does not have: its "
            f"largest label is {classes - 1}"
        )
    return faults


def _format_classes(classes: np.ndarray) -> str:
    return ", ".join(map(str, classes[:10])) + (", …" if classes.size > 10 else "")


def read_array(path: Path, name: str) -> np.ndarray:
    """Read one array of an .npz file. Refuse pickled objects, which could run code."""
    import numpy as np

    try:
        with open_regular(path) as file, np.load(file, allow_pickle=False) as arrays:
            # Use the full name: with a short one, NumPy also accepts a member without `.npy`.
            return np.asarray(arrays[f"{name}.npy"])
    except _UNREADABLE as error:
        message = f"{path}: the array {name} cannot be read: {to_one_line(error)}; {_REMEDY}"
        raise DataError(message) from None

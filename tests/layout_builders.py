"""Write the same images in the layouts in which public data sets come."""

from __future__ import annotations

import gzip
import struct
from pathlib import Path
from typing import Any

import numpy as np
from folder_builders import mnist

Arrays = dict[str, np.ndarray]
NAMES = ("x_train", "y_train", "x_test", "y_test")
IDX_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)


def build_arrays(training: int = 200, test: int = 60) -> Arrays:
    """The first images and labels of MNIST, in cnnlab's own layout."""
    return dict(zip(NAMES, (*mnist("train", training), *mnist("test", test)), strict=True))


def to_idx(array: np.ndarray) -> bytes:
    """An IDX file of unsigned bytes: two zeros, the type 8, the number of axes, the sides."""
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, 8, array.ndim, *array.shape)
    return header + array.astype(np.uint8).tobytes()


def to_csv(images: np.ndarray, labels: np.ndarray, header: bool = True) -> bytes:
    """A CSV file of Kaggle: the columns label, pixel0, pixel1, …"""
    rows = np.column_stack([labels, images.reshape(len(images), -1)])
    lines = [",".join(map(str, row)) for row in rows.tolist()]
    names = ["label", *(f"pixel{number}" for number in range(rows.shape[1] - 1))]
    return "\n".join([*([",".join(names)] if header else []), *lines, ""]).encode()


def write_own(folder: Path, a: Arrays) -> Path:
    np.savez_compressed(folder / "own.npz", **a)
    return folder / "own.npz"


def write_medmnist(folder: Path, a: Arrays) -> Path:
    """The last 50 training images are the validation images; labels have the shape (n, 1)."""
    parts = {"train": (a["x_train"][:-50], a["y_train"][:-50])}
    parts |= {"val": (a["x_train"][-50:], a["y_train"][-50:]), "test": (a["x_test"], a["y_test"])}
    arrays = {f"{part}_images": images for part, (images, _) in parts.items()}
    arrays |= {f"{part}_labels": labels[:, None] for part, (_, labels) in parts.items()}
    np.savez_compressed(folder / "medmnist.npz", **arrays)
    return folder / "medmnist.npz"


def write_kmnist(folder: Path, a: Arrays) -> Path:
    for part in ("train", "test"):
        np.savez_compressed(folder / f"kmnist-{part}-imgs.npz", a[f"x_{part}"])
        np.savez_compressed(folder / f"kmnist-{part}-labels.npz", a[f"y_{part}"])
    return folder / "kmnist-train-imgs.npz"


def write_emnist(folder: Path, a: Arrays) -> Path:
    """Labels from 1, and rows and columns exchanged, in IDX files that gzip has compressed."""
    for part in ("train", "test"):
        images, labels = a[f"x_{part}"].swapaxes(1, 2), a[f"y_{part}"] + 1
        name = f"emnist-letters-{part}"
        (folder / f"{name}-images-idx3-ubyte.gz").write_bytes(gzip.compress(to_idx(images), 1))
        (folder / f"{name}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(to_idx(labels), 1))
    return folder / "emnist-letters-train-images-idx3-ubyte.gz"


def write_idx(folder: Path, a: Arrays) -> Path:
    """A folder with four IDX files."""
    for array_name, name in zip(NAMES, IDX_NAMES, strict=True):
        (folder / name).write_bytes(to_idx(a[array_name]))
    return folder


def write_idx_gz(folder: Path, a: Arrays) -> Path:
    for array_name, name in zip(NAMES, IDX_NAMES, strict=True):
        (folder / f"{name}.gz").write_bytes(gzip.compress(to_idx(a[array_name]), 1))
    return folder


def write_csv(folder: Path, a: Arrays) -> Path:
    for part in ("train", "test"):
        (folder / f"mnist_{part}.csv").write_bytes(to_csv(a[f"x_{part}"], a[f"y_{part}"]))
    return folder / "mnist_train.csv"


def write_csv_gz(folder: Path, a: Arrays) -> Path:
    for part in ("train", "test"):
        content = to_csv(a[f"x_{part}"], a[f"y_{part}"], header=False)
        (folder / f"mnist_{part}.csv.gz").write_bytes(gzip.compress(content, 1))
    return folder / "mnist_train.csv.gz"


def write_one_hot(folder: Path, a: Arrays) -> Path:
    labels = {f"y_{part}": np.eye(10)[a[f"y_{part}"]] for part in ("train", "test")}
    return write_own(folder, a | labels)


def write_whole_float_labels(folder: Path, a: Arrays) -> Path:
    labels = {f"y_{part}": a[f"y_{part}"].astype(np.float32) for part in ("train", "test")}
    return write_own(folder, a | labels)


def write_unit_floats(folder: Path, a: Arrays) -> Path:
    """Images from 0 to 1, as scripts save them after `x_train.astype("float32") / 255`."""
    images = {f"x_{part}": a[f"x_{part}"].astype(np.float32) / 255 for part in ("train", "test")}
    return write_own(folder, a | images)


def write_wide_integers(folder: Path, a: Arrays) -> Path:
    return write_own(folder, a | {name: a[name].astype(np.int64) for name in ("x_train", "x_test")})


def write_channels_first(folder: Path, a: Arrays) -> Path:
    return write_own(folder, a | {name: a[name][:, None] for name in ("x_train", "x_test")})


LAYOUTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "MedMNIST": (write_medmnist, {}),
    "KMNIST": (write_kmnist, {}),
    "EMNIST": (write_emnist, {"transpose": True}),
    "one-hot labels": (write_one_hot, {}),
    "whole float labels": (write_whole_float_labels, {}),
    "floats from 0 to 1": (write_unit_floats, {}),
    "wide integers": (write_wide_integers, {}),
    "channels first": (write_channels_first, {}),
    "IDX": (write_idx, {}),
    "IDX in gzip": (write_idx_gz, {}),
    "CSV": (write_csv, {}),
    "CSV in gzip": (write_csv_gz, {}),
}

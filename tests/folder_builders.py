"""Build folders of images, one per class, from the embedded data sets."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from cnnlab.spec.experiment import Data

DIGITS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def mnist(part: str, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The first images and labels of a split of MNIST."""
    with (
        resources.as_file(resources.files("cnnlab.data") / "mnist.npz") as path,
        np.load(path) as arrays,
    ):
        return arrays[f"x_{part}"][:count], arrays[f"y_{part}"][:count]


def write_images(folder: Path, images: np.ndarray, labels: np.ndarray, kind: str = "png") -> Path:
    """Write one numbered file per image into the folder of its class; returns `folder`."""
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        path = folder / DIGITS[label] / f"{number:06d}.{kind}"
        if not path.parent.is_dir():
            path.parent.mkdir(parents=True)
        Image.fromarray(image).save(path)
    return folder


def data_of(folder: Path, **options: Any) -> Data:
    """The data section that names a folder of such images."""
    return Data(dataset=str(folder), **{"image_size": 28, "color_mode": "grayscale"} | options)

"""Peak memory and time of training on a folder of 10,000 images, and on one of 100,000.

    python benchmarks/folder.py [FEW MANY]

The images are those of MNIST and Fashion-MNIST as PNG files, in ten classes; one epoch each, in a
process of its own, in a folder that is removed afterwards.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

CONFIG = """\
data: {dataset: images/, image_size: 32, color_mode: rgb, test: 0.1, batch_size: 64}
model:
  - conv: {filters: 16, kernel_size: 3, strides: 2, activation: relu}
  - conv: {filters: 32, kernel_size: 3, strides: 2, activation: relu}
  - flatten
  - dense: {units: 10, activation: softmax}
training: {epochs: 1}
"""


def write_images(folder: Path, count: int) -> None:
    """`count` images as PNG files, one folder for each of ten classes."""
    number = 0
    for name in ("mnist", "fashion_mnist"):
        path = resources.files("cnnlab.data") / f"{name}.npz"
        with resources.as_file(path) as there, np.load(there) as arrays:
            for image, label in zip(arrays["x_train"], arrays["y_train"], strict=True):
                if number == count:
                    return
                place = folder / f"class-{label}"
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image).save(place / f"{number:06d}.png", compress_level=1)
                number += 1


def train(count: int) -> tuple[float, float, float]:
    """Peak memory in MiB, seconds of the whole process, and seconds of its epoch."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_images(folder / "images", count)
        (folder / "images.yaml").write_text(CONFIG, encoding="utf-8")
        started = time.perf_counter()
        command = [sys.executable, "-m", "cnnlab", "train", "images.yaml", "--quiet", "--json"]
        process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.read()
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        if status:
            sys.exit(f"{count} images: exit {os.waitstatus_to_exitcode(status)}")
        history = (folder / "runs/images-001/history.csv").read_text().splitlines()
        row = dict(zip(history[0].split(","), history[1].split(","), strict=True))
        return usage.ru_maxrss / 1024, seconds, float(row["seconds"])


def main() -> None:
    few, many = map(int, sys.argv[1:] or (10_000, 100_000))
    peaks = []
    for count in (few, many):
        peak, seconds, epoch = train(count)
        peaks.append(peak)
        print(f"{count:>7,} images: peak {peak:,.0f} MiB, {seconds:.1f} s, epoch {epoch:.1f} s")
    print(json.dumps({"few_mib": peaks[0], "many_mib": peaks[1], "ratio": peaks[1] / peaks[0]}))


if __name__ == "__main__":
    main()

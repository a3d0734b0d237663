"""Plant copies of training images into the test images of MNIST, and look for them.

    python benchmarks/duplicates.py [SEED ...]

For each seed (101 to 106 if none is named), 20 test images become copies of training images: exact
ones, and shifted, brighter, darker, noisy ones and JPEGs. `cnnlab data` reads the file in a process
of its own. Prints how many copies it found, how many other pairs it named, and the seconds.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from importlib import resources
from pathlib import Path

import numpy as np
from PIL import Image

COPIES = 20
SEEDS = range(101, 107)


def encode(image: np.ndarray) -> np.ndarray:
    """Encode an image as a JPEG of quality 90, and decode it."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=90)
    return np.asarray(Image.open(file))


def change(image: np.ndarray, factor: float, plus: float) -> np.ndarray:
    """Multiply the pixels, and add a number."""
    return np.clip(image * factor + plus, 0, 255).astype(np.uint8)


def add_noise(image: np.ndarray) -> np.ndarray:
    """Add noise with a deviation of 4 gray levels."""
    noise = np.random.default_rng(int(image.sum())).normal(0, 4, image.shape)
    return np.clip(image + noise, 0, 255).astype(np.uint8)


KINDS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "exact": np.copy,
    "shifted down": lambda image: np.roll(image, 1, axis=0),
    "shifted by two": lambda image: np.roll(image, (2, -2), axis=(0, 1)),
    "brighter": lambda image: change(image, 1.1, 10),
    "darker": lambda image: change(image, 0.7, 0),
    "JPEG": encode,
    "noise": add_noise,
    "shifted, brighter": lambda image: change(np.roll(image, -1, axis=1), 1.1, 10),
}


def plant(arrays: dict[str, np.ndarray], seed: int) -> dict[int, tuple[int, str]]:
    """Replace test images by copies; returns the training image and the kind of each copy."""
    random = np.random.default_rng(seed)
    places = random.choice(len(arrays["x_test"]), COPIES, replace=False)
    sources = random.choice(len(arrays["x_train"]), COPIES, replace=False)
    planted = {}
    for number, (place, source) in enumerate(zip(places.tolist(), sources.tolist(), strict=True)):
        kind = [*KINDS][number % len(KINDS)]
        arrays["x_test"][place] = KINDS[kind](arrays["x_train"][source])
        arrays["y_test"][place] = arrays["y_train"][source]
        planted[place] = (source, kind)
    return planted


def main() -> None:
    """Plant and look for copies, once for each seed."""
    bundled = resources.files("cnnlab.data") / "mnist.npz"
    for seed in [int(word) for word in sys.argv[1:]] or SEEDS:
        with resources.as_file(bundled) as path, np.load(path) as file:
            arrays = {name: file[name].copy() for name in file}
        planted = plant(arrays, seed)
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "planted.npz"
            np.savez_compressed(path, **arrays)
            start = time.perf_counter()
            command = [sys.executable, "-m", "cnnlab", "data", str(path), "--json"]
            done = subprocess.run(command, capture_output=True, text=True, check=True)
            seconds = time.perf_counter() - start
        found = {
            row["image"]["index"]: row["other"]["index"]
            for row in json.loads(done.stdout)["duplicates"]
            if (row["image"]["split"], row["other"]["split"]) == ("test", "training")
        }
        others = len(json.loads(done.stdout)["duplicates"]) - len(found)
        right = [place for place, (source, _) in planted.items() if found.get(place) == source]
        missed = sorted({planted[place][1] for place in planted if place not in right})
        false = len(found) - len(right) + others
        print(
            f"seed {seed}: found {len(right)} of {COPIES}, {false} false, {seconds:.1f} s"
            + (f"; missed: {', '.join(missed)}" if missed else ""),
            flush=True,
        )


if __name__ == "__main__":
    main()

"""Measure how a run classifies photos of digits, and garments on white ground.

    python benchmarks/photos.py digits runs/quick-001 --seeds 2 3 4
    python benchmarks/photos.py garments runs/fashion-001
    python benchmarks/photos.py alarms runs/quick-001

The photos are those of tests/photographed_digits.py: ten digits in each of ten scenes, 100 for each
seed. The garments are test images of Fashion-MNIST, enlarged to 280 pixels, as they are and on
white ground. The false alarms are test images of the run that cnnlab calls unlike the training
images.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

import cnnlab
from cnnlab.data.datasets import read_test_images
from cnnlab.data.image_look import measure_likeness
from cnnlab.data.run_splits import read_split
from cnnlab.spec.experiment import Data

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from photographed_digits import SCENES


def measure_digits(run: Path, seeds: list[int]) -> None:
    for seed in seeds:
        with tempfile.TemporaryDirectory() as name:
            for scene in SCENES:
                for digit in "0123456789":
                    photo = scene.photograph(digit, seed)
                    photo.save(Path(name) / f"{scene.name} {digit}.png")
            predictions = cnnlab.predict(run, [name])
        wrong = [
            f"{Path(one.image).stem} as {one.predicted} ({one.probability:.0%})"
            for one in predictions
            if one.predicted != Path(one.image).stem[-1]
        ]
        unlike = sum(one.likeness is not None and one.likeness.is_unlike for one in predictions)
        right = len(predictions) - len(wrong)
        print(f"seed {seed}: {right} of 100 right, {unlike} called unlike the training images")
        print(*wrong, *predictions.faults, sep="\n", flush=True)


def measure_garments(run: Path) -> None:
    images = read_test_images(Data(dataset="fashion_mnist"))
    names = cnnlab.load(run).spec.inputs.class_names
    for start in range(0, 500, 100):
        truths = [names[label] for label in images.labels[start : start + 100]]
        for ground in ("as they are", "on white ground"):
            with tempfile.TemporaryDirectory() as folder:
                for place in range(start, start + 100):
                    large = Image.fromarray(images.images[place, ..., 0])
                    large = large.resize((280, 280), Image.Resampling.BICUBIC)
                    if ground == "on white ground":
                        large = Image.fromarray(255 - np.asarray(large))
                    large.convert("RGB").save(Path(folder) / f"{place:05}.jpg", quality=85)
                predictions = cnnlab.predict(run, [folder])
            pairs = zip(predictions, truths, strict=True)
            right = sum(one.predicted == truth for one, truth in pairs)
            print(
                f"test images {start} to {start + 99}, {ground}: {right} of 100 right", flush=True
            )


def measure_alarms(run: Path) -> None:
    spec = cnnlab.load(run).spec
    look = spec.inputs.look
    assert look is not None
    images = read_split(spec, "test").images
    unlike = sum(measure_likeness(image, look).is_unlike for image in images)
    print(f"{unlike} of {len(images):,} test images, {unlike / len(images):.2%}, are called unlike")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("what", choices=["digits", "garments", "alarms"])
    parser.add_argument("run", type=Path)
    parser.add_argument("--seeds", type=int, nargs="+", default=[2, 3, 4])
    arguments = parser.parse_args()
    if arguments.what == "digits":
        measure_digits(arguments.run, arguments.seeds)
    elif arguments.what == "garments":
        measure_garments(arguments.run)
    else:
        measure_alarms(arguments.run)


if __name__ == "__main__":
    main()

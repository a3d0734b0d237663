"""Two devices that share each batch, against one device: the losses of the networks in configs/.

    python benchmarks/mirrored.py [NAME …] [--images N] [--epochs N] [--float32]

NAME is a file of configs/ or configs/reference/ without its ending; without one, all of them. The
two devices are halves of this processor, as TensorFlow can divide it. No GPU takes part, and no
time is measured.

Both trainings of two epochs read the first 320 training images of the data set, with the seed, the
batches, the augmentation and the optimizer of the config; of an ensemble, the first member trains.
Three settings are changed for both. Dropout has the rate 0, since each device draws its own masks.
The precision is float32, since 16-bit numbers round the sums of two parts otherwise than one sum.
There are no callbacks, so that no training ends early.

The bar is the largest difference of a loss, in training or validation, after each epoch: 1e-5, and
1e-3 with batch normalization. The exit code is 1 if a network misses its bar.

Two parts of a sum are rounded otherwise than one sum. A training amplifies such a difference: ReLU
and max pooling switch, and Adam makes full steps from gradients that are 0 but for their rounding.
So there are few images, and two more columns say how much of a difference is rounding:

- control: one device against one device that reads the images of each batch in the reverse order.
  This changes the order of the sums, and nothing else.
- 64 bits: two devices against one, both with numbers of 64 bits. `--float32` leaves this out, since
  it takes long with many images.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import model
from cnnlab.data.batches import Epochs
from cnnlab.data.datasets import describe_dataset
from cnnlab.model.network import Precisions
from cnnlab.quiet_tensorflow import keras
from cnnlab.run_folder import create_run
from cnnlab.spec.config_reader import Config, read_config
from cnnlab.spec.layer_table import build_table
from cnnlab.study.ensemble_members import list_member_configs
from cnnlab.training import single_run, stages
from cnnlab.training.device import Device
from cnnlab.training.progress import SILENT

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from two_devices import divide_processor

ROOT = Path(__file__).parents[1]
WITH_BATCH_NORM, WITHOUT = 1e-3, 1e-5


def save_subset(dataset: str, folder: Path, images: int) -> Path:
    """Write the first images of a bundled data set into a file."""
    path = folder / f"{dataset}.npz"
    if not path.exists():
        with np.load(ROOT / "cnnlab" / "data" / f"{dataset}.npz") as arrays:
            np.savez(path, **{name: arrays[name][:images] for name in arrays.files})
    return path


def read_experiment(path: Path, folder: Path, images: int, epochs: int) -> Config:
    """Read a config for the comparison: fewer images and epochs, float32, and no dropout."""
    config = read_config(path, describe_dataset)
    subset = save_subset(config.experiment.data.dataset, folder, images)
    edits = (
        f"data.dataset={subset}",
        f"training.epochs={epochs}",
        "training.precision=float32",
        "training.unaugmented_epochs=0",
        "training.callbacks=[]",
    )
    config = read_config(path, describe_dataset, edits)
    if config.experiment.ensemble:
        config = list_member_configs(config)[0]
    model = tuple(
        layer.model_copy(update={"rate": 0.0}) if layer.kind == "dropout" else layer
        for layer in config.experiment.model
    )
    return replace(config, experiment=config.experiment.model_copy(update={"model": model}))


def train(config: Config, device: Device, folder: Path) -> list[dict[str, float]]:
    """Train as the first run of a process, and return the history."""
    keras.utils.clear_session()
    run = create_run(folder / "runs", config.experiment.name)
    single_run.train(config, run, SILENT, device)
    return run.read_history()


@contextmanager
def reverse_batches() -> Iterator[None]:
    """Let trainings read the images of each batch in the reverse order, inside the `with` block."""
    build = stages.build_epochs

    def build_reversed(*arguments: Any) -> Epochs:
        epochs = build(*arguments)
        epochs.dataset = epochs.dataset.map(lambda *batch: tuple(part[::-1] for part in batch))
        return epochs

    stages.build_epochs = build_reversed
    try:
        yield
    finally:
        stages.build_epochs = build


@contextmanager
def use_64_bits() -> Iterator[None]:
    """Let trainings compute with numbers of 64 bits, inside the `with` block."""
    build = model.build_network
    policies = Precisions(("float64",) * 1000, ("float64",) * 1000)

    def build_wide(stack: Any, image_shape: Any, seed: int, precision: str) -> keras.Model:
        return build(stack, image_shape, seed, policies)

    model.build_network = build_wide
    keras.config.set_floatx("float64")
    try:
        yield
    finally:
        model.build_network = build
        keras.config.set_floatx("float32")


def compare(
    config: Config, devices: tuple[Device, Device], folder: Path, float32: bool
) -> dict[str, float]:
    """Return the largest difference of a loss for each comparison; `float32` omits 64 bits."""
    one, two = (train(config, device, folder) for device in devices)
    with reverse_batches():
        control = train(config, devices[0], folder)
    found = {"two devices": measure_difference(one, two)}
    found["control"] = measure_difference(one, control)
    if not float32:
        with use_64_bits():
            wide = [train(config, device, folder) for device in devices]
        found["64 bits"] = measure_difference(*wide)
    return found


def measure_difference(one: list[dict[str, float]], other: list[dict[str, float]]) -> float:
    """Return the largest difference of a loss between two histories."""
    names = [name for name in ("loss", "val_loss") if name in one[0]]
    pairs = zip(one, other, strict=True)
    return max(abs(first[name] - second[name]) for first, second in pairs for name in names)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--images", type=int, default=320)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--float32", action="store_true", help="leave out numbers of 64 bits")
    options = parser.parse_args()
    paths = [*(ROOT / "configs").glob("*.yaml"), *(ROOT / "configs" / "reference").glob("*.yaml")]
    chosen = sorted(path for path in paths if not options.names or path.stem in options.names)
    devices, misses = divide_processor(), 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for path in chosen:
            config = read_experiment(path, folder, options.images, options.epochs)
            found = compare(config, devices, folder, options.float32)
            rows = build_table(config.experiment, config.info).rows
            bar = WITH_BATCH_NORM if any(row.kind == "batch_norm" for row in rows) else WITHOUT
            is_over = found["two devices"] > bar
            misses += is_over
            figures = "  ".join(f"{name} {value:.1e}" for name, value in found.items())
            place = str(path.relative_to(ROOT / "configs"))
            verdict = f"{'over' if is_over else 'within'} the bar {bar:.0e}"
            print(f"{place:<34} {figures}  {verdict}", flush=True)
    sys.exit(1 if misses else 0)


if __name__ == "__main__":
    main()

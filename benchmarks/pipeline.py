"""The cost of the input pipeline, with and without augmentation.

    python benchmarks/pipeline.py [ROUNDS [NAME …]]

Steps of configs/reference/doubling.yaml (batches of 100) are trained with each augmentation, or
those named, and without, in turn, within one process; the figures are medians of the ratios, round
by round, of the wall time and of the processors' time, which other programs disturb less. Bar: the
preset `digits` makes a step at most 1.25 times as long.

Then the pipeline of configs/reference/two-layer.yaml, which augments nothing, runs by itself, in
turn with its training. Bar: it delivers 10 times the images that are trained on, or more.
"""

from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import keras
import numpy as np

from cnnlab import model
from cnnlab.data import datasets
from cnnlab.data.batches import Epochs
from cnnlab.data.datasets import Images
from cnnlab.spec.augmentation import AUGMENTATIONS, PRESETS
from cnnlab.spec.config_reader import read_config
from cnnlab.spec.experiment import Experiment
from cnnlab.spec.inputs import Inputs
from cnnlab.training.compilation import compile_network
from cnnlab.training.device import choose_device

CONFIGS = Path(__file__).parents[1] / "configs" / "reference"
STEPS = 25  # of training at a time: a second or two
STRENGTH = 0.2  # of a kind that has no default; the time does not depend on it
AUGMENTS = {"none": ()} | PRESETS
for cls in AUGMENTATIONS:
    needed = [name for name, field in cls.model_fields.items() if field.is_required()]
    AUGMENTS[cls.kind] = (cls(**dict.fromkeys(needed, STRENGTH)),)


def prepare_network(name: str) -> tuple[Experiment, Images, Inputs, keras.Model]:
    """A reference network, ready to be trained, and its images."""
    config = read_config(CONFIGS / f"{name}.yaml", datasets.describe_dataset)
    images = datasets.read_training_images(config.experiment.data)
    inputs = datasets.build_inputs(config.experiment.data, config.info, images, images)
    network = model.build_network(
        config.experiment.model, inputs.image_shape, config.experiment.seed
    )
    steps = -(-len(images.labels) // config.experiment.data.batch_size)
    compile_network(network, config.experiment, steps)
    return config.experiment, images, inputs, network


def training_seconds(network: keras.Model, epochs: Epochs) -> np.ndarray:
    """The wall time and processor time of one step, without the first two."""
    times: list[tuple[float, float]] = []
    note = keras.callbacks.LambdaCallback(
        on_train_batch_end=lambda batch, logs: times.append(
            (time.perf_counter(), time.process_time())
        )
    )
    part = epochs.dataset.take(STEPS + 2)
    network.fit(part, callbacks=[note], shuffle=False, verbose=0)
    return (np.array(times[-1]) - times[1]) / STEPS


def delivery_seconds(epochs: Epochs) -> float:
    """The time of one batch of an epoch that nobody trains on."""
    started = time.perf_counter()
    for _ in epochs.dataset:
        pass
    return (time.perf_counter() - started) / epochs.steps


def augmented_steps(rounds: int, names: list[str]) -> None:
    """The cost of each augmentation in a step of training."""
    spec, images, inputs, network = prepare_network("doubling")
    every = {
        name: Epochs(images, inputs, spec.data.batch_size, spec.seed, augment)
        for name, augment in AUGMENTS.items()
        if name in ("none", *names)
    }
    training_seconds(network, every["none"])  # builds and warms up
    ratios: dict[str, list[np.ndarray]] = {name: [] for name in every if name != "none"}
    steps: list[np.ndarray] = []
    for _ in range(rounds):
        before = training_seconds(network, every["none"])
        for name in ratios:
            augmented = training_seconds(network, every[name])
            after = training_seconds(network, every["none"])
            # Of the steps just before and just after: the machine changes its speed meanwhile.
            ratios[name].append(2 * augmented / (before + after))
            steps += [after]
            before = after
    wall, processor = 1000 * np.median(steps, axis=0)
    print(f"doubling, a step without augmentation: {wall:.1f} ms, {processor:.1f} ms of processors")
    for name, found in ratios.items():
        (wall, processor), low, high = np.median(found, axis=0), *np.quantile(found, (0, 1), axis=0)
        print(
            f"{name:20} {wall:.3f} of it ({low[0]:.3f} to {high[0]:.3f}), processors "
            f"{processor:.3f} ({low[1]:.3f} to {high[1]:.3f})",
            flush=True,
        )


def delivery(rounds: int) -> None:
    """The images per second of the pipeline alone and of training."""
    spec, images, inputs, network = prepare_network("two-layer")
    epochs = Epochs(images, inputs, spec.data.batch_size, spec.seed)
    training_seconds(network, epochs)
    pairs = [
        (training_seconds(network, epochs)[0], delivery_seconds(epochs)) for _ in range(rounds)
    ]
    trained, delivered = np.median(spec.data.batch_size / np.array(pairs), axis=0)
    ratio = statistics.median(step / batch for step, batch in pairs)
    print(f"two-layer: {trained:,.0f} images/s trained on, {delivered:,.0f} delivered by the")
    print(f"pipeline alone: {ratio:.1f} times as many (median of {rounds})")


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    print(choose_device("cpu"), flush=True)
    augmented_steps(rounds, sys.argv[2:] or list(AUGMENTS))
    delivery(rounds)


if __name__ == "__main__":
    main()

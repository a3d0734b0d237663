"""The suggestions of `find-lr`: one epoch at each suggestion, and at each rate of a grid.

python benchmarks/find_lr.py [IMAGES] [SEED …]

Trains configs/mnist.yaml on the first IMAGES training images of MNIST, of which a tenth are the
validation images. The grids have two rates for each power of ten.
"""

import sys
import tempfile
from importlib import resources
from pathlib import Path

import numpy as np

import cnnlab

CONFIG = "configs/mnist.yaml"
SEEDS = (21, 22, 23)
OPTIMIZERS = {
    "adam": ("{{adam: {{learning_rate: {}}}}}", (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)),
    "sgd, momentum 0.9": (
        "{{sgd: {{momentum: 0.9, learning_rate: {}}}}}",
        (3e-3, 1e-2, 3e-2, 1e-1, 3e-1),
    ),
}


def save_part(folder, count):
    """Write part.npz, the first `count` training images of MNIST, and return its path."""
    path = folder / "part.npz"
    with (
        resources.as_file(resources.files("cnnlab.data") / "mnist.npz") as whole,
        np.load(whole) as mnist,
    ):
        sizes = {"x_train": count, "y_train": count, "x_test": 100, "y_test": 100}
        np.savez(path, **{name: mnist[name][:size] for name, size in sizes.items()})
    return path


def measure_accuracy(folder, edits):
    """The validation accuracy after one epoch; 0 if the loss is not finite."""
    once = [*edits, "training.epochs=1", "training.callbacks=[]"]
    try:
        run = cnnlab.train(CONFIG, once, runs=folder / "runs", quiet=True)
    except cnnlab.TrainingError:
        return 0.0
    return run.history[-1]["val_accuracy"]


def compare_rates(folder, optimizer, seed):
    """Print the accuracy at the suggestion and at each rate of the grid; return the shortfall."""
    form, grid = OPTIMIZERS[optimizer]
    edits = [f"data.dataset={folder / 'part.npz'}", f"seed={seed}"]
    found = cnnlab.find_learning_rate(
        CONFIG, [*edits, f"training.optimizer={form.format(grid[0])}"], quiet=True
    )
    rates = [found.suggestion, *grid]
    accuracies = [
        measure_accuracy(folder, [*edits, f"training.optimizer={form.format(rate)}"])
        for rate in rates
    ]
    cells = [f"{rate:g}: {value:.2%}" for rate, value in zip(rates, accuracies, strict=True)]
    shortfall = max(accuracies) - accuracies[0]
    print(f"{optimizer}, seed {seed}: suggestion {cells[0]} ({found.answer.method})")
    print(f"  {'  '.join(cells[1:])}; shortfall {100 * shortfall:.2f} points", flush=True)
    return shortfall


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 30_000
    seeds = [int(seed) for seed in sys.argv[2:]] or SEEDS
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_part(folder, count)
        shortfalls = [
            compare_rates(folder, optimizer, seed) for optimizer in OPTIMIZERS for seed in seeds
        ]
    within = sum(shortfall <= 0.01 for shortfall in shortfalls)
    print(f"within 1 point of the best: {within} of {len(shortfalls)}; largest shortfall ", end="")
    print(f"{100 * max(shortfalls):.2f} points")


main()

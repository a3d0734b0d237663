"""One quick epoch of MNIST in PyTorch, as a script by hand that tests itself; it writes no file.

    python benchmarks/torch_quick.py [SEED]

What `configs/quick.yaml` is compared with: the fastest recipe that we know of for this accuracy,
two convolutions of 24 kernels of 5 × 5 and 32 of 3 × 3, a dense layer of 256, and one cycle of the
learning rate. It needs PyTorch (`pip install torch`), which cnnlab does not use. It reads the same
arrays without importing cnnlab.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from torch import nn

MNIST = Path(__file__).parents[1] / "cnnlab/data/mnist.npz"
BATCH = 256
PEAK = 0.01


def read_images(images: np.ndarray, mean: float, deviation: float) -> torch.Tensor:
    """Scale uint8 images of the shape (n, 28, 28) to float32 of the shape (n, 1, 28, 28)."""
    return (torch.from_numpy(images).float().div_(255).sub_(mean).div_(deviation)).unsqueeze(1)


def main() -> None:
    """Train one epoch and print the test accuracy."""
    torch.manual_seed(int(sys.argv[1]) if len(sys.argv) > 1 else 1)
    with np.load(MNIST) as mnist:
        arrays = {name: mnist[name] for name in mnist.files}
    mean, deviation = 0.1307, 0.3081  # of all training pixels
    images = read_images(arrays["x_train"], mean, deviation)
    labels = torch.from_numpy(arrays["y_train"].astype(np.int64))
    model = nn.Sequential(
        nn.Conv2d(1, 24, 5, padding=2),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Conv2d(24, 32, 3, padding=1),
        nn.MaxPool2d(2),
        nn.ReLU(),
        nn.Flatten(),
        nn.Linear(32 * 7 * 7, 256),
        nn.ReLU(),
        nn.Linear(256, 10),
    )
    steps = -(-len(images) // BATCH)
    optimizer = torch.optim.Adam(model.parameters(), betas=(0.7, 0.9))
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, PEAK, total_steps=steps)
    order = torch.randperm(len(images))
    for step in range(steps):
        chosen = order[step * BATCH : (step + 1) * BATCH]
        loss = nn.functional.cross_entropy(model(images[chosen]), labels[chosen])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
    model.eval()
    with torch.no_grad():
        tests = read_images(arrays["x_test"], mean, deviation).split(1000)
        found = torch.cat([model(part).argmax(1) for part in tests]).numpy()
    print(f"test accuracy {np.mean(found == arrays['y_test']):.4f}")


if __name__ == "__main__":
    main()

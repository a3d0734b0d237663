import numpy as np
import pytest
from folder_builders import mnist, write_images

from cnnlab.spec.experiment import Data


@pytest.fixture
def arrays():
    """12 training and 6 test images of 4 × 5 pixels, with three classes in turn."""
    random = np.random.default_rng(0)
    return {
        "x_train": random.integers(0, 256, (12, 4, 5), dtype=np.uint8),
        "y_train": np.arange(12, dtype=np.int64) % 3,
        "x_test": random.integers(0, 256, (6, 4, 5), dtype=np.uint8),
        "y_test": np.arange(6, dtype=np.int64) % 3,
    }


@pytest.fixture
def save(tmp_path):
    """Write arrays to own.npz, and return the `data` section that names it."""

    def write(arrays, **options):
        path = tmp_path / "own.npz"
        np.savez_compressed(path, **arrays)
        return Data(dataset=str(path), **options)

    return write


@pytest.fixture
def parted_folder(tmp_path):
    """A folder with train/ and test/: 400 and 100 images of MNIST in ten classes."""
    write_images(tmp_path / "digits/train", *mnist("train", 400))
    write_images(tmp_path / "digits/test", *mnist("test", 100))
    return tmp_path / "digits"


@pytest.fixture
def tree(tmp_path):
    """A folder with one folder for each class: 400 images of MNIST."""
    return write_images(tmp_path / "digits", *mnist("train", 400))

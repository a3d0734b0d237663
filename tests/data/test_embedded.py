"""The embedded data sets equal the published ones in every pixel."""

import hashlib
import re
from importlib import resources

import numpy as np
import pytest

FOLDER = resources.files("cnnlab.data")
README = (FOLDER / "README.md").read_text("utf-8")
MD5 = {
    ("mnist", "x_train"): "6bbc9ace898e44ae57da46a324031adb",
    ("mnist", "y_train"): "a25bea736e30d166cdddb491f175f624",
    ("mnist", "x_test"): "2646ac647ad5339dbf082846283269ea",
    ("mnist", "y_test"): "27ae3e4e09519cfbb04c329615203637",
    ("fashion_mnist", "x_train"): "f4a8712d7a061bf5bd6d2ca38dc4d50a",
    ("fashion_mnist", "y_train"): "9018921c3c673c538a1fc5bad174d6f9",
    ("fashion_mnist", "x_test"): "8181f5470baa50b63fa0f6fddb340f0a",
    ("fashion_mnist", "y_test"): "15d484375f8d13e6eb1aabb0c3f46965",
}


def idx(array):
    """An array as the bytes of an IDX file.

    The magic number is 0x0000 08 0R: 08 for unsigned bytes, R for the number of axes; then each
    side as four bytes, the highest first, then the numbers.
    """
    magic = 0x00000800 + array.ndim
    return np.array([magic, *array.shape], dtype=">u4").tobytes() + array.tobytes()


@pytest.mark.parametrize(("dataset", "name"), MD5)
def test_the_published_idx_files_are_reproduced_byte_for_byte(dataset, name):
    with np.load(FOLDER / f"{dataset}.npz") as arrays:
        raw = idx(arrays[name])
    assert raw[:4] == (b"\0\0\x08\x03" if name.startswith("x") else b"\0\0\x08\x01")
    assert hashlib.md5(raw).hexdigest() == MD5[dataset, name]


def test_the_readme_has_the_sha256_of_each_file():
    claimed = dict(re.findall(r"^([0-9a-f]{64})  (\w+\.npz)$", README, re.MULTILINE))
    found = {
        hashlib.sha256(path.read_bytes()).hexdigest(): path.name
        for path in FOLDER.iterdir()
        if path.name.endswith(".npz")
    }
    assert claimed == found
    assert sorted(found.values()) == ["fashion_mnist.npz", "mnist.npz"]


def test_the_readme_has_the_published_md5_sums():
    assert [md5 for md5 in MD5.values() if md5 not in README] == []

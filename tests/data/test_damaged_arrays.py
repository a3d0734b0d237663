"""A damaged IDX or CSV file is refused or read, with little memory; no exception leaves cnnlab."""

import gzip
import struct
import tracemalloc

import numpy as np
import pytest
from damaged_files import damage
from dataset_faults import list_file_faults as faults
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from layout_builders import IDX_NAMES, to_csv, to_idx, write_idx

from cnnlab.data import datasets
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 4, 4), np.uint8)
LABELS = np.arange(12) % 2
EVERY_CASE = settings(
    max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def answer(data):
    """Describe and read a data set; a result and a DataError are both right."""
    try:
        info = datasets.describe_dataset(data)
        images = datasets.read_training_images(data)
    except DataError:
        return
    assert images.images.shape[1:] == info.image_shape
    assert images.images.dtype == np.uint8


@given(program=st.binary(max_size=40), labels=st.booleans(), compress=st.sampled_from("nab"))
@EVERY_CASE
def test_a_damaged_idx_file_is_refused_or_read(tmp_path, program, labels, compress):
    contents = [to_idx(IMAGES), to_idx(LABELS)]
    chosen = int(labels)
    if compress == "a":
        contents[chosen] = damage(gzip.compress(contents[chosen], mtime=0), program)
    else:
        contents[chosen] = damage(contents[chosen], program)
    if compress == "b":
        contents[chosen] = gzip.compress(contents[chosen])
    for name, content in zip(IDX_NAMES, contents, strict=False):
        (tmp_path / name).write_bytes(content)
    answer(Data(dataset=str(tmp_path / IDX_NAMES[0]), test=0.5))


@given(program=st.binary(max_size=40), compress=st.sampled_from("nab"), header=st.booleans())
@EVERY_CASE
def test_a_damaged_csv_file_is_refused_or_read(tmp_path, program, compress, header):
    content = to_csv(IMAGES, LABELS, header)
    if compress == "a":
        content = damage(gzip.compress(content, mtime=0), program)
    else:
        content = damage(content, program)
    (tmp_path / "own.csv").write_bytes(gzip.compress(content) if compress == "b" else content)
    answer(Data(dataset=str(tmp_path / "own.csv"), test=0.5))


def write_idx_with(folder, content):
    names = ("x_train", "y_train", "x_test", "y_test")
    write_idx(folder, dict(zip(names, (IMAGES, LABELS, IMAGES, LABELS), strict=True)))
    (folder / IDX_NAMES[0]).write_bytes(content)
    return Data(dataset=str(folder / IDX_NAMES[0]))


HEAD = b"\0\0\x08\x03"
AGAIN = "download or copy it again"


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (to_idx(IMAGES)[:-1], "it should have 208 bytes, but has 207"),  # 16 + 12 · 4 · 4
        (to_idx(IMAGES) + b"x", "it should have 208 bytes, but has 209"),
        (HEAD + bytes(3), "unpack requires a buffer of 12 bytes"),
        (b"\0\0\x08\x05" + bytes(20), "its first four bytes are [0, 0, 8, 5], not those of an IDX"),
        (gzip.compress(to_idx(IMAGES)[:-1]), "the file is cut short"),
        (gzip.compress(to_idx(IMAGES) + b"x"), "the file has more bytes than its header says"),
    ],
)
def test_an_idx_file_of_another_size_than_its_header_says_is_refused(tmp_path, content, told):
    data = write_idx_with(tmp_path, content)
    with pytest.raises(DataError) as caught:
        datasets.read_training_images(data)
    assert str(caught.value).startswith(f"{data.dataset}: this IDX file cannot be read: {told}")
    assert str(caught.value).endswith(AGAIN)


def test_a_header_that_promises_much_takes_no_memory(tmp_path):
    promise = HEAD + struct.pack(">3I", 2**31, 2**16, 2**16)  # 2⁶³ bytes
    data = write_idx_with(tmp_path, gzip.compress(promise))
    tracemalloc.start()
    [told] = faults(data)
    assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    tracemalloc.stop()
    size = len(gzip.compress(promise))
    assert told == (
        f"this IDX file cannot be read: it grows from {size} bytes to {2**63 + 16:,}; {AGAIN}"
    )


def test_a_line_without_an_end_is_not_read_whole(tmp_path):
    path = tmp_path / "long.csv.gz"
    with gzip.open(path, "wb", 1) as file:
        file.writelines(b"1," * 2**19 for _ in range(32))  # 32 MiB in one line
    tracemalloc.start()
    [told] = faults(Data(dataset=str(path), test=0.2))
    assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    tracemalloc.stop()
    assert told == "this CSV file cannot be read: line 1 has over 4,194,304 bytes"


@pytest.mark.slow
def test_lines_that_grow_a_hundredfold_are_not_read_to_their_end(tmp_path):
    """A file of 0.3 MB that expands to 290 MB."""
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"1" + b",0" * 2**20 + b"\n") * 140)
    [told] = faults(Data(dataset=str(path), test=0.2))
    assert told.startswith("this CSV file cannot be read: it grows from ")


def test_reading_floats_takes_little_more_memory_than_their_pixels(tmp_path):
    """32 MiB of floats of 8 bytes are read a piece at a time into 4 MiB of pixels."""
    images, labels = np.zeros((1024, 64, 64)), np.arange(1024) % 2
    np.savez(
        tmp_path / "own.npz", x_train=images, y_train=labels, x_test=images[:2], y_test=labels[:2]
    )
    data = Data(dataset=str(tmp_path / "own.npz"))
    datasets.describe_dataset(data)
    tracemalloc.start()
    assert datasets.read_training_images(data).images.shape == (1024, 64, 64, 1)
    assert tracemalloc.get_traced_memory()[1] < 16 * 2**20
    tracemalloc.stop()

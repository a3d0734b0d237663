"""A damaged or hostile .npz file gets an error message, and none of its code runs."""

import io
import os
import pickle
import random
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest
from dataset_faults import list_file_faults as faults

from cnnlab.data import datasets
from cnnlab.data.array_values import IMAGE_NUMBERS, IMAGE_SHAPES
from cnnlab.errors import DataError
from cnnlab.spec.experiment import Data

REMEDY = (
    "write it again with numpy.savez_compressed(FILE, x_train=…, y_train=…, x_test=…, y_test=…)"
)


class Trap:
    """Creates a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (Path.touch, (self.path,))


def test_an_object_array_is_refused_and_its_pickle_never_run(arrays, save, tmp_path):
    trap = tmp_path / "sprung"
    for name in arrays:
        arrays[name] = np.array([Trap(trap)] * 12, dtype=object)
    assert faults(save(arrays)) == [
        f"x_train is object; images must be {IMAGE_NUMBERS}",
        f"x_train has the shape (12,); expected {IMAGE_SHAPES}, each at least 1",
        "y_train is object; labels must be whole numbers",
        f"x_test is object; images must be {IMAGE_NUMBERS}",
        f"x_test has the shape (12,); expected {IMAGE_SHAPES}, each at least 1",
        "y_test is object; labels must be whole numbers",
    ]
    assert not trap.exists()


def test_a_pickle_named_npz_is_refused_and_never_run(tmp_path):
    trap, path = tmp_path / "sprung", tmp_path / "own.npz"
    path.write_bytes(pickle.dumps(Trap(trap)))
    told = f"not an .npz file that NumPy can read: File is not a zip file; {REMEDY}"
    assert faults(Data(dataset=str(path))) == [told]
    assert not trap.exists()


@pytest.mark.parametrize("content", [b"", b"x_train: [1, 2, 3]\n", b"\x93NUMPY\x01\x00", b"PK\3\4"])
def test_a_file_of_another_kind_is_refused(tmp_path, content):
    path = tmp_path / "own.npz"
    path.write_bytes(content)
    told = f"not an .npz file that NumPy can read: File is not a zip file; {REMEDY}"
    assert faults(Data(dataset=str(path))) == [told]


def test_a_missing_file_is_reported_with_where_it_was_looked_for(tmp_path):
    told = "there is no such file (relative paths start at the config's folder)"
    assert faults(Data(dataset=str(tmp_path / "none.npz"))) == [told]


def replace_member(data, name, content):
    """The .npz file with one member's bytes replaced, and correct check sums."""
    with zipfile.ZipFile(data.dataset) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(data.dataset, "w") as archive:
        for member, old in members.items():
            archive.writestr(member, content if member == name else old)
    return data


def npy(header):
    """An .npy file of version 1.0 with the given header and no numbers."""
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode("latin1")


def test_a_header_that_promises_more_than_there_is_is_refused(arrays, save):
    header = "{'descr': '|u1', 'fortran_order': False, 'shape': (1000000000, 28, 28), }\n"
    data = replace_member(save(arrays), "x_train.npy", npy(header))
    told = "x_train should have 784,000,000,000 bytes, but has 0"  # 10⁹ · 28 · 28
    assert faults(data) == [f"not an .npz file that NumPy can read: {told}; {REMEDY}"]


def test_a_header_longer_than_any_is_refused_before_it_is_read(arrays, save):
    length = 100 * 2**20  # what NumPy would take, twice, to see that it is too long
    content = b"\x93NUMPY\x02\x00" + length.to_bytes(4, "little") + b" " * length
    with zipfile.ZipFile(save(arrays).dataset, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("more.npy", content)
    del content
    told = "more has a header of 104,857,600 bytes"
    tracemalloc.start()
    assert faults(Data(dataset=archive.filename)) == [
        f"not an .npz file that NumPy can read: {told}; {REMEDY}"
    ]
    assert tracemalloc.get_traced_memory()[1] < 10 * 2**20
    tracemalloc.stop()


@pytest.mark.parametrize(
    "shape", ["(12, -4, -5)", "(12, 4, 5, True)", "(True, 4, 60)", "(-12, -4, 5)"]
)
def test_sides_that_are_no_numbers_of_pixels_are_refused(arrays, save, shape):
    header = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}, }}\n"
    data = replace_member(save(arrays), "x_train.npy", npy(header) + bytes(240))
    assert any(fault.startswith("x_train has the shape ") for fault in faults(data))


@pytest.mark.parametrize(
    "header",
    [
        "",
        "(" * 9_000,
        "'" * 3,
        "{'descr': '|u1', 'shape': (1, 1, 1)}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (-1, -1, 1), }",
        "{'descr': 'no such', 'fortran_order': False, 'shape': (1, 1, 1), }",
        "{'descr': [[]], 'fortran_order': False, 'shape': (1, 1, 1), }",
        "{{}: 1}",
        "{[]: 1}",
        "{'descr': '|u1', 'fortran_order': False, 'shape': (" + "9" * 5_000 + ",), }",
        "__import__('os').getcwd()",
        "1" + "0" * 9_000,
        "\x00\xff",
        "{'descr': '|V0', 'fortran_order': False, 'shape': (4611686018427387904, 1, 1), }",
    ],
)
def test_a_header_that_is_none_is_refused(arrays, save, header):
    assert faults(replace_member(save(arrays), "x_train.npy", npy(header)))


def test_an_array_without_any_header_is_refused(arrays, save):
    for content in (b"", b"\x93NUM", b"\x93NUMPY\x09\x09", b"\x93NUMPY\x01\x00\xff\xff{"):
        assert faults(replace_member(save(arrays), "x_test.npy", content))[0].endswith(REMEDY)


def outcome(data):
    """The contents of a file, or the text of the DataError that refuses it."""
    try:
        datasets.describe_dataset(data)
        return [datasets.read_training_images(data), datasets.read_test_images(data)]
    except DataError as error:
        return str(error)


@pytest.mark.parametrize("seed", range(300))
def test_a_damaged_file_is_refused_or_reads_as_it_was(arrays, save, seed):
    data = save(arrays)
    whole = Path(data.dataset).read_bytes()
    chance = random.Random(seed)
    if seed % 2:
        damaged = whole[: chance.randrange(len(whole))]
    else:
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= chance.randrange(1, 256)
    Path(data.dataset).write_bytes(damaged)
    found = outcome(data)
    if isinstance(found, str):
        assert found.startswith(data.dataset)
    else:  # a byte that nothing reads: a time, an attribute
        training, test = found
        assert (training.images[..., 0] == arrays["x_train"]).all()
        assert (training.labels == arrays["y_train"]).all()
        assert (test.images[..., 0] == arrays["x_test"]).all()
        assert (test.labels == arrays["y_test"]).all()


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_corrupted_compressed_bytes_are_refused(arrays, tmp_path, method):
    path = tmp_path / "own.npz"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, array in arrays.items():
            file = io.BytesIO()
            np.save(file, array)
            archive.writestr(f"{name}.npy", file.getvalue())
    whole = path.read_bytes()
    for place in range(30, 300, 7):
        path.write_bytes(whole[:place] + b"\xff\xff" + whole[place + 2 :])
        assert outcome(Data(dataset=str(path)))


def test_an_array_that_grows_a_hundredfold_as_it_is_read_is_refused(arrays, save):
    """A file of 300 kB that expands to 300 MB of zeros."""
    arrays["x_train"] = np.zeros((12, 5000, 5000), np.uint8)
    data = save(arrays)
    assert Path(data.dataset).stat().st_size < 400_000
    [told] = faults(data)
    assert told.startswith("not an .npz file that NumPy can read: x_train grows from 291,")
    assert told.endswith(f" bytes to 300,000,000; {REMEDY}")


def test_a_pipe_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "own.npz")
    [told] = faults(Data(dataset=str(tmp_path / "own.npz")))
    assert "a pipe or a device, not a file" in told


def test_a_table_of_contents_larger_than_all_else_is_not_read(tmp_path):
    path = tmp_path / "own.npz"
    with zipfile.ZipFile(path, "w") as archive:
        for number in range(3000):
            archive.writestr(f"{number}.npy", b"")
    [told] = faults(Data(dataset=str(path)))
    assert "the table of contents has" in told


def test_a_file_that_has_changed_since_it_was_described_is_reported(arrays, save):
    """For a member that is no array, NumPy returns bytes; a fuzzer found this."""
    data = save(arrays)
    datasets.describe_dataset(data)
    with zipfile.ZipFile(data.dataset) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}
    with zipfile.ZipFile(data.dataset, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, b"\0" + content[1:] if name == "y_train.npy" else content)
    with pytest.raises(DataError, match=r"not an \.npz file that NumPy can read"):
        datasets.read_training_images(data)

"""A file that cnnlab does not read gets a message that names its format and the known layouts."""

import io
import os
import pickle
import tarfile

import numpy as np
import pytest
from dataset_faults import list_file_faults as faults
from folder_builders import data_of
from layout_builders import build_arrays, to_csv, write_idx, write_kmnist
from PIL import Image

from cnnlab.data import datasets
from cnnlab.data.csv_files import EXPECTED
from cnnlab.data.other_files import KNOWN_LAYOUTS
from cnnlab.spec.experiment import Data

SAVE = 'numpy.savez_compressed("data.npz", x_train=…, y_train=…, x_test=…, y_test=…)'
MATLAB = (
    "a MATLAB file, which cnnlab does not read; convert it in Python: "
    f'm = scipy.io.loadmat("FILE.mat"), then {SAVE}'
)


def to_npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def to_tar():
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w:gz") as archive:
        archive.addfile(tarfile.TarInfo("one.png"))
    return file.getvalue()


def to_png():
    file = io.BytesIO()
    Image.new("L", (4, 4)).save(file, "PNG")
    return file.getvalue()


FILES = {
    "emnist.mat": (b"MATLAB 5.0 MAT-file, Platform: PCWIN64" + bytes(90), MATLAB),
    "named.mat": (b"x", MATLAB),
    "x.npy": (
        to_npy(np.zeros((3, 4, 5))),
        "a file with one NumPy array, which cnnlab does not read; put images and labels into one "
        f'file: x = numpy.load("FILE.npy"), then {SAVE}',
    ),
    "part.parquet": (
        b"PAR1" + bytes(8),
        "a Parquet file, which cnnlab does not read; convert it in Python: "
        f't = pandas.read_parquet("FILE.parquet"), then {SAVE}',
    ),
    "usps.h5": (
        b"\x89HDF\r\n\x1a\n" + bytes(8),
        "an HDF5 file, which cnnlab does not read; convert it in Python: "
        f'f = h5py.File("FILE.h5"), then {SAVE}',
    ),
    "data_batch_1.bin": (
        pickle.dumps({"data": 1}),
        "a pickle, which cnnlab does not read; convert it in Python if you trust its source, since "
        f"a pickle can run code: {SAVE}",
    ),
    "images.tar.gz": (
        to_tar(),
        "an archive, which cnnlab does not read; unpack the archive, and name the new folder",
    ),
    "one.png": (
        to_png(),
        "an image, which cnnlab does not read; name the folder that contains the folders of the "
        "classes",
    ),
    "none.csv": (b"", "an empty file"),
    "t.idx3-ubyte.gz": (b"x", "a file whose layout cnnlab does not know; the file begins with x"),
    "cut.csv.gz": (
        b"\x1f\x8b\x08",
        "a file whose layout cnnlab does not know; the file begins with \\x1f\\x8b\\x08",
    ),
    "red.csv": (
        b"\x1b[31m",
        "a file whose layout cnnlab does not know; the file begins with \\x1b[31m",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_format_is_named_with_how_to_convert_it(name, tmp_path):
    content, told = FILES[name]
    (tmp_path / name).write_bytes(content)
    assert faults(Data(dataset=str(tmp_path / name))) == [f"{told}\n{KNOWN_LAYOUTS}"]


def test_a_missing_file_and_a_pipe_are_reported(tmp_path):
    missing = "there is no such file (relative paths start at the config's folder)"
    assert faults(Data(dataset=str(tmp_path / "train.csv"))) == [missing]
    os.mkfifo(tmp_path / "pipe.csv")
    [told] = faults(Data(dataset=str(tmp_path / "pipe.csv")))
    assert told.startswith("the file cannot be read: ")
    assert "a pipe or a device, not a file" in told


def test_a_file_of_images_without_its_labels_names_the_files_beside_it(tmp_path):
    write_kmnist(tmp_path, build_arrays(20, 20))
    (tmp_path / "kmnist-train-labels.npz").unlink()
    assert faults(Data(dataset=str(tmp_path / "kmnist-train-imgs.npz"))) == [
        f"{tmp_path} has kmnist-test-imgs.npz, kmnist-test-labels.npz, kmnist-train-imgs.npz; "
        f"cnnlab does not find the training labels\n{KNOWN_LAYOUTS}"
    ]


def test_a_folder_with_two_data_sets_asks_for_one_of_them(tmp_path):
    write_kmnist(tmp_path, build_arrays(20, 20))
    write_idx(tmp_path, build_arrays(20, 20))
    assert faults(Data(dataset=str(tmp_path))) == [
        "it has the files of several data sets; name the file with the training images of one of "
        "them: kmnist-train-imgs.npz, train-images-idx3-ubyte"
    ]


def test_a_folder_of_files_in_other_formats_names_them(tmp_path):
    for name in ("emnist-letters.mat", "README.txt"):
        (tmp_path / name).write_bytes(b"MATLAB 5.0")
    assert faults(Data(dataset=str(tmp_path))) == [
        f"{tmp_path} has README.txt, emnist-letters.mat; cnnlab does not find the training images "
        f"and the training labels\n{KNOWN_LAYOUTS}"
    ]


def test_a_table_beside_the_folders_of_the_classes_is_passed_over(tmp_path):
    for name in ("cat", "dog"):
        (tmp_path / "photos" / name).mkdir(parents=True)
        for number in range(4):
            Image.new("L", (8, 8)).save(tmp_path / "photos" / name / f"{number}.png")
    (tmp_path / "photos/train.csv").write_text("image,label\n1.png,cat\n")
    info = datasets.describe_dataset(data_of(tmp_path / "photos", test=0.25))
    assert (info.is_folder, info.class_names) == (True, ("cat", "dog"))


def test_a_link_beside_the_named_file_that_leads_elsewhere_is_left_out(tmp_path):
    """Otherwise a message could show the first line of any file."""
    (tmp_path / "secret").write_text("user,password\n")
    (tmp_path / "own").mkdir()
    arrays = build_arrays(40, 20)
    (tmp_path / "own/digits_train.csv").write_bytes(to_csv(arrays["x_train"], arrays["y_train"]))
    (tmp_path / "own/digits_test.csv").symlink_to("../secret")
    [told] = faults(Data(dataset=str(tmp_path / "own/digits_train.csv")))
    assert told.startswith("it has no test images; write `test: 0.2`")


CSV_FAULTS = {
    "a header of other columns": (
        b"emotion,pixels,Usage\n0,1 2 3 4,Training\n",
        "its header is emotion, pixels, Usage: 3 columns, of which 3 would be pixels; expected "
        f"{EXPECTED}",
    ),
    "colour": (
        b"1" + b",7" * 27 + b"\n",
        f"its first line is 1, 7, 7, 7, 7, …: 28 columns, of which 27 would be pixels; expected "
        f"{EXPECTED}",
    ),
    "two columns of labels": (
        b"label,class,a,b,c,d\n",
        "it has 2 columns of labels; expected one",
    ),
    "a short line": (
        b"1,2,3,4,5\n1,2,3,4\n",
        "line 2 has 4 columns; the lines before have 5",
    ),
    "a word as label": (
        b"label,a,b,c,d\ncat,1,2,3,4\n",
        "line 2 has the label cat; labels must be whole numbers",
    ),
    "an empty line inside": (b"1,2,3,4,5\n\n1,2,3,4,5\n", "line 2 is empty"),
    "the label at the end of each line, and no header": (
        b"0,2,3,4,1\n0,3,4,2,0\n",
        "its first column, which has the labels if there is no header, is 0 in all 2 lines; if "
        "another column has the labels, add a first line with the names of all columns, and name "
        "that column label",
    ),
}


@pytest.mark.parametrize("case", CSV_FAULTS)
def test_lines_that_are_no_images_are_named(case, tmp_path):
    content, told = CSV_FAULTS[case]
    (tmp_path / "own.csv").write_bytes(content)
    assert faults(Data(dataset=str(tmp_path / "own.csv"), test=0.2)) == [
        f"this CSV file cannot be read: {told}"
    ]


def test_a_csv_file_without_a_column_of_labels_is_refused(tmp_path):
    (tmp_path / "own.csv").write_bytes(b"a,b,c,d\n1,2,3,4\n")
    assert faults(Data(dataset=str(tmp_path / "own.csv"), test=0.2)) == [
        f"no column has the name label; expected {EXPECTED}"
    ]

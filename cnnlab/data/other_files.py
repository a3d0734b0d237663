"""Name the format of a file that cnnlab does not read, and say how to convert the file."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.spec.wording import to_one_line

KNOWN_LAYOUTS = """cnnlab reads
  * an .npz file with x_train, y_train, x_test, y_test (and x_val, y_val),
    or with train_images, train_labels, val_images, … as in MedMNIST
  * .npz files with one array each, as in KMNIST: kmnist-train-imgs.npz, kmnist-train-labels.npz, …
  * IDX files, as in MNIST and EMNIST: train-images-idx3-ubyte, train-labels-idx1-ubyte, …, or .gz
  * a .csv or .csv.gz file with a label and the pixels in each line
  * a folder (photos/) with one folder of images for each class"""
_SAVE = 'numpy.savez_compressed("data.npz", x_train=…, y_train=…, x_test=…, y_test=…)'
_SHOWN_BYTES = 16


@dataclass(frozen=True)
class _Format:
    """A file format: its name, first bytes and file endings, and how to convert a file of it."""

    name: str
    starts: tuple[bytes, ...]
    endings: tuple[str, ...]
    remedy: str


_FORMATS = (
    _Format(
        "a MATLAB file",
        (b"MATLAB ",),
        (".mat",),
        f'convert it in Python: m = scipy.io.loadmat("FILE.mat"), then {_SAVE}',
    ),
    _Format(
        "a file with one NumPy array",
        (b"\x93NUMPY",),
        (".npy",),
        f'put images and labels into one file: x = numpy.load("FILE.npy"), then {_SAVE}',
    ),
    _Format(
        "a Parquet file",
        (b"PAR1",),
        (".parquet",),
        f'convert it in Python: t = pandas.read_parquet("FILE.parquet"), then {_SAVE}',
    ),
    _Format(
        "an HDF5 file",
        (b"\x89HDF\r\n\x1a\n",),
        (".h5", ".hdf5"),
        f'convert it in Python: f = h5py.File("FILE.h5"), then {_SAVE}',
    ),
    _Format(
        "a pickle",
        (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05"),
        (".pkl", ".pickle"),
        f"convert it in Python if you trust its source, since a pickle can run code: {_SAVE}",
    ),
    _Format(
        "an image",
        (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"RIFF"),
        (".png", ".jpg", ".jpeg", ".webp", ".bmp", ".gif"),
        "name the folder that contains the folders of the classes",
    ),
    _Format(
        "an archive",
        (b"7z\xbc\xaf\x27\x1c", b"Rar!", b"BZh", b"\xfd7zXZ"),
        (".zip", ".tar", ".tgz", ".tar.gz", ".7z", ".rar"),
        "unpack the archive, and name the new folder",
    ),
)


def is_other_data_file(name: str) -> bool:
    """Return whether a name has the ending of a data format that cnnlab does not read.

    Image formats are not among these formats.
    """
    endings = [end for one in _FORMATS if one.name != "an image" for end in one.endings]
    return name.lower().endswith(tuple(endings))


def describe_other_file(name: str, start: bytes) -> str:
    """Describe an unsupported file, how to convert the file, and the layouts that cnnlab reads.

    Args:
        start: the first bytes of the file, after decompression.
    """
    by_content = [one for one in _FORMATS if start.startswith(one.starts)]
    by_name = [one for one in _FORMATS if name.lower().endswith(one.endings)]
    archive = _FORMATS[-1:] if start[257:262] == b"ustar" else ()
    found = next(iter((*archive, *by_content, *by_name)), None)
    if found:
        return f"{found.name}, which cnnlab does not read; {found.remedy}\n{KNOWN_LAYOUTS}"
    if not start:
        return f"an empty file\n{KNOWN_LAYOUTS}"
    shown = to_one_line(repr(start[:_SHOWN_BYTES])[2:-1])
    unknown = f"a file whose layout cnnlab does not know; the file begins with {shown}"
    return f"{unknown}\n{KNOWN_LAYOUTS}"

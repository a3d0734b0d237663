"""Recognise model files of other programs by their content, and say how to convert the files."""

from __future__ import annotations

import os
import re
import zipfile
from pathlib import Path

from cnnlab.untrusted_files import open_regular, open_zip

_HEAD = 2**20  # bytes in which the version of a program is searched
_VERSION = rb"([\x05-\x20])%s(\d{1,4}\.\d{1,4}\.\d{1,4}[\w.+-]{0,20})"  # its length, and its text
# HDF5 stores a text in its global heap after its length, an integer of 8 bytes.
_HDF5_VERSION = re.compile(_VERSION % rb"\0{7}")
# Field 5 of MetaInfoDef (tensorflow/core/protobuf/meta_graph.proto): its tag, a length, a text.
_TENSORFLOW_VERSION = re.compile(rb"\x2a" + _VERSION % b"")
_SAVE = "in Keras 3, model.save('NAME.keras') writes a file that cnnlab reads as data"
_PICKLE = "a pickle, which can run code when it is read"
_PYTORCH = "a file by PyTorch"
# How to name a file whose content cnnlab does not recognise, by its ending.
_BY_ENDING = {
    **dict.fromkeys((".h5", ".hdf5"), "named as an HDF5 model of Keras, but damaged or not HDF5"),
    **dict.fromkeys((".pkl", ".pickle", ".joblib"), _PICKLE),
    **dict.fromkeys((".pt", ".pth"), _PYTORCH),
    **dict.fromkeys((".ckpt", ".bin"), "a checkpoint of another program"),
    ".pb": "a TensorFlow graph, which can read and write files",
    ".safetensors": "a safetensors file, which has weights but no layers",
}
_EXPORTED = (".onnx", ".tflite")


def describe_foreign_format(path: Path) -> str:
    """Say which format of another program a file or folder has, and how to convert it.

    Returns an empty text if the format is unknown, or if the file is a zip file like a `.keras`
    file.
    """
    if os.path.isdir(path):
        return _describe_folder(path)
    try:
        with open_regular(path) as file:
            head = file.read(_HEAD)
    except (OSError, ValueError):
        return ""
    if str(path).lower().endswith(_EXPORTED):
        return (
            "a file for other programs; `cnnlab evaluate` and `cnnlab predict` read those that "
            "cnnlab exported; otherwise name the run"
        )
    if head.startswith(b"\x89HDF\r\n\x1a\n"):
        return _describe_hdf5(path, head)
    if head[4:8] == b"TFL3":
        return (
            "a TensorFlow Lite model (format TFL3), which cnnlab does not read; Keras cannot read "
            f"it back either: save the Keras model that it was made of; {_SAVE}"
        )
    if head.startswith(b"PK\x03\x04"):
        return _describe_zip(path)
    if re.match(rb"\x80[\x02-\x05]", head):
        return f"{_PICKLE}; cnnlab does not open it; {_SAVE}"
    kind = next(
        (kind for ending, kind in _BY_ENDING.items() if str(path).lower().endswith(ending)), ""
    )
    return f"{kind}; cnnlab does not read it; {_SAVE}" if kind else ""


def _describe_hdf5(path: Path, head: bytes) -> str:
    version = _find_version(_HDF5_VERSION, head) if b"keras_version\0" in head else ""
    program = f" by Keras {version}" if version else ""
    if b"model_config\0" not in head:
        return (
            f"an HDF5 file{program} with weights but no layers, which cnnlab does not read; build "
            f"the model in its script, and call model.load_weights({str(path)!r}) and "
            "model.save('NAME.keras')"
        )
    return (
        f"an HDF5 model{program}, which can contain code; cnnlab does not open it; convert it in "
        f"Keras 3: keras.models.load_model({str(path)!r}, compile=False)"
        f".save({_suggest_name(path)!r})"
    )


def _describe_folder(path: Path) -> str:
    try:
        with open_regular(path / "saved_model.pb") as file:
            version = _find_version(_TENSORFLOW_VERSION, file.read(_HEAD))
    except (OSError, ValueError):
        return ""
    program = f" by TensorFlow {version}" if version else ""
    kind = f"a SavedModel folder{program}, whose graphs can read and write files"
    name = _suggest_name(path)
    if not os.path.isfile(path / "keras_metadata.pb"):
        return f"{kind}; cnnlab does not open it; save the Keras model itself: {_SAVE}"
    return (
        f"{kind}; cnnlab does not open it; Keras 2 wrote it, so convert it with the package "
        f"tf_keras: tf_keras.models.load_model({str(path)!r}, compile=False).save('NAME.h5'), and "
        f"then in Keras 3: keras.models.load_model('NAME.h5', compile=False).save({name!r})"
    )


def _describe_zip(path: Path) -> str:
    try:
        with open_zip(path) as archive:
            names = set(archive.namelist())
    except (OSError, ValueError, NotImplementedError, zipfile.BadZipFile):
        return ""
    if any(name.endswith("/data.pkl") for name in names):
        return f"{_PYTORCH}, with {_PICKLE}; cnnlab does not open it; {_SAVE}"
    if path.suffix != ".keras" and {"config.json", "metadata.json"} <= names:
        return f"a .keras file with another ending; rename it to {_suggest_name(path)}"
    return ""


def _find_version(pattern: re.Pattern[bytes], head: bytes) -> str:
    """Find the first version number near the start of a file, or return an empty text."""
    found = pattern.search(head)
    return found[2][: found[1][0]].decode() if found else ""


def _suggest_name(path: Path) -> str:
    """Suggest a name for the `.keras` file into which the user converts `path`."""
    name = f"{path.name.removesuffix(path.suffix)}.keras"
    return f"new_{name}" if name == path.name else name

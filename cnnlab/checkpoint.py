"""A `.keras` file as data: arrays that are compared with the spec before they are used.

The file is what Keras itself would write, with the spec as an extra member, which stock Keras
passes over. On the way in, the network is rebuilt from the spec; nothing in the file is ever
handed to Keras or executed.
"""

from __future__ import annotations

import io
import json
import struct
import zipfile
import zlib
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

# Private, for want of public ones: `save_model` takes no file object, and the names of groups in
# the HDF5 file are documented nowhere. A test holds both to what `model.save` writes.
from keras.src.saving import saving_lib
from keras.src.utils.naming import to_snake_case

from cnnlab.errors import CheckpointError
from cnnlab.runs import parse_spec, spec_text
from cnnlab.spec.experiment import Spec
from cnnlab.spec.words import one_line

SPEC_MEMBER = "cnnlab.json"
CONFIG_MEMBER = "config.json"
WEIGHTS_MEMBER = "model.weights.h5"
MAX_SPEC_BYTES = 4 * 2**20  # 500 layers with every field spelt out take under 1 MiB
MAX_CONFIG_BYTES = 16 * 2**20
# What zipfile, its decompressors and h5py raise on bytes that are not theirs.
_UNREADABLE = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    MemoryError,
    OverflowError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def to_bytes(model: keras.Model, spec: Spec) -> bytes:
    """A checkpoint of `model` (with its optimizer, where it is compiled) as the bytes of a file."""
    file = io.BytesIO()
    saving_lib.save_model(model, file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(SPEC_MEMBER, spec_text(spec))
    return file.getvalue()


def read_spec(path: Path) -> Spec:
    """The spec that a checkpoint carries.

    Raises:
        CheckpointError: the file is missing, damaged, or was not written by cnnlab.
    """
    with _Archive(path) as archive:
        return parse_spec(archive.member(SPEC_MEMBER, MAX_SPEC_BYTES), str(path), CheckpointError)


def load_weights(model: keras.Model, path: Path) -> None:
    """Set the weights of `model`, built from the spec, to those in the file at `path`.

    Raises:
        CheckpointError: the file holds anything but finite arrays of the names and shapes that
            the model has, or names a layer that the model does not have.
    """
    _load(model, path, _expected(model))


def load_training(model: keras.Model, path: Path) -> None:
    """Like `load_weights`, and set the state of the optimizer too, which is built."""
    _load(model, path, _expected(model) | _expected_of(model.optimizer))


def _load(model: keras.Model, path: Path, expected: dict[str, Any]) -> None:
    # Arrays and the optimizer's, at most three of each; 4 KiB hold the HDF5 group of an array or
    # of a layer, which has one even where it has no weights.
    arrays_bytes = 4 * sum(array.nbytes for array in map(np.asarray, model.weights))
    limit = arrays_bytes + 4096 * (64 + 64 * len(model.weights) + len(model.layers))
    with _Archive(path) as archive:
        _compare_layers(model, archive.member(CONFIG_MEMBER, MAX_CONFIG_BYTES), path)
        data = archive.member(WEIGHTS_MEMBER, limit)
    arrays = _arrays(data, expected, path)
    for name, variable in expected.items():
        variable.assign(arrays[name])


class _Archive:
    """A zip file whose members are read whole, up to a limit, with faults told in a sentence."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> _Archive:
        try:
            self.archive = zipfile.ZipFile(self.path)
        except FileNotFoundError:
            raise CheckpointError(f"{self.path}: there is no such checkpoint") from None
        except _UNREADABLE as error:
            message = f"{self.path}: not a checkpoint, or cut short: {one_line(error)}"
            raise CheckpointError(message) from None
        return self

    def __exit__(self, *_: object) -> None:
        self.archive.close()

    def member(self, name: str, limit: int) -> bytes:
        try:
            info = self.archive.getinfo(name)
            size = info.file_size
            if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise ValueError("compressed in a way that neither Keras nor cnnlab writes")
            if size > limit:
                message = f"{name} has {size:,} bytes, at most {limit:,} fit its spec"
                raise CheckpointError(f"{self.path}: {message}")
            with self.archive.open(name) as file:
                data = file.read(limit + 1)
        except KeyError:
            message = f"{self.path}: no {name} in it: not a checkpoint that cnnlab wrote"
            raise CheckpointError(message) from None
        except _UNREADABLE as error:
            raise CheckpointError(f"{self.path}: {name} is damaged: {one_line(error)}") from None
        if len(data) != size:
            raise CheckpointError(f"{self.path}: {name} is damaged: its size is not as promised")
        return data


def _compare_layers(model: keras.Model, config: bytes, path: Path) -> None:
    """Refuse a file whose own description names other layers than the spec builds."""
    try:
        layers = json.loads(config)["config"]["layers"]
        found = [
            str(layer["class_name"]) for layer in layers if layer["class_name"] != "InputLayer"
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointError(f"{path}: {CONFIG_MEMBER} is damaged: no list of layers") from None
    expected = [type(layer).__name__ for layer in model.layers]
    expected = [name for name in expected if name != "InputLayer"]
    if found == expected:
        return
    strange = [name for name in found if name not in expected]
    what = f"a {one_line(strange[0])} layer" if strange else f"{len(found)} layers"
    there = "none" if strange else str(len(expected))
    message = f"{CONFIG_MEMBER} holds {what}, its spec {there}: not what cnnlab wrote; not loaded"
    raise CheckpointError(f"{path}: {message}")


def _expected(model: keras.Model) -> dict[str, Any]:
    """HDF5 path → variable, as Keras 3 lays weights out: classes in snake case, then a counter."""
    result: dict[str, Any] = {}
    seen: dict[str, int] = {}
    for layer in model.layers:
        name = to_snake_case(type(layer).__name__)
        count = seen[name] = seen.get(name, -1) + 1
        folder = f"layers/{name}_{count}" if count else f"layers/{name}"
        for index, variable in enumerate(layer.weights):
            result[f"{folder}/vars/{index}"] = variable
    return result


def _expected_of(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """HDF5 path → variable of an optimizer, and of the one that it may hold."""
    own = {f"optimizer/vars/{index}": one for index, one in enumerate(optimizer.variables)}
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is None:
        return own
    inside = {f"optimizer/inner_optimizer/vars/{i}": one for i, one in enumerate(inner.variables)}
    return own | inside


def _arrays(data: bytes, weights: dict[str, Any], path: Path) -> dict[str, np.ndarray]:
    """The arrays of an HDF5 file that `weights` names, each of its variable's shape and finite."""
    arrays = {}
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            found = [name for name in _datasets(file) if name.startswith("layers/")]
            extra = sorted(set(found) - weights.keys())
            if extra:
                raise CheckpointError(
                    f"{path}: holds {one_line(extra[0])}, which its spec does not"
                )
            for name, variable in weights.items():
                arrays[name] = _array(file, name, variable, path)
    except _UNREADABLE as error:
        raise CheckpointError(f"{path}: {WEIGHTS_MEMBER} is damaged: {one_line(error)}") from None
    return arrays


def _datasets(file: h5py.File) -> list[str]:
    """The names of all arrays; links, by which HDF5 reads other files, are refused by `_array`."""
    names: list[str] = []
    file.visititems(
        lambda name, item: names.append(name) if isinstance(item, h5py.Dataset) else None
    )
    return names


def _array(file: h5py.File, name: str, variable: Any, path: Path) -> np.ndarray:
    item = file
    for part in name.split("/"):
        # By the link alone: to ask `part in item` of an external link would open the other file.
        links = item.id.links if isinstance(item, h5py.Group) else None
        if links is None or not links.exists(part.encode()):
            raise CheckpointError(f"{path}: no array {name} ({variable.path}), which its spec has")
        if links.get_info(part.encode()).type != h5py.h5l.TYPE_HARD:
            raise CheckpointError(f"{path}: {part} in {name} is a link, not a part of this file")
        item = item[part]
    # Keras writes arrays whole; chunks may be compressed, and then larger than they look.
    stored = isinstance(item, h5py.Dataset) and not (item.external or item.is_virtual)
    if not stored or item.chunks is not None:
        raise CheckpointError(f"{path}: {name} is not an array kept whole in this file")
    expected = tuple(variable.shape)
    if item.shape != expected or item.dtype != variable.dtype:
        message = f"is {item.dtype} {item.shape}, but its spec has {variable.dtype} {expected}"
        raise CheckpointError(f"{path}: {variable.path} {message}")
    array = item[()]
    if not np.isfinite(array).all():
        raise CheckpointError(f"{path}: {variable.path} holds NaN or infinite numbers")
    return np.asarray(array)

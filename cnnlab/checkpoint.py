"""A `.keras` file as data: arrays that are compared with the spec before they are used.

The file is what Keras itself would write, with the spec as an extra member, which stock Keras
passes over. On the way in, the network is rebuilt from the spec; nothing in the file is ever
handed to Keras or executed.
"""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import keras
import numpy as np

# Private, for want of public ones: `save_model` takes no file object, and the names of groups in
# the HDF5 file are documented nowhere. A test holds both to what `model.save` writes.
from keras.src.saving import saving_lib
from keras.src.utils.naming import to_snake_case

from cnnlab import model
from cnnlab.archive import (
    CONFIG_MEMBER,
    MAX_CONFIG_BYTES,
    SPEC_MEMBER,
    UNREADABLE,
    WEIGHTS_MEMBER,
    Archive,
)
from cnnlab.errors import CheckpointError
from cnnlab.run_folder import format_spec
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.table import table
from cnnlab.spec.words import one_line

_DEEPEST = 12  # groups in each other, in the arrays' file; Keras makes four


def to_bytes(network: keras.Model, spec: Spec) -> bytes:
    """The bytes of a checkpoint of `network`, with its optimizer where it is compiled."""
    file = io.BytesIO()
    saving_lib.save_model(network, file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(SPEC_MEMBER, format_spec(spec))
    return file.getvalue()


def trained(spec: Spec, path: Path) -> keras.Model:
    """The network of `spec`, with the weights of the checkpoint at `path`.

    Raises:
        CheckpointError: what `load_weights` raises; a file that cannot hold as many numbers as the
            spec has parameters is refused before the network takes memory for them.
    """
    experiment, inputs, places = spec.experiment, spec.inputs, None
    info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
    parameters = table(experiment, info).parameters
    with Archive(path) as archive:
        size = archive.size(WEIGHTS_MEMBER)
        if not archive.is_ours:
            description = archive.description()
            if description.layers != experiment.model:
                raise CheckpointError(f"{path}: its layers are not those of the spec")
            places = description.places
    if size < 4 * parameters:  # float32
        message = f"{WEIGHTS_MEMBER} has {size:,} bytes, but its spec has {parameters:,} parameters"
        raise CheckpointError(f"{path}: {message} of 4 bytes each")
    network = model.build(
        experiment.model, inputs.image_shape, experiment.seed, experiment.training.precision
    )
    _load(network, path, _expected(network) if places is None else _at(network, places))
    return network


def load_weights(network: keras.Model, path: Path) -> None:
    """Set the weights of `network`, built from the spec, to those in the file at `path`.

    Raises:
        CheckpointError: the file holds anything but finite arrays of the names and shapes that
            the network has, or names a layer that it does not have.
    """
    _load(network, path, _expected(network))


def load_training(network: keras.Model, path: Path) -> None:
    """Like `load_weights`, and set the state of the optimizer too, which is built."""
    _load(network, path, _expected(network) | _expected_of(network.optimizer))


def _load(network: keras.Model, path: Path, expected: dict[str, Any]) -> None:
    # Arrays and the optimizer's, at most three of each; 4 KiB hold the HDF5 group of an array or
    # of a layer, which has one even where it has no weights.
    arrays_bytes = 4 * sum(4 * math.prod(weight.shape) for weight in network.weights)
    limit = arrays_bytes + 4096 * (64 + 64 * len(network.weights) + len(network.layers))
    with Archive(path) as archive:
        if archive.is_ours:  # a stranger's layers were translated, and have other names
            _compare_layers(network, archive.member(CONFIG_MEMBER, MAX_CONFIG_BYTES), path)
        data = archive.member(WEIGHTS_MEMBER, limit)
    arrays = _arrays(data, expected, path)
    del data
    for name, variable in expected.items():
        variable.assign(arrays.pop(name))


def _compare_layers(network: keras.Model, config: bytes, path: Path) -> None:
    """Refuse a file whose own description names other layers than the spec builds."""
    try:
        layers = json.loads(config)["config"]["layers"]
        found = [
            str(layer["class_name"]) for layer in layers if layer["class_name"] != "InputLayer"
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointError(f"{path}: {CONFIG_MEMBER} is damaged: no list of layers") from None
    expected = [type(layer).__name__ for layer in network.layers]
    expected = [name for name in expected if name != "InputLayer"]
    if found == expected:
        return
    strange = [name for name in found if name not in expected]
    what = f"a {one_line(strange[0])} layer" if strange else f"{len(found)} layers"
    there = "none" if strange else str(len(expected))
    message = f"{CONFIG_MEMBER} holds {what}, its spec {there}: not what cnnlab wrote; not loaded"
    raise CheckpointError(f"{path}: {message}")


def _expected(network: keras.Model) -> dict[str, Any]:
    """HDF5 path → variable, as Keras 3 lays weights out: classes in snake case, then a counter."""
    result: dict[str, Any] = {}
    seen: dict[str, int] = {}
    for layer in network.layers:
        name = to_snake_case(type(layer).__name__)
        count = seen[name] = seen.get(name, -1) + 1
        folder = f"layers/{name}_{count}" if count else f"layers/{name}"
        for index, variable in enumerate(layer.weights):
            result[f"{folder}/vars/{index}"] = variable
    return result


def _at(network: keras.Model, places: Sequence[tuple[str, int]]) -> dict[str, Any]:
    """HDF5 path → variable, for a network translated from a file that counts its layers otherwise.

    The layers of `network` have their numbers at the end of their names.
    """
    result: dict[str, Any] = {}
    for layer in network.layers:
        if layer.weights:
            class_name, count = places[int(layer.name.rpartition("_")[2]) - 1]
            name = to_snake_case(class_name)
            folder = f"layers/{name}_{count}" if count else f"layers/{name}"
            result |= {f"{folder}/vars/{i}": variable for i, variable in enumerate(layer.weights)}
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
            extra = sorted(set(_below_layers(file)) - weights.keys())
            if extra:
                raise CheckpointError(
                    f"{path}: holds {one_line(extra[0])}, which its spec does not"
                )
            for name, variable in weights.items():
                arrays[name] = _array(file, name, variable, path)
    except UNREADABLE as error:
        raise CheckpointError(f"{path}: {WEIGHTS_MEMBER} is damaged: {one_line(error)}") from None
    return arrays


def _below_layers(file: h5py.File) -> list[str]:
    """The names of all arrays, and of groups deeper than any of Keras's, below layers/.

    By hard links, each thing once: `visititems` takes the square of the depth. Other links, by
    which HDF5 reads other files, are refused by `_array`.
    """
    names: list[str] = []
    seen: set[int] = set()
    waiting: list[tuple[str, h5py.Group]] = [("", file)]
    while waiting:
        prefix, group = waiting.pop()
        for name in group if prefix else ["layers"]:
            link = name if isinstance(name, bytes) else name.encode()  # bytes, if no UTF-8
            links = group.id.links
            if not links.exists(link) or links.get_info(link).type != h5py.h5l.TYPE_HARD:
                continue
            item, path = group[name], prefix + link.decode(errors="replace")
            address = h5py.h5o.get_info(item.id).addr
            if isinstance(item, h5py.Dataset) or path.count("/") > _DEEPEST:
                names.append(path)
            elif isinstance(item, h5py.Group) and address not in seen:
                seen.add(address)
                waiting.append((f"{path}/", item))
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

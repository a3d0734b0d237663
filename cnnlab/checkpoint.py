"""Write and read checkpoints (`.keras` files), without ever running code from a file.

A checkpoint is a zip archive as Keras writes it, plus one file with the spec, which is cnnlab's
description of the network; Keras ignores the spec. To read a checkpoint, cnnlab builds the network
from the spec, compares the arrays in the checkpoint with the weights of the network, and copies the
arrays. Keras itself never opens the checkpoint, because Keras could execute code in it.
"""

from __future__ import annotations

import io
import math
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from cnnlab import model
from cnnlab.counts import format_count
from cnnlab.errors import CheckpointError
from cnnlab.keras_archive import (
    CONFIG_MEMBER,
    SPEC_MEMBER,
    UNREADABLE_ERRORS,
    WEIGHTS_MEMBER,
    KerasArchive,
)
from cnnlab.quiet_tensorflow import keras
from cnnlab.run_folder import format_spec
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.wording import to_one_line

# isort: split
# Import these after quiet_tensorflow. They are private, since Keras has no public functions for
# this: its public `save_model` accepts no file object, and it does not document the names of the
# groups in the HDF5 file. A test compares cnnlab's file with the file that `model.save` writes.
from keras.src.saving import saving_lib
from keras.src.utils.naming import to_snake_case

_DEEPEST = 12  # levels of groups in the HDF5 file; Keras uses four


def to_bytes(network: keras.Model, spec: Spec) -> bytes:
    """Return the bytes of a network's checkpoint, with the optimizer of a compiled network."""
    file = io.BytesIO()
    saving_lib.save_model(network, file)
    with zipfile.ZipFile(file, "a") as archive:
        archive.writestr(SPEC_MEMBER, format_spec(spec))
    return file.getvalue()


def load_trained(spec: Spec, path: Path) -> keras.Model:
    """Build the network of `spec`, and load its weights from the checkpoint at `path`.

    Raises:
        CheckpointError: for the reasons of `load_weights`, or because the file is too small for the
            parameters of the spec. This function checks the size before it builds the network,
            which needs memory.
    """
    experiment, inputs, foreign = spec.experiment, spec.inputs, None
    info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
    parameters = build_table(experiment, info).parameters
    with KerasArchive(path) as archive:
        size = archive.read_size(WEIGHTS_MEMBER)
        if not archive.is_native:
            foreign = archive.read_description()
            if foreign.layers != experiment.model:
                raise CheckpointError(f"{path}: the layers differ from those of the file's spec")
    if size < 4 * parameters:  # float32
        present, needed = format_count(size, "byte"), format_count(parameters, "parameter")
        message = f"{path}: {WEIGHTS_MEMBER} has {present}, but the file's spec has "
        raise CheckpointError(f"{message}{needed} of 4 bytes each")
    precision: str | model.Precisions = experiment.training.precision
    if foreign:
        precision = model.Precisions(foreign.precisions, foreign.merge_precisions)
    network = model.build_network(experiment.model, inputs.image_shape, experiment.seed, precision)
    # In 16 bits, the graphs that `predict` builds round otherwise than Keras does in `model(x)`.
    network.run_eagerly = foreign is not None and set(foreign.precisions) != {"float32"}
    _load_arrays(
        network,
        path,
        _list_foreign_weights(network, foreign.paths) if foreign else _list_weights(network),
    )
    return network


def load_weights(network: keras.Model, path: Path) -> None:
    """Load the weights of the checkpoint at `path` into `network`, which has the same spec.

    Raises:
        CheckpointError: the file cannot be read, has other layers than `network`, has an array with
            numbers that are not finite, or has an array that differs from the weights of `network`
            in name, shape or dtype.
    """
    _load_arrays(network, path, _list_weights(network))


def load_training(network: keras.Model, path: Path) -> None:
    """Load the weights and the optimizer's state from a checkpoint into a network.

    The optimizer must be built already. The function raises the errors of `load_weights`.
    """
    _load_arrays(
        network, path, _list_weights(network) | _list_optimizer_variables(network.optimizer)
    )


def _load_arrays(network: keras.Model, path: Path, expected: dict[str, Any]) -> None:
    # The file may hold the weights, and at most three optimizer arrays for each weight. HDF5 has a
    # group for each array and each layer, and a group needs at most 4 KiB.
    arrays_bytes = 4 * sum(4 * math.prod(weight.shape) for weight in network.weights)
    limit = arrays_bytes + 4096 * (64 + 64 * len(network.weights) + len(network.layers))
    with KerasArchive(path) as archive:
        if archive.is_native:  # the layers of a foreign model have other names
            _compare_layers(network, archive, path)
        data = archive.read_member(WEIGHTS_MEMBER, limit)
    arrays = _read_arrays(data, expected, path)
    del data
    for name, variable in expected.items():
        variable.assign(arrays.pop(name))
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()  # computes its mean and deviation from the arrays


def _compare_layers(network: keras.Model, archive: KerasArchive, path: Path) -> None:
    """Raise CheckpointError if config.json of a checkpoint has other layers than `network`."""
    try:
        layers = archive.read_config()["config"]["layers"]
        problems = [
            str(layer["class_name"]) for layer in layers if layer["class_name"] != "InputLayer"
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        raise CheckpointError(f"{path}: {CONFIG_MEMBER} is damaged: no list of layers") from None
    expected = [type(layer).__name__ for layer in network.layers]
    expected = [name for name in expected if name != "InputLayer"]
    if problems == expected:
        return
    strange = [name for name in problems if name not in expected]
    what = f"a {to_one_line(strange[0])} layer" if strange else format_count(len(problems), "layer")
    planned = "none" if strange else str(len(expected))
    message = f"{path}: {CONFIG_MEMBER} has {what}, but the file's spec has {planned}"
    raise CheckpointError(f"{message}; cnnlab did not write this")


def _list_weights(network: keras.Model) -> dict[str, Any]:
    """Map the HDF5 path of each weight, such as `layers/conv2d_1/vars/0`, to its variable.

    As in Keras 3, the name of a layer in the file is the name of its class in snake case. The
    second and each later layer of a class also have a number.
    """
    result: dict[str, Any] = {}
    seen: dict[str, int] = {}
    for layer in network.layers:
        name = to_snake_case(type(layer).__name__)
        count = seen[name] = seen.get(name, -1) + 1
        folder = f"layers/{name}_{count}" if count else f"layers/{name}"
        for index, variable in enumerate(layer.weights):
            result[f"{folder}/vars/{index}"] = variable
    return result


def _list_foreign_weights(network: keras.Model, paths: Sequence[str]) -> dict[str, Any]:
    """Map the HDF5 path of each weight in another program's file to a variable of `network`.

    The name of each layer of `network` ends in the layer's number, from 1. `paths` has the HDF5
    group of each layer in the order of these numbers.
    """
    return {
        f"{paths[int(layer.name.rpartition('_')[2]) - 1]}/vars/{index}": variable
        for layer in network.layers
        if layer.weights
        for index, variable in enumerate(layer.weights)
    }


def _list_optimizer_variables(optimizer: keras.optimizers.Optimizer) -> dict[str, Any]:
    """Map the HDF5 path of each array of an optimizer to the optimizer's variable.

    A LossScaleOptimizer contains another optimizer, whose arrays the map also includes.
    """
    own = {f"optimizer/vars/{index}": one for index, one in enumerate(optimizer.variables)}
    inner = getattr(optimizer, "inner_optimizer", None)
    if inner is None:
        return own
    inside = {f"optimizer/inner_optimizer/vars/{i}": one for i, one in enumerate(inner.variables)}
    return own | inside


def _read_arrays(data: bytes, weights: dict[str, Any], path: Path) -> dict[str, np.ndarray]:
    """Read the array at each HDF5 path in `weights`.

    Raises CheckpointError if an array differs from its Keras variable in shape or dtype.
    """
    arrays = {}
    try:
        with h5py.File(io.BytesIO(data), "r") as file:
            extra = sorted(set(_list_arrays(file)) - weights.keys())
            if extra:
                raise CheckpointError(
                    f"{path}: contains {to_one_line(extra[0])}, which the file's spec does not have"
                )
            for name, variable in weights.items():
                arrays[name] = _read_array(file, name, variable, path)
    except UNREADABLE_ERRORS as error:
        raise CheckpointError(
            f"{path}: {WEIGHTS_MEMBER} is damaged: {to_one_line(error)}"
        ) from None
    return arrays


def _list_arrays(file: h5py.File) -> list[str]:
    """List the paths of all arrays below `layers/` in an HDF5 file.

    The list also has each group that is nested deeper than the groups that Keras writes. The caller
    refuses a file with such a group. The search follows only hard links, and visits each object
    once; h5py's `visititems` would need time that is quadratic in the depth. `_read_array` refuses
    all other links, because HDF5 could read other files through them.
    """
    names: list[str] = []
    seen: set[int] = set()
    waiting: list[tuple[str, h5py.Group]] = [("", file)]
    while waiting:
        prefix, group = waiting.pop()
        for name in group if prefix else ["layers"]:
            link = name if isinstance(name, bytes) else name.encode()  # bytes if not UTF-8
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


def _read_array(file: h5py.File, name: str, variable: Any, path: Path) -> np.ndarray:
    item = file
    for part in name.split("/"):
        # Look at the link only: `part in item` would open the file behind an external link.
        links = item.id.links if isinstance(item, h5py.Group) else None
        if links is None or not links.exists(part.encode()):
            message = f"no array {name} ({variable.path}), which the file's spec needs"
            raise CheckpointError(f"{path}: {message}")
        if links.get_info(part.encode()).type != h5py.h5l.TYPE_HARD:
            raise CheckpointError(
                f"{path}: {part} in {name} is a link; the array must be in this file itself"
            )
        item = item[part]
    # Keras writes contiguous arrays. Chunks could be compressed, and expand to any size.
    stored = isinstance(item, h5py.Dataset) and not (item.external or item.is_virtual)
    if not stored or item.chunks is not None:
        raise CheckpointError(f"{path}: {name} is not one contiguous array in this file")
    expected = tuple(variable.shape)
    if item.shape != expected or item.dtype != variable.dtype:
        stored_array = f"{variable.path} is {item.dtype} {item.shape}"
        message = f"{stored_array}, but the file's spec needs {variable.dtype} {expected}"
        raise CheckpointError(f"{path}: {message}")
    array = item[()]
    if not np.isfinite(array).all():
        raise CheckpointError(f"{path}: {variable.path} contains NaN or infinite numbers")
    return np.asarray(array)

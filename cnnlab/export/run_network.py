"""Describe the network of a run, or the networks of an ensemble, and read their weights."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from typing import Any

import numpy as np

from cnnlab.errors import RunError, UsageError
from cnnlab.explain.layers_with_maps import choose_grad_cam_layer, find_output_softmaxes
from cnnlab.export.network_description import NetworkNodes, build_nodes
from cnnlab.run_folder import RunFolder, find_trained_checkpoint
from cnnlab.spec.config_lines import read_layer_lines
from cnnlab.spec.experiment import Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.shape_checks import find_output_activation

FORMAT = 1  # the version of network.json
_UNTRAINED = "untrained"
# The names of checkpoints in network.json, and in the run folder.
_CHECKPOINTS = {_UNTRAINED: "initial", "best": "best", "averaged": "averaged", "last": "last"}


def describe_run(run: RunFolder) -> dict[str, Any]:
    """Describe the network of a run as plain data, the content of network.json.

    Raises:
        RunError: a file of the run is missing or damaged, or no network of it exists yet.
    """
    members = _list_members(run)
    spec = run.read_spec()
    nodes = build_nodes(spec, read_layer_lines(_read_config(run)))
    return {
        "format": FORMAT,
        "name": run.name,
        **describe_network(spec, nodes),
        "members": [_describe_member(member) for member in members],
    }


def describe_network(spec: Spec, nodes: NetworkNodes) -> dict[str, Any]:
    """Describe what is the same for all weights of a network: classes, input, nodes, output."""
    return {
        # The last part of a path: an exported page does not tell the folders of its author.
        "dataset": PurePath(spec.experiment.data.dataset).name,
        "classes": list(spec.inputs.class_names),
        "input": describe_input(spec),
        "output": {
            "node": nodes.nodes[-1].id,
            "activation": find_output_activation(spec.experiment.model),
        },
        "grad_cam": _describe_grad_cam(spec, nodes),
        **nodes.to_dict(),
    }


def describe_input(spec: Spec) -> dict[str, Any]:
    """Describe how an image becomes the input of the network: scale · uint8 + offset."""
    inputs = spec.inputs
    return {
        "shape": list(inputs.image_shape),
        "scale": [1 / deviation for deviation in inputs.deviation],
        "offset": [(0 - m) / d for m, d in zip(inputs.mean, inputs.deviation, strict=True)],
        "preparation": _name_preparation(spec),
        "ground": _describe_ground(inputs),
    }


def _name_preparation(spec: Spec) -> str:
    """Name the way in which `predict` prepares a picture; see `data.image_preparation`."""
    if spec.experiment.data.dataset == "mnist":
        return "digits"
    return "fit" if _describe_ground(spec.inputs) is None else "ground"


def _describe_ground(inputs: Inputs) -> dict[str, Any] | None:
    if inputs.look is None or inputs.look.ground is None:
        return None
    return inputs.look.ground.model_dump(mode="json")


def _describe_grad_cam(spec: Spec, nodes: NetworkNodes) -> dict[str, Any] | None:
    """Name the node of Grad-CAM's maps, and the nodes whose softmax its logits come before."""
    try:
        layer = choose_grad_cam_layer(spec)
    except UsageError:  # the network has no convolution
        return None
    softmaxes = sorted(nodes.find_node(name).id for name in find_output_softmaxes(spec))
    return {"node": nodes.find_node(layer.shown).id, "softmaxes": softmaxes}


def read_run_weights(run: RunFolder, member: int, checkpoint: str) -> np.ndarray:
    """Read the weights of one member at a checkpoint: float32 (floats,).

    Args:
        member: the place in `members` of the run's description, from 0.
        checkpoint: a name in `checkpoints` of this member.

    Raises:
        RunError: the run has no such member or checkpoint, or its file was changed.
        CheckpointError: the checkpoint is damaged, or does not fit the spec.
    """
    from cnnlab.export.checkpoint_weights import read_weights

    members = _list_members(run)
    if not 0 <= member < len(members):
        raise RunError(f"{run.path}: no member {member}; expected 0 to {len(members) - 1}")
    network = members[member]
    names = _list_checkpoints(network)
    if checkpoint not in names:
        raise RunError(f"{network.path}: no checkpoint {checkpoint}; expected {', '.join(names)}")
    name = _CHECKPOINTS[checkpoint]
    network.require_recorded(f"checkpoints/{name}.keras")
    return read_weights(network.read_spec(), network.checkpoint_path(name))


def _list_members(run: RunFolder) -> Sequence[RunFolder]:
    """List the run itself, or the members of an ensemble whose weights exist, in their order."""
    runs = [run]
    if run.has_members():
        count = len(run.read_spec().experiment.ensemble or ())
        runs = [run.member_run(number) for number in range(1, count + 1)]
    members = [one for one in runs if one.is_started() and _list_checkpoints(one)]
    if not members:
        raise RunError(f"{run.path}: the run has no weights yet, because training has not begun")
    return members


def _list_checkpoints(run: RunFolder) -> list[str]:
    return [name for name, file in _CHECKPOINTS.items() if run.checkpoint_path(file).is_file()]


def _describe_member(run: RunFolder) -> dict[str, Any]:
    names = _list_checkpoints(run)
    trained = None
    if names != [_UNTRAINED]:
        trained = find_trained_checkpoint(run).stem
    return {"name": run.name, "checkpoints": names, "trained": trained}


def _read_config(run: RunFolder) -> str:
    try:
        return run.read_config()
    except RunError:  # the lines of the layers stay unknown
        return ""

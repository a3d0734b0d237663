"""Apply `--set` edits to a validated experiment, and validate it again like a config."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from cnnlab.spec.config_reader import Config, validate_config
from cnnlab.spec.experiment import Data, DatasetInfo, Experiment
from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Sequence, Source


def edit_experiment(
    spec: Experiment, name: str, describe: Callable[[Data], DatasetInfo], edits: tuple[str, ...]
) -> Config:
    """Apply `edits` to the experiment `spec`; return the result as a config with an empty text.

    Raises what `read_config` does. A fault that no edit causes has `name` in place of a file name.
    """
    return validate_config(Path(name), "", build_nodes(spec, name), [], describe, edits)


def build_nodes(spec: Experiment, name: str) -> Mapping:
    """Build the nodes of an experiment, all at the place `name`."""
    place = Place(Source.from_text(name, "", is_edit=True))
    root = _build_node(spec.model_dump(mode="json"), place)
    assert isinstance(root, Mapping)
    return root


def _build_node(value: Any, place: Place) -> Node:
    """Build YAML nodes from plain data; every node gets the same place."""
    if isinstance(value, dict):
        return Mapping(place, {key: (place, _build_node(one, place)) for key, one in value.items()})
    if isinstance(value, list):
        return Sequence(place, [_build_node(one, place) for one in value])
    return Scalar(place, value)

"""A validated experiment, changed by edits: validated again as if it were a config."""

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
    """The experiment `spec` after edits; its config has no text.

    Raises what `cnnlab.spec.config_reader.read_config` does: faults that no edit has brought are told at `name`.
    """
    root = _build_nodes(
        spec.model_dump(mode="json"), Place(Source.from_text(name, "", is_edit=True))
    )
    assert isinstance(root, Mapping)
    return validate_config(Path(name), "", root, [], describe, edits)


def _build_nodes(value: Any, place: Place) -> Node:
    """Plain data as nodes that all stand at `place`."""
    if isinstance(value, dict):
        return Mapping(
            place, {key: (place, _build_nodes(one, place)) for key, one in value.items()}
        )
    if isinstance(value, list):
        return Sequence(place, [_build_nodes(one, place) for one in value])
    return Scalar(place, value)

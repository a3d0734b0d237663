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
    """Apply edits to the experiment `spec`; the new config has no text.

    Raises what `read_config` does. Faults that come from no edit have the place `name`.
    """
    root = _build_nodes(
        spec.model_dump(mode="json"), Place(Source.from_text(name, "", is_edit=True))
    )
    assert isinstance(root, Mapping)
    return validate_config(Path(name), "", root, [], describe, edits)


def _build_nodes(value: Any, place: Place) -> Node:
    """Build nodes from plain data, all at one place."""
    if isinstance(value, dict):
        return Mapping(
            place, {key: (place, _build_nodes(one, place)) for key, one in value.items()}
        )
    if isinstance(value, list):
        return Sequence(place, [_build_nodes(one, place) for one in value])
    return Scalar(place, value)

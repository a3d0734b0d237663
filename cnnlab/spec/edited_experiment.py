"""Apply `--set` edits to a validated experiment, and validate the result like a config."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from cnnlab.spec.config_reader import Config, validate_config
from cnnlab.spec.experiment import Data, DatasetInfo, Experiment
from cnnlab.spec.node_copies import build_node
from cnnlab.spec.yaml_nodes import Mapping, Place, Source


def edit_experiment(
    spec: Experiment, name: str, describe: Callable[[Data], DatasetInfo], edits: tuple[str, ...]
) -> Config:
    """Apply `edits` to the experiment `spec`; return the result as a config with an empty text.

    Raises the errors of `read_config`. If no edit causes a fault, the fault has `name` as the name
    of the file.
    """
    return validate_config(Path(name), "", build_nodes(spec, name), [], describe, edits)


def build_nodes(spec: Experiment, name: str) -> Mapping:
    """Build the YAML nodes of an experiment; faults in these nodes have the file name `name`."""
    place = Place(Source.from_text(name, "", is_edit=True))
    root = build_node(spec.model_dump(mode="json"), place)
    assert isinstance(root, Mapping)
    return root

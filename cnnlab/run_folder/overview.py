"""All that is known of one run, and what to do with it next."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from cnnlab.errors import RunError
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.record import Record
from cnnlab.spec.experiment import DatasetInfo
from cnnlab.spec.shorthand import shorthand
from cnnlab.spec.table import table


@dataclass(frozen=True)
class Overview:
    """A run at one glance.

    `layers` are those of the config, as short YAML; `multiply_adds` are for one image, of one
    member; `evaluations` has the figures of each split; `files` the size of each in bytes.
    """

    record: Record
    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    planned_epochs: int
    layers: tuple[str, ...]
    multiply_adds: int
    evaluations: dict[str, dict[str, Any]]
    files: dict[str, int]
    following: tuple[str, ...]


def read_overview(run: RunFolder) -> Overview:
    """What a run says of itself; raises RunError if it is damaged, or was not begun."""
    run.require_started()
    record, spec = run.read_record(), run.read_spec()
    experiment, inputs = spec.experiment, spec.inputs
    layers = table(experiment, DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0))
    return Overview(
        record=record,
        image_shape=inputs.image_shape,
        class_names=inputs.class_names,
        planned_epochs=experiment.training.epochs,
        layers=tuple(map(shorthand, experiment.model)),
        multiply_adds=layers.multiply_adds,
        evaluations={split: _read_figures(run, split) for split in run.list_evaluated_splits()},
        files=run.list_files(),
        following=tuple(_list_next_commands(run, record)),
    )


def _read_figures(run: RunFolder, split: str) -> dict[str, Any]:
    """The figures of a split that a glance takes in."""
    names = ("images", "accuracy", "accuracy_interval", "loss")
    found = run.read_metrics(split) or {}
    missing = [name for name in names if name not in found]
    if missing:
        path = run.evaluation_folder(split) / "metrics.json"
        raise RunError(f"{path}: damaged: no {missing[0]} in it; evaluate the run again")
    return {name: found[name] for name in names}


def _list_next_commands(run: RunFolder, record: Record) -> list[str]:
    """The commands that make sense next."""
    path = shlex.quote(str(run.path))
    trained = run.has_members() or bool(record.epochs)
    if record.status == "running":
        return []
    if not trained or record.status != "finished":
        return [f"cnnlab resume {path}", *([f"cnnlab evaluate {path}"] if record.epochs else [])]
    if "test" not in run.list_evaluated_splits():
        return [f"cnnlab evaluate {path}"]
    return [f"cnnlab report {path}", f"cnnlab compare {path} ANOTHER"]

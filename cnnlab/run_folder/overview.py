"""Read everything that `cnnlab runs show` prints about a run, with the next commands."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from typing import Any

from cnnlab.errors import RunError
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.record import Record
from cnnlab.spec.experiment import DatasetInfo
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.wording import format_short


@dataclass(frozen=True)
class Overview:
    """Everything that `cnnlab runs show` prints about one run.

    `layers` has the entries of `model` as short YAML. `multiply_adds` counts the multiply-adds of
    one network for one image. `evaluations` maps each evaluated split to its accuracy and loss.
    `files` maps the path of each file to its size in bytes. `following` lists the commands that
    the user may type next.
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
    """Read the overview of a run; raises RunError if files are damaged or training never began."""
    run.require_started()
    run.require_recorded()
    record, spec = run.read_record(), run.read_spec()
    experiment, inputs = spec.experiment, spec.inputs
    layers = build_table(experiment, DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0))
    return Overview(
        record=record,
        image_shape=inputs.image_shape,
        class_names=inputs.class_names,
        planned_epochs=experiment.training.epochs,
        layers=tuple(map(format_short, experiment.model)),
        multiply_adds=layers.multiply_adds,
        evaluations={split: _read_figures(run, split) for split in run.list_evaluated_splits()},
        files=run.list_files(),
        following=tuple(_list_next_commands(run, record)),
    )


def _read_figures(run: RunFolder, split: str) -> dict[str, Any]:
    """Read the number of images, the accuracy and the losses from a split's metrics.json."""
    names = ("images", "accuracy", "accuracy_interval", "loss", "cross_entropy")
    metrics = run.read_metrics(split) or {}
    missing = [name for name in names if name not in metrics]
    if missing:
        path = run.evaluation_folder(split) / "metrics.json"
        raise RunError(f"{path}: damaged: `{missing[0]}` is missing; evaluate the run again")
    return {name: metrics[name] for name in names}


def _list_next_commands(run: RunFolder, record: Record) -> list[str]:
    """List the commands that the user may type next, such as `cnnlab evaluate` after training."""
    path = shlex.quote(str(run.path))
    trained = run.has_members() or bool(record.epochs)
    if record.status == "running":
        return []
    if not trained or record.status != "finished":
        return [f"cnnlab resume {path}", *([f"cnnlab evaluate {path}"] if record.epochs else [])]
    if "test" not in run.list_evaluated_splits():
        return [f"cnnlab evaluate {path}"]
    return [f"cnnlab report {path}", f"cnnlab compare {path} ANOTHER"]

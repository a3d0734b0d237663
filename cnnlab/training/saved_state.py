"""Read the saved state of a run, and check which settings a user changes to resume the run."""

from __future__ import annotations

import os
import platform
import re
import shlex
from dataclasses import dataclass, replace
from typing import Any

from cnnlab.data.datasets import describe_dataset
from cnnlab.data.moved_data import find_place, move_data, set_place
from cnnlab.data.run_splits import require_data
from cnnlab.errors import RunError, UsageError
from cnnlab.run_folder import Record, Resumption, RunFolder, State, utc_now
from cnnlab.spec.config_reader import Config
from cnnlab.spec.edited_experiment import edit_experiment
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.training import EarlyStopping, Monitoring, Training
from cnnlab.spec.weight_averages import Swa

_EPOCHS = re.compile(r"\+?[0-9]{1,9}")
Counters = dict[str, int | float | None]
MAY_CHANGE = ("training.epochs", "training.callbacks")


@dataclass(frozen=True)
class ResumeRequest:
    """The changes that the user asks for in the command `resume`.

    `epochs` is the total number of epochs (`20`), or the number of additional epochs (`+10`). If
    `epochs` is None, the planned number stays. `edits` are changes in the form of `--set`.
    `dataset` is the new place of the data, if the data was moved.
    """

    epochs: str | None = None
    edits: tuple[str, ...] = ()
    dataset: str | None = None

    def to_edits(self, trained_epochs: int) -> tuple[str, ...]:
        """Convert the request to `--set` edits; `+10` means 10 epochs after `trained_epochs`."""
        if self.epochs is None:
            return self.edits
        if not _EPOCHS.fullmatch(self.epochs):
            expected = "expected the total, such as 20, or the additional epochs, such as +10"
            raise UsageError(f"--epochs {self.epochs}: not a number of epochs; {expected}")
        if edit := _find_edit(self.edits, "training.epochs"):
            message = "both say how many epochs to train; leave one of them out"
            raise UsageError(f"--epochs {self.epochs} and --set {edit}: {message}")
        number = int(self.epochs) + (trained_epochs if self.epochs[0] == "+" else 0)
        return (*self.edits, f"training.epochs={number}")


@dataclass(frozen=True)
class SavedRun:
    """The contents of a run folder; `state` is the state after the last finished epoch, or None."""

    spec: Spec
    config_text: str
    record: Record
    state: State | None

    @property
    def interrupted_edits(self) -> tuple[str, ...]:
        """The edits of the last `resume` command if that training was interrupted; else empty."""
        record = self.record
        interrupted = record.status != "finished" and record.resumed
        return tuple(record.resumed[-1].edits) if interrupted else ()


def read_saved_run(run: RunFolder) -> SavedRun:
    """Read the contents of a run folder, except the training state, and change no file."""
    return SavedRun(run.read_spec(), run.read_config(), run.read_record(), None)


def recover_saved_run(run: RunFolder) -> SavedRun:
    """Repair the files that a killed process wrote incompletely, and read the run folder.

    Only the process that has locked the run may call this function.
    """
    state = run.recover()
    record = run.read_record()
    _require_state(run, record, state)
    if state is not None:
        # state.json says which epoch was finished last. run.json is written after it, and says how
        # the run ended and how it was resumed.
        record = replace(
            state.record, status=record.status, ended=record.ended, resumed=record.resumed
        )
    return SavedRun(run.read_spec(), run.read_config(), record, state)


def _require_state(run: RunFolder, record: Record, state: State | None) -> None:
    """Raise RunError if a run has finished epochs, but state.json is missing."""
    has_checkpoint = run.checkpoint_path("last").exists()
    if state is None and not record.seeds and (record.epochs or has_checkpoint):
        raise RunError(f"{run.path}: its state.json is missing, so the run cannot resume")


def set_saved_place(saved: SavedRun, dataset: str | None) -> SavedRun:
    """Return the contents of a run with its data at a new place; None leaves them unchanged.

    `check_resume_request` has compared the fingerprints, so this does not read the data again.
    """
    if dataset is None:
        return saved
    return replace(saved, spec=set_place(saved.spec, find_place(saved.spec, dataset)))


def _find_edit(edits: tuple[str, ...], path: str) -> str | None:
    """Return the first edit that changes the setting at `path`; None if there is none."""
    return next((edit for edit in edits if edit.partition("=")[0].strip() == path), None)


def apply_resume_edits(run: RunFolder, saved: SavedRun, edits: tuple[str, ...]) -> Config:
    """Apply edits to the config of a run; raise UsageError for a setting that cannot change."""
    before = saved.spec.experiment
    if _find_edit(edits, "data.dataset"):
        raise UsageError(
            "data.dataset cannot change when a run resumes; if the same data is at another place "
            "now, name the place with --dataset PATH"
        )
    require_data(before.data)
    config = replace(
        edit_experiment(before, str(run.path), describe_dataset, edits), text=saved.config_text
    )
    changes = [n for n in _list_changes(before, config.experiment) if n not in MAY_CHANGE]
    if changes:
        command = saved.record.command or ["cnnlab", "train", str(run.path / "config.yaml")]
        raise UsageError(
            f"{changes[0]} cannot change when a run resumes: only {' and '.join(MAY_CHANGE)} can; "
            f"for another network or other data, train a new run: {shlex.join(command)}"
        )
    _require_complete_average(run, saved, before.training, config.experiment.training)
    return config


def _require_complete_average(
    run: RunFolder, saved: SavedRun, before: Training, after: Training
) -> None:
    """Raise UsageError if `swa` must average an epoch whose weights the run has not saved.

    `swa` averages the last epochs. With another number of epochs, the last epochs are different
    epochs. If such an epoch is already trained, the run does not have the weights of this epoch.
    """
    average = after.weight_average
    if not isinstance(average, Swa) or before.epochs == after.epochs:
        return
    trained = before.epochs if saved.record.seeds else saved.record.epochs
    if trained and after.epochs < trained + average.epochs:
        raise UsageError(
            f"{run.path}: `swa: {average.epochs}` averages the weights of the last "
            f"{average.epochs} epochs, but the run has not saved the weights of some of these "
            f"epochs, which are already trained; train at least {average.epochs} more epochs: "
            f"--epochs +{average.epochs}"
        )


def _list_changes(before: Experiment, after: Experiment) -> list[str]:
    """List the sections and the training fields that differ between two experiments."""
    sections = [
        name
        for name in type(before).model_fields
        if name != "training" and getattr(before, name) != getattr(after, name)
    ]
    old, new = before.training, after.training
    fields = [name for name in type(old).model_fields if getattr(old, name) != getattr(new, name)]
    return [*sections, *(f"training.{name}" for name in fields)]


def select_state(saved: SavedRun, experiment: Experiment) -> State | None:
    """Return the training state from which a run resumes, with counters that fit its callbacks.

    A callback that now monitors another metric counts from zero. If early stopping ended the
    training and the user asks for more epochs, the counters of early stopping are reset, so that
    training does not end again at once.
    """
    state, training = saved.state, experiment.training
    if state is None or (state.training == training and not _was_asked_for_more(saved)):
        return state
    callbacks = {
        kind: _reset_counters(kind, counters, training)
        for kind, counters in state.callbacks.items()
        if state.training and _find_monitor(state.training, kind) == _find_monitor(training, kind)
    }
    return replace(state, callbacks=callbacks, training=training)


def _was_asked_for_more(saved: SavedRun) -> bool:
    """Whether the run had finished before the user asked for more epochs."""
    record = saved.record
    if record.status == "finished":
        return True
    return bool(saved.interrupted_edits) and record.resumed[-1].epochs == record.epochs


def _reset_counters(kind: str, counters: Counters, training: Training) -> Counters:
    """Reset the counters of early stopping if early stopping would end training again at once."""
    if kind != "early_stopping":
        return counters
    stopping = training.callback(EarlyStopping)
    assert stopping is not None  # both trainings have it, with the same monitor
    wait = counters.get("wait") or 0
    return {**counters, "stopped_epoch": 0, "wait": 0 if wait >= stopping.patience else wait}


def _find_monitor(training: Training, kind: str) -> tuple[str, str] | None:
    """Return the metric and the direction that a callback monitors; None if no callback fits."""
    for callback in training.callbacks:
        if callback.kind == kind and isinstance(callback, Monitoring):
            return callback.monitor, callback.direction
    return None


def has_epochs_left(saved: SavedRun, experiment: Experiment, edits: tuple[str, ...]) -> bool:
    """Whether `resume` has an epoch to train.

    An unfinished run can resume without edits. If the run is finished or the edits change the
    experiment, the edited experiment must have more epochs than the run has finished.
    """
    if experiment == saved.spec.experiment and saved.record.status != "finished":
        return True
    return bool(edits) and saved.record.epochs < experiment.training.epochs


def build_nothing_left_error(run: RunFolder, record: Record) -> UsageError:
    """Build the error for the command `resume` on a run that has no epochs left to train."""
    command = f"cnnlab resume {shlex.quote(str(run.path))} --epochs +10"
    message = f"{run.path}: the run has no epochs left to train: {record.ended}"
    return UsageError(f"{message}; to train more epochs: {command}")


def check_resume_request(run: RunFolder, request: ResumeRequest) -> None:
    """Find the faults of a request to resume a run, before TensorFlow is loaded."""
    if run.ensemble:
        message = f"{run.path}: this run is a member of an ensemble; resume the ensemble"
        raise UsageError(f"{message}: cnnlab resume {shlex.quote(str(run.ensemble.path))}")
    run.require_started()
    saved = read_saved_run(run)
    if request.dataset is not None:
        saved = replace(saved, spec=move_data(saved.spec, request.dataset))
    for one in run.list_started_members() or [run]:
        _require_state(one, one.read_record(), one.read_state())
    has_more_runs = saved.record.seeds or saved.record.series
    planned = saved.spec.experiment.training.epochs
    edits = request.to_edits(planned if has_more_runs else saved.record.epochs)
    config = apply_resume_edits(run, saved, edits)
    if not has_more_runs and not has_epochs_left(saved, config.experiment, edits):
        raise build_nothing_left_error(run, saved.record)


def resume_record(
    saved: SavedRun, edits: tuple[str, ...], device: str, command: tuple[str, ...]
) -> Record:
    """Build the content of run.json for a run that resumes now."""
    resumption = Resumption(utc_now(), saved.record.epochs, list(edits), list(command))
    changes: dict[str, Any] = {
        "status": "running",
        "ended": "",
        "finished": None,
        "pid": os.getpid(),
        "host": platform.node(),
        "device": device,
        "resumed": [*saved.record.resumed, resumption],
    }
    return replace(saved.record, **changes)

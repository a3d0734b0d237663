"""What a run left, and what may change as it goes on; read without TensorFlow."""

from __future__ import annotations

import os
import platform
import re
import shlex
from dataclasses import dataclass, replace
from typing import Any

from cnnlab.data.sources import describe
from cnnlab.errors import RunError, UsageError
from cnnlab.run_folder import Record, Resumption, Run, State, utc_now
from cnnlab.spec.averages import Swa
from cnnlab.spec.edited import edited
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.reader import Config
from cnnlab.spec.training import EarlyStopping, Monitoring, Training

_EPOCHS = re.compile(r"\+?[0-9]{1,9}")
Counters = dict[str, int | float | None]
MAY_CHANGE = ("training.epochs", "training.callbacks")


@dataclass(frozen=True)
class Wish:
    """What a person changes as a run goes on: `epochs` as `20`, in all, or `+10`, more of them."""

    epochs: str | None = None
    edits: tuple[str, ...] = ()

    def edits_after(self, trained: int) -> tuple[str, ...]:
        """The edits of a run of which so many epochs are trained."""
        if self.epochs is None:
            return self.edits
        if not _EPOCHS.fullmatch(self.epochs):
            expected = "how many in all, as 20, or how many more, as +10"
            raise UsageError(f"--epochs {self.epochs}: not a number of epochs; expected {expected}")
        number = int(self.epochs) + (trained if self.epochs[0] == "+" else 0)
        return (*self.edits, f"training.epochs={number}")


@dataclass(frozen=True)
class Left:
    """What a run left: its spec, and the last epoch that was finished, if one was."""

    spec: Spec
    text: str
    record: Record
    state: State | None


def told(run: Run) -> Left:
    """What a run says of itself, to whoever only reads: without the epoch to go on from."""
    return Left(run.read_spec(), run.read_config(), run.read_record(), None)


def left(run: Run) -> Left:
    """What is there to go on from; whole, if a process was killed as it wrote.

    For whoever is `writing` the run.
    """
    state = run.recover()
    record = run.read_record()
    if state is None and not record.seeds and (record.epochs or run.checkpoint("last").exists()):
        raise RunError(f"{run.path}: its state.json is missing, without which it cannot go on")
    if state is not None:
        # Of the two, run.json is written later: how a run ended stands there, how far it came here.
        record = replace(state.record, status=record.status, ended=record.ended)
    return Left(run.read_spec(), run.read_config(), record, state)


def changed(run: Run, found: Left, edits: tuple[str, ...]) -> Config:
    """The experiment that goes on; raises UsageError if it would be another one."""
    before = found.spec.experiment
    config = replace(edited(before, str(run.path), describe, edits), text=found.text)
    if other := [name for name in _differences(before, config.spec) if name not in MAY_CHANGE]:
        again = found.record.command or ["cnnlab", "train", str(run.path / "config.yaml")]
        raise UsageError(
            f"{other[0]} cannot change as a run goes on: {' and '.join(MAY_CHANGE)} may; for "
            f"another network or other data, train a run of its own: {shlex.join(again)}"
        )
    _require_whole_average(run, found, before.training, config.spec.training)
    return config


def _require_whole_average(run: Run, found: Left, before: Training, after: Training) -> None:
    """Raise UsageError where a mean over the last epochs would need the weights of earlier ones."""
    average = after.weight_average
    if not isinstance(average, Swa) or before.epochs == after.epochs:
        return
    trained = before.epochs if found.record.seeds else found.record.epochs
    if trained and after.epochs < trained + average.epochs:
        raise UsageError(
            f"{run.path}: swa: {average.epochs} is the mean of the last {average.epochs} epochs, "
            f"of which some would be done already, in another mean; train it for at least "
            f"{average.epochs} more: --epochs +{average.epochs}"
        )


def _differences(before: Experiment, after: Experiment) -> list[str]:
    """The sections of two experiments that differ, and of training the fields."""
    found = [
        name
        for name in type(before).model_fields
        if name != "training" and getattr(before, name) != getattr(after, name)
    ]
    names = type(before.training).model_fields
    one, other = before.training, after.training
    found += [f"training.{name}" for name in names if getattr(one, name) != getattr(other, name)]
    return found


def state_for(found: Left, experiment: Experiment) -> State | None:
    """What an experiment goes on from: without what callbacks counted that watch another figure.

    Early stopping that has ended the training has not ended that of a changed experiment.
    """
    state, training = found.state, experiment.training
    if state is None or state.training == training:
        return state
    kept = {
        kind: _counted(kind, counters, training)
        for kind, counters in state.callbacks.items()
        if state.training and _watched(state.training, kind) == _watched(training, kind)
    }
    return replace(state, callbacks=kept, training=training)


def _counted(kind: str, counters: Counters, training: Training) -> Counters:
    """The counters of a callback whose training goes on, though it may have ended it."""
    if kind != "early_stopping":
        return counters
    stopping = training.callback(EarlyStopping)
    assert stopping is not None  # it watches what it did
    wait = counters.get("wait") or 0
    return {**counters, "stopped_epoch": 0, "wait": 0 if wait >= stopping.patience else wait}


def _watched(training: Training, kind: str) -> tuple[str, str] | None:
    for callback in training.callbacks:
        if callback.kind == kind and isinstance(callback, Monitoring):
            return callback.monitor, callback.direction
    return None


def is_left(found: Left, experiment: Experiment) -> bool:
    """Whether there are epochs to be trained, or a process was killed after the last of them."""
    if experiment == found.spec.experiment:
        return found.record.status != "finished"
    return found.record.epochs < experiment.training.epochs


def nothing_left(run: Run, record: Record) -> UsageError:
    """What is told of a run that has trained all that was asked for."""
    more = f"cnnlab resume {shlex.quote(str(run.path))} --epochs +10"
    return UsageError(f"{run.path}: nothing is left to train: {record.ended}; for more: {more}")


def require_possible(run: Run, wish: Wish) -> None:
    """Raise what `resume` would raise of a wish, as far as can be told before it begins."""
    if run.ensemble:
        message = f"{run.path}: a member of an ensemble; it goes on with the whole"
        raise UsageError(f"{message}: cnnlab resume {shlex.quote(str(run.ensemble.path))}")
    run.require_begun()
    found = told(run)
    many = found.record.seeds or found.record.series
    planned = found.spec.experiment.training.epochs
    config = changed(run, found, wish.edits_after(planned if many else found.record.epochs))
    if not many and not is_left(found, config.spec):
        raise nothing_left(run, found.record)


def taken_up(found: Left, edits: tuple[str, ...], device: str, command: tuple[str, ...]) -> Record:
    """The record of a run that goes on."""
    again = Resumption(utc_now(), found.record.epochs, list(edits), list(command))
    fresh: dict[str, Any] = {
        "status": "running",
        "ended": "",
        "finished": None,
        "pid": os.getpid(),
        "host": platform.node(),
        "device": device,
        "resumed": [*found.record.resumed, again],
    }
    return replace(found.record, **fresh)

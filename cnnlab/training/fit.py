"""Train an experiment into a run folder."""

from __future__ import annotations

import os
import platform
import shlex
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnlab import __version__, checkpoint, model
from cnnlab.data.batches import Epochs, in_order
from cnnlab.errors import DiskError, RunError, Stopped, TrainingError
from cnnlab.run_folder import Record, Run, State, utc_now
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.reader import Config
from cnnlab.spec.summary import summary
from cnnlab.spec.table import table
from cnnlab.training import averaging, endings, pictures
from cnnlab.training.averaging import Averaging
from cnnlab.training.callbacks import Keeper, from_spec
from cnnlab.training.compilation import compile_for
from cnnlab.training.device import Device, choose
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.prepared import Prepared, described, prepare, require_same_images
from cnnlab.training.progress import SILENT, Progress, Start


def train(
    config: Config,
    run: Run,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> Record:
    """Train the experiment of `config` into the new folder `run`; returns what run.json says.

    Args:
        device: what `cnnlab.training.device.choose` took for this process; None to let it choose.
        command: the command line, for run.json.

    Raises:
        Stopped: a signal came; the epochs finished before are in the folder.
        TrainingError: the loss was no longer finite, or memory ran out.
        DiskError: the folder cannot be written.
    """
    with run.writing(), Interrupt() as interrupt:
        record = begun(config, device or choose("auto"), command)
        with told(config, run, record, interrupt):
            learn(config, run, record, progress, interrupt)
    return record


@contextmanager
def told(config: Config, run: Run, record: Record, interrupt: Interrupt) -> Iterator[None]:
    """Whatever ends a training, with what is kept of it, and what to type next."""
    try:
        yield
    except BaseException as error:
        where = f"before its training {'went on' if record.resumed else 'began'}"
        if _is_written(config, run, record):
            where = endings.where(record, config.spec.training.epochs)
        words = endings.told(error, where, _kept(config, run, record), interrupt.number)
        if words is error:
            raise
        raise words from error


def _is_written(config: Config, run: Run, record: Record) -> bool:
    """Whether the folder says that this experiment is trained, by this process."""
    with suppress(RunError):
        same = run.read_spec().experiment == config.spec
        return same and len(run.read_record().resumed) == len(record.resumed)
    return False


def begun(config: Config, device: Device, command: tuple[str, ...]) -> Record:
    """The record of a run that begins now."""
    return Record(
        started=utc_now(),
        pid=os.getpid(),
        host=platform.node(),
        seed=config.spec.seed,
        config=config.spec.name,
        command=list(command),
        device=str(device),
        versions=_versions(),
        git_commit=_git_commit(),
    )


def learn(
    config: Config,
    run: Run,
    record: Record,
    progress: Progress,
    interrupt: Interrupt,
    data: Prepared | None = None,
    state: State | None = None,
) -> None:
    """All that `train` does but for its words: errors come as they are, `record` says the rest.

    Args:
        data: what `prepare` made of the data section, where several runs share it.
        state: the last epoch of the run that is taken up again, if it is.
    """
    started = time.perf_counter() - record.seconds
    introduced = not record.resumed  # what was there before is left alone until training goes on
    try:
        if introduced:
            run.write_config(config.text)
        data = data or prepare(config, progress, interrupt)
        if state is not None:
            require_same_images(run, data)
        introduced = True
        spec = _introduce(config, run, record, data)
        history = _fit(spec, data, run, record, progress, interrupt, state)
        record.status = "finished"
        pictures.draw_curves(run, config.spec, history, record)
    except BaseException as error:
        record.status, record.ended = endings.ending(error)
        if record.epochs and isinstance(error, Stopped | TrainingError):
            with suppress(DiskError):  # the error at hand is told; this would hide it
                pictures.draw_curves(run, config.spec, run.read_history(), record)
        raise
    finally:
        if introduced:
            close(run, record, started)


def close(run: Run, record: Record, started: float) -> None:
    """Write run.json a last time; a full disk was told already, or is told by the next read."""
    record.finished = utc_now()
    record.seconds = round(time.perf_counter() - started, 3)
    try:
        run.write_record(record)
    except DiskError:
        if record.status == "finished":
            raise


def _kept(config: Config, run: Run, record: Record) -> str:
    """What a run that broke off leaves, and what to type next."""
    kept = endings.kept_epochs(run, record) or "no epoch was finished"
    again = record.command or ["cnnlab", "train", str(run.path / "config.yaml")]
    if record.resumed and not _is_written(config, run, record):  # as it was asked
        again = record.resumed[-1].command or ["cnnlab", "resume", str(run.path)]
    elif run.is_begun():
        again = ["cnnlab", "resume", str(run.path)]
    return f"{kept}; next: {shlex.join(again)}"


def _introduce(config: Config, run: Run, record: Record, data: Prepared) -> Spec:
    """Write what the run folder says before training."""
    spec = Spec(experiment=config.spec, inputs=data.inputs)
    record.data = described(spec, data)
    rows = table(config.spec, config.info)
    record.parameters = rows.parameters
    run.write_record(record)  # before the spec: finished is the old experiment alone
    run.write_spec(spec)
    run.write_summary(summary(rows, config.spec, config.info))
    return spec


def _fit(
    spec: Spec,
    data: Prepared,
    run: Run,
    record: Record,
    progress: Progress,
    interrupt: Interrupt,
    state: State | None,
) -> list[dict[str, float]]:
    experiment, inputs = spec.experiment, spec.inputs
    network = model.build(
        experiment.model, inputs.image_shape, experiment.seed, experiment.training.precision
    )
    if state is None:
        run.write_checkpoint("initial", checkpoint.to_bytes(network, spec))
    asked = experiment.data
    epochs = Epochs(data.kept, inputs, asked.batch_size, experiment.seed, asked.augment)
    compile_for(network, experiment, epochs.steps)
    average = averaging.from_spec(experiment.training, network, epochs)
    asked_for = from_spec(experiment.training, run)
    keeper = Keeper(spec, run, record, epochs, progress, interrupt, average, asked_for)
    callbacks = [*asked_for, *([average] if average else []), keeper]
    if state is not None:
        _go_on(network, average, keeper, run, state)
    start = Start(
        run=run,
        device=record.device,
        epochs=experiment.training.epochs,
        steps=epochs.steps,
        training_images=len(data.kept.labels),
        validation_images=len(data.held_out.labels),
        parameters=record.parameters,
    )
    interrupt.check()
    progress.start(start)
    if asked.augment:
        pictures.draw_augmentation(run, epochs, spec)
    validation = in_order(data.held_out, inputs) if len(data.held_out.labels) else None
    network.fit(
        epochs.dataset,
        epochs=record.epochs if _is_over(state) else experiment.training.epochs,
        initial_epoch=record.epochs,
        validation_data=validation,
        callbacks=callbacks,
        shuffle=False,  # Epochs has shuffled
        verbose=0,
    )
    record.ended = _reason(experiment, callbacks, record)
    return keeper.history


def _is_over(state: State | None) -> bool:
    """Whether early stopping had ended the training before its process was killed."""
    counters = state.callbacks.get("early_stopping", {}) if state else {}
    return bool(counters.get("stopped_epoch"))


def _go_on(
    network: keras.Model, average: Averaging | None, keeper: Keeper, run: Run, state: State
) -> None:
    """Take up the weights, the optimizer, the average and the history of an epoch."""
    if average and average.is_begun_after(state.record.epochs):
        with average.in_place():
            checkpoint.load_weights(network, run.checkpoint("averaged"))
        average.epoch = state.record.epochs
    checkpoint.load_training(network, run.checkpoint("last"))
    keeper.go_on(state, [{**row, "epoch": int(row["epoch"])} for row in run.read_history()])


def _reason(experiment: Experiment, callbacks: list[Any], record: Record) -> str:
    """Why training ended, for run.json and the terminal."""
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.EarlyStopping) and callback.stopped_epoch:
            return f"early stopping: {callback.monitor} has not {_missed(callback)}"
    return "1 epoch done" if record.epochs == 1 else f"all {record.epochs} epochs done"


def _missed(stopping: keras.callbacks.EarlyStopping) -> str:
    """What the monitored figure did not do, so that early stopping ended training."""
    epochs = f"{stopping.wait} epoch{'s' if stopping.wait > 1 else ''}"
    baseline = stopping.baseline
    if baseline is not None and not stopping.monitor_op(stopping.best, baseline):
        return f"passed the baseline {baseline:g} in {epochs}"
    return f"improved on epoch {stopping.best_epoch + 1} for {epochs}"


def _versions() -> dict[str, str]:
    return {
        "cnnlab": __version__,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def _git_commit() -> str | None:
    """The commit of the folder that the command runs in, or None outside a repository."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return found.stdout.strip() or None

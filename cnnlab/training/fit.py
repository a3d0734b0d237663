"""Train an experiment into a run folder."""

from __future__ import annotations

import platform
import shlex
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from cnnlab import __version__, checkpoint, model, plots
from cnnlab.data import sources
from cnnlab.data.batches import Epochs, in_order
from cnnlab.data.sources import Images
from cnnlab.errors import CnnlabError, DiskError, Stopped, TrainingError
from cnnlab.plots.curves import curves
from cnnlab.runs import Record, Run, utc_now
from cnnlab.seeds import seed
from cnnlab.spec import training as kinds
from cnnlab.spec.experiment import Experiment, Spec, ends_in_softmax
from cnnlab.spec.reader import Config
from cnnlab.spec.summary import summary
from cnnlab.spec.table import table
from cnnlab.training import averaging, schedules
from cnnlab.training.callbacks import Keeper, from_spec
from cnnlab.training.device import Device, choose
from cnnlab.training.interrupt import Interrupt
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
    record = Record(
        started=utc_now(),
        seed=config.spec.seed,
        config=config.spec.name,
        command=list(command),
        device=str(device or choose("auto")),
    )
    started = time.perf_counter()
    with Interrupt() as interrupt:
        try:
            run.write_config(config.text)
            record.versions, record.git_commit = _versions(), _git_commit()
            prepared = _prepare(config, run, record)
            history = _fit(prepared, run, record, progress, interrupt)
            record.status = "finished"
            _draw(run, config.spec, history, record)
        except BaseException as error:
            record.status, record.ended = _ending(error)
            if record.epochs and isinstance(error, Stopped | TrainingError):
                with suppress(DiskError):  # the error at hand is told; this would hide it
                    _draw(run, config.spec, run.read_history(), record)
            told = _told(error, run, record, interrupt.number or signal.SIGINT)
            if told is error:
                raise
            raise told from error
        finally:
            record.finished = utc_now()
            record.seconds = round(time.perf_counter() - started, 3)
            _close(run, record)
    return record


def _close(run: Run, record: Record) -> None:
    """Write run.json a last time; a full disk was told already, or is told by the next read."""
    try:
        run.write_record(record)
    except DiskError:
        if record.status == "finished":
            raise


@dataclass(frozen=True)
class _Prepared:
    """All that training starts from: the spec, and the images on both sides of the split."""

    spec: Spec
    kept: Images
    held_out: Images


def _prepare(config: Config, run: Run, record: Record) -> _Prepared:
    """Read and split the data, and write what the run folder says before training."""
    experiment = config.spec
    everything = sources.training_images(experiment.data)
    kept, held_out = sources.split(
        everything, experiment.data.validation, seed(experiment.seed, "validation")
    )
    inputs = sources.inputs(experiment.data, config.info, everything, kept)
    spec = Spec(experiment=experiment, inputs=inputs)
    record.data = {
        "dataset": experiment.data.dataset,
        "training_images": len(kept.labels),
        "validation_images": len(held_out.labels),
        "fingerprint": inputs.fingerprint,
    }
    rows = table(experiment, config.info)
    record.parameters = rows.parameters
    run.write_spec(spec)
    run.write_record(record)
    run.write_summary(summary(rows, experiment, config.info))
    return _Prepared(spec, kept, held_out)


def _fit(
    prepared: _Prepared, run: Run, record: Record, progress: Progress, interrupt: Interrupt
) -> list[dict[str, float]]:
    spec, experiment, inputs = prepared.spec, prepared.spec.experiment, prepared.spec.inputs
    network = model.build(
        experiment.model, inputs.image_shape, experiment.seed, experiment.training.precision
    )
    run.write_checkpoint("initial", checkpoint.to_bytes(network, spec))
    epochs = Epochs(prepared.kept, inputs, experiment.data.batch_size, experiment.seed)
    compile_for(network, experiment, epochs.steps)
    average = averaging.from_spec(experiment.training, network, epochs)
    keeper = Keeper(spec, run, record, epochs, progress, interrupt, average)
    callbacks = [*from_spec(experiment.training, run), *([average] if average else []), keeper]
    start = Start(
        run=run,
        device=record.device,
        epochs=experiment.training.epochs,
        steps=epochs.steps,
        training_images=len(prepared.kept.labels),
        validation_images=len(prepared.held_out.labels),
        parameters=record.parameters,
    )
    interrupt.check()
    progress.start(start)
    validation = in_order(prepared.held_out, inputs) if len(prepared.held_out.labels) else None
    network.fit(
        epochs.dataset,
        epochs=experiment.training.epochs,
        validation_data=validation,
        callbacks=callbacks,
        shuffle=False,  # Epochs has shuffled
        verbose=0,
    )
    record.ended = _reason(experiment, callbacks, record)
    return keeper.history


def compile_for(network: keras.Model, experiment: Experiment, steps_per_epoch: int) -> None:
    """Give a network the optimizer, loss and metrics of its experiment; labels are one-hot."""
    training = experiment.training
    loss = keras.losses.CategoricalCrossentropy(
        from_logits=not ends_in_softmax(experiment.model),
        label_smoothing=training.loss.label_smoothing,  # type: ignore[attr-defined]
    )
    network.compile(
        optimizer=_optimizer(training, steps_per_epoch),
        loss=loss,
        metrics=[_metric(metric, loss.from_logits) for metric in training.metrics],
        steps_per_execution=training.steps_per_execution,
        jit_compile=False,  # XLA measured half the speed on CPUs
    )


def _optimizer(training: kinds.Training, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    spec = training.optimizer
    names = {"sgd": "SGD", "adamw": "AdamW", "rmsprop": "RMSprop"}
    cls = getattr(keras.optimizers, names.get(spec.kind, spec.kind.capitalize()))
    rate = schedules.learning_rate(spec.learning_rate, steps_per_epoch, training.epochs)
    made = cls(rate, **spec.model_dump(exclude={"learning_rate"}))
    # Gradients in 16-bit floats vanish below 6e-8 unless the loss is scaled up first.
    narrow = training.precision == "mixed_float16"
    return keras.optimizers.LossScaleOptimizer(made) if narrow else made


def _metric(spec: kinds.Metric, from_logits: bool) -> keras.metrics.Metric:
    match spec:
        case kinds.TopKAccuracy():
            return keras.metrics.TopKCategoricalAccuracy(k=spec.k, name=spec.name)
        case kinds.CrossEntropyMetric():
            return keras.metrics.CategoricalCrossentropy(name=spec.name, from_logits=from_logits)
    return keras.metrics.CategoricalAccuracy(name=spec.name)


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


def _draw(
    run: Run, experiment: Experiment, history: list[dict[str, float]], record: Record
) -> None:
    early = record.epochs if record.ended.startswith("early stopping") else None
    steps_per_epoch = -(-record.data["training_images"] // experiment.data.batch_size)
    rates = schedules.course(experiment.training, history, steps_per_epoch)
    figure = curves(history, run.name, record.best_epoch, early, rates)
    run.write_curves(plots.png(figure))


def _ending(error: BaseException) -> tuple[str, str]:
    """The status and the reason that run.json has for an error."""
    if isinstance(error, Stopped | KeyboardInterrupt):
        return "stopped", str(error) or "stopped by a second signal"
    return "failed", str(error).splitlines()[0] if str(error) else type(error).__name__


def _told(error: BaseException, run: Run, record: Record, signal_number: int) -> BaseException:
    """The error as the user is told it: what is kept, and what to type next."""
    place = shlex.quote(str(run.path))
    if record.epochs:
        epochs = "1 epoch is" if record.epochs == 1 else f"{record.epochs} epochs are"
        kept = f"{epochs} kept in {place}; next: cnnlab evaluate {place}"
    else:
        again = record.command or ["cnnlab", "train", str(run.path / "config.yaml")]
        kept = f"no epoch was finished; next: {shlex.join(again)}"
    match error:
        case Stopped() | KeyboardInterrupt():
            message = f"{record.ended} in epoch {record.epochs + 1}; {kept}"
            return Stopped(message, signal_number)
        case DiskError():
            return DiskError(f"{error}; {kept}")
        case CnnlabError():
            return error
        case tf.errors.ResourceExhaustedError() | MemoryError():
            return TrainingError(f"memory ran out; try a smaller data.batch_size; {kept}")
    return error


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

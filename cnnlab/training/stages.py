"""Train one run: read the images, build the network, fit the network, and record the result."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

from cnnlab import checkpoint, model
from cnnlab.counts import format_count
from cnnlab.data.batches import Epochs, batch_in_order, count_evaluation_batches
from cnnlab.errors import DataError, DiskError, Interruption, TrainingError
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.run_folder import Record, RunFolder, State, removal, utc_now
from cnnlab.spec.experiment import Spec
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.summary_text import format_summary
from cnnlab.training import averaging, pictures
from cnnlab.training.averaging import WeightAverage
from cnnlab.training.callbacks import EpochRecorder, build_callbacks
from cnnlab.training.compilation import compile_network
from cnnlab.training.data_split import (
    DataSplit,
    describe_data,
    keep_first_measurements,
    read_data_split,
    require_same_images,
)
from cnnlab.training.execution import StepExecution
from cnnlab.training.job import TrainingJob
from cnnlab.training.mirroring import build_mirrored, open_scope, share_steps
from cnnlab.training.progress import EarlyTermination, TrainingStart
from cnnlab.training.progress_recorder import write_progress
from cnnlab.training.stop_messages import describe_ending

_KEEPING_EPOCHS = (Interruption, TrainingError, EarlyTermination)


@dataclass(frozen=True)
class Trainer:
    """A compiled network, with the images, batches and callbacks that `fit` needs."""

    spec: Spec
    split: DataSplit
    network: keras.Model
    epochs: Epochs
    average: WeightAverage | None
    callbacks: list[keras.callbacks.Callback]
    recorder: EpochRecorder


def train_job(job: TrainingJob) -> None:
    """Train the network of a job, from reading the images to recording the result.

    Errors pass through unchanged; `cnnlab.training.stop_messages.report_failure` describes them.
    """
    # progress.json goes last: who sees it go finds the end of the training in run.json.
    with write_progress(job), record_outcome(job):
        split = prepare_data(job)
        spec = introduce_run(job, split)
        network = build_network(job, spec)
        trainer = compile_trainer(job, spec, split, network)
        restore_last_epoch(job, trainer)
        fit_network(job, trainer)
        finish_run(job, trainer)


@contextmanager
def record_outcome(job: TrainingJob) -> Iterator[None]:
    """Record in run.json how the training inside the `with` block ended.

    If training stopped or failed after a finished epoch, this function also draws the curves.
    """
    started = time.perf_counter() - job.record.seconds
    job.owns_folder = not job.record.resumed
    try:
        yield
    except BaseException as error:
        job.record.status, job.record.ended = describe_ending(error)
        if job.record.epochs and isinstance(error, _KEEPING_EPOCHS):
            with suppress(DiskError):  # the first error is the one that the user sees
                history = job.run.read_history()
                pictures.save_curves(job.run, job.config.experiment, history, job.record)
        raise
    finally:
        if job.owns_folder:
            close_record(job.run, job.record, started)


def prepare_data(job: TrainingJob) -> DataSplit:
    """Save the config of a new run, read the images, and split them into training and validation.

    If an image cannot be read, training does not begin, and cnnlab removes the folder of a new run.
    """
    if not job.record.resumed:
        job.run.write_config(job.config.text)
    try:
        split = job.split or read_data_split(job.config, job.progress, job.interrupt)
    except DataError:
        if not job.record.resumed:
            job.owns_folder = False
            removal.remove_run(job.run)
        raise
    if job.state is not None:
        require_same_images(job.run, split)
    if job.record.resumed and job.run.is_started():
        split = keep_first_measurements(job.run, split)
    return split


def introduce_run(job: TrainingJob, split: DataSplit) -> Spec:
    """Write run.json, spec.json and summary.txt before training starts, and return the spec."""
    job.owns_folder = True
    experiment, info = job.config.experiment, job.config.info
    spec = Spec(experiment=experiment, inputs=split.inputs)
    rows = build_table(experiment, info)
    job.record.data = describe_data(spec, split)
    job.record.parameters = rows.parameters
    job.run.write_record(job.record)  # first: `finished` must not stand beside a new spec
    job.run.write_spec(spec)
    job.run.write_summary(format_summary(rows, experiment, info))
    return spec


def build_network(job: TrainingJob, spec: Spec) -> keras.Model:
    """Build the network, and save the initial weights of a new run in initial.keras."""
    network = build_initial_network(spec, job.strategy)
    if job.state is None:
        job.run.write_checkpoint("initial", checkpoint.to_bytes(network, spec))
    return network


def build_initial_network(
    spec: Spec, strategy: tf.distribute.Strategy | None = None
) -> keras.Model:
    """Build the network with its initial weights, which depend on the seed of the experiment.

    With a strategy, its devices share the training; each has the same weights.
    """
    experiment = spec.experiment
    build = partial(
        model.build_network,
        experiment.model,
        spec.inputs.image_shape,
        experiment.seed,
        experiment.training.precision,
    )
    return build_mirrored(build, strategy)


def compile_initial_network(
    network: keras.Model, spec: Spec, steps: int, strategy: tf.distribute.Strategy | None = None
) -> None:
    """Compile the network that `build_initial_network` built, for epochs of so many steps."""
    with open_scope(strategy):
        compile_network(network, spec.experiment, steps)
    share_steps(network, strategy)


def compile_trainer(
    job: TrainingJob, spec: Spec, split: DataSplit, network: keras.Model
) -> Trainer:
    """Compile the network, and build the batches and the callbacks for training."""
    training = spec.experiment.training
    epochs = build_epochs(spec, split)
    compile_initial_network(network, spec, epochs.steps, job.strategy)
    average = averaging.build_averaging(training, network, epochs)
    callbacks = build_callbacks(training, job.run)
    validation_steps = count_evaluation_batches(split.validation)
    execution = StepExecution(
        network, epochs.steps, training.fixed_steps_per_execution(), training.stops_on_nan()
    )
    recorder = EpochRecorder(job, spec, epochs, execution, validation_steps, average, callbacks)
    # The recorder comes last, so that it saves the changes that the other callbacks made.
    callbacks = [execution, *callbacks, *([average] if average else []), recorder]
    return Trainer(spec, split, network, epochs, average, callbacks, recorder)


def build_epochs(spec: Spec, split: DataSplit) -> Epochs:
    """Build the batches of the training images, with the augmentation of the experiment."""
    experiment, data = spec.experiment, spec.experiment.data
    return Epochs(
        split.training,
        spec.inputs,
        data.batch_size,
        experiment.seed,
        data.augment,
        experiment.training.augmented_epochs,
    )


def restore_last_epoch(job: TrainingJob, trainer: Trainer) -> None:
    """Load the weights, optimizer, average and history of the last epoch if the run resumes."""
    state, average = job.state, trainer.average
    if state is None:
        return
    if average and average.exists_after(state.record.epochs):
        with average.use_average():
            checkpoint.load_weights(trainer.network, job.run.checkpoint_path("averaged"))
        average.epoch = state.record.epochs
    checkpoint.load_training(trainer.network, job.run.checkpoint_path("last"))
    history = [{**row, "epoch": int(row["epoch"])} for row in job.run.read_history()]
    trainer.recorder.resume_from(state, history)


def fit_network(job: TrainingJob, trainer: Trainer) -> None:
    """Train all epochs that are not finished yet."""
    experiment, inputs = trainer.spec.experiment, trainer.spec.inputs
    training, validation = trainer.split.training, trainer.split.validation
    job.interrupt.check()
    job.progress.start(
        TrainingStart(
            run=job.run,
            device=job.record.device,
            epochs=experiment.training.epochs,
            epochs_done=job.record.epochs,
            steps=trainer.epochs.steps,
            validation_steps=trainer.recorder.validation_steps,
            training_images=len(training.labels),
            validation_images=len(validation.labels),
            parameters=job.record.parameters,
        )
    )
    if experiment.data.augment:
        pictures.save_augmentation(job.run, trainer.epochs, trainer.spec)
    epochs_done = job.record.epochs
    trainer.network.fit(
        trainer.epochs.dataset,
        epochs=epochs_done if _has_stopped_early(job.state) else experiment.training.epochs,
        initial_epoch=epochs_done,
        validation_data=batch_in_order(validation, inputs) if len(validation.labels) else None,
        callbacks=trainer.callbacks,
        shuffle=False,  # Epochs shuffles
        verbose=0,
    )


def finish_run(job: TrainingJob, trainer: Trainer) -> None:
    """Record why training ended, and draw the curves of the run."""
    job.record.ended = _describe_end(trainer.callbacks, job.record)
    job.record.status = "finished"
    pictures.save_curves(job.run, trainer.spec.experiment, trainer.recorder.history, job.record)


def close_record(run: RunFolder, record: Record, started: float) -> None:
    """Save the final run.json, with the time at which training ended and the duration.

    If training failed, this function raises no DiskError: the user sees the error of the training.
    """
    record.finished = utc_now()
    record.seconds = round(time.perf_counter() - started, 3)
    try:
        run.write_record(record)
    except DiskError:
        if record.status == "finished":
            raise


def _has_stopped_early(state: State | None) -> bool:
    """Whether early stopping had ended training before the process was killed."""
    counters = state.callbacks.get("early_stopping", {}) if state else {}
    return bool(counters.get("stopped_epoch"))


def _describe_end(callbacks: list[Any], record: Record) -> str:
    """Describe why training ended, for run.json and the terminal."""
    for callback in callbacks:
        if isinstance(callback, keras.callbacks.EarlyStopping) and callback.stopped_epoch:
            return f"early stopping: {callback.monitor} has not {_describe_patience(callback)}"
    return f"{'' if record.epochs == 1 else 'all '}{format_count(record.epochs, 'epoch')} done"


def _describe_patience(stopping: keras.callbacks.EarlyStopping) -> str:
    """Return the second half of the sentence "val_loss has not …", the reason of early stopping."""
    epochs = format_count(stopping.wait, "epoch")
    baseline = stopping.baseline
    # Keras's own comparison does not exist before an epoch has ended in this process.
    sign = 1 if stopping.mode == "max" else -1
    if baseline is not None and sign * stopping.best <= sign * baseline:
        return f"passed the baseline {baseline:g} in {epochs}"
    return f"improved on epoch {stopping.best_epoch + 1} for {epochs}"

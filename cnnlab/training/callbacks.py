"""Build the Keras callbacks that the spec lists, and the callback that saves each epoch."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from importlib.util import find_spec
from typing import Any

import numpy as np

from cnnlab import checkpoint
from cnnlab.data.batches import Epochs
from cnnlab.errors import TrainingError, UsageError
from cnnlab.model import remove_optimizer, set_epoch_seeds
from cnnlab.quiet_tensorflow import keras
from cnnlab.run_folder import RunFolder, State
from cnnlab.spec import training as kinds
from cnnlab.spec.experiment import Spec
from cnnlab.spec.figures import list_figures
from cnnlab.training.averaging import WeightAverage
from cnnlab.training.divergence import LossTrend, describe_likely_cause
from cnnlab.training.execution import StepExecution
from cnnlab.training.job import TrainingJob
from cnnlab.training.schedules import replace_by_stock_schedule


def build_callbacks(training: kinds.Training, run: RunFolder) -> list[keras.callbacks.Callback]:
    """Build the Keras callbacks that the spec lists.

    The result lacks model_checkpoint, terminate_on_nan and the option restore_best_weights,
    because `EpochRecorder` does the work of all three.
    """
    callbacks: list[keras.callbacks.Callback] = []
    for spec in training.callbacks:
        match spec:
            case kinds.EarlyStopping():
                # best.keras has the best weights, so Keras needs no copy in memory.
                options = spec.model_dump(exclude={"restore_best_weights", "mode"})
                callbacks.append(keras.callbacks.EarlyStopping(**options, mode=spec.direction))
            case kinds.ReduceLrOnPlateau():
                options = spec.model_dump(exclude={"mode"})
                callbacks.append(keras.callbacks.ReduceLROnPlateau(**options, mode=spec.direction))
            case kinds.TensorBoard():
                callbacks.append(_build_tensorboard(spec, run))
    return callbacks


def require_extras(training: kinds.Training) -> None:
    """Raise UsageError if a callback needs a package that is not installed."""
    if training.callback(kinds.TensorBoard) and find_spec("tensorboard") is None:
        message = "the callback tensorboard needs TensorBoard: pip install 'cnnlab[tensorboard]'"
        raise UsageError(message)


def _build_tensorboard(spec: kinds.TensorBoard, run: RunFolder) -> keras.callbacks.Callback:
    folder, frequency = str(run.tensorboard_folder), spec.histogram_freq
    return keras.callbacks.TensorBoard(folder, histogram_freq=frequency)


# The attributes in which Keras's callbacks count from epoch to epoch. state.json saves them.
COUNTERS = {
    "early_stopping": ("wait", "best", "best_epoch", "stopped_epoch"),
    "reduce_lr_on_plateau": ("wait", "best", "cooldown_counter"),
}
KINDS = {
    keras.callbacks.EarlyStopping: "early_stopping",
    keras.callbacks.ReduceLROnPlateau: "reduce_lr_on_plateau",
}


class EpochRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the random seeds of each epoch, and saves each finished epoch in the run folder.

    Keras must call this callback last, so that the saved epoch has the changes of all callbacks.
    """

    def __init__(
        self,
        job: TrainingJob,
        spec: Spec,
        epochs: Epochs,
        execution: StepExecution,
        validation_steps: int,
        average: WeightAverage | None = None,
        callbacks: Sequence[keras.callbacks.Callback] = (),
    ) -> None:
        super().__init__()
        training = spec.experiment.training
        self.job, self.spec, self.epochs, self.average = job, spec, epochs, average
        self.execution, self.validation_steps = execution, validation_steps
        self.run, self.record = job.run, job.record
        self.state = State(job.record, training)
        self.history: list[dict[str, float]] = []
        self.losses = LossTrend()
        self.best = training.best_monitor()
        self.stop_on_nan = training.stops_on_nan()
        self.started = time.perf_counter() - job.record.seconds
        self.counting = {KINDS[type(one)]: one for one in callbacks if type(one) in KINDS}
        names = list_figures(spec.experiment)
        self.figures = names + [f"val_{name}" for name in names]

    def resume_from(self, state: State, history: list[dict[str, float]]) -> None:
        """Use the training state and the history that an earlier process saved."""
        self.state, self.history = replace(state, record=self.record), history

    def on_train_begin(self, logs: Any = None) -> None:
        self.uncompiled = remove_optimizer(self.model)
        for kind, counters in self.state.callbacks.items():  # others start at zero
            for name, value in counters.items():
                setattr(self.counting[kind], name, value)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epoch = epoch + 1
        self.epochs.epoch.assign(self.epoch)
        set_epoch_seeds(self.model, self.spec.experiment.seed, self.epoch)
        rate = self.model.optimizer.learning_rate
        # Keras stores the learning rate as float32, so more than 7 digits are noise.
        self.learning_rate = float(f"{float(keras.ops.convert_to_numpy(rate)):.7g}")
        self.epoch_started = time.perf_counter()
        self.trained_seconds = 0.0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        step = self.execution.step
        if self.stop_on_nan and not math.isfinite(logs["loss"]):
            raise TrainingError(self._describe_divergence(f"batch {step:,} of epoch {self.epoch}"))
        self.losses.add(logs["loss"])
        self.job.progress.batch(self.epoch, step, logs)
        if step == self.epochs.steps and self.validation_steps:
            # Not in on_test_begin: a moving average first computes its batch statistics there.
            self.job.progress.validation(self.epoch, 0)
        self.job.interrupt.check()

    def on_test_begin(self, logs: Any = None) -> None:
        self.trained_seconds = time.perf_counter() - self.epoch_started

    def on_test_batch_end(self, batch: int, logs: Any = None) -> None:
        self.job.progress.validation(self.epoch, min(batch + 1, self.validation_steps))
        self.job.interrupt.check()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        figures = {name: logs[name] for name in self.figures if name in logs}
        if self.stop_on_nan and not all(map(math.isfinite, figures.values())):
            raise TrainingError(
                self._describe_divergence(f"the validation after epoch {self.epoch}")
            )
        if self.stop_on_nan and not all(np.isfinite(w).all() for w in self.model.get_weights()):
            raise TrainingError(self._describe_divergence(f"the last batch of epoch {self.epoch}"))
        seconds = time.perf_counter() - self.epoch_started
        row = {
            "epoch": self.epoch,
            **figures,
            "learning_rate": self.learning_rate,
            "seconds": round(seconds, 3),
            "images_per_second": round(self.epochs.count / (self.trained_seconds or seconds), 1),
        }
        self.history.append(row)
        self._save_epoch(figures)
        self.job.progress.epoch(row)

    def _save_epoch(self, figures: Mapping[str, float]) -> None:
        with replace_by_stock_schedule(self.model.optimizer):
            checkpoints = {"last": checkpoint.to_bytes(self.model, self.spec)}
        average = self.average.description if self.average else ""
        best = self.best is not None and self._is_best(figures[self.best.monitor])
        if average or best:
            with self.average.use_average() if self.average else nullcontext():
                evaluated = checkpoint.to_bytes(self.uncompiled, self.spec)
            if average:
                checkpoints["averaged"] = evaluated
            if best:
                checkpoints["best"] = evaluated
        before = replace(self.record)
        self._update_record(figures, average, best)
        self.state.callbacks = {
            kind: {name: getattr(one, name) for name in COUNTERS[kind]}
            for kind, one in self.counting.items()
        }
        try:
            self.run.commit_epoch(self.state, self.history, checkpoints)
        except BaseException:
            vars(self.record).update(vars(before))
            raise
        self.run.write_record(self.record)

    def _update_record(self, figures: Mapping[str, float], average: str, best: bool) -> None:
        """Record the number of finished epochs, the duration of training, and the saved weights."""
        if self.best is None:  # a resumed run may no longer have model_checkpoint
            self.record.best_epoch = self.record.best_monitor = self.record.best_value = None
        if self.best and best:
            self.record.best_epoch = self.epoch
            self.record.best_monitor = self.best.monitor
            self.record.best_value = figures[self.best.monitor]
        self.record.epochs = self.epoch
        self.record.seconds = round(time.perf_counter() - self.started, 3)
        self._record_weights(average, best)

    def _record_weights(self, average: str, best: bool) -> None:
        if best:
            what = average or f"weights after epoch {self.epoch}"
            self.record.weights = f"best.keras: {what}, the best {self.record.best_monitor}"
        elif self.record.best_epoch is None:
            name = "averaged" if average else "last"
            self.record.weights = f"{name}.keras: {average or f'weights after epoch {self.epoch}'}"

    def _is_best(self, value: float) -> bool:
        if self.best is None or not math.isfinite(value):
            return False
        if self.record.best_value is None or self.record.best_monitor != self.best.monitor:
            return True
        if self.best.direction == "max":
            return value > self.record.best_value
        return value < self.record.best_value

    def _describe_divergence(self, where: str) -> str:
        path = self.run.checkpoint_path("last" if self.record.epochs else "initial")
        weights = f"no epoch was finished; {path} has the initial weights"
        if self.record.epochs:
            weights = f"the weights of epoch {self.record.epochs} are in {path}"
        batches, rate = self.epochs.dataset, self.learning_rate
        cause = describe_likely_cause(self.model, self.spec, path, batches, self.losses, rate)
        return f"training diverged: the loss is not a finite number in {where}; {weights}. {cause}"

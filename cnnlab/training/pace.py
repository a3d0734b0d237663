"""Measure the progress and the speed of a training, and estimate the remaining time."""

from __future__ import annotations

from cnnlab.training.progress import TrainingStart

# The time of a validation image, in times of a training image, until a validation is measured. The
# forward pass is a third of a training step, as the backward pass takes twice as long (Kaplan et
# al. 2020, section 2.1); the rest is for reading the images.
_VALIDATION_COST = 0.5


class Pace:
    """Measures the progress and the speed of a training, and estimates the remaining time.

    All times are in seconds. `now` is the time of a clock that never goes back. An epoch consists
    of training batches, then of validation, then of saving the epoch. `closed` is the number of
    epochs whose validation and saving are done.
    """

    def __init__(self, start: TrainingStart, now: float) -> None:
        self.start = start
        self.closed = start.epochs_done
        self.epoch, self.step = min(start.epochs_done + 1, start.epochs), 0
        self.validation_step: int | None = None  # None while the epoch trains
        self.last_time = now
        self.first_report: tuple[int, float] | None = None  # of this epoch: its step and time
        self.compiling_seconds_per_step: float | None = None  # the first report of all
        self.measured_steps, self.measured_seconds = 0, 0.0  # without that first report
        self.closing_seconds: float | None = None  # validation and saving, in the epoch before

    def note_batch(self, epoch: int, step: int, now: float) -> None:
        """Record that the first `step` batches of an epoch are trained at the time `now`."""
        steps = step - self.step if self.first_report else step
        if self.compiling_seconds_per_step is None:
            self.compiling_seconds_per_step = (now - self.last_time) / step
        else:
            self.measured_steps += steps
            self.measured_seconds += now - self.last_time
        self.first_report = self.first_report or (step, now)
        self.epoch, self.step, self.last_time = epoch, step, now

    def note_validation(self, step: int) -> None:
        """Record that the first `step` batches of the validation images are evaluated."""
        self.validation_step = step

    def note_epoch(self, now: float) -> None:
        """Record that the current epoch is validated and saved at the time `now`."""
        self.closing_seconds = now - self.last_time
        self.closed, self.last_time = self.epoch, now
        self.first_report = self.validation_step = None

    @property
    def images_per_second(self) -> float | None:
        """Training images per second in the current epoch; None before the second measurement."""
        first_step, first_time = self.first_report or (self.step, self.last_time)
        images = self.start.training_images / self.start.steps * (self.step - first_step)
        return images / (self.last_time - first_time) if self.step > first_step else None

    @property
    def share_done(self) -> float:
        """The share of the whole training that is done, from 0 to 1. The share never decreases."""
        start, work = self.start, self._validation_work
        trained = (self.epoch - 1) * start.steps + self.step
        closed = self.closed + self._share_validated
        return (trained + work * closed) / (start.epochs * (start.steps + work))

    @property
    def seconds_left(self) -> float | None:
        """The estimated seconds until the training ends; None while no batch is measured."""
        seconds_per_step = self._seconds_per_step
        if seconds_per_step is None:
            return None
        closing = self.closing_seconds
        if closing is None:
            closing = seconds_per_step * (self._validation_work + 1)  # 1 for saving
        epochs, steps = self.start.epochs, self.start.steps
        steps_left = (epochs - self.epoch) * steps + steps - self.step
        closings_left = epochs - self.closed - self._share_validated
        return steps_left * seconds_per_step + closings_left * closing

    @property
    def _seconds_per_step(self) -> float | None:
        """The mean seconds per training batch; None while this time is unknown.

        The first measured time includes the compilation of the network. That time is used only
        if the first epoch has no other measured time.
        """
        if self.measured_steps:
            return self.measured_seconds / self.measured_steps
        return self.compiling_seconds_per_step if self.step == self.start.steps else None

    @property
    def _validation_work(self) -> float:
        """The estimated time of one validation, divided by the time of one training batch."""
        start = self.start
        return _VALIDATION_COST * start.validation_images / start.training_images * start.steps

    @property
    def _share_validated(self) -> float:
        """The share of the current epoch's validation and saving that is done; less than 1.

        Saving the epoch counts as one more validation batch.
        """
        return (self.validation_step or 0) / (self.start.validation_steps + 1)

"""Find a learning rate for a config with the learning-rate range test."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from cnnlab.api.edits import Edits, format_edits, read_edited_config
from cnnlab.api.training import format_command
from cnnlab.counts import format_count
from cnnlab.spec.rate_ramp import RateRamp

if TYPE_CHECKING:
    from cnnlab.spec.config_reader import Config
    from cnnlab.spec.experiment import Experiment
    from cnnlab.training.loss_curve import LossCurve, Suggestion


@dataclass(frozen=True)
class RangeTestResult:
    """The result of a learning-rate range test: a suggestion, or the reason why there is none.

    `print` shows the text that `cnnlab find-lr` prints. `edit` is the text for `--set` that sets
    the suggested rate, and `command` is the command line that trains with this rate; both are None
    without a suggestion. `device` is the device of the test.
    """

    experiment: Experiment
    curve: LossCurve
    answer: Suggestion
    edit: str | None
    command: Sequence[str] | None
    epochs: int
    device: str

    @property
    def suggestion(self) -> float | None:
        """The suggested learning rate; None if the losses allow no suggestion."""
        return self.answer.rate

    @property
    def fall_range(self) -> tuple[float, float] | None:
        """The two learning rates between which the loss fell; None if it fell at no rate."""
        return self.answer.fall_range

    @property
    def rates(self) -> list[float]:
        """The learning rate of each batch."""
        return [float(rate) for rate in self.curve.rates]

    @property
    def losses(self) -> list[float]:
        """The loss of each batch."""
        return [float(loss) for loss in self.curve.losses]

    @property
    def smoothed_losses(self) -> list[float]:
        """The moving average of the losses after each batch."""
        return [float(loss) for loss in self.curve.smoothed_losses]

    def to_dict(self) -> dict[str, Any]:
        """The dictionary that `cnnlab find-lr --json` prints."""
        plain = self.experiment.model_dump(mode="json")
        return {
            "name": self.experiment.name,
            "seed": self.experiment.seed,
            "optimizer": plain["training"]["optimizer"],
            "batch_size": self.experiment.data.batch_size,
            "device": self.device,
            "steps": len(self.curve.losses),
            "planned_steps": self.curve.steps,
            "epochs": self.epochs,
            "suggestion": self.suggestion,
            "method": self.answer.method,
            "reason": self.answer.reason,
            "fall_range": self.fall_range,
            "edit": self.edit,
            "command": self.command,
            "notes": self.notes,
            "rates": self.rates,
            "losses": self.losses,
            "smoothed_losses": self.smoothed_losses,
        }

    @property
    def notes(self) -> list[str]:
        """Sentences about the meaning of the suggestion; may be empty."""
        from cnnlab.spec.schedules import Schedule

        schedule = self.experiment.training.optimizer.learning_rate
        if self.suggestion is None or not isinstance(schedule, Schedule):
            return []
        return [
            f"the config has the schedule {schedule.kind}; the suggestion is its highest rate, "
            f"`{schedule.main}`"
        ]

    def draw(self) -> bytes:
        """Draw the losses over the learning rates as a PNG, with the suggestion and its range."""
        from cnnlab.plots import to_png
        from cnnlab.plots.range_test import draw_range_test

        curve, optimizer = self.curve, self.experiment.training.optimizer.kind
        title = f"{self.experiment.name}: learning-rate range test with {optimizer}"
        losses = (curve.rates, curve.losses, curve.smoothed_losses)
        return to_png(draw_range_test(*losses, title, self.fall_range, self.suggestion))

    def save(self, path: str | Path = "find-lr.png") -> None:
        """Write the PNG of `draw` to a file; raise DiskError if the file cannot be written."""
        from cnnlab.run_folder import save_file

        save_file(Path(path), self.draw())

    def __str__(self) -> str:
        lines = [self._format_headline(), *self._format_fall(), self._format_suggestion()]
        lines += [f"note: {note}" for note in self.notes]
        if self.command:
            lines.append(f"next: {shlex.join(self.command)}")
        return "\n".join(lines) + "\n"

    def __repr__(self) -> str:
        return f"<{self.experiment.name}: {self._format_suggestion()}>"

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_pixels, format_notebook_text

        return format_notebook_text(str(self)) + build_pixels(self.draw(), repr(self), "")

    def _format_headline(self) -> str:
        curve, experiment = self.curve, self.experiment
        done, planned = len(curve.losses), format_count(curve.steps, "batch")
        batches = f"{done:,} of {planned}" if curve.stopped_early else planned
        images = format_count(experiment.data.batch_size, "image")
        return (
            f"{experiment.name}: {batches} of {images} with {experiment.training.optimizer.kind}, "
            f"in {format_count(self.epochs, 'epoch')}, at learning rates from "
            f"{curve.rates[0]:.2g} to {curve.rates[-1]:.2g}"
        )

    def _format_fall(self) -> list[str]:
        if self.fall_range is None:
            return []
        low, high = self.fall_range
        end = "; the test stopped when the loss exploded" if self.curve.stopped_early else ""
        return [f"the loss fell between {low:.2g} and {high:.2g}{end}"]

    def _format_suggestion(self) -> str:
        from cnnlab.training.loss_curve import STEEPEST

        rate, reason = self.suggestion, self.answer.reason
        if rate is None:
            return f"no suggestion: {reason}"
        if self.answer.method == STEEPEST:
            return f"suggestion: {rate:g}, where the loss fell most steeply"
        return f"suggestion: {rate:g}, {self.answer.method}, because {reason}"


def find_learning_rate(
    config: str | Path,
    edits: Edits | None = None,
    *,
    lowest: float = RateRamp.lowest,
    highest: float = RateRamp.highest,
    steps: int = RateRamp.steps,
    device: str = "auto",
    quiet: bool = False,
) -> RangeTestResult:
    """Suggest a learning rate: train a new network for some batches, at a rising learning rate.

    The network, the images, their order and all settings of training are those of the config. The
    test writes no files. For an ensemble, the test trains the first member.

    Args:
        config: the path of the config, a YAML file.
        edits: changes of the config, `{"data.batch_size": 128}`.
        lowest, highest: the first and the last learning rate, from 1e-12 to 1000.
        steps: the number of batches, from 60 to 10,000. The test stops earlier if the loss
            explodes.
        device: auto, cpu, gpu for all GPUs, or gpu:N for the GPU with the number N.
        quiet: show no progress.

    Raises:
        ConfigError, DataError: as in `train`.
        UsageError: a rate or the number of steps cannot be used.
        Interruption: a signal stopped the test.
        TrainingError: memory ran out.
    """
    ramp = RateRamp(lowest, highest, steps)
    edited = _select_member(read_edited_config(config, edits))
    from cnnlab.quiet_import import import_tensorflow

    import_tensorflow()
    from cnnlab.progress_display import show_progress
    from cnnlab.spec.rate_edit import find_rate_edit
    from cnnlab.training.device import choose_device
    from cnnlab.training.loss_curve import suggest_rate
    from cnnlab.training.range_test import run_range_test

    chosen = choose_device(device)
    with show_progress(quiet) as progress:
        curve, epochs = run_range_test(edited, ramp, progress, chosen.replicas)
    answer = suggest_rate(curve)
    edit = command = None
    if answer.rate is not None:
        edit = find_rate_edit(edited, format_edits(edits), answer.rate)
        command = format_command(config, (*format_edits(edits), edit), "runs", device)
    return RangeTestResult(edited.experiment, curve, answer, edit, command, epochs, str(chosen))


def _select_member(config: Config) -> Config:
    """Return the config of an ensemble's first member, or the config itself without an ensemble."""
    if config.experiment.ensemble is None:
        return config
    from cnnlab.study.ensemble_members import list_member_configs

    return list_member_configs(config)[0]

"""Find contradictions between the schedule, the average and the callbacks of a training."""

from __future__ import annotations

from collections.abc import Iterator

from cnnlab.counts import choose_form, format_count
from cnnlab.spec.experiment import Problem
from cnnlab.spec.schedules import Cosine, Schedule
from cnnlab.spec.training import EarlyStopping, ModelCheckpoint, ReduceLrOnPlateau, Training
from cnnlab.spec.weight_averages import Swa


def find_contradictions(training: Training) -> Iterator[Problem]:
    """Find contradictions between fields of `training` that are valid by themselves."""
    rate = training.optimizer.learning_rate
    if isinstance(rate, Schedule):
        where = ("training", "optimizer", training.optimizer.kind, "learning_rate", rate.kind)
        yield from _find_schedule_problems(rate, where, training)
    if isinstance(training.weight_average, Swa):
        yield from _find_swa_problems(training.weight_average, training)


def _find_schedule_problems(
    rate: Schedule, where: tuple[str, ...], training: Training
) -> Iterator[Problem]:
    final = getattr(rate, "final", 0.0)
    if final > rate.highest:
        message = f"`final` is {final:g}, above the highest rate, `{rate.main}: {rate.highest:g}`"
        yield Problem((*where, "final"), message, f"at most {rate.highest:g}", at_key=False)
    if isinstance(rate, Cosine) and rate.warmup_epochs >= training.epochs:
        warm_up = f"{rate.warmup_epochs:g} {choose_form(rate.warmup_epochs, 'epoch')}"
        planned = format_count(training.epochs, "epoch")
        yield Problem(
            (*where, "warmup_epochs"),
            f"the warm-up takes {warm_up}, so none of {planned} is left for the cosine",
            f"a number below `training.epochs`, {training.epochs:,}",
            at_key=False,
        )
    for index, callback in enumerate(training.callbacks):
        if isinstance(callback, ReduceLrOnPlateau):
            yield Problem(
                ("training", "callbacks", index, callback.kind),
                f"`{callback.kind}` cannot lower a learning rate that follows `{rate.kind}`",
                "this callback, or a schedule, not both",
                "remove the callback, or write a number as the optimizer's `learning_rate`",
            )


def _find_swa_problems(average: Swa, training: Training) -> Iterator[Problem]:
    where = ("training", "weight_average", average.kind)
    if average.epochs > training.epochs:
        message = f"`swa` averages the last {average.epochs:,} epochs, but training has fewer"
        expected = f"at most `training.epochs`, {training.epochs:,}"
        yield Problem((*where, "epochs"), message, expected, at_key=False)
    for index, callback in enumerate(training.callbacks):
        if isinstance(callback, ModelCheckpoint | EarlyStopping):
            purpose = {
                ModelCheckpoint: (
                    "saves one epoch for `evaluate`, but `swa` saves the mean of the last epochs"
                ),
                EarlyStopping: "can end training before the last epochs, which `swa` averages",
            }[type(callback)]
            yield Problem(
                ("training", "callbacks", index, callback.kind),
                f"`{callback.kind}` {purpose}",
                "this callback, or `weight_average: swa`, not both",
                "remove the callback, or write `weight_average: ema`, which allows it",
            )

"""Find contradictions between the figures, schedules, averages and callbacks of a training."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from cnnlab.counts import choose_form, format_count
from cnnlab.spec.experiment import Data, DatasetInfo, Problem
from cnnlab.spec.figures import list_metrics
from cnnlab.spec.layer_interface import Layer
from cnnlab.spec.metrics import TopKAccuracy, find_direction
from cnnlab.spec.schedules import Cosine, Schedule
from cnnlab.spec.training import (
    EarlyStopping,
    ModelCheckpoint,
    Monitoring,
    ReduceLrOnPlateau,
    Training,
)
from cnnlab.spec.weight_averages import Swa
from cnnlab.spec.wording import suggest_word


def find_training_problems(
    data: Data, training: Training, layers: Sequence[Layer], info: DatasetInfo | None
) -> Iterator[Problem]:
    """Find metrics and callbacks that occur twice or do not fit, and contradictory clipping."""
    names = ["loss", *(metric.name for metric in list_metrics(data, training, layers))]
    figures = list(dict.fromkeys(names))
    figures += [f"val_{name}" for name in figures] if data.validation else []
    where: tuple[Any, ...]
    for index, callback in enumerate(training.callbacks):
        where = ("training", "callbacks", index, callback.kind)
        if callback.kind in [other.kind for other in training.callbacks[:index]]:
            yield Problem(
                where, f"the callback `{callback.kind}` occurs twice", "each callback once"
            )
        if isinstance(callback, Monitoring) and callback.monitor not in figures:
            yield _describe_missing_figure(callback, where, figures, data.validation)
        elif isinstance(callback, Monitoring):
            yield from _find_wrong_mode(callback, where)
    for index, metric in enumerate(training.metrics):
        where = ("training", "metrics", index, metric.kind)
        if metric.name in names[1 : index + 1]:
            yield Problem(where, f"the metric `{metric.name}` occurs twice", "each metric once")
        if isinstance(metric, TopKAccuracy) and info and metric.k > info.classes:
            message = f"k is {metric.k}, but the data has {format_count(info.classes, 'class')}"
            yield Problem(where, message, f"at most {info.classes}")
    clips = ["clipnorm", "clipvalue", "global_clipnorm"]
    set_clips = [name for name in clips if getattr(training.optimizer, name) is not None]
    if len(set_clips) > 1:
        where = ("training", "optimizer", training.optimizer.kind, set_clips[1])
        message = f"`{set_clips[0]}` and `{set_clips[1]}` are both set"
        yield Problem(where, message, "only one way of clipping gradients", "keep one of the two")


def _describe_missing_figure(
    callback: Monitoring, where: tuple[Any, ...], figures: list[str], validation: float | str
) -> Problem:
    message = f"`{callback.monitor}` is monitored, but training does not compute this metric"
    hint = suggest_word(callback.monitor, figures)
    if callback.monitor.startswith("val_") and not validation:
        message += " with `validation: 0`"
        hint = "set `data.validation` to 0.1, or monitor `loss`"
    return Problem((*where, "monitor"), message, "one of " + ", ".join(figures), hint, at_key=False)


def _find_wrong_mode(callback: Monitoring, where: tuple[Any, ...]) -> Iterator[Problem]:
    """Find a mode that takes the worst epoch for the best one."""
    right = find_direction(callback.monitor)
    if callback.mode not in ("auto", right):
        better = "larger" if right == "max" else "smaller"
        message = f"`mode: {callback.mode}` with `{callback.monitor}`: its {better} values are "
        message += "the better ones"
        hint = "leave `mode` out; the default, auto, knows"
        yield Problem((*where, "mode"), message, f"{right} or auto", hint, at_key=False)


def find_contradictions(data: Data, training: Training) -> Iterator[Problem]:
    """Find contradictions between fields of a training that are valid by themselves."""
    if training.unaugmented_epochs:
        yield from _find_augmentation_problems(data, training)
    rate = training.optimizer.learning_rate
    if isinstance(rate, Schedule):
        where = ("training", "optimizer", training.optimizer.kind, "learning_rate", rate.kind)
        yield from _find_schedule_problems(rate, where, training)
    if isinstance(training.weight_average, Swa):
        yield from _find_swa_problems(training.weight_average, training)


def _find_augmentation_problems(data: Data, training: Training) -> Iterator[Problem]:
    where = ("training", "unaugmented_epochs")
    if not data.augment:
        message = "the config has no `data.augment`, which these epochs could leave out"
        hint = "leave `unaugmented_epochs` out"
        yield Problem(where, message, "`data.augment` in the config", hint)
    elif training.unaugmented_epochs >= training.epochs:
        planned = format_count(training.epochs, "epoch")
        yield Problem(
            where,
            f"`unaugmented_epochs` is {training.unaugmented_epochs:,}, and training has {planned}, "
            "so that none is augmented",
            f"a number below `training.epochs`, {training.epochs:,}",
            at_key=False,
        )


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

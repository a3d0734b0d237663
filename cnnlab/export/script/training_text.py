"""Write the optimizer, the schedule, the augmentation and the callbacks of a run as Python."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from cnnlab.errors import UsageError
from cnnlab.export.script.python_calls import write_call, write_value
from cnnlab.quiet_tensorflow import keras
from cnnlab.spec import augmentation, training
from cnnlab.spec.experiment import Experiment
from cnnlab.training import schedules

_NOT_IN_CONFIG = ("name", "loss_scale_factor", "gradient_accumulation_steps", "learning_rate")

ONE_CYCLE = '''

class OneCycle(keras.optimizers.schedules.LearningRateSchedule):
    """A learning rate that rises in a line to its peak, and then falls in a line (Smith 2018)."""

    def __init__(self, peak, warmup, steps, final):
        """Rise from a tenth of `peak` for `warmup` steps, then fall to `final`."""
        self.peak, self.warmup, self.final = peak, warmup, final
        self.down = max(1, steps - warmup)

    def __call__(self, step):
        """Return the rate after `step` steps."""
        step = keras.ops.cast(step, "float32")
        rising = self.peak * (0.1 + 0.9 * step / self.warmup)
        left = keras.ops.maximum(1 - (step - self.warmup) / self.down, 0.0)
        falling = self.final + (self.peak - self.final) * left
        return keras.ops.where(step < self.warmup, rising, falling)
'''


def write_optimizer(network: keras.Model) -> list[str]:
    """Write the lines that build the optimizer of a compiled network, and its learning rate."""
    optimizer = network.optimizer
    inner = getattr(optimizer, "inner_optimizer", optimizer)
    rate = inner._learning_rate
    lines = [f"learning_rate = {_write_rate(rate)}"]
    with schedules.replace_by_stock_schedule(optimizer):  # Keras cannot describe OneCycle
        config = {k: v for k, v in inner.get_config().items() if k not in _NOT_IN_CONFIG}
    call = write_call("keras.optimizers", type(inner), config)
    head, _, rest = call.partition("(")
    call = f"{head}(learning_rate{', ' if rest != ')' else ''}{rest}"
    if inner is not optimizer:
        call = f"keras.optimizers.LossScaleOptimizer({call})"
    return [*lines, f"optimizer = {call}"]


def _write_rate(rate: Any) -> str:
    if isinstance(rate, schedules.OneCycle):
        numbers = (rate.peak, rate.warmup, rate.steps, rate.final)
        return f"OneCycle({', '.join(map(repr, numbers))})"
    if isinstance(rate, keras.optimizers.schedules.LearningRateSchedule):
        config = {k: v for k, v in rate.get_config().items() if k != "name"}
        return write_call("keras.optimizers.schedules", type(rate), config)
    return f"{float(f'{float(rate):.7g}')!r}"


def has_one_cycle(network: keras.Model) -> bool:
    """Return whether the learning rate needs the class OneCycle, which Keras does not have."""
    inner = getattr(network.optimizer, "inner_optimizer", network.optimizer)
    return isinstance(inner._learning_rate, schedules.OneCycle)


def write_callbacks(experiment: Experiment) -> Iterator[str]:
    """Write the callbacks of a run, one expression each."""
    settings = experiment.training
    for spec in settings.callbacks:
        match spec:
            case training.EarlyStopping():
                # The checkpoint below keeps the best epoch, as in the run; Keras would keep
                # another one if a change must exceed `min_delta`.
                options = spec.model_dump(exclude={"mode", "restore_best_weights"})
                options["mode"] = spec.direction
                yield write_call("keras.callbacks", keras.callbacks.EarlyStopping, options)
            case training.ReduceLrOnPlateau():
                options = spec.model_dump(exclude={"mode"}) | {"mode": spec.direction}
                yield write_call("keras.callbacks", keras.callbacks.ReduceLROnPlateau, options)
            case training.TensorBoard():
                yield (
                    'keras.callbacks.TensorBoard("tensorboard", '
                    f"histogram_freq={spec.histogram_freq})"
                )
    if best := settings.best_monitor():
        monitor, mode = write_value(best.monitor), write_value(best.direction)
        yield (
            'keras.callbacks.ModelCheckpoint(f"best-{seed}.weights.h5", '
            f"{monitor}, mode={mode}, save_best_only=True, save_weights_only=True)"
        )
    if settings.stops_on_nan():
        yield "keras.callbacks.TerminateOnNaN()"


def write_augmentation(experiment: Experiment) -> list[str]:
    """Write the layers that change training images at random, one expression each.

    Raises:
        UsageError: the script cannot do an augmentation.
    """
    calls = [_write_change(change) for change in experiment.data.augment]
    if experiment.training.precision == "float32":
        return calls
    return [f'{call[:-1]}, dtype="float32")' for call in calls]  # 16 bits would blur pixels


def _write_change(change: augmentation.Augmentation) -> str:
    black = 'fill_mode="constant"'
    match change:
        case augmentation.RandomTranslation():
            width = change.height_factor if change.width_factor is None else change.width_factor
            return f"layers.RandomTranslation({change.height_factor!r}, {width!r}, {black})"
        case augmentation.RandomRotation():
            degrees = f"{change.degrees:g}"
            return f"layers.RandomRotation({degrees} / 360, {black})"  # Keras counts in turns
        case augmentation.RandomZoom():
            across = f", {change.width_factor!r}" if change.width_factor is not None else ""
            return f"layers.RandomZoom({change.height_factor!r}{across}, {black})"
        case augmentation.RandomShear():
            return f"layers.RandomShear({change.x_factor!r}, {change.y_factor!r}, {black})"
        case augmentation.RandomFlip():
            return f"layers.RandomFlip({write_value(change.mode)})"
        case augmentation.RandomErasing():
            fill = "" if change.fill_value is None else f", fill_value={change.fill_value!r}"
            return (
                f"layers.RandomErasing(({change.factor!r}, {change.factor!r}), "
                f"scale=(0.0, {change.scale!r}){fill}, value_range=(0, 255))"
            )
    raise UsageError(
        f"--format python: the script cannot do the augmentation {change.kind}; leave it out of "
        "the config, or export another format"
    )

"""Run several training steps in one call of TensorFlow: as many as fit into a quarter of a second.

Python and Keras take as long between two calls as TensorFlow takes for a small step. A longer call
would leave the progress bar still, and Ctrl-C waiting.
"""

from __future__ import annotations

import time
from typing import Any

from cnnlab.quiet_tensorflow import keras, tf

SECONDS_PER_CALL = 0.25  # the bar moves twice a second, also if a call takes twice as long
GROWTH = 4  # a call has at most so many times the steps of the call before


class StepExecution(keras.callbacks.Callback):  # type: ignore[misc]
    """The train function of a network, which takes as many steps as a call has time for.

    `step` is the number of finished steps of the epoch. How the steps of an epoch are divided into
    calls does not change the result. The execution is also a callback, which ends each epoch after
    its last step; Keras must call it before all other callbacks.

    A loss that is not finite ends a call after this step if `stop_on_nan` is true.
    """

    def __init__(
        self, network: keras.Model, steps: int, steps_per_execution: int | None, stop_on_nan: bool
    ) -> None:
        """Replace the train function of a compiled network; None measures the steps of a call."""
        super().__init__()
        self.steps, self.step = steps, 0
        self.measures = steps_per_execution is None
        self.count = steps_per_execution or 1
        self.is_traced = False
        self.run = tf.function(_build_loop(network, stop_on_nan), reduce_retracing=True)
        network.train_function = self

    def __call__(self, iterator: Any) -> dict[str, tf.Tensor]:
        """Take some steps with the next batches; return the metrics of the epoch so far."""
        started = time.perf_counter()
        count = min(self.count, self.steps - self.step)
        figures: dict[str, tf.Tensor]
        done, figures = self.run(iterator, tf.constant(count))
        self.step += int(done)
        if self.measures and self.is_traced:
            fitting = int(SECONDS_PER_CALL * count / (time.perf_counter() - started))
            self.count = max(1, min(fitting, GROWTH * self.count))
        self.is_traced = True  # the first call also traces the step
        return figures

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.step = 0

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        if self.step == self.steps:
            self.model.stop_training = True  # Keras expects as many calls as batches

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.model.stop_training = False


def _build_loop(network: keras.Model, stop_on_nan: bool) -> Any:
    """Build a function that takes so many steps, and returns their number and the metrics."""

    def take_steps(iterator: Any, count: tf.Tensor) -> tuple[tf.Tensor, dict[str, tf.Tensor]]:
        def is_unfinished(done: tf.Tensor, finite: tf.Tensor) -> tf.Tensor:
            return tf.logical_and(done < count, finite)

        def take_step(done: tf.Tensor, finite: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            figures = network.train_step(iterator.get_next())
            return done + 1, tf.math.is_finite(figures["loss"]) if stop_on_nan else finite

        done, _ = tf.while_loop(
            is_unfinished,
            take_step,
            (tf.constant(0), tf.constant(True)),
            parallel_iterations=1,
        )
        return done, network.get_metrics_result()

    return tf.autograph.experimental.do_not_convert(take_steps)

"""The training step of a config alone: one batch again and again, without data, metrics and files.

    python benchmarks/step.py [CONFIG] [--batch N …] [--optimizer adam|sgd|fused]

CONFIG is configs/mnist.yaml if not given; of an ensemble, the network of one member trains. The
script prints the time of a step with each batch size, the best of several rounds, and its share of
the peak that `peak.py` measures in the same process. `fused` is Adam as the one operation of
TensorFlow for it, which rounds otherwise than Keras's. Variables of the environment try more:

    taskset -c 0 python benchmarks/step.py                         # one core
    TF_NUM_INTEROP_THREADS=1 python benchmarks/step.py             # one operation at a time
    TF_NUM_INTRAOP_THREADS=3 python benchmarks/step.py             # more threads in an operation
    TF_ONEDNN_THREADPOOL_USE_CALLER_THREAD=1 python benchmarks/step.py
    ONEDNN_CPU_ISA_HINTS=PREFER_YMM python benchmarks/step.py      # registers of 256 bits
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from peak import compute_speed, measure_peaks

from cnnlab import model
from cnnlab.data.datasets import describe_dataset
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec.config_reader import Config, read_config

ROOT = Path(__file__).parents[1]
STEPS, ROUNDS = 20, 8


class FusedAdam(keras.optimizers.Adam):
    """Adam in one pass over the weights, by TensorFlow's own operation."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        place, step = self._get_variable_index(variable), tf.cast(self.iterations + 1, tf.float32)
        tf.raw_ops.ResourceApplyAdam(
            var=variable.handle,
            m=self._momentums[place].handle,
            v=self._velocities[place].handle,
            beta1_power=tf.pow(self.beta_1, step),
            beta2_power=tf.pow(self.beta_2, step),
            lr=learning_rate,
            beta1=self.beta_1,
            beta2=self.beta_2,
            epsilon=self.epsilon,
            grad=gradient,
        )


OPTIMIZERS = {
    "adam": keras.optimizers.Adam,
    "sgd": keras.optimizers.SGD,
    "fused": FusedAdam,
}


def time_step(config: Config, batch: int, optimizer: keras.optimizers.Optimizer) -> float:
    """Return the seconds of one step: the best round, divided by its steps."""
    keras.utils.clear_session()
    experiment, shape = config.experiment, config.info.image_shape
    network = model.build_network(experiment.model, shape, 1, experiment.training.precision)
    optimizer.build(network.trainable_variables)
    images = tf.random.normal((batch, *shape), seed=1)
    labels = tf.random.uniform((batch,), 0, len(config.info.class_names), tf.int32, seed=1)
    measure_loss = keras.losses.SparseCategoricalCrossentropy()

    @tf.function  # type: ignore[untyped-decorator]
    def take_steps() -> tf.Tensor:
        for _ in tf.range(STEPS):
            with tf.GradientTape() as tape:
                loss = measure_loss(labels, network(images, training=True))
            weights = network.trainable_variables
            optimizer.apply_gradients(zip(tape.gradient(loss, weights), weights, strict=True))
        return loss

    take_steps().numpy()
    seconds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        take_steps().numpy()
        seconds.append((time.perf_counter() - started) / STEPS)
    return min(seconds)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("config", nargs="?", type=Path, default=ROOT / "configs" / "mnist.yaml")
    parser.add_argument("--batch", type=int, nargs="+", help="the config's, if not given")
    parser.add_argument("--optimizer", choices=OPTIMIZERS, default="adam")
    options = parser.parse_args()
    config = read_config(options.config, describe_dataset)
    peaks = measure_peaks()
    print(", ".join(f"{name} {peak:.0f} GFLOP/s" for name, peak in peaks.items()))
    for batch in options.batch or [config.experiment.data.batch_size]:
        seconds = time_step(config, batch, OPTIMIZERS[options.optimizer](1e-3))
        gflops, share = compute_speed(batch / seconds, config.experiment, config.info, peaks)
        speed = f"{batch / seconds:,.0f} images/s, {gflops:.0f} GFLOP/s, {share:.2f} of peak"
        print(f"{batch} images: {1000 * seconds:.1f} ms, {speed}", flush=True)


if __name__ == "__main__":
    main()

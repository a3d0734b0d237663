"""The peak of this machine: how many multiplications and additions a large matrix product takes.

    python benchmarks/peak.py [RUN …]

It prints the billions of operations in a second (GFLOP/s) of a product of 2048 × 2048 matrices with
TensorFlow, in float32 and bfloat16: the best of several rounds. For each RUN, a trained run or its
path, it prints the operations of its training in a second, and their share of the peak.

A training of a network takes six operations for each multiply-add: a multiplication and an addition
forwards, and twice as many backwards, for the gradients of the inputs and of the weights.
"""

from __future__ import annotations

import statistics
import sys
import time

import cnnlab
from cnnlab.spec.experiment import DatasetInfo, Experiment
from cnnlab.spec.layer_table import build_table

SIZE, REPEATS, ROUNDS = 2048, 20, 5
OPERATIONS = 6  # of a training, for each multiply-add


def measure_peaks() -> dict[str, float]:
    """Measure the GFLOP/s of a large matrix product, by the names of the data types."""
    from cnnlab.quiet_tensorflow import tf

    peaks = {}
    for name in ("float32", "bfloat16"):
        one, other = (tf.cast(tf.random.normal((SIZE, SIZE), seed=1), name) for _ in range(2))

        @tf.function  # type: ignore[untyped-decorator]
        def multiply(one: tf.Tensor = one, other: tf.Tensor = other) -> tf.Tensor:
            return tf.matmul(one, other)

        multiply().numpy()
        seconds = []
        for _ in range(ROUNDS):
            started = time.perf_counter()
            for _ in range(REPEATS):
                product = multiply()
            product.numpy()
            seconds.append((time.perf_counter() - started) / REPEATS)
        peaks[name] = 2 * SIZE**3 / min(seconds) / 1e9
    return peaks


def compute_speed(
    images_per_second: float, experiment: Experiment, info: DatasetInfo, peaks: dict[str, float]
) -> tuple[float, float]:
    """Compute the GFLOP/s of a training, and their share of the peak of its precision."""
    multiply_adds = build_table(experiment, info).multiply_adds
    gflops = images_per_second * multiply_adds * OPERATIONS / 1e9
    is_narrow = experiment.training.precision == "mixed_bfloat16"
    return gflops, gflops / peaks["bfloat16" if is_narrow else "float32"]


def main() -> None:
    """Measure and print."""
    peaks = measure_peaks()
    print(", ".join(f"{name} {peak:.0f} GFLOP/s" for name, peak in peaks.items()))
    for name in sys.argv[1:]:
        run = cnnlab.load(name)
        spec = run.folder.read_spec()
        images = statistics.median(row["images_per_second"] for row in run.history)
        info = DatasetInfo(spec.inputs.image_shape, spec.inputs.class_names, 0, 0)
        gflops, share = compute_speed(images, spec.experiment, info, peaks)
        print(f"{name}: {images:,.0f} images/s, {gflops:.0f} GFLOP/s, {share:.2f} of peak")


if __name__ == "__main__":
    main()

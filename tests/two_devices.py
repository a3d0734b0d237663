"""Train in a process whose processor is two devices for TensorFlow: a script that tests start.

    python -m two_devices FOLDER < cases.json > answers.json

FOLDER has tiny.npz. A case is an experiment on it. The answer to a case has the losses, metrics and
weights of a training on one device and of a training on two devices; of "resumed on one", those of
the resumed training alone. TensorFlow divides a processor only before its first use, so the process
of the tests cannot do this itself.
"""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from tiny_training import StopAfter, read_tiny

from cnnlab import checkpoint, model, run_folder
from cnnlab.errors import Interruption
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.run_folder import RunFolder
from cnnlab.spec.rate_ramp import RateRamp
from cnnlab.training import single_run
from cnnlab.training.device import Device, choose_device
from cnnlab.training.mirroring import find_strategy
from cnnlab.training.progress import SILENT
from cnnlab.training.range_test import run_range_test
from cnnlab.training.saved_state import ResumeRequest


def divide_processor() -> tuple[Device, Device]:
    """Let the processor be two devices; return one of them, and both."""
    [processor] = tf.config.list_physical_devices("CPU")
    halves = [tf.config.LogicalDeviceConfiguration()] * 2
    tf.config.set_logical_device_configuration(processor, halves)
    one = choose_device("cpu")
    return one, replace(one, name="CPU 0, CPU 1", replicas=("CPU:0", "CPU:1"))


def train(folder: Path, device: Device, progress: Any = SILENT, **experiment: Any) -> RunFolder:
    """Train an experiment, as the first one of a process."""
    keras.utils.clear_session()
    config = read_tiny(folder, **experiment)
    run = run_folder.create_run(folder / "runs", config.experiment.name)
    single_run.train(config, run, progress, device)
    return run


def describe_run(run: RunFolder) -> dict[str, Any]:
    """Describe a run by its history and its saved weights."""
    spec, weights = run.read_spec(), {}
    for path in sorted((run.path / "checkpoints").glob("*.keras")):
        network = model.build_network(spec.experiment.model, spec.inputs.image_shape, 0)
        checkpoint.load_weights(network, path)
        weights[path.stem] = np.concatenate([w.ravel() for w in network.get_weights()]).tolist()
    record = run.read_record()
    return {
        "run": str(run.path),
        "history": run.read_history(),
        "weights": weights,
        "device": record.device,
        "ended": record.ended,
    }


def resume_after_first_epoch(
    folder: Path, device: Device, later: Device, **experiment: Any
) -> RunFolder:
    """Train an experiment that is interrupted after its first epoch, and resume it on `later`."""
    before = {run.path for run in run_folder.list_runs(folder / "runs")}
    try:
        train(folder, device, StopAfter(1), **experiment)
    except Interruption:
        [run] = [one for one in run_folder.list_runs(folder / "runs") if one.path not in before]
    single_run.resume(run, ResumeRequest(), SILENT, later)
    return run


def find_range(folder: Path, device: Device, **experiment: Any) -> list[float]:
    """Return the losses of a range test."""
    config, ramp = read_tiny(folder, **experiment), RateRamp(1e-4, 1e-1, 60)
    curve, _ = run_range_test(config, ramp, SILENT, device.replicas)
    return [*map(float, curve.losses)]


def draw_masks(folder: Path, device: Device) -> list[Any]:
    """Return the outputs of a dropout layer on each device, for a batch of ones."""
    strategy = find_strategy(device.replicas)
    assert strategy is not None
    with strategy.scope():
        network = keras.Sequential([keras.Input((64,)), keras.layers.Dropout(0.5, seed=1)])
    model.set_epoch_seeds(network, 7, 1)
    outputs = strategy.run(lambda: network(tf.ones((1, 64)), training=True))
    return [one.numpy().tolist() for one in strategy.experimental_local_results(outputs)]


def main() -> None:
    folder, cases = Path(sys.argv[1]), json.load(sys.stdin)
    one, two = divide_processor()
    answers: dict[str, Any] = {"masks": draw_masks(folder, two)}
    for name, case in cases.items():
        if name == "range test":
            answers[name] = [find_range(folder, device, **case) for device in (one, two)]
        elif name == "resumed on one":
            answers[name] = describe_run(resume_after_first_epoch(folder, two, one, **case))
        elif name == "resumed on both":
            resumed = resume_after_first_epoch(folder, two, two, **case)
            answers[name] = [*map(describe_run, (resumed, train(folder, two, **case)))]
        else:
            answers[name] = [describe_run(train(folder, device, **case)) for device in (one, two)]
    json.dump(answers, sys.stdout)


if __name__ == "__main__":
    main()

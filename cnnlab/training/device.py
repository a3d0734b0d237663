"""Choose the CPU or the GPU for training, with the reason for the choice."""

from __future__ import annotations

import os
from dataclasses import dataclass

from cnnlab.counts import format_count
from cnnlab.errors import UsageError
from cnnlab.quiet_tensorflow import tf


@dataclass(frozen=True)
class Device:
    """A device for training: `kind` is cpu or gpu; `reason` says why cnnlab chose this device."""

    kind: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


def choose_device(name: str) -> Device:
    """Choose the device of this process; `name` is cpu, gpu or auto.

    `auto` chooses the first GPU if TensorFlow finds a GPU, and the CPU otherwise. On a CPU, all
    operations become deterministic, so that a run can be repeated to the last bit. Deterministic
    operations cost no measurable time on a CPU, but much time on a GPU.

    Raises:
        UsageError: `name` is gpu, but TensorFlow finds no GPU.
    """
    gpus = [] if name == "cpu" else tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.set_visible_devices(gpus[0], "GPU")
        tf.config.experimental.set_memory_growth(gpus[0], True)
        details = tf.config.experimental.get_device_details(gpus[0])
        reason = "chosen by --device" if name == "gpu" else "TensorFlow found it"
        return Device("gpu", details.get("device_name", "GPU"), reason)
    if name == "gpu":
        raise UsageError(
            "--device gpu: TensorFlow finds no GPU on this computer; on Linux with an NVIDIA "
            "driver, type `pip install 'cnnlab[gpu]'`, or use --device cpu"
        )
    tf.config.set_visible_devices([], "GPU")
    tf.config.experimental.enable_op_determinism()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    reason = "chosen by --device" if name == "cpu" else "TensorFlow finds no GPU"
    return Device("cpu", f"CPU, {format_count(cores or 1, 'core')}", reason)

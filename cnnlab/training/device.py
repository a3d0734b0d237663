"""Which device training runs on, and why."""

from __future__ import annotations

import os
from dataclasses import dataclass

import tensorflow as tf

from cnnlab.errors import UsageError


@dataclass(frozen=True)
class Device:
    """`kind` is cpu or gpu, `name` what it is, `reason` why it was taken."""

    kind: str
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


def choose_device(wanted: str) -> Device:
    """Take a device for this process: `auto` is the first GPU if TensorFlow finds one.

    On a CPU, operations are made deterministic, so that a run can be repeated to the last bit; this
    costs nothing measurable there, but much on a GPU.

    Raises:
        UsageError: a GPU was wanted and there is none.
    """
    gpus = [] if wanted == "cpu" else tf.config.list_physical_devices("GPU")
    if gpus:
        tf.config.set_visible_devices(gpus[0], "GPU")
        tf.config.experimental.set_memory_growth(gpus[0], True)
        details = tf.config.experimental.get_device_details(gpus[0])
        reason = "asked for" if wanted == "gpu" else "TensorFlow found it"
        return Device("gpu", details.get("device_name", "GPU"), reason)
    if wanted == "gpu":
        raise UsageError(
            "--device gpu: TensorFlow finds no GPU here; on Linux with an NVIDIA driver, "
            "`pip install 'cnnlab[gpu]'` brings what it needs, or use --device cpu"
        )
    tf.config.set_visible_devices([], "GPU")
    tf.config.experimental.enable_op_determinism()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    reason = "asked for" if wanted == "cpu" else "TensorFlow finds no GPU"
    count = "1 core" if cores == 1 else f"{cores} cores"
    return Device("cpu", f"CPU, {count}", reason)

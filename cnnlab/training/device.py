"""Choose the CPU or the GPUs for training, with the reason for the choice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.counts import format_count
from cnnlab.quiet_tensorflow import tf
from cnnlab.training.device_names import read_device_name, select_gpus


@dataclass(frozen=True)
class Device:
    """A device for training: `kind` is cpu or gpu; `reason` says why cnnlab chose this device.

    If several GPUs share the training, `name` names all of them, and `replicas` has TensorFlow's
    names for them, such as GPU:0; otherwise `replicas` is empty. `compute_capability` is the lowest
    of the GPUs, such as (8, 0); None for a CPU, or if TensorFlow does not know it.
    """

    kind: str
    name: str
    reason: str
    replicas: tuple[str, ...] = ()
    compute_capability: tuple[int, int] | None = None

    def __str__(self) -> str:
        return f"{self.name} ({self.reason})"


def choose_device(name: str) -> Device:
    """Choose the devices of this process; `name` is auto, cpu, gpu, or gpu:N for one GPU.

    `gpu` chooses all GPUs, which then share each batch. `auto` chooses the first GPU if TensorFlow
    finds a GPU, and the CPU otherwise. On a CPU, all operations become deterministic, so that a run
    can be repeated to the last bit. Deterministic operations cost no measurable time on a CPU, but
    much time on a GPU.

    Raises:
        UsageError: no devices have this name, or TensorFlow does not find them.
    """
    kind = read_device_name(name).kind
    gpus = [] if kind == "cpu" else tf.config.list_physical_devices("GPU")
    if gpus or kind == "gpu":
        labels = [f"GPU {number}: {_read_details(gpu)[0]}" for number, gpu in enumerate(gpus)]
        return _use_gpus(gpus, select_gpus(name, labels), name)
    tf.config.set_visible_devices([], "GPU")
    tf.config.experimental.enable_op_determinism()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    reason = "chosen by --device" if kind == "cpu" else "TensorFlow finds no GPU"
    return Device("cpu", f"CPU, {format_count(cores or 1, 'core')}", reason)


def _use_gpus(gpus: Sequence[Any], numbers: Sequence[int], name: str) -> Device:
    """Let TensorFlow see only the GPUs with these numbers; TensorFlow then counts them from 0."""
    chosen = [gpus[number] for number in numbers]
    tf.config.set_visible_devices(chosen, "GPU")
    for gpu in chosen:
        tf.config.experimental.set_memory_growth(gpu, True)
    names = [_read_details(gpu)[0] for gpu in chosen]
    capabilities = [_read_details(gpu)[1] for gpu in chosen]
    reason = "chosen by --device"
    if name == "auto":
        count = len(gpus)
        found = f"the first of {count} GPUs; --device gpu trains on all"
        reason = "TensorFlow found it" if count == 1 else found
    is_shared = len(chosen) > 1
    numbered = [f"GPU {number}: {one}" for number, one in zip(numbers, names, strict=True)]
    return Device(
        kind="gpu",
        name=", ".join(numbered) if is_shared else names[0],
        reason=reason,
        replicas=tuple(f"GPU:{place}" for place in range(len(chosen))) if is_shared else (),
        compute_capability=min((one for one in capabilities if one), default=None),
    )


def _read_details(gpu: Any) -> tuple[str, tuple[int, int] | None]:
    """Read the name of a GPU and its compute capability; None if TensorFlow does not know it."""
    details = tf.config.experimental.get_device_details(gpu)
    return details.get("device_name", "GPU"), details.get("compute_capability")

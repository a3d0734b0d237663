"""Read the names of devices that the option --device takes, and select GPUs, without TensorFlow."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.errors import UsageError

EXPECTED = "expected auto, cpu, gpu for all GPUs, or gpu:0, gpu:1, … for one GPU"


@dataclass(frozen=True)
class DeviceName:
    """A name of devices: `kind` is auto, cpu or gpu, and `number` chooses one GPU if it is set."""

    kind: str
    number: int | None = None


def read_device_name(text: str) -> DeviceName:
    """Read a name of devices.

    Raises:
        UsageError: no devices have this name.

    >>> read_device_name("gpu"), read_device_name("gpu:1")
    (DeviceName(kind='gpu', number=None), DeviceName(kind='gpu', number=1))
    """
    found = re.fullmatch(r"(auto|cpu|gpu)|gpu:([0-9]{1,4})", text)
    if found is None:
        raise UsageError(f"--device {text}: {EXPECTED}")
    return DeviceName(found[1]) if found[1] else DeviceName("gpu", int(found[2]))


def select_gpus(name: str, labels: Sequence[str]) -> list[int]:
    """Select GPUs by a name such as gpu:1; `labels` describes all GPUs of this computer.

    `auto` selects the first GPU, and `gpu` all of them.

    Raises:
        UsageError: this computer does not have the GPU.

    >>> select_gpus("gpu", ["GPU 0", "GPU 1"]), select_gpus("auto", ["GPU 0", "GPU 1"])
    ([0, 1], [0])
    """
    wanted = read_device_name(name)
    if not labels:
        raise UsageError(
            f"--device {name}: TensorFlow finds no GPU on this computer; on Linux with an NVIDIA "
            "driver, type `pip install 'cnnlab[gpu]'`, or use --device cpu"
        )
    if wanted.kind == "auto":
        return [0]
    if wanted.number is None:
        return [*range(len(labels))]
    if wanted.number >= len(labels):
        last = len(labels) - 1
        remedy = f"gpu:0 to gpu:{last}, or --device gpu for all" if last else "gpu:0"
        known = ", ".join(labels)
        raise UsageError(f"--device {name}: this computer has {known}; use --device {remedy}")
    return [wanted.number]

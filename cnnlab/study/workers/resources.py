"""Divide the processors of this machine among workers."""

from __future__ import annotations

import os
from pathlib import Path

from cnnlab.study.workers.interface import Resources
from cnnlab.training.device_names import read_device_name, select_gpus


def choose_resources(parallel: int | None, device: str, tasks: int) -> Resources:
    """Choose how many workers train at once, and how many threads each of them has.

    `parallel` is the number of workers; None means one for each core, each with its share of the
    threads. On two cores, eight trials of configs/mnist.yaml then take 0.78 of the time of one
    worker (benchmarks/sweep_speed.py). There are no more workers than `tasks`. With a GPU, there is
    one worker for each GPU, and with a name such as gpu:1 one worker for this GPU.

    Raises:
        UsageError: no devices have this name, or this computer does not have the GPU.
    """
    if (gpus := list_chosen_gpus(device)) and parallel is None:
        return Resources(min(len(gpus), tasks), None, device)
    cores = count_cores()
    workers = max(1, min(parallel or cores, tasks))
    threads = None if workers == 1 else max(1, cores // workers)
    return Resources(workers, threads, device)


def count_cores() -> int:
    """Count the processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def list_gpus() -> list[str]:
    """List the NVIDIA GPUs that this process may use, as in CUDA_VISIBLE_DEVICES.

    TensorFlow is not loaded for this.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return [one.strip() for one in visible.split(",") if one.strip() not in ("", "-1")]
    devices = sorted(Path("/dev").glob("nvidia[0-9]*"))
    return [device.name.removeprefix("nvidia") for device in devices]


def list_chosen_gpus(device: str) -> list[str]:
    """List the GPUs that workers may use, as `list_gpus` does; empty if they use the CPU.

    Raises:
        UsageError: no devices have this name, or this computer does not have the GPU.
    """
    wanted, gpus = read_device_name(device), list_gpus()
    if wanted.kind == "cpu" or not gpus:
        return []
    if wanted.number is None:
        return gpus
    return [gpus[number] for number in select_gpus(device, [f"GPU {n}" for n in range(len(gpus))])]


def require_gpus(device: str) -> None:
    """Raise UsageError if `device` names GPUs, and TensorFlow finds none on this computer."""
    if read_device_name(device).kind == "gpu" and not list_gpus():
        # TensorFlow may find a GPU of another maker, so it decides.
        from cnnlab.training.device import choose_device

        choose_device(device)


def read_free_memory() -> int | None:
    """Return the bytes of memory that new processes can use; None if the system does not say."""
    try:
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    except OSError:
        return None
    found = [line.split()[1] for line in lines if line.startswith("MemAvailable:")]
    return int(found[0]) * 1024 if found else None

"""Which GPUs the workers of a sweep or of `train --parallel` use."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing

import pytest
from sweep_runs import write_sweep

from cnnlab.api.workers import start_workers
from cnnlab.errors import UsageError
from cnnlab.quiet_tensorflow import tf
from cnnlab.study.workers import local_processes
from cnnlab.study.workers.interface import Resources, Task
from cnnlab.study.workers.local_processes import LocalProcesses
from cnnlab.study.workers.resources import choose_resources, list_chosen_gpus


@pytest.mark.parametrize(
    ("device", "gpus"),
    [("cpu", []), ("auto", ["4", "7"]), ("gpu", ["4", "7"]), ("gpu:0", ["4"]), ("gpu:1", ["7"])],
)
def test_a_name_chooses_the_gpus_of_the_workers(monkeypatch, device, gpus):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    assert list_chosen_gpus(device) == gpus
    if gpus:
        assert choose_resources(None, device, 8) == Resources(len(gpus), None, device)


def test_a_gpu_that_does_not_exist_is_refused_before_a_worker_starts(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    with pytest.raises(UsageError) as caught:
        choose_resources(2, "gpu:2", 8)
    assert str(caught.value) == (
        "--device gpu:2: this computer has GPU 0, GPU 1; use --device gpu:0 to gpu:1, or --device "
        "gpu for all"
    )


@pytest.mark.parametrize(
    ("device", "expected"), [("gpu", ["4 gpu", "7 gpu"]), ("gpu:1", ["7 gpu", "7 gpu"])]
)
def test_each_worker_sees_one_gpu(monkeypatch, tmp_path, device, expected):
    """A worker that writes down its GPU and its argument, in place of one that trains."""
    program, seen = tmp_path / "python", tmp_path / "seen"
    program.write_text(f'#!/bin/sh\necho "$CUDA_VISIBLE_DEVICES $3" >> {seen}\nread task\n')
    program.chmod(0o755)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    monkeypatch.setattr(sys, "executable", str(program))
    monkeypatch.setattr(local_processes, "subprocess", subprocess)  # no forks of Python
    tasks = [Task(tmp_path / name, "", tmp_path / "a.yaml") for name in "ab"]
    with closing(LocalProcesses(Resources(2, 1, device))) as workers:
        for task in tasks:
            workers.start(task)
        deaths = []
        while len(deaths) < len(tasks):
            deaths += workers.wait(10)
    assert sorted(seen.read_text().splitlines()) == expected


@pytest.fixture
def no_gpu(monkeypatch):
    """Let TensorFlow find no GPU, in this process and in those that it starts."""
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    monkeypatch.setattr(tf.config, "list_physical_devices", lambda kind: [])


@pytest.mark.parametrize("device", ["gpu", "gpu:3"])
def test_a_sweep_without_a_gpu_is_refused_before_it_has_a_folder(run_cli, tmp_path, no_gpu, device):
    write_sweep(tmp_path)
    code, _, error = run_cli("sweep", "sweep.yaml", "--device", device, cwd=tmp_path)
    assert (code, error.partition("; ")[0]) == (
        2,
        f"cnnlab: --device {device}: TensorFlow finds no GPU on this computer",
    )
    assert not (tmp_path / "runs").exists()


def test_a_worker_that_fails_before_its_task_says_why(no_gpu):
    """The coordinator still holds the pipe to the worker open, and the worker waits for a task."""
    command = [sys.executable, "-m", "cnnlab.study.workers.process", "gpu"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as worker:
        assert worker.wait() == 1
        [*_, last] = worker.stderr.read().decode().splitlines()
    assert last.startswith("cnnlab.errors.UsageError: --device gpu: TensorFlow finds no GPU")


def test_ray_chooses_the_gpus_of_its_tasks():
    with (
        pytest.raises(UsageError) as caught,
        start_workers(Resources(0, None, "gpu:1"), "auto"),
    ):
        pass
    assert str(caught.value) == (
        "--device gpu:1: Ray chooses the GPU of each training; use --device gpu"
    )

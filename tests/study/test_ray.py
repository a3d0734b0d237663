"""Train tasks on real Ray clusters, and kill their processes."""

from __future__ import annotations

import json
import os
import platform
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import psutil
import pytest
import ray_cluster
from ray_cluster import build_task, run_all, start_cluster
from run_equality import equal_runs
from tiny_training import MODEL, save_tiny

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import DataError, UsageError
from cnnlab.run_folder import RunFolder, lock
from cnnlab.spec.config_reader import read_config
from cnnlab.study import ensemble_training, parallel_training
from cnnlab.study.planned_tasks import ParallelContext
from cnnlab.study.workers import ray_tasks
from cnnlab.study.workers.interface import (
    EpochReport,
    Resources,
    TaskFailure,
    TaskStart,
    WorkerDeath,
)
from cnnlab.study.workers.local_processes import LocalProcesses
from cnnlab.study.workers.progress import SilentWorkersProgress
from cnnlab.study.workers.ray_connection import connect_ray
from cnnlab.study.workers.ray_training import remove_leftovers
from cnnlab.training.device import choose_device

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(find_spec("ray") is None, reason="Ray is not installed"),
]

TASKS, EPOCHS, LONG = 4, 3, 30  # more tasks than nodes
PRUNED = "2"  # the name of the task that ends after its second epoch
LOSS = "Ray lost its worker"
WORKER_DEATH = f"{LOSS}: The worker died unexpectedly while executing this task"
NODE_DEATH = f"{LOSS}: Task failed because the node it was running on is dead or unavailable"


def test_old_folders_of_killed_tasks_are_removed(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    names = ("cnnlab-ray-new", "cnnlab-ray-old", "cnnlab-ray-locked", "other")
    for name in names:
        (tmp_path / name).mkdir()
    with lock.hold_lock(tmp_path / "cnnlab-ray-locked"):
        for name in names[1:]:
            os.utime(tmp_path / name, (0, 0))
        remove_leftovers()
    left = sorted(path.name for path in tmp_path.iterdir())
    assert left == ["cnnlab-ray-locked", "cnnlab-ray-new", "other"]


@pytest.fixture(scope="module")
def data(build_once):
    def build(folder):
        save_tiny(folder)
        return folder

    return build_once("ray_data", build)


def build_tasks(data, folder):
    return [build_task(data, folder / str(seed), seed, EPOCHS) for seed in range(TASKS)]


def build_diverging_task(data, folder):
    model = ["flatten", {"dense": 8}, {"dense": 8}, *MODEL[1:]]
    return build_task(data, folder / "diverging", 1, EPOCHS, model, {"sgd": 1000})


def prune(task, epoch):
    return "pruned" if task.run.name == PRUNED and epoch == 2 else None


@pytest.fixture(scope="module")
def local_runs(data, build_once):
    """The folder with the runs of local processes, with one thread each."""

    def build(folder):
        workers = LocalProcesses(Resources(1, 1, "cpu"))
        try:
            long = build_task(data, folder / "long", 1, LONG)
            diverging = build_diverging_task(data, folder)
            run_all(workers, [long, diverging, *build_tasks(data, folder)], prune)
        finally:
            workers.close()
        return folder

    return build_once("ray_local", build)


@pytest.fixture(scope="module")
def cluster():
    with start_cluster() as address:
        yield address


@pytest.fixture(scope="module")
def workers(cluster):
    """A worker on each node; all tests keep them, so that TensorFlow is imported once in each."""
    workers = connect_ray(cluster, Resources(0, 1, "cpu"))
    yield workers
    workers.close()


def require_equal(folder, other):
    for seed in range(TASKS):
        pair = [RunFolder(one / str(seed)) for one in (folder, other)]
        equal_runs(*pair)
        names = [{name for name in run.list_files() if name != ".lock"} for run in pair]
        assert names[0] == names[1]
        for name in names[0] - {"run.json", "state.json", "history.csv"}:
            if not name.endswith(".keras"):  # equal_runs compares the others without times
                assert (pair[0].path / name).read_bytes() == (pair[1].path / name).read_bytes()


def test_a_cluster_trains_the_same_bytes_as_local_processes(workers, data, local_runs, tmp_path):
    assert workers.count_free() == ray_cluster.NODES
    source = run_all(workers, build_tasks(data, tmp_path), prune)
    assert source.results == dict.fromkeys("0123")
    require_equal(tmp_path, local_runs)
    record = RunFolder(tmp_path / PRUNED).read_record()
    assert (record.status, record.ended, record.epochs) == ("stopped", "pruned", 2)
    assert [one.row["epoch"] for one in source.select(EpochReport, "0")] == [1, 2, 3]


def test_an_ensemble_has_the_same_members_as_in_one_process(workers, data, tmp_path):
    edits = ("ensemble=2", "data.validation_seed=4")
    config = read_config(write_config(tmp_path, data), describe_dataset, edits)
    one, other = RunFolder(tmp_path / "cluster/tiny-001"), RunFolder(tmp_path / "process/tiny-001")
    context = ParallelContext(
        workers, SilentWorkersProgress(), tmp_path / "tiny.yaml", edits, ("cnnlab",)
    )
    device = choose_device("cpu")
    record = parallel_training.train_ensemble(config, one, context, device)
    ensemble_training.train(config, other, device=device)
    assert (record.status, record.epochs) == ("finished", 2 * EPOCHS)
    assert one.list_files().keys() == other.list_files().keys()
    for number in (1, 2):
        pair = [run.member_run(number) for run in (one, other)]
        equal_runs(*pair)
        for name in ("config.yaml", "spec.json", "curves.png"):
            assert (pair[0].path / name).read_bytes() == (pair[1].path / name).read_bytes()


def write_config(folder, data):
    """Write the config of a task on tiny.npz in the folder `data`; return its path."""
    config = json.loads(build_task(data, folder, 1, EPOCHS).config)
    config["data"]["dataset"] = str(data / "tiny.npz")
    (folder / "tiny.yaml").write_text(json.dumps(config))
    return folder / "tiny.yaml"


def test_a_node_without_the_data_is_named(workers, tmp_path):
    error = wait_for_failure(workers, build_task(tmp_path, tmp_path / "run", 1, EPOCHS))
    assert type(error) is DataError
    node = f"node {find_address()} ({platform.node()})"
    assert str(error) == (
        f"{node}: {tmp_path}/tiny.npz: there is no such file (relative paths start at the config's "
        "folder)"
    )


def test_a_training_that_diverges_has_the_same_files_and_message(
    workers, data, local_runs, tmp_path
):
    error = wait_for_failure(workers, build_diverging_task(data, tmp_path))
    run, local = (RunFolder(folder / "diverging") for folder in (tmp_path, local_runs))
    record, expected = run.read_record(), local.read_record()
    assert record.status == "failed"
    assert record.ended == str(error)
    assert record.ended.startswith("training diverged: the loss is not a finite number in ")
    assert record.ended == expected.ended.replace(str(local.path), str(run.path))
    assert run.list_files().keys() == local.list_files().keys()


def wait_for_failure(workers, task):
    """Start a task, and return the error with which it fails."""
    workers.start(task)
    events = []
    while not (events and isinstance(events[-1], TaskFailure)):
        events += workers.wait(1)
    return events[-1].error


def find_address():
    import ray

    return ray.util.get_node_ip_address()


def test_a_node_with_another_version_is_refused(workers, data, tmp_path, monkeypatch):
    here = ray_tasks.__version__
    monkeypatch.setattr(ray_tasks, "__version__", "0.0.1")
    error = wait_for_failure(workers, build_task(data, tmp_path / "run", 1, EPOCHS))
    assert type(error) is UsageError
    assert str(error) == (
        f"node {find_address()} ({platform.node()}) has cnnlab {here}, and this process has cnnlab "
        "0.0.1; install the same version on all nodes"
    )


def test_no_node_has_the_processors(workers, cluster):
    with pytest.raises(UsageError) as error:
        connect_ray(cluster, Resources(0, 2, "cpu"))
    message = "no node of the cluster has 2 processors for a task"
    assert str(error.value) == f"--ray {cluster}: {message}"


def test_a_task_goes_on_after_its_last_epoch_if_its_worker_is_killed(
    workers, data, local_runs, tmp_path, capfd
):
    def kill_worker(task, epoch):
        if (task.run.name, epoch) == ("1", 2):
            os.kill(RunFolder(task.run).read_record().pid, signal.SIGKILL)
        return prune(task, epoch)

    source = run_all(workers, build_tasks(data, tmp_path), kill_worker)
    require_equal(tmp_path, local_runs)
    assert [one.epochs_done for one in source.select(TaskStart, "1")] == [0, 2]
    assert [one.row["epoch"] for one in source.select(EpochReport, "1")] == [1, 2, 3]
    [died] = source.select(WorkerDeath, "1")
    assert died.reason == WORKER_DEATH
    assert capfd.readouterr() == ("", "")


@pytest.mark.usefixtures("cluster")  # "auto" finds it
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGKILL])
def test_a_run_goes_on_after_its_coordinator_ended(workers, data, local_runs, tmp_path, number):
    run = tmp_path / "long"
    command = [sys.executable, ray_cluster.__file__, "auto", data, run, LONG]
    with subprocess.Popen(
        list(map(str, command)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    ) as coordinator:
        assert coordinator.stdout.readline() == b"1\n", coordinator.stderr.read()
        worker = psutil.Process(RunFolder(run).read_record().pid)
        coordinator.send_signal(number)
        _, stderr = coordinator.communicate()
    assert stderr == b""
    assert coordinator.returncode == (130 if number == signal.SIGINT else -number)
    assert psutil.wait_procs([worker], timeout=20)[1] == []
    record = RunFolder(run).read_record()
    assert record.status == ("stopped" if number == signal.SIGINT else "killed")
    assert 1 <= record.epochs < LONG
    source = run_all(workers, [build_task(data, run, 1, LONG)])
    assert source.select(TaskStart, "long")[0].epochs_done == record.epochs
    equal_runs(RunFolder(run), RunFolder(local_runs / "long"))


def test_all_tasks_end_if_nodes_are_killed(workers, data, local_runs, tmp_path, capfd):
    orphans = []

    def kill_node(task, epoch):
        if task.run.name in "13" and epoch == 2:
            worker = psutil.Process(RunFolder(task.run).read_record().pid)
            raylet = worker.parent()
            assert Path(raylet.exe()).name == "raylet"
            if task.run.name == "1":
                worker.kill()  # as if the machine had lost its power
            else:
                orphans.append(worker)
            raylet.kill()
        return prune(task, epoch)

    source = run_all(workers, build_tasks(data, tmp_path), kill_node)
    assert source.results == dict.fromkeys("0123")
    require_equal(tmp_path, local_runs)
    for name in "13":
        assert [one.row["epoch"] for one in source.select(EpochReport, name)] == [1, 2, 3]
        [died] = source.select(WorkerDeath, name)
        assert died.reason in (WORKER_DEATH, NODE_DEATH)  # whichever Ray noticed first
    assert [one.epochs_done for one in source.select(TaskStart, "1")] == [0, 2]
    # The orphan of a killed node can still hand over its last epoch.
    assert [one.epochs_done for one in source.select(TaskStart, "3")] in ([0, 2], [0, 3])
    assert psutil.wait_procs(orphans, timeout=60)[1] == []
    assert workers.count_capacity() == ray_cluster.NODES - 2
    assert capfd.readouterr() == ("", "")

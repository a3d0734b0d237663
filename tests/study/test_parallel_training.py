"""`train --parallel`: worker processes train the same runs as one process, one after another."""

from __future__ import annotations

import json
import re
import signal
from contextlib import closing
from dataclasses import asdict

import numpy as np
import pytest
from run_equality import equal_runs
from sweep_runs import CONFIG, FirstTwo, WatchedWorkers
from tiny_training import save_tiny

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import DataError, Interruption, TrainingError
from cnnlab.run_folder import RunFolder, create_run
from cnnlab.spec.config_reader import read_config
from cnnlab.study import ensemble_training, parallel_training, seed_training
from cnnlab.study.planned_tasks import ParallelContext, train_plans
from cnnlab.study.training_series import PlannedRun
from cnnlab.study.workers.interface import EpochReport, Resources
from cnnlab.study.workers.local_processes import LocalProcesses
from cnnlab.study.workers.progress import SilentWorkersProgress
from cnnlab.training.device import choose_device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.saved_state import ResumeRequest

pytestmark = pytest.mark.slow  # worker processes import TensorFlow

EDITS = ("training.optimizer.adam.learning_rate=0.02",)
COMMAND = ("cnnlab", "train", "tiny.yaml", "--set", *EDITS)
COUNT = 3


class Messages(SilentWorkersProgress):
    """Collects the messages of a training."""

    def __init__(self):
        self.texts = []

    def message(self, text):
        self.texts.append(text)


class _Death(BaseException):
    """Ends the coordinator as if it had been killed."""


@pytest.fixture(scope="module")
def workers():
    with closing(LocalProcesses(Resources(2, 1, "cpu"))) as processes:
        yield processes


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with tiny.npz and tiny.yaml."""
    folder = tmp_path_factory.mktemp("parallel")
    save_tiny(folder)
    (folder / "tiny.yaml").write_text(CONFIG, encoding="utf-8")
    return folder


def read_edited(folder, *more):
    return read_config(folder / "tiny.yaml", describe_dataset, (*EDITS, *more))


def build_context(folder, workers, *more, progress=None):
    progress = progress or Messages()
    return ParallelContext(workers, progress, folder / "tiny.yaml", (*EDITS, *more), COMMAND)


def train_seeds(folder, root, workers, *more, progress=None, count=COUNT):
    context = build_context(folder, workers, *more, progress=progress)
    trained = parallel_training.train_seeds(read_edited(folder, *more), count, root, context)
    return [one.run for one in trained]


def train_ensemble(folder, run, workers, *more):
    edits = (f"ensemble={COUNT}", *more)
    context = build_context(folder, workers, *edits)
    config, device = read_edited(folder, *edits), choose_device("cpu")
    parallel_training.train_ensemble(config, run, context, device)
    return run


def resume_ensemble(run):
    ensemble_training.resume(run, ResumeRequest(), device=choose_device("cpu"))


@pytest.fixture(scope="module")
def seed_runs(folder):
    """The runs over three seeds, one after another in this process."""
    trained = seed_training.train(
        read_edited(folder), COUNT, folder / "seeds", device=choose_device("cpu"), command=COMMAND
    )
    return [one.run for one in trained]


@pytest.fixture(scope="module")
def ensemble(folder):
    """The ensemble of three members, one after another in this process."""
    config, run = read_edited(folder, f"ensemble={COUNT}"), create_run(folder / "ensemble", "tiny")
    ensemble_training.train(config, run, device=choose_device("cpu"), command=COMMAND)
    return run


def list_members(run):
    return [run.member_run(number) for number in range(1, COUNT + 1)]


def require_equal(runs, others):
    """Compare all files of several runs, except times, process numbers and the key of a series."""
    for one, other in zip(runs, others, strict=True):
        equal_runs(one, other)
        assert one.list_files().keys() == other.list_files().keys()
        for name in ("config.yaml", "spec.json", "summary.txt", "curves.png"):
            assert (one.path / name).read_bytes() == (other.path / name).read_bytes(), name


def select_lasting(record):
    """The fields of a record that do not depend on time and process."""
    passing = ("started", "finished", "seconds", "pid", "series")
    return {name: value for name, value in asdict(record).items() if name not in passing}


def test_runs_over_seeds_are_those_of_one_process(folder, workers, seed_runs, tmp_path):
    progress = Messages()
    runs = train_seeds(folder, tmp_path, workers, progress=progress)
    assert [run.path.name for run in runs] == ["tiny-001", "tiny-002", "tiny-003"]
    require_equal(runs, seed_runs)
    records = [run.read_record() for run in runs]
    for record, other in zip(records, seed_runs, strict=True):
        assert select_lasting(record) == select_lasting(other.read_record())
    assert records[0].series == records[1].series == records[2].series
    assert (records[0].series.seeds, [one.seed for one in records]) == ([1, 2, 3], [1, 2, 3])
    assert runs[1].read_config() == CONFIG
    rows = [run.read_history()[-1] for run in runs]
    assert sorted(progress.texts) == [
        f"run {number} of 3, seed {number}: "
        f"val_loss {row['val_loss']:.4f}, val_accuracy {row['val_accuracy']:.4f}"
        for number, row in enumerate(rows, 1)
    ]


def test_the_command_trains_the_same_runs_and_resume_refuses_a_cluster(
    folder, seed_runs, run_cli, tmp_path
):
    arguments = ("train", folder / "tiny.yaml", "--set", *EDITS, "--seeds", "2", "--parallel")
    code, out, err = run_cli(*arguments, "auto", cwd=tmp_path)
    assert code == 0, err
    runs = [RunFolder(tmp_path / f"runs/tiny-00{number}") for number in (1, 2)]
    for one, other in zip(runs, seed_runs, strict=False):
        equal_runs(one, other)
        assert one.read_record().command == ["cnnlab", *map(str, arguments), "auto"]
    titles = [line.partition(": val_loss ")[0] for line in sorted(err.splitlines())]
    assert titles == ["run 1 of 2, seed 1", "run 2 of 2, seed 2"]
    assert re.fullmatch(r"all 2 runs trained in \d+\.\d s", out.splitlines()[-3])
    assert out.endswith("\nnext: cnnlab evaluate runs/tiny-001 runs/tiny-002\n")
    assert run_cli("resume", "tiny-001", "--ray", "auto", cwd=tmp_path) == (
        2,
        "",
        "cnnlab: --ray: runs/tiny-001 is one run, and Ray trains sweeps; leave out --ray\n",
    )


def test_an_ensemble_is_that_of_one_process(folder, workers, ensemble, tmp_path):
    run = train_ensemble(folder, create_run(tmp_path, "tiny"), workers)
    require_equal(list_members(run), list_members(ensemble))
    assert run.list_files().keys() == ensemble.list_files().keys()
    for name in ("config.yaml", "spec.json"):
        assert (run.path / name).read_bytes() == (ensemble.path / name).read_bytes()
    record = run.read_record()
    assert select_lasting(record) == select_lasting(ensemble.read_record())
    assert (record.status, record.ended) == ("finished", "all 3 members trained")
    assert record.epochs == COUNT * 3


def test_a_worker_that_is_killed_costs_its_run_only_the_epoch_at_hand(
    folder, workers, ensemble, tmp_path
):
    trained = []

    def kill_once(event):
        if isinstance(event, EpochReport):
            trained.append((event.task.run.name, event.row["epoch"]))
            if trained[-1] == ("2", 2):
                watched.kill_worker_of(event.task)

    watched = WatchedWorkers(workers, kill_once)
    run = train_ensemble(folder, create_run(tmp_path, "tiny"), watched)
    for one, other in zip(list_members(run), list_members(ensemble), strict=True):
        equal_runs(one, other)
    assert len(trained) == len(set(trained)) == COUNT * 3  # no epoch twice
    assert [len(one.read_record().resumed) for one in list_members(run)] == [0, 1, 0]


def end_at_second_epoch(end):
    """Build a function that calls `end` once, after a run has finished its second epoch."""
    seen = []

    def watch(event):
        if isinstance(event, EpochReport) and event.row["epoch"] == 2 and not seen:
            seen.append(event)
            end()

    return watch


def interrupt():
    signal.raise_signal(signal.SIGINT)


def die():
    raise _Death


def test_ctrl_c_leaves_runs_over_seeds_that_resume(folder, workers, seed_runs, tmp_path):
    watched = WatchedWorkers(workers, end_at_second_epoch(interrupt))
    with pytest.raises(Interruption) as caught:
        train_seeds(folder, tmp_path, watched)
    runs = [RunFolder(path) for path in sorted(tmp_path.iterdir())]
    assert all(run.is_started() for run in runs)
    finished = [run for run in runs if run.read_record().status == "finished"]
    stopped = [run for run in runs if run.read_record().status == "stopped"]
    assert len(finished) + len(stopped) == len(runs)
    saved = [run for run in stopped if run.read_record().epochs]
    parts = [("the finished epochs are saved in ", saved), ("finished: ", finished)]
    told = [head + ", ".join(str(run.path) for run in some) for head, some in parts if some]
    following = f"next: cnnlab resume {[*stopped, *runs][0].path}"
    assert str(caught.value) == "; ".join(["stopped by SIGINT", *told, following])
    assert caught.value.exit_code == 130
    trained = seed_training.resume(runs[0], device=choose_device("cpu"))
    for one, other in zip(trained, seed_runs, strict=True):
        equal_runs(one.run, other)


@pytest.mark.parametrize(("end", "status"), [(interrupt, "stopped"), (die, "failed")])
def test_an_ensemble_that_ends_early_resumes(folder, workers, ensemble, tmp_path, end, status):
    watched = WatchedWorkers(workers, end_at_second_epoch(end))
    run = create_run(tmp_path, "tiny")
    with pytest.raises((Interruption, _Death)) as caught:
        train_ensemble(folder, run, watched)
    assert run.read_record().status == status
    if end is interrupt:
        assert run.read_record().ended == "stopped by SIGINT"
        assert str(caught.value).endswith(f"; next: cnnlab resume {run.path}")
    resume_ensemble(run)
    for one, other in zip(list_members(run), list_members(ensemble), strict=True):
        equal_runs(one, other)
    assert run.read_record().epochs == COUNT * 3


def test_after_a_run_diverges_those_that_train_end_and_no_other_begins(folder, workers, tmp_path):
    layers = "model=[flatten, dense: 8, dense: 8, dense: {units: 3, activation: softmax}]"
    diverging = (layers, "training.optimizer={sgd: 1000}")
    all_edits = (diverging, ("training.epochs=10",), ())
    runs = [RunFolder(tmp_path / name) for name in ("a b", "c", "d")]
    plans = [
        PlannedRun(f"run {number}", read_edited(folder, *edits), lambda run=run: run, False, edits)
        for number, (run, edits) in enumerate(zip(runs, all_edits, strict=True), 1)
    ]
    progress = Messages()
    with pytest.raises(TrainingError) as caught, Interrupt() as guard:
        train_plans(plans, build_context(folder, FirstTwo(workers), progress=progress), guard)
    ended = runs[0].read_record().ended
    assert ended.startswith("training diverged: the loss is not a finite number")
    assert str(caught.value) == f"run 1: {ended}; finished: {runs[1].path}"
    assert [run.read_record().status for run in runs[:2]] == ["failed", "finished"]
    assert not runs[2].path.exists()
    assert f"run 1: failed: {ended}" in progress.texts


def test_data_that_a_worker_cannot_read_leaves_no_folder(folder, workers, tmp_path):
    class SpoiltWorkers(WatchedWorkers):
        def start(self, task):
            (tmp_path / "own.npz").unlink(missing_ok=True)
            self.workers.start(task)

    (tmp_path / "own.npz").write_bytes((folder / "tiny.npz").read_bytes())
    edit = f"data.dataset={json.dumps(str(tmp_path / 'own.npz'))}"
    spoilt = SpoiltWorkers(workers, lambda event: None)
    with pytest.raises(DataError) as caught:
        train_seeds(folder, tmp_path / "runs", spoilt, edit)
    assert str(caught.value).startswith(f"{tmp_path / 'own.npz'}: there is no such file")
    assert list((tmp_path / "runs").iterdir()) == []


def test_a_note_about_the_data_is_shown_once(folder, workers, tmp_path):
    with np.load(folder / "tiny.npz") as tiny:
        images = {name: tiny[name.replace("test", "train")] for name in tiny.files}
    np.savez(tmp_path / "own.npz", **images)
    edits = (f"data.dataset={json.dumps(str(tmp_path / 'own.npz'))}", "training.epochs=1")
    progress = Messages()
    runs = train_seeds(folder, tmp_path / "runs", workers, *edits, progress=progress, count=2)
    [shown] = {note for run in runs for note in run.read_record().data["notes"]}
    assert progress.texts.count(shown) == 1

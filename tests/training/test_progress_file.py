"""progress.json: how far a training is, for other processes, and gone when the training ends."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from itertools import pairwise

import pytest
from progress_builders import begin_training

from cnnlab.errors import TrainingError
from cnnlab.run_folder import RunFolder, lock
from cnnlab.training.progress import SilentProgress
from cnnlab.training.progress_recorder import ProgressRecorder


class Clock:
    """A clock that a test moves."""

    def __init__(self):
        self.now = 100.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def run(tmp_path):
    return RunFolder(tmp_path)


@pytest.fixture
def recorder(run, clock):
    recorder = ProgressRecorder(SilentProgress(), clock)
    sizes = {"epochs": 4, "steps": 10, "training_images": 320, "validation_images": 32}
    start = begin_training(**sizes, validation_steps=1)
    recorder.start(replace(start, run=run))
    return recorder


def read(run):
    return json.loads((run.path / "progress.json").read_text())


def test_the_file_tells_epoch_step_figures_speed_and_time_left(run, recorder, clock):
    assert read(run)["figures"] == {}
    for step in range(1, 6):
        clock.now += 1
        recorder.batch(1, step, {"loss": 1 / step, "accuracy": 0.5})
    written = read(run)
    assert written.pop("time").endswith("Z")
    assert written == {
        "epoch": 1,
        "epochs": 4,
        "step": 5,
        "steps": 10,
        "figures": {"loss": 0.2, "accuracy": 0.5},
        "images_per_second": 32.0,  # a batch of 32 each second
        # 35 batches, and 4 times the work of 0.5 batches for validation and of 1 for saving.
        "seconds_left": 41.0,
        "history": 0,
    }


def test_the_file_is_written_at_most_twice_a_second(run, recorder, clock):
    writes = {}
    for step in range(1, 1001):
        clock.now += 0.01
        recorder.batch(1 + step // 500, step % 10 + 1, {"loss": 1.0})
        recorder.validation(1, 0)
        writes.setdefault((run.path / "progress.json").stat().st_mtime_ns, clock.now)
    moments = [*writes.values()][1:]  # the first was written at the start
    assert 18 <= len(moments) <= 20
    assert min(after - before for before, after in pairwise(moments)) > 0.49


def test_finished_epochs_are_counted_and_nan_is_null(run, recorder, clock):
    clock.now += 1
    recorder.epoch({"epoch": 1})
    assert read(run)["history"] == 1
    clock.now += 1
    recorder.batch(2, 1, {"loss": math.nan, "accuracy": math.inf})
    assert read(run)["figures"] == {"loss": None, "accuracy": None}


def test_a_disk_that_is_full_or_gone_does_not_end_the_training(tmp_path, clock):
    recorder = ProgressRecorder(SilentProgress(), clock)
    sizes = {"epochs": 1, "steps": 1, "training_images": 1}
    recorder.start(replace(begin_training(**sizes), run=RunFolder(tmp_path / "gone")))
    clock.now += 1
    recorder.batch(1, 1, {"loss": 1.0})
    recorder.close()
    assert not (tmp_path / "gone").exists()


def test_the_file_of_a_killed_process_counts_for_nothing(run, recorder):
    assert run.read_progress() is None
    with lock.hold_lock(run.path):
        assert run.read_progress().epochs == 4
        (run.path / "progress.json").write_text('{"epoch": 1')
        assert run.read_progress() is None
        (run.path / "progress.json").unlink()
        assert run.read_progress() is None


class Watcher(SilentProgress):
    """Reads progress.json at each report, as another process could."""

    def __init__(self):
        self.seen = []

    def start(self, start):
        self.run = start.run

    def epoch(self, row):
        self.seen.append(read(self.run))


def test_a_training_writes_the_file_and_removes_it_at_its_end(train):
    watcher = Watcher()
    run, _ = train(watcher, epochs=2)
    assert [one["epochs"] for one in watcher.seen] == [2, 2]
    assert not (run.path / "progress.json").exists()


def test_a_training_that_fails_removes_the_file_too(train):
    watcher = Watcher()
    decay = {"sgd": {"learning_rate": 1000, "weight_decay": 10.0}}  # ruins the weights
    data = {"validation": 0, "batch_size": 64}
    with pytest.raises(TrainingError):
        train(watcher, data=data, model=["flatten", {"dense": 3}], optimizer=decay, epochs=40)
    assert len(watcher.seen) > 0
    assert not (watcher.run.path / "progress.json").exists()


def test_resuming_removes_the_file_that_a_killed_process_left(train):
    run, _ = train(epochs=1)
    (run.path / "progress.json").write_text("{}")
    run.recover()
    assert not (run.path / "progress.json").exists()

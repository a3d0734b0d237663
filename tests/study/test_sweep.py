"""Sweeps in real worker processes: their trials, what dies and goes on, and what they find."""

from __future__ import annotations

import json
import signal
from contextlib import closing
from pathlib import Path

import pytest
from run_equality import equal_runs
from sweep_runs import CONFIG, WatchedWorkers, resume_sweep, run_sweep, write_sweep

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import DataError, Interruption
from cnnlab.run_folder import RunFolder, SweepFolder
from cnnlab.spec.config_reader import read_config
from cnnlab.study.trial_table import Goal, find_pareto_front, rank_trials, read_trials
from cnnlab.study.workers.interface import EpochReport, Resources, TaskStart
from cnnlab.study.workers.local_processes import LocalProcesses

GOAL = Goal("val_accuracy")
pytestmark = pytest.mark.slow  # worker processes import TensorFlow


@pytest.fixture(scope="module")
def workers():
    with closing(LocalProcesses(Resources(2, 1, "cpu"))) as processes:
        yield processes


@pytest.fixture(scope="module")
def whole_sweep(workers, tmp_path_factory):
    """A grid of four trials that nothing disturbed, with a confirmation."""
    folder = tmp_path_factory.mktemp("whole")
    file = write_sweep(folder, confirm={"best": 1, "seeds": 2})
    whole_sweep = run_sweep(file, workers, folder / "runs")
    write_sweep(folder)  # for the tests that train the same trials again
    return whole_sweep


@pytest.fixture(scope="module")
def grid(whole_sweep):
    """The sweep file of the same four trials, without a confirmation."""
    return whole_sweep.path.parent.parent / "sweep.yaml"


def read_statuses(folder):
    return [trial.status for trial in folder.read_trials()]


def equal_trials(one, other):
    assert one.read_trials() == other.read_trials()
    for trial in one.read_trials():
        equal_runs(one.trial_run(trial.number), other.trial_run(trial.number))


def test_the_trials_of_a_grid_are_ordinary_runs(whole_sweep):
    record = whole_sweep.read_record()
    assert (record.status, record.ended) == ("finished", "4 trials done, 4 of them to the end")
    found = [
        (trial.values["model[0].conv.filters"], trial.epochs, trial.run.read_record().status)
        for trial in read_trials(whole_sweep, GOAL)
    ]
    expected = [(4, 3, "finished"), (4, 3, "finished"), (2, 3, "finished"), (2, 3, "finished")]
    assert found == expected, "the costliest networks come first"
    filters = [whole_sweep.trial_run(n).read_spec().experiment.model[0].filters for n in (1, 3)]
    assert filters == [4, 2]


def test_the_config_of_a_trial_says_what_it_is_and_keeps_the_comments(whole_sweep):
    text = whole_sweep.trial_run(1).read_config()
    dataset = json.dumps(str(whole_sweep.path.parent.parent.resolve() / "tiny.npz"))
    assert text == (
        "# Trial 1 of tiny-001.\n"
        "# The comments below are those of the config that the sweep started from.\n"
        + CONFIG.replace("dataset: tiny.npz", f"dataset: {dataset}").replace(
            "learning_rate: 0.01", "learning_rate: 0.001"
        )
    )


def test_the_config_of_a_trial_trains_it_again_to_the_same_bytes(whole_sweep, cnnlab, tmp_path):
    (tmp_path / "again.yaml").write_text(whole_sweep.trial_run(2).read_config())
    names = ("TF_NUM_INTRAOP_THREADS", "TF_NUM_INTEROP_THREADS", "OMP_NUM_THREADS")
    threads = dict.fromkeys(names, "1")  # as many as the worker had
    done = cnnlab("train", "again.yaml", "--device", "cpu", cwd=tmp_path, **threads)
    assert done.returncode == 0, done.stderr
    equal_runs(whole_sweep.trial_run(2), RunFolder(tmp_path / "runs/tiny-001"))


def test_the_confirmation_trains_the_best_trial_and_the_config_with_new_seeds(whole_sweep):
    found = whole_sweep.read_record().confirmation
    best = rank_trials(read_trials(whole_sweep, GOAL), GOAL)[0]
    assert found["seeds"] == [2, 3]  # the config has the seed 1
    assert [one["trial"] for one in found["trials"]] == [best.number]
    for trial in (None, best.number):
        seeds = [whole_sweep.confirmation_run(trial, seed).read_record().seed for seed in (2, 3)]
        assert seeds == [2, 3]
    accuracies = [
        max(row["val_accuracy"] for row in whole_sweep.confirmation_run(None, seed).read_history())
        for seed in (2, 3)
    ]
    assert found["base"]["values"] == accuracies
    assert not list(whole_sweep.path.rglob("evaluation")), "the test set waits"


def test_best_yaml_is_a_config_with_the_values_of_the_winner(whole_sweep):
    winner = whole_sweep.read_record().confirmation["winner"]
    config = read_config(whole_sweep.path / "best.yaml", describe_dataset)
    if winner is None:
        assert config.experiment.model[0].filters == 4
        assert config.experiment.training.optimizer.learning_rate == 0.01
    else:
        assert config.experiment == whole_sweep.trial_run(winner).read_spec().experiment
    assert "# the first layer" in config.text


def test_a_worker_that_is_killed_costs_its_trial_only_the_epoch_at_hand(
    whole_sweep, workers, grid, tmp_path
):
    trained = []

    def kill_twice(event):
        if isinstance(event, EpochReport):
            trained.append((event.task.run.name, event.row["epoch"]))
            if trained[-1] in (("001", 1), ("003", 2)):
                watched.kill_worker_of(event.task)

    watched = WatchedWorkers(workers, kill_twice)
    found = run_sweep(grid, watched, tmp_path / "runs")
    equal_trials(whole_sweep, found)
    assert len(trained) == len(set(trained)) == 12  # no epoch twice
    assert len(found.trial_run(1).read_record().resumed) == 1


def test_a_trial_at_which_three_workers_die_fails_and_the_others_go_on(workers, tmp_path):
    def kill(event):
        if isinstance(event, TaskStart) and event.task.run.name == "002":
            watched.kill_worker_of(event.task)

    watched = WatchedWorkers(workers, kill)
    file = write_sweep(tmp_path, parameters={"model[0].conv.filters": [2, 3, 4]})
    found = run_sweep(file, watched, tmp_path / "runs")
    assert read_statuses(found) == ["finished", "failed", "finished"]
    assert found.read_trials()[1].reason == (
        "three workers died: the worker process was killed by SIGKILL, as by the system when "
        "memory runs out"
    )


class _Death(BaseException):
    """Ends the coordinator as if it had been killed."""


@pytest.mark.parametrize("moment", [2, 9])
def test_a_coordinator_that_ends_anywhere_goes_on_to_the_same_bytes(
    whole_sweep, workers, grid, tmp_path, moment
):
    events = []

    def stop(event):
        events.append(event)
        if len(events) == 2 * moment:
            raise _Death

    watched = WatchedWorkers(workers, stop)
    with pytest.raises(_Death):
        run_sweep(grid, watched, tmp_path / "runs")
    [folder] = (tmp_path / "runs").iterdir()
    found = SweepFolder(folder)
    assert found.read_record().status == "failed"
    resume_sweep(found, workers)
    equal_trials(whole_sweep, found)


def test_a_signal_stops_after_the_batch_at_hand_and_says_how_to_go_on(
    whole_sweep, workers, grid, tmp_path
):
    seen = []

    def interrupt(event):
        seen.append(event)
        if len(seen) == 3:
            signal.raise_signal(signal.SIGINT)

    watched = WatchedWorkers(workers, interrupt)
    with pytest.raises(Interruption) as caught:
        run_sweep(grid, watched, tmp_path / "runs")
    path = tmp_path / "runs/tiny-001"
    done = sum(status not in ("waiting", "running") for status in read_statuses(SweepFolder(path)))
    trials = "1 trial" if done == 1 else f"{done} trials"
    assert str(caught.value) == (
        f"stopped by SIGINT; {trials} done, and the finished epochs of the others are saved; "
        f"next: cnnlab resume {path}"
    )
    assert caught.value.exit_code == 130
    equal_trials(whole_sweep, resume_sweep(SweepFolder(path), workers))


def test_a_trial_that_diverges_has_failed_and_the_others_go_on(workers, tmp_path):
    rates = {"training.optimizer.sgd.learning_rate": [1000.0, 0.01]}
    config = CONFIG.replace("{adam: {learning_rate: 0.01}}", "{sgd: {learning_rate: 0.1}}")
    found = run_sweep(write_sweep(tmp_path, config, parameters=rates), workers, tmp_path / "runs")
    assert read_statuses(found) == ["failed", "finished"]
    assert found.read_trials()[0].reason.startswith("training diverged: the loss is not a finite")


def test_data_that_disappears_ends_the_sweep_with_its_own_error(workers, tmp_path):
    file = write_sweep(tmp_path)
    with pytest.raises(DataError) as caught:
        run_sweep(file, _Vanishing(workers, tmp_path / "tiny.npz"), tmp_path / "runs")
    assert "tiny.npz" in str(caught.value)
    assert str(caught.value).endswith(f"next: cnnlab resume {tmp_path / 'runs/tiny-001'}")


class _Vanishing(WatchedWorkers):
    """Workers before whose first task the data is removed."""

    def __init__(self, workers, data: Path) -> None:
        super().__init__(workers, lambda event: None)
        self.data = data

    def start(self, task):
        self.data.unlink(missing_ok=True)
        self.workers.start(task)


def test_early_termination_prunes_bad_trials_and_says_why(workers, tmp_path):
    file = write_sweep(
        tmp_path,
        CONFIG.replace("epochs: 3", "epochs: 9"),
        method="random",
        trials=6,
        seed=1,
        parameters={"training.optimizer.adam.learning_rate": {"min": 1e-7, "max": 0.1}},
        early_terminate={"median": {"min_epochs": 2, "min_trials": 2}},
    )
    found = run_sweep(file, workers, tmp_path / "runs")
    trials = read_trials(found, GOAL)
    pruned = [trial for trial in trials if trial.status == "pruned"]
    assert pruned, read_statuses(found)
    for trial in pruned:
        value = trial.run.read_history()[-1]["val_accuracy"]
        reason = f"median ended it after epoch {trial.epochs}: val_accuracy {value:.4f}"
        assert trial.reason == reason
        assert 2 <= trial.epochs < 9
        record = trial.run.read_record()
        assert (record.status, record.ended) == ("stopped", reason)


def test_at_least_prefers_the_smallest_network_that_is_good_enough(tmp_path):
    goal = Goal("val_accuracy", at_least=0.9)
    run = RunFolder(tmp_path)
    from cnnlab.study.trial_table import Trial

    def build(number, value, multiply_adds):
        return Trial(number, {}, "finished", "", run, value, 1, multiply_adds=multiply_adds)

    trials = [build(1, 0.99, 900), build(2, 0.91, 300), build(3, 0.89, 10), build(4, 0.95, 300)]
    assert [trial.number for trial in rank_trials(trials, goal)] == [2, 4, 1, 3]
    assert [trial.number for trial in rank_trials(trials, GOAL)] == [1, 4, 2, 3]
    assert [trial.number for trial in find_pareto_front(trials, GOAL)] == [3, 4, 1]

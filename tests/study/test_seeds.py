"""`train --seeds`: one ordinary run per seed, and the spread of their figures."""

from __future__ import annotations

import json
import re
import shlex
import signal
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from quick_edits import QUICK

from cnnlab.errors import TrainingError
from cnnlab.run_folder import RunFolder
from cnnlab.study import seed_training, training_series
from cnnlab.study.statistics import compute_spread
from cnnlab.training.device import choose_device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.progress import SilentProgress

pytestmark = pytest.mark.slow


def read_json(path):
    return json.loads(path.read_text())


def weights(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


def test_each_run_is_the_one_that_its_seed_alone_makes(series, run_cli, small_data, tmp_path):
    root = series[0] / "runs"
    assert sorted(path.name for path in root.iterdir()) == ["small-001", "small-002"]
    assert [read_json(root / f"small-00{n}/run.json")["seed"] for n in (1, 2)] == [7, 8]
    edits = (*QUICK, "--set", "seed=8")
    assert run_cli("train", small_data / "small.yaml", *edits, cwd=tmp_path)[0] == 0
    alone = tmp_path / "runs/small-001"
    for name in ("initial", "best", "last"):
        file = f"checkpoints/{name}.keras"
        assert weights(alone / file) == weights(root / "small-002" / file), name
    assert read_json(alone / "spec.json") == read_json(root / "small-002/spec.json")


def test_the_answer_has_each_run_their_spread_and_the_next_command(series):
    rows = [RunFolder(series[0] / f"runs/small-00{n}").read_history()[0] for n in (1, 2)]
    spreads = [compute_spread([row[name] for row in rows]) for name in ("val_loss", "val_accuracy")]
    figures = [f"{row['val_loss']:.4f} {row['val_accuracy']:.4f}" for row in rows]
    lines = [" ".join(line.split()) for line in series[1].stdout.splitlines() if line]
    assert re.fullmatch(r"all 2 runs trained in \d+\.\d s", lines.pop(-3))
    assert lines == [
        "run seed epochs best val_loss val_accuracy",
        f"runs/small-001 7 1 1 {figures[0]}",
        f"runs/small-002 8 1 1 {figures[1]}",
        "mean {:.4f} {:.4f}".format(*(one.mean for one in spreads)),
        "std. deviation {:.4f} {:.4f}".format(*(one.standard_deviation for one in spreads)),
        "95% low {:.4f} {:.4f}".format(*(one.interval[0] for one in spreads)),
        "95% high {:.4f} {:.4f}".format(*(one.interval[1] for one in spreads)),
        "(95% interval of the mean: Student's t with 1 degree of freedom)",
        "kept the trained weights of each run in its folder",
        "next: cnnlab evaluate runs/small-001 runs/small-002",
    ]
    said = series[1].stderr.splitlines()
    assert [line for line in said if line.startswith("run ")] == [
        "run 1 of 2, seed 7",
        "run 2 of 2, seed 8",
    ]


def test_json_has_the_same_and_nothing_held_out_means_training_figures(
    run_cli, small_data, tmp_path
):
    edits = (
        "data.validation=0",
        "training.epochs=2",
        "training.callbacks=[]",
        "model=[flatten, dense: 10]",
    )
    sets = [part for edit in edits for part in ("--set", edit)]
    arguments = ("--seeds", "2", "--json", "--quiet", "--runs", tmp_path / "my runs")
    code, out, err = run_cli("train", small_data / "small.yaml", *arguments, *sets, cwd=tmp_path)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    runs = [RunFolder(tmp_path / f"my runs/small-00{n}") for n in (1, 2)]
    last = [run.read_history()[-1] for run in runs]
    for row, run, history in zip(answer["runs"], runs, last, strict=True):
        assert row["run"] == str(run.path)
        assert row["figures"] == {name: history[name] for name in ("loss", "accuracy")}
        assert {key: row[key] for key in read_json(run.path / "run.json")} == read_json(
            run.path / "run.json"
        )
    losses = [history["loss"] for history in last]
    found = answer["spread"]["loss"]
    assert found["mean"] == pytest.approx(np.mean(losses))
    assert found["standard_deviation"] == pytest.approx(np.std(losses, ddof=1))
    half = 12.7062 * np.std(losses, ddof=1) / np.sqrt(2)  # Student's t, 1 degree of freedom
    assert found["interval"] == pytest.approx([np.mean(losses) - half, np.mean(losses) + half])
    assert answer["next"] == f"cnnlab evaluate {shlex.join(str(run.path) for run in runs)}"


def test_an_ensemble_over_seeds_is_refused(run_cli, small_data, tmp_path):
    arguments = ("--seeds", "2", "--set", "ensemble=2")
    assert run_cli("train", small_data / "small.yaml", *arguments, cwd=tmp_path) == (
        2,
        "",
        "cnnlab: --seeds: the config describes an ensemble, whose members have different seeds; "
        "leave out --seeds, or the ensemble with --set ensemble=\n",
    )
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_lists_the_existing_runs(start, small_data, tmp_path):
    edits = ("--set", "training.epochs=1", "--set", "model=[flatten, dense: 10]")
    begin = start("train", small_data / "small.yaml", "--seeds", "90", *edits, cwd=tmp_path)
    begin.wait_for_line("run 3 of 90, seed 9\n")
    begin.process.send_signal(signal.SIGINT)
    assert begin.end() == 130
    told = begin.read_stderr().splitlines()[-1]
    match = re.fullmatch(
        r"cnnlab: stopped by SIGINT in epoch [12] of run (\d+) of 90, seed (\d+); "
        r"(?:1 epoch is saved in (?:\S+); )?finished: (.*); next: cnnlab resume (.*)",
        told,
    )
    assert match, told
    stopped, seed = int(match[1]), int(match[2])
    assert seed == 6 + stopped >= 9
    finished = [f"runs/small-{n:03d}" for n in range(1, stopped)]
    assert match[3].split(", ") == finished
    assert match[4] in (f"runs/small-{stopped:03d}", f"runs/small-{stopped - 1:03d}")
    for path in finished:
        assert read_json(tmp_path / path / "run.json")["status"] == "finished"
    assert len(list((tmp_path / "runs").iterdir())) <= stopped


@pytest.fixture
def configs(small_data):
    """Two configs of a small network: one that learns, one that diverges at once."""
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.config_reader import read_config

    relu = "dense: {units: 32, activation: relu}"
    edits = ("training.epochs=1", f"model=[flatten, {relu}, {relu}, dense: 10]")
    good = read_config(small_data / "small.yaml", describe_dataset, edits)
    bad = read_config(
        small_data / "small.yaml",
        describe_dataset,
        (*edits, "training.optimizer={sgd: {learning_rate: 1e3}}"),
    )
    return good, bad


def test_a_part_that_diverges_leaves_those_before(configs, tmp_path):
    folders = [RunFolder(tmp_path / name) for name in ("a b", "c", "d")]
    parts = [
        training_series.PlannedRun(f"part {n}", config, lambda folder=folder: folder)
        for n, (config, folder) in enumerate(zip([*configs, configs[0]], folders, strict=True), 1)
    ]
    shared = training_series.SeriesContext(
        SilentProgress(), choose_device("cpu"), ("cnnlab",), Interrupt()
    )
    with pytest.raises(TrainingError) as told:
        list(training_series.train_series(parts, shared))
    place = f"'{folders[0].path}'"
    assert str(told.value).startswith("part 2: training diverged: the loss is not a finite number")
    assert str(told.value).endswith(f"; finished: {place}")
    assert folders[0].read_record().status == "finished"
    assert folders[1].read_record().status == "failed"
    assert not folders[2].path.exists()


def test_seeds_continue_from_0_after_the_largest(configs, tmp_path):
    config = replace(
        configs[0], experiment=configs[0].experiment.model_copy(update={"seed": 2**31 - 1})
    )
    rows = seed_training.train(config, 2, tmp_path, device=choose_device("cpu"))
    assert [row.record.seed for row in rows] == [2**31 - 1, 0]

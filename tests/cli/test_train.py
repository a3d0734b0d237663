"""`cnnlab train`: what it prints, what it writes, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import subprocess
import sys
import zipfile

import h5py
import pytest
from PIL import Image
from quick_edits import NETWORK, QUICK
from terminals import list_lines, run_in_terminal

LINE = re.compile(
    r"epoch [12]/2  loss \d\.\d{4} val \d\.\d{4}  accuracy \d\.\d{4} val \d\.\d{4}  \d+\.\d s"
)


def members(path):
    """The names of the HDF5 groups and arrays in a checkpoint."""
    names = []
    with h5py.File(io.BytesIO(weights(path)), "r") as file:
        file.visit(names.append)
    return names


def weights(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


def history(path):
    return list(csv.DictReader(io.StringIO((path / "history.csv").read_text())))


def test_two_epochs_learn_nine_digits_in_ten(evaluated_run):
    _, figures = evaluated_run
    assert figures["accuracy"] > 0.9
    assert (figures["images"], figures["split"], figures["run"]) == (2000, "test", "runs/small-001")
    low, high = figures["accuracy_interval"]
    assert low < figures["accuracy"] < high
    assert 0 < figures["loss"] < 1


def test_in_a_pipe_there_is_one_clean_line_for_each_epoch(trained_run):
    lines = trained_run.process.stderr.splitlines()
    count = len(os.sched_getaffinity(0))
    cores = "1 core" if count == 1 else f"{count} cores"
    assert lines[:3] == [
        "runs/small-001: 6,554 parameters, 2 epochs of 169 batches",
        "5,400 training images, 600 validation images",
        f"device: CPU, {cores} (TensorFlow finds no GPU)",
    ]
    assert len(lines) == 5
    assert all(LINE.fullmatch(line) for line in lines[3:])
    assert max(map(len, lines)) <= 80
    assert trained_run.process.stderr.replace("\n", "").isprintable()


def test_stdout_has_the_result_the_weights_and_the_next_command(trained_run):
    best = trained_run.record["best_epoch"]
    figures = r"val_loss \d\.\d{4}, val_accuracy \d\.\d{4}"
    expected = (
        rf"all 2 epochs done in \d+\.\d s: {figures} \(epoch {best}\)\n"
        rf"kept best\.keras: weights after epoch {best}, the best val_loss\n"
        r"next: cnnlab evaluate runs/small-001\n"
    )
    assert re.fullmatch(expected, trained_run.process.stdout)


def test_the_run_folder_is_whole_and_holds_nothing_else(evaluated_run):
    trained_run, _ = evaluated_run
    files = {
        str(p.relative_to(trained_run.path)) for p in trained_run.path.rglob("*") if p.is_file()
    }
    assert files == {
        "config.yaml",
        "spec.json",
        "run.json",
        "history.csv",
        "state.json",
        ".lock",
        "summary.txt",
        "curves.png",
        "checkpoints/initial.keras",
        "checkpoints/best.keras",
        "checkpoints/last.keras",
        "evaluation/metrics.json",
        "evaluation/calibration.png",
        "evaluation/per_class.csv",
        "evaluation/confusion_matrix.png",
        "evaluation/predictions.csv",
        "evaluation/mistakes.png",
    }
    for name in ("curves.png", "evaluation/confusion_matrix.png", "evaluation/mistakes.png"):
        with Image.open(trained_run.path / name) as picture:
            picture.load()
            assert picture.format == "PNG"


def test_config_yaml_is_the_text_as_given(trained_run):
    given = (trained_run.folder / "small.yaml").read_bytes()
    assert (trained_run.path / "config.yaml").read_bytes() == given


def test_run_json_records_what_happened(trained_run):
    record = trained_run.record
    assert set(record) >= {
        *("status", "started", "finished", "seconds", "ended", "seed", "epochs", "best_epoch"),
        *("best_monitor", "best_value", "parameters", "config", "command", "device", "versions"),
        *("git_commit", "data", "weights"),
    }
    assert (record["status"], record["ended"]) == ("finished", "all 2 epochs done")
    best = f"best.keras: weights after epoch {record['best_epoch']}, the best val_loss"
    assert record["weights"] == best
    assert (record["seed"], record["epochs"], record["parameters"]) == (7, 2, 6554)
    assert record["command"] == ["cnnlab", "train", "small.yaml"]
    assert record["git_commit"] is None
    assert record["device"].startswith("CPU, ")
    assert set(record["versions"]) == {"cnnlab", "python", "tensorflow", "keras", "numpy"}
    for time in (record["started"], record["finished"]):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", time)
    assert record["started"] <= record["finished"]
    assert record["data"]["training_images"] == 5400
    assert record["data"]["validation_images"] == 600
    assert re.fullmatch("[0-9a-f]{64}", record["data"]["fingerprint"])


def test_history_csv_has_one_row_for_each_epoch_from_1(trained_run):
    rows = history(trained_run.path)
    assert list(rows[0]) == [
        *("epoch", "loss", "accuracy", "val_loss", "val_accuracy"),
        *("learning_rate", "seconds", "images_per_second"),
    ]
    assert [row["epoch"] for row in rows] == ["1", "2"]
    assert [row["learning_rate"] for row in rows] == ["0.001", "0.001"]
    best = min(rows, key=lambda row: float(row["val_loss"]))
    assert trained_run.record["best_epoch"] == int(best["epoch"])
    assert trained_run.record["best_value"] == float(best["val_loss"])


def test_summary_txt_is_what_check_prints(cnnlab, trained_run):
    checked = cnnlab("check", "small.yaml", cwd=trained_run.folder)
    assert (trained_run.path / "summary.txt").read_text() == checked.stdout


def test_last_holds_the_optimizer_and_best_does_not(trained_run):
    has = {
        name: any(
            member.startswith("optimizer/vars/")
            for member in members(trained_run.path / f"checkpoints/{name}.keras")
        )
        for name in ("initial", "best", "last")
    }
    assert has == {"initial": False, "best": False, "last": True}


def train_again(folder, runs):
    """Train small.yaml again, with stderr in a pipe that is closed: `2>&1 | head -0`."""
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "cnnlab", "train", "small.yaml", "--runs", str(runs)]
    with os.fdopen(writer) as log:
        done = subprocess.run(command, cwd=folder, stdout=log, stderr=log, check=False)
    assert done.returncode == 0


@pytest.mark.slow
def test_the_same_config_again_gives_the_same_bytes(trained_run, tmp_path):
    train_again(trained_run.folder, tmp_path)
    for name in ("initial", "best", "last"):
        arrays = [
            weights(path / f"checkpoints/{name}.keras")
            for path in (trained_run.path, tmp_path / "small-001")
        ]
        assert arrays[0] == arrays[1], name
    first, second = [
        [list(row.values())[:6] for row in history(path)]
        for path in (trained_run.path, tmp_path / "small-001")
    ]
    assert first == second  # all but seconds and images per second


AVERAGED = [
    ("{adam: {cosine: {initial: 0.002, warmup_epochs: 0.5}}}", "{ema: 0.99}", "[model_checkpoint]"),
    ("{sgd: {one_cycle: 0.3}}", "{swa: 2}", "[]"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("optimizer", "average", "callbacks"), AVERAGED, ids=["ema", "swa"])
def test_a_schedule_and_an_average_give_the_same_bytes_again(
    run_cli, small_data, tmp_path, optimizer, average, callbacks
):
    edits = ["--set", f"training.optimizer={optimizer}", "--set", f"training.callbacks={callbacks}"]
    edits += ["--set", f"training.weight_average={average}", "--set", "data.validation=0.7"]
    edits += ["--set", NETWORK]
    for _ in range(2):
        arguments = ("train", "small.yaml", "--quiet", "--runs", tmp_path)
        code, _, err = run_cli(*arguments, *edits, cwd=small_data)
        assert (code, err) == (0, "")
    names = sorted(path.name for path in (tmp_path / "small-001/checkpoints").iterdir())
    best = ["best.keras"] if "model_checkpoint" in callbacks else []
    assert names == ["averaged.keras", *best, "initial.keras", "last.keras"]
    for name in names:
        one, other = (tmp_path / f"small-00{n}/checkpoints" / name for n in (1, 2))
        assert weights(one) == weights(other), name


@pytest.mark.slow
def test_json_is_alone_on_stdout_and_quiet_is_silent(cnnlab, small_data, tmp_path):
    edits = (*QUICK, "--set", "seed=8", "--device", "cpu", "--report")
    done = cnnlab(
        "train",
        "small.yaml",
        "--json",
        "--quiet",
        "--runs",
        tmp_path / "ä [b]",
        *edits,
        cwd=small_data,
    )
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    path = tmp_path / "ä [b]/small-001"
    assert answer["run"] == str(path)
    assert re.fullmatch(r"CPU, \d+ cores? \(chosen by --device\)", answer["device"])
    assert (answer["status"], answer["epochs"], answer["seed"]) == ("finished", 1, 8)
    assert answer["last_epoch"]["epoch"] == 1
    on_disk = json.loads((path / "run.json").read_text())
    assert {key: answer[key] for key in on_disk} == on_disk
    assert (path / "report.html").read_text().startswith("<!doctype html>")
    # The text is as given; the spec is what ran.
    assert "epochs: 2" in (path / "config.yaml").read_text()
    assert json.loads((path / "spec.json").read_text())["experiment"]["training"]["epochs"] == 1


@pytest.mark.slow
def test_in_a_terminal_there_is_a_live_bar(small_data, tmp_path):
    edits = ["--set", "training.epochs=1", "--set", "training.steps_per_execution=10"]
    arguments = ("train", "small.yaml", "--runs", tmp_path, *edits)
    with (tmp_path / "stdout.txt").open("wb") as file:
        shown = run_in_terminal(*arguments, cwd=small_data, columns=80, stdout=file)
    assert (tmp_path / "stdout.txt").read_text().startswith("1 epoch done in ")
    assert [line for line in list_lines(shown) if len(line) > 80] == []
    assert "\x1b[2K" in shown  # the bar is drawn over itself
    assert "169/169" in shown
    assert "170/169" not in shown
    assert re.search(r"epoch 1/1  loss \d\.\d{4} val \d\.\d{4}  accuracy \d", shown)
    assert "\x1b[?25h" in shown  # the cursor is back
    for chatter in ("TF-TRT", "oneDNN", "cuda", "WARNING", "I0000"):
        assert chatter not in shown

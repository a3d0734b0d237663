"""`cnnlab find-lr` as the shell sees it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys

import numpy as np
import pytest
from terminals import list_lines, run_in_terminal
from tiny_training import MODEL, save_tiny

import cnnlab as package

CONFIG = {
    "seed": 3,
    "data": {"dataset": "tiny.npz", "validation": 0.2, "batch_size": 8},
    "model": MODEL,
    "training": {"epochs": 1, "optimizer": "adam"},
}
TEXT = re.compile(
    r"tiny: (\d+ of )?60 batches of 8 images with adam, in \d+ epochs, at learning rates from "
    r"1e-06 to \S+\n"
    r"the loss fell between (\S+) and (\S+?)(; the test stopped when the loss exploded)?\n"
    r"suggestion: (\S+), .+\n"
    r"next: cnnlab train tiny\.yaml --set training\.optimizer\.adam\.learning_rate=(\S+)\n"
)
FEW = ("--steps", "60")


@pytest.fixture
def place(tmp_path, monkeypatch):
    """A folder with tiny.npz and tiny.yaml; the current one."""
    save_tiny(tmp_path)
    (tmp_path / "tiny.yaml").write_text(json.dumps(CONFIG))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def list_files(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_rate_is_suggested_and_the_picture_is_the_only_file(place, run_cli):
    code, out, err = run_cli("find-lr", "tiny.yaml", *FEW, "--save", cwd=place)
    assert (code, err) == (
        0,
        "training 60 batches, each at a higher rate …\npicture: find-lr.png\n",
    )
    found = TEXT.fullmatch(out)
    assert found, out
    assert found[5] == found[6]
    assert float(found[5]) < float(found[3])
    assert list_files(place) == ["find-lr.png", "tiny.npz", "tiny.yaml"]
    assert (place / "find-lr.png").read_bytes().startswith(b"\x89PNG")
    package.check("tiny.yaml", [out.split("--set ")[-1].strip()])


@pytest.mark.slow
def test_json_has_the_curve_and_repeats_to_the_last_digit(place, run_cli):
    code, out, err = run_cli("find-lr", "tiny.yaml", *FEW, "--json", "--quiet", cwd=place)
    answer = json.loads(out)
    assert (code, err) == (0, "")
    assert answer["planned_steps"] == 60
    assert answer["steps"] == len(answer["rates"]) == len(answer["losses"])
    assert answer["epochs"] == -(-answer["steps"] // 6)  # 48 images in batches of 8
    assert answer["edit"] == f"training.optimizer.adam.learning_rate={answer['suggestion']:g}"
    assert answer["command"] == ["cnnlab", "train", "tiny.yaml", "--set", answer["edit"]]
    again = package.find_learning_rate("tiny.yaml", steps=60, quiet=True)
    assert json.loads(json.dumps(again.to_dict())) == answer


@pytest.mark.slow
def test_a_picture_that_cannot_be_written_leaves_the_answer(place, run_cli):
    name = "x" * 300 + ".png"
    code, out, err = run_cli("find-lr", "tiny.yaml", *FEW, "--quiet", "--save", name, cwd=place)
    assert code == 5
    assert TEXT.fullmatch(out)
    assert err == f"cnnlab: {name}: cannot be written: file name too long; choose another path\n"


@pytest.mark.slow
def test_no_suggestion_is_an_answer(place, run_cli):
    with np.load(place / "tiny.npz") as arrays:
        noise = dict(arrays)
    noise["x_train"] = np.zeros_like(noise["x_train"])  # nothing to learn from
    np.savez(place / "tiny.npz", **noise)
    code, out, _ = run_cli("find-lr", "tiny.yaml", *FEW, "--quiet", "--json", cwd=place)
    answer = json.loads(out)
    assert code == 0
    assert answer["reason"] == (
        "the loss fell at no learning rate: it was 1.099 in the first batches, and never "
        "significantly lower"
    )
    missing = ("suggestion", "method", "fall_range", "edit", "command")
    assert [answer[name] for name in missing] == [None] * 5


@pytest.mark.slow
def test_edits_stand_in_the_next_command(place, run_cli):
    edits = ("--set", "training.optimizer={adam: {cosine: 0.1}}", "--device", "cpu")
    code, out, _ = run_cli("find-lr", "tiny.yaml", *FEW, "--quiet", *edits, cwd=place)
    assert code == 0
    note, following = out.splitlines()[-2:]
    assert note == (
        "note: the config has the schedule cosine; the suggestion is its highest rate, `initial`"
    )
    assert re.fullmatch(
        r"next: cnnlab train tiny\.yaml --set 'training\.optimizer=\{adam: \{cosine: 0\.1\}\}' "
        r"--set training\.optimizer\.adam\.cosine=\S+ --device cpu",
        following,
    )


@pytest.mark.slow
def test_an_ensemble_is_tested_by_its_first_member(place):
    found = package.find_learning_rate("tiny.yaml", ["ensemble=[5, 9]"], steps=60, quiet=True)
    assert (found.experiment.seed, found.experiment.validation_seed) == (5, 3)
    assert found.command[:5] == ["cnnlab", "train", "tiny.yaml", "--set", "ensemble=[5, 9]"]


# What is typed, the exit code, and the last line of the message.
REFUSED = {
    "find-lr": (2, "Error: Missing argument 'CONFIG'."),
    "find-lr none.yaml": (
        2,
        "cnnlab: none.yaml: there is no such config; `cnnlab new` writes one to start from",
    ),
    "find-lr tiny.yaml --set training.epohcs=2": (2, "1 fault"),
    "find-lr tiny.yaml --set data.dataset=gone.npz": (
        3,
        "cnnlab: {place}/gone.npz: there is no such file (relative paths start at the config's "
        "folder)",
    ),
    "find-lr tiny.yaml --stepz 9": (
        2,
        "Error: No such option '--stepz'. Did you mean `--steps 9`?",
    ),
    "find-lr tiny.yaml --output a.png": (
        2,
        "Error: No such option '--output'. Did you mean `--save a.png`?",
    ),
    "find-lr tiny.yaml --batch-size 9": (
        2,
        "Error: No such option '--batch-size'. Did you mean `--set data.batch_size=9`?",
    ),
    "lr-find tiny.yaml": (
        2,
        "Error: No such command 'lr-find'. Did you mean `cnnlab find-lr tiny.yaml`?",
    ),
    "find-lr tiny.yaml --steps 9": (2, "cnnlab: steps is 9; expected from 60 to 10,000"),
    "find-lr tiny.yaml --steps many": (
        2,
        "Error: Invalid value for '--steps': 'many' is not a valid integer.",
    ),
    "find-lr tiny.yaml --lowest 0": (2, "cnnlab: lowest is 0; expected from 1e-12 to 1000"),
    "find-lr tiny.yaml --lowest nan": (2, "cnnlab: lowest is nan; expected from 1e-12 to 1000"),
    "find-lr tiny.yaml --highest 1e9": (2, "cnnlab: highest is 1e+09; expected from 1e-12 to 1000"),
    "find-lr tiny.yaml --lowest 5": (
        2,
        "cnnlab: highest is 10; expected at least 50, ten times lowest",
    ),
    "find-lr tiny.yaml --save a.jpg": (
        2,
        "Error: Invalid value for '--save': a.jpg: the name must end in .png",
    ),
    "find-lr tiny.yaml --save none/a.png": (
        2,
        "Error: Invalid value for '--save': none/a.png: there is no folder none",
    ),
}


@pytest.mark.parametrize("line", REFUSED)
def test_a_wrong_command_line_is_refused(place, run_cli, line):
    code, message = REFUSED[line]
    given, out, err = run_cli(*line.split(), cwd=place)
    assert (given, out) == (code, "")
    assert err.splitlines()[-1] == message.format(place=place)
    assert list_files(place) == ["tiny.npz", "tiny.yaml"]


@pytest.mark.slow
def test_ctrl_c_leaves_nothing_behind(place, start):
    started = start("find-lr", "tiny.yaml", "--steps", "10000", "--save", cwd=place)
    started.wait_for_line("each at a higher rate")
    started.process.send_signal(signal.SIGINT)
    assert started.end() == 130
    assert started.read_stderr().splitlines()[-1] == (
        "cnnlab: stopped by SIGINT; the range test writes no files"
    )
    assert list_files(place) == ["stderr.txt", "tiny.npz", "tiny.yaml"]


@pytest.mark.slow
@pytest.mark.parametrize("columns", [50, 100])
def test_a_bar_shows_the_rates_and_is_removed(place, columns):
    with (place / "stdout.txt").open("wb") as file:
        text = run_in_terminal("find-lr", "tiny.yaml", cwd=place, columns=columns, stdout=file)
    frames = [line for line in list_lines(text) if line.startswith("batch")]
    pattern = re.compile(r"batch +\d+/200 [━╸╺]+ learning rate \d\.\de[+-]\d\d\b.*")
    assert frames
    assert [frame for frame in frames if not pattern.fullmatch(frame)] == []
    assert max(map(len, frames)) <= columns
    assert text.count("\x1b[1A") == 1  # the bar is removed at the end
    assert (place / "stdout.txt").read_text().startswith("tiny: ")


def test_faults_of_the_config_come_before_tensorflow(place):
    program = (
        "import sys; from cnnlab.cli.main import main\n"
        "sys.argv = ['cnnlab', 'find-lr', 'tiny.yaml', '--set', 'training.epochs=0']\n"
        "try: main()\n"
        "finally: print('tensorflow' in sys.modules)"
    )
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (2, "False\n")

"""Standard streams that are closed or full, configs from pipes, and too little memory."""

from __future__ import annotations

import errno
import json
import os
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from shell_redirection import CNNLAB, run_in_shell

from cnnlab.errors import find_memory_error

ROOT = Path(__file__).parents[2]
SMALL = ("--set", "model=[flatten, {dense: {units: 10, activation: softmax}}]")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("redirection", "code", "message"),
    [
        ("2>&-", 0, ""),
        ("2>/dev/full <&-", 0, ""),
        (">/dev/full", 5, "cnnlab: standard output: no space left on device\n"),
        (">&-", 5, "cnnlab: standard output: it is closed\n"),
        (">/dev/full 2>/dev/full", 5, ""),
    ],
)
def test_a_stream_that_cannot_be_written_costs_no_training(
    redirection, code, message, small_data, tmp_path
):
    config = small_data / "small.yaml"
    end = run_in_shell(redirection, "train", config, *SMALL, cwd=tmp_path)
    assert (end[0], end[2][-len(message) :] if message else "") == (code, message)
    run = tmp_path / "runs/small-001"
    assert json.loads((run / "run.json").read_text())["status"] == "finished"
    assert (run / "curves.png").stat().st_size > 10_000
    assert (end[1].splitlines()[-1:] != []) == (code == 0)


@pytest.mark.parametrize(
    "arguments", [("check", ROOT / "configs/mnist.yaml"), ("schema",), ("-h",)]
)
@pytest.mark.parametrize(("redirection", "reason"), [(">/dev/full", "no space"), (">&-", "it is")])
def test_an_answer_that_cannot_be_written_ends_with_code_5(
    arguments, redirection, reason, tmp_path
):
    code, _, err = run_in_shell(redirection, *arguments, cwd=tmp_path)
    assert (code, err.startswith(f"cnnlab: standard output: {reason}")) == (5, True), err


@pytest.mark.parametrize("redirection", ["2>&-", "2>/dev/full"])
def test_a_fault_that_cannot_be_written_keeps_its_exit_code(redirection, tmp_path):
    assert run_in_shell(redirection, "check", "missing.yaml", cwd=tmp_path) == (2, "", "")


def test_a_reader_that_is_gone_is_no_error(tmp_path):
    command = f"check {ROOT}/configs/mnist.yaml | true; exit ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", f"{' '.join(CNNLAB)} {command}"], cwd=tmp_path, capture_output=True
    )
    assert (done.returncode, done.stderr) == (0, b"")


CONFIG = """\
data: {dataset: mnist}
model: [flatten, {dense: {units: 10, activation: softmax}}]
training: {epochs: 1}
"""


@pytest.fixture
def pipe(tmp_path):
    path = tmp_path / "exp.yaml"
    os.mkfifo(path)
    return path


def test_a_named_pipe_is_refused_and_not_waited_for(pipe, run_cli):
    answer = (
        2,
        "",
        "cnnlab: exp.yaml: this is a pipe, not a file; to read a config from another command, pipe "
        "it to cnnlab and write `-` as the path\n",
    )
    assert run_cli("check", "exp.yaml", cwd=pipe.parent) == answer

    def write_config():
        with suppress(BrokenPipeError):  # cnnlab may open the pipe, and close it at once
            pipe.write_text(CONFIG)

    writer = threading.Thread(target=write_config, daemon=True)
    writer.start()
    assert run_cli("check", "exp.yaml", cwd=pipe.parent) == answer
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)  # lets the writer open the pipe
    writer.join()
    os.close(reader)


@pytest.mark.parametrize("path", ["/dev/null", "/dev/zero", "/dev/tty"])
def test_a_device_is_refused(path, run_cli, tmp_path):
    code, out, err = run_cli("check", path, cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith(f"cnnlab: {path}: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize("form", ["- <exp.txt", "<(cat exp.txt)", "/dev/stdin <exp.txt"])
def test_a_config_comes_from_standard_input_or_from_another_command(form, tmp_path):
    (tmp_path / "exp.txt").write_text(CONFIG)
    code, out, err = run_in_shell(form, "check", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.splitlines()[0].startswith("experiment")
    (tmp_path / "exp.txt").write_text(CONFIG.replace("epochs", "epoch"))
    code, out, err = run_in_shell(form, "check", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert ":3:12: training.epoch: unknown key `epoch`" in err


def test_a_standard_input_that_is_closed_has_no_config(tmp_path):
    code, out, err = run_in_shell("<&-", "check", "-", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err.startswith("cnnlab: ")


def limit_memory(kibibytes, *arguments, cwd):
    command = f'ulimit -v {kibibytes}; exec "$@"'
    return subprocess.run(
        ["bash", "-c", command, "bash", *CNNLAB, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("kibibytes", [400_000, 1_500_000, 2_500_000])
@pytest.mark.parametrize("command", ["train", "evaluate"])
def test_too_little_memory_is_one_sentence(kibibytes, command, trained_run, tmp_path):
    subject = trained_run.folder / "small.yaml" if command == "train" else trained_run.path
    done = limit_memory(kibibytes, command, subject, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (6, "")
    assert done.stderr.startswith("cnnlab: the limit of address space is ")
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        ImportError("libscipy_openblas.so: failed to map segment from shared object"),
        OSError(errno.ENOMEM, "Cannot allocate memory"),
        RuntimeError("can't start new thread"),
    ],
    ids=repr,
)
def test_an_error_for_lack_of_memory_is_recognised(error):
    message = str(find_memory_error(error))
    assert message.startswith("memory ran out: ")
    assert "\n" not in message
    assert find_memory_error(error).exit_code == 6


@pytest.mark.parametrize(
    "error", [ImportError("No module named 'x'"), OSError(errno.ENOENT, "x"), RuntimeError("x")]
)
def test_another_error_is_no_lack_of_memory(error):
    assert find_memory_error(error) is None

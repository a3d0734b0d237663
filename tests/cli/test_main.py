"""The command as a whole: help, version, misspelt words, closed pipes, narrow terminals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from command_calls import call_cnnlab

import cnnlab as package
from cnnlab.cli.main import cnnlab as group
from cnnlab.cli.main import main
from cnnlab.errors import CheckpointError

COMMANDS = sorted(group.commands)


def test_help_names_every_command_and_every_exit_code(cnnlab, tmp_path):
    done = cnnlab("--help", cwd=tmp_path)
    assert done.returncode == 0
    assert done.stderr == ""
    headings = ["Make a config", "Look at the data", "Train", "Look", "Compare", "Manage"]
    assert list_headings(done.stdout) == headings
    listed = done.stdout.partition("\nMake a config:\n")[2].splitlines()
    names = [line.split()[0] for line in listed if line.startswith("  ") and line[2] != " "]
    assert sorted(names) == COMMANDS
    codes = (
        "Exit codes: 0 done, 1 a bug in cnnlab, 2 usage or config, 3 data, 4 checkpoint or run "
        "folder, 5 disk, 6 training failed or memory ran out, 7 the run is in use, "
        "129, 130 and 143 stopped by a signal."
    )
    assert codes in " ".join(done.stdout.split())


@pytest.mark.parametrize("error", [TypeError("in Rescaling.call()"), CheckpointError("damaged")])
def test_ctrl_c_that_a_library_turns_into_an_error_still_stops_the_command(
    monkeypatch, tmp_path, error
):
    """TensorFlow raised TypeError for Ctrl-C while it traced a layer of Keras."""

    def trace_a_layer(**options):
        with suppress(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
            time.sleep(60)
        raise error

    monkeypatch.setattr(group, "main", trace_a_layer)
    done = call_cnnlab("export", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (130, "cnnlab: stopped\n")
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_bug_has_a_traceback(monkeypatch):
    def fail(**options):
        raise TypeError

    monkeypatch.setattr(group, "main", fail)
    with pytest.raises(TypeError):
        main()


def list_headings(text):
    headings = [line[:-1] for line in text.splitlines() if line.endswith(":") and line[0] != " "]
    return [heading for heading in headings if heading not in ("Options", "Usage")]


def test_the_command_alone_shows_the_help(run_cli, tmp_path):
    assert run_cli(cwd=tmp_path) == run_cli("--help", cwd=tmp_path)


def test_no_summary_is_cut_and_every_line_fits_80_columns(run_cli, tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run_cli("--help", cwd=tmp_path)
    assert "..." not in out.partition("\n")[2]
    assert max(map(len, out.splitlines())) <= 80
    assert all(command.short_help for command in group.commands.values())


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_shows_its_usage(run_cli, tmp_path, command):
    code, out, err = run_cli(command, "--help", cwd=tmp_path)
    assert (code, err) == (0, "")
    assert out.startswith(f"Usage: cnnlab {command} ")


def test_help_does_not_load_tensorflow(tmp_path):
    code = (
        "import sys; from cnnlab.cli.main import main; sys.argv = ['cnnlab', 'train', '--help']\n"
        "try: main()\n"
        "finally: print(sorted({'tensorflow', 'keras', 'matplotlib'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_module_is_the_command(cnnlab, tmp_path):
    script = Path(sys.executable).with_name("cnnlab")
    for arguments in (["--help"], ["--version"], ["nope"], ["runs"]):
        one = subprocess.run([script, *arguments], cwd=tmp_path, capture_output=True, check=False)
        other = cnnlab(*arguments, cwd=tmp_path)
        assert (one.returncode, one.stdout.decode(), one.stderr.decode()) == (
            other.returncode,
            other.stdout,
            other.stderr,
        )


def test_version_is_the_package_s(run_cli, tmp_path):
    assert run_cli("--version", cwd=tmp_path) == (
        0,
        f"cnnlab, version {package.__version__}\n",
        "",
    )


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nope"], "No such command 'nope'."),
        (["--nope"], "No such option '--nope'."),
        (["train"], "Missing argument 'CONFIG'."),
        (["train", "a.yaml", "--nope"], "No such option '--nope'."),
        (["train", "a.yaml", "b.yaml"], "Got unexpected extra argument (b.yaml)"),
        (
            ["train", "a.yaml", "--device", "tpu"],
            "Invalid value for '--device': 'tpu': expected auto, cpu, gpu for all GPUs, or gpu:0, "
            "gpu:1, … for one GPU",
        ),
        (["evaluate"], "Missing argument 'RUN...'."),
        (["evaluate", "x", "--tta", "turn"], "'turn' is not one of 'shift', 'flip'."),
        (["train", "a.yaml", "--seeds", "1"], "1 is not in the range 2<=x<=100."),
        (
            ["train", "a.yaml", "--parallel", "0"],
            "Invalid value for '--parallel': 0: expected a number from 1 to 1024, or auto",
        ),
        (["evaluate", "x", "--split", "all"], "'all' is not one of 'test', 'validation', 'train'."),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_with_2_and_one_sentence(run_cli, tmp_path, arguments, message):
    code, out, err = run_cli(*arguments, cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1].endswith(message)
    assert err.startswith("Usage: cnnlab ")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["runs"], ["schema"]])
def test_a_closed_pipe_is_no_error(trained_run, arguments):
    reader, writer = os.pipe()
    os.close(reader)
    command = [sys.executable, "-m", "cnnlab", *arguments]
    with os.fdopen(writer) as closed:
        done = subprocess.run(
            command, cwd=trained_run.folder, stdout=closed, stderr=subprocess.PIPE, check=False
        )
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_terminal_of_ascii_alone_gets_an_answer_too(cnnlab, trained_run):
    for arguments in (["runs"], ["check", "small.yaml"], ["schema"]):
        done = cnnlab(*arguments, cwd=trained_run.folder, PYTHONIOENCODING="ascii", LC_ALL="C")
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout
    assert cnnlab("runs", cwd=trained_run.folder, PYTHONIOENCODING="ascii").stdout.isascii()


def test_a_path_too_long_for_the_disk_is_reported_in_a_sentence(run_cli, tmp_path):
    name = "x" * 5000
    code, out, err = run_cli("evaluate", name, cwd=tmp_path)
    assert (code, out) in [(4, ""), (5, "")]
    assert err.startswith("cnnlab: ")
    assert err.count("\n") == 1

"""Mistyped commands, configs and runs: each gets the nearest one that exists."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path

import pytest
from command_errors import find_error

from cnnlab.cli.main import cnnlab as group

MNIST = Path(__file__).parents[2] / "configs/mnist.yaml"

COMMANDS = {
    "list": "cnnlab runs",
    "ls runs/": "cnnlab runs",
    "list --sort accuracy": "cnnlab runs --sort accuracy",
    "help": "cnnlab --help",
    "help train": "cnnlab train --help",
    "help runs show": "cnnlab runs show --help",
    "version": "cnnlab --version",
    "test last": "cnnlab evaluate last",
    "eval last --tta shift": "cnnlab evaluate last --tta shift",
    "fit digits.yaml": "cnnlab train digits.yaml",
    "run digits.yaml --set seed=3": "cnnlab train digits.yaml --set seed=3",
    "init": "cnnlab new",
    "create mine": "cnnlab new mine",
    "validate digits.yaml": "cnnlab check digits.yaml",
    "summary digits.yaml": "cnnlab check digits.yaml",
    "show last": "cnnlab runs show last",
    "rm mnist-001": "cnnlab runs rm mnist-001",
    "delete mnist-001": "cnnlab runs rm mnist-001",
    "diff mnist-001 mnist-002": "cnnlab compare mnist-001 mnist-002",
    "infer last 'a b.png'": "cnnlab predict last 'a b.png'",
    "classify last seven.png": "cnnlab predict last seven.png",
    "visualize last": "cnnlab explain last",
    "grad-cam last": "cnnlab explain last grad-cam",
    "feature_maps last": "cnnlab explain last maps",
    "plot last": "cnnlab report last",
    "continue last": "cnnlab resume last",
    "trian digits.yaml": "cnnlab train digits.yaml",
    "Train digits.yaml": "cnnlab train digits.yaml",
    "evalute last": "cnnlab evaluate last",
    "chekc digits.yaml": "cnnlab check digits.yaml",
    "digits.yaml": "cnnlab train digits.yaml",
    "runs list": "cnnlab runs",
    "runs delete mnist-001": "cnnlab runs rm mnist-001",
    "runs shwo last": "cnnlab runs show last",
    "runs last": "cnnlab runs show last",
    "runs mnist-001": "cnnlab runs show mnist-001",
    "runs compare mnist-001 mnist-002": "cnnlab compare mnist-001 mnist-002",
}


@pytest.mark.parametrize(("line", "text"), COMMANDS.items())
def test_an_unknown_command_gets_the_command_that_is_meant(run_cli, mistyped_folder, line, text):
    words = shlex.split(line)
    word = words[1] if words[0] == "runs" else words[0]
    error = find_error(run_cli, mistyped_folder, line)
    assert error == f"No such command '{word}'. Did you mean `{text}`?\n"


def test_every_command_suggests():
    from cnnlab.cli.command_classes import SuggestingCommand

    commands = [group, *group.commands.values(), *group.commands["runs"].commands.values()]
    assert all(isinstance(command, SuggestingCommand) for command in commands)


CONFIGS = {
    "digts.yaml": "digits.yaml",
    "digits.yml": "digits.yaml",
    "digits": "digits.yaml",
    "Digits.yaml": "digits.yaml",
    "mnist.yaml": "configs/mnist.yaml",
    "mnist": "configs/mnist.yaml",
    "configs/mnst.yaml": "configs/mnist.yaml",
    "configs/mnist.yml": "configs/mnist.yaml",
    "config/mnist.yaml": "configs/mnist.yaml",
    "./digts.yaml": "digits.yaml",
}


@pytest.mark.parametrize(("path", "near"), CONFIGS.items())
@pytest.mark.parametrize("command", ["check", "train"])
def test_a_mistyped_config_gets_the_nearest_one(run_cli, mistyped_folder, command, path, near):
    message = f"cnnlab: {Path(path)}: there is no such config; did you mean `{near}`?\n"
    assert run_cli(command, path, cwd=mistyped_folder) == (2, "", message)


def test_a_run_in_place_of_a_config_gets_its_config(run_cli, mistyped_folder):
    config = mistyped_folder / "runs/mnist-001/config.yaml"
    shutil.copy(MNIST, config)
    near = "did you mean `runs/mnist-001/config.yaml`?\n"
    message = f"cnnlab: mnist-001: there is no such config; {near}"
    assert run_cli("train", "mnist-001", cwd=mistyped_folder) == (2, "", message)
    message = f"cnnlab: runs/mnist-001: this is a folder, not a config; {near}"
    assert run_cli("train", "runs/mnist-001", cwd=mistyped_folder) == (2, "", message)
    config.unlink()


RUNS = {
    "minst-001": "mnist-001",
    "mnist-1": "mnist-001",
    "mnist_002": "mnist-002",
    "MNIST-001": "mnist-001",
    "mnits": "mnist-002",
    "runs/minst-001": "runs/mnist-001",
    "run/mnist-001": "runs/mnist-001",
    "latest": "last",
    "lats": "last",
}


@pytest.mark.parametrize(("name", "near"), RUNS.items())
def test_a_mistyped_run_gets_the_nearest_one(run_cli, mistyped_folder, name, near):
    there = "there are mnist-001, mnist-002"
    message = f"cnnlab: {name}: no such run or file; {there}; did you mean `{near}`?\n"
    assert run_cli("runs", "show", name, cwd=mistyped_folder) == (4, "", message)


def test_a_config_in_place_of_a_run_gets_its_run_or_the_command_that_makes_one(
    run_cli, mistyped_folder
):
    for name, hint in (
        ("configs/mnist.yaml", "did you mean `mnist-002`?"),
        ("digits.yaml", "`cnnlab train digits.yaml` makes a run of it"),
    ):
        message = f"cnnlab: {name}: this is a config, not a run; {hint}\n"
        assert run_cli("report", name, cwd=mistyped_folder) == (4, "", message)

"""Wrong command lines of `cnnlab sweep`, and the plan of a dry run."""

from __future__ import annotations

import json
from importlib.util import find_spec

import pytest
from command_errors import find_error
from run_builders import make_run
from sweep_folder_builders import make_sweep
from sweep_runs import write_sweep

from cnnlab.cli.sweep_plan_output import print_plan
from cnnlab.study.sweep_plan import Example, SweepPlan

OPTIONS = {
    "--trials 5": "--set trials=5",
    "--n-trials 5": "--set trials=5",
    "--jobs 4": "--parallel 4",
    "--n-jobs 4": "--parallel 4",
    "-j 4": "--parallel 4",
    "--workers 4": "--parallel 4",
    "--epochs 2": "--set training.epochs=2",
    "--lr 0.1": "--set training.optimizer.adam.learning_rate=0.1",
    "--filters 3": "--set 'model[0].conv.filters=3'",
    "--method random": "--set method=random",
    "--seed 3": "--set seed=3",
    "--seeds 3": "--set 'confirm={best: 3, seeds: 3}'",
    "--output out": "--runs out",
    "--plan": "--dry-run",
    "--dryrun": "--dry-run",
    "--gpu": "--device gpu",
    "--cluster auto": "--ray auto",
    "--format": "--json",
    "--resume": "cnnlab resume last",
}
FULL = "cnnlab: --ray nowhere: expected `auto` or HOST:PORT, such as 10.0.0.1:6379\n"


@pytest.fixture
def folder(tmp_path):
    write_sweep(tmp_path)
    return tmp_path


@pytest.mark.parametrize(("option", "text"), OPTIONS.items())
def test_an_unknown_option_gets_what_it_means(run_cli, folder, option, text):
    error = find_error(run_cli, folder, f"sweep sweep.yaml {option}")
    assert error == f"No such option '{option.split()[0]}'. Did you mean `{text}`?\n"


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("sweep", "Missing argument 'FILE'.\n"),
        (
            "sweep sweep.yaml --parallel 0",
            "Invalid value for '--parallel': 0: expected a number from 1 to 1024, or auto\n",
        ),
        (
            "sweep sweep.yaml --parallel two",
            "Invalid value for '--parallel': two: expected a number from 1 to 1024, or auto\n",
        ),
        (
            "sweep sweep.yaml --threads 2",
            "No such option '--threads'. `--parallel N` sets how many networks train at once; they "
            "share the processor cores.\n",
        ),
        (
            "sweep sweep.yaml trials=2",
            "Got unexpected extra argument (trials=2). Did you mean `--set trials=2`?\n",
        ),
        (
            "resume last --parallel 4",
            "No such option '--parallel'. Leave this option out: `cnnlab resume` gives a sweep as "
            "many workers as before.\n",
        ),
        ("tune sweep.yaml", "No such command 'tune'. Did you mean `cnnlab sweep sweep.yaml`?\n"),
    ],
)
def test_a_wrong_command_line_is_explained(run_cli, folder, line, text):
    assert find_error(run_cli, folder, line) == text


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (
            "sweep none.yaml",
            "cnnlab: none.yaml: there is no such sweep file; docs/sweeps.md shows one to start "
            "from\n",
        ),
        ("sweep .", "cnnlab: .: this is a folder, not a sweep file\n"),
        (
            "sweep runs/kernels-001",
            "cnnlab: runs/kernels-001: this is a folder, not a sweep file; `cnnlab resume "
            "runs/kernels-001` goes on with the sweep\n",
        ),
        (
            "sweep tiny.yaml",
            "tiny.yaml:2:1: this is a config\n"
            "     2 | name: tiny\n"
            "         ^\n"
            "       expected: a sweep file\n"
            "       `cnnlab train` trains a config; a sweep file names a config and what varies in "
            "it\n\n1 fault\n",
        ),
        ("sweep sweep.yaml --ray nowhere", FULL),
        ("resume kernels --epochs 3", "cnnlab: a sweep goes on as it began: leave out --epochs\n"),
        (
            "resume kernels --device cpu",
            "cnnlab: a sweep goes on as it began: leave out --device\n",
        ),
        (
            "resume small --ray auto",
            "cnnlab: --ray: runs/small-001 is one run, and Ray trains sweeps; leave out --ray\n",
        ),
    ],
)
def test_a_wrong_file_or_option_is_explained(run_cli, folder, line, text):
    make_run(folder / "runs", "small")
    make_sweep(folder / "runs", count=1, record={"status": "stopped"})
    assert run_cli(*line.split(), cwd=folder) == (2, "", text)


@pytest.mark.parametrize("options", [(), ("--dry-run",)])
@pytest.mark.skipif(find_spec("torch") is not None, reason="PyTorch is installed")
def test_a_method_whose_package_is_missing_leaves_no_folder(run_cli, folder, options):
    edits = ("--set", "method=gp", "--set", "trials=2")
    assert run_cli("sweep", "sweep.yaml", *edits, *options, cwd=folder) == (
        2,
        "",
        "cnnlab: method: gp needs PyTorch, which Optuna's Gaussian processes use: pip install "
        "torch; or search with method: tpe\n",
    )
    assert not (folder / "runs").exists()


@pytest.mark.parametrize("command", ["sweep", "resume"])
def test_the_help_fits_80_columns_and_names_sweeps(run_cli, folder, command):
    code, out, _ = run_cli(command, "--help", cwd=folder)
    assert code == 0
    # One example of `resume` is a command line that cannot be broken.
    wide = [line for line in out.splitlines() if len(line) > 80 and "early_stopping" not in line]
    assert wide == []
    assert "sweep" in out


PLAN = SweepPlan(
    combinations=2,
    trials=2,
    trainings=6,
    epochs=10,
    workers=2,
    examples=(
        Example({"model[0].conv.filters": 8, "data.batch_size": 32}, 5000, 100),
        Example({"model[0].conv.filters": 32, "data.batch_size": 32}, 20_000, 400),
    ),
    multiply_adds=10_000,
    epoch_seconds=3.0,
    search_seconds=30.0,
    confirmation_seconds=60.0,
)


def test_a_plan_has_the_combinations_and_the_times(capsys):
    print_plan(PLAN, as_json=False)
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert lines == [
        "2 combinations; 2 trials of 10 epochs",
        "",
        "no.  filters  batch_size  parameters  multiply-adds",
        "───────────────────────────────────────────────────",
        "1    8        32                 100          5,000",
        "2    32       32                 400         20,000",
        "",
        "an epoch of the config takes 3.0 s (measured, 2 at once)",
        "search:       2 trainings    about 30.0 s",
        "confirmation: 4 trainings    about 1 min 0 s",
        "together:     6 trainings    about 1 min 30 s",
        "",
        "This is the time if each trial takes as long as the config. The time of a trial",
        "varies with its size: the combinations above have 0.5 to 2 times the",
        "multiply-adds of the config. Trials that end early make the search shorter.",
    ]


def test_a_plan_as_json_has_the_sum_of_the_times(capsys):
    print_plan(PLAN, as_json=True)
    plan = json.loads(capsys.readouterr().out)
    assert (plan["search_seconds"], plan["confirmation_seconds"], plan["seconds"]) == (30, 60, 90)

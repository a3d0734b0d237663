"""`cnnlab runs --sort` and `--where`: which runs, in what order, and unknown words."""

from __future__ import annotations

import json

import pytest
from run_builders import make_run

NAMES = (
    "accuracy, loss, cross_entropy, val_accuracy, val_loss, val_cross_entropy, parameters, "
    "seconds, epochs, members, seed, started, name, config, dataset, status"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Runs with 90, 95 and 99 right answers of 100, one not evaluated, and one damaged."""
    root = tmp_path_factory.mktemp("list") / "runs"
    for day, (name, mistakes, dataset) in enumerate(
        [("b", 5, "mnist"), ("a", 10, "fashion_mnist"), ("c", 1, "mnist")], 1
    ):
        record = {
            "started": f"2024-01-0{day}T00:00:00Z",
            "parameters": 1000 * day,
            "data": {"dataset": dataset},
        }
        make_run(root, name, wrong=range(mistakes), seed=day, record=record)
    late = {"started": "2024-01-04T00:00:00Z", "status": "stopped", "data": {"dataset": "mnist"}}
    make_run(root, "d", evaluated=False, record=late)
    broken = make_run(root, "e")
    (broken.path / "run.json").write_text("{")
    return root.parent


def names(answer):
    code, out, err = answer
    assert (code, err) == (0, "")
    return " ".join(row["run"].removesuffix("-001") for row in json.loads(out))


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", "a b c d e"),
        ("-name", "e d c b a"),
        ("accuracy", "e d a b c"),  # the highest last, those without one first
        ("-accuracy", "e d c b a"),
        ("started", "e b a c d"),
        ("parameters", "e d b a c"),
        ("seed", "e d b a c"),
        ("dataset", "e a b c d"),
        ("status", "e b a c d"),
        ("val_loss", "e b a c d"),  # all the same: they stay as they are
    ],
)
def test_runs_are_sorted(run_cli, folder, sort, expected):
    assert names(run_cli("runs", "--sort", sort, "--json", cwd=folder)) == expected


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        (["accuracy>0.95"], "c"),
        (["accuracy>=0.95"], "b c"),
        (["accuracy < 0.95"], "a"),
        (["accuracy<=0.95"], "b a"),
        (["accuracy=0.95"], "b"),
        (["accuracy==0.95"], "b"),
        (["accuracy!=0.95"], "a c"),  # of the others, it is not known
        (["accuracy>0.9", "accuracy<0.99"], "b"),
        (["status=stopped"], "d"),
        (["status=damaged"], "e"),
        (["status!=damaged"], "b a c d"),
        (["dataset=mnist", "accuracy>0"], "b c"),
        (["started>=2024-01-03"], "c d"),
        (["seed=2"], "a"),
        (["parameters>1e3"], "a c"),
        (["val_accuracy=0.8", "name!=d-001"], "b a c"),
        (["val_loss>1"], ""),  # 2 / 2 after the second epoch
        (["members>0"], ""),
    ],
)
def test_runs_are_chosen_by_all_conditions(run_cli, folder, conditions, expected):
    given = [word for text in conditions for word in ("--where", text)]
    assert names(run_cli("runs", *given, "--json", cwd=folder)) == expected


def test_columns_named_in_conditions_are_shown(run_cli, folder):
    arguments = ("--where", "val_loss<2", "--sort", "-seed", "--where", "accuracy>0.9")
    code, out, err = run_cli("runs", *arguments, cwd=folder)
    assert (code, err) == (0, "")
    lines = [" ".join(line.split()) for line in out.splitlines() if line.strip(" ─")]
    assert lines == [
        "run status epochs best validation test accuracy parameters time val_loss seed",
        "c-001 finished 2 99.00% 3,000 1 min 0 s 1.0000 3",
        "b-001 finished 2 95.00% 1,000 1 min 0 s 1.0000 1",
    ]
    [row] = json.loads(run_cli("runs", "--where", "seed=3", "--json", cwd=folder)[1])
    assert row["seed"] == 3


def test_without_matching_runs_it_reports_that(run_cli, folder):
    arguments = ("--where", "accuracy>0.999", "--where", "seed=1")
    expected = "none of 5 runs in runs/ has accuracy>0.999 and seed=1\n"
    assert run_cli("runs", *arguments, cwd=folder) == (0, "", expected)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (
            ["--sort", "accurasy"],
            f"--sort accurasy: runs have no `accurasy`; expected one of {NAMES}; did you mean "
            "`accuracy`?",
        ),
        (
            ["--where", "sede=1"],
            f"--where sede=1: runs have no `sede`; expected one of {NAMES}; did you mean `seed`?",
        ),
        (["--sort", "x"], f"--sort x: runs have no `x`; expected one of {NAMES}"),
        (
            ["--where", "accuracy>99"],
            "--where accuracy>99: accuracy is a share from 0 to 1, as in accuracy>0.99",
        ),
        (
            ["--where", "loss<low"],
            "--where loss<low: loss is a number; compare it with a number, not with `low`",
        ),
        (
            ["--where", "loss<nan"],
            "--where loss<nan: loss is a number; compare it with a number, not with `nan`",
        ),
        (
            ["--where", "loss<"],
            "--where loss<: loss is a number; compare it with a number, not with ``",
        ),
        (["--where", "status="], "--where status=: there is no value after ="),
    ],
)
def test_unknown_columns_are_reported(run_cli, folder, arguments, said):
    assert run_cli("runs", *arguments, cwd=folder) == (2, "", f"cnnlab: {said}\n")


@pytest.mark.parametrize("text", ["", "accuracy", ">1", "accuracy~1", "a b>1", "__import__('os')"])
def test_a_wrong_condition_is_reported(run_cli, folder, text):
    expected = (
        f"cnnlab: --where {text}: this is not a condition; expected a name, one of > >= < <= = !=, "
        "and a value, as in accuracy>0.99\n"
    )
    assert run_cli("runs", "--where", text, cwd=folder) == (2, "", expected)


def test_a_subcommand_takes_no_conditions(run_cli, folder):
    expected = "cnnlab: --sort and --where belong to `runs`, not to `runs rm`\n"
    assert run_cli("runs", "--sort", "name", "rm", "a-001", cwd=folder) == (2, "", expected)
    assert (folder / "runs/a-001").exists()


def test_the_cross_entropy_of_validation_is_the_plain_loss_or_its_own_column(run_cli, tmp_path):
    """The loss of "smooth" is another number, and its history has no cross-entropy to read."""
    make_run(tmp_path / "runs", "plain")
    smooth = {"loss": {"cross_entropy": {"label_smoothing": 0.1}}}
    make_run(tmp_path / "runs", "smooth", training=smooth)
    weighted = make_run(tmp_path / "runs", "weighted", training=smooth)
    path = weighted.path / "history.csv"
    head, *rows = path.read_text().splitlines()
    rows = [f"{row},{number}" for number, row in enumerate(rows, 5)]
    path.write_text("\n".join([f"{head},val_cross_entropy", *rows]) + "\n")
    code, out, err = run_cli("runs", "--sort", "val_cross_entropy", "--json", cwd=tmp_path)
    assert (code, err) == (0, "")
    found = {row["run"]: row["val_cross_entropy"] for row in json.loads(out)}
    assert found == {"smooth-001": None, "plain-001": 1.0, "weighted-001": 6.0}

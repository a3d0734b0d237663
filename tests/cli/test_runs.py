"""`cnnlab runs`: the table, its JSON, and damaged folders."""

from __future__ import annotations

import json
import shutil

import pytest


@pytest.fixture
def three(run_copy):
    """Three runs: a good one, a newer one that failed, and an older one."""
    root = run_copy.parent
    for name, changes in {
        "small-001": {"started": "2024-01-02T00:00:00Z", "seconds": 9.26},
        "small-002": {
            "started": "2024-01-03T00:00:00Z",
            "status": "failed",
            "epochs": 0,
            "best_epoch": None,
            "best_monitor": None,
            "best_value": None,
            "seconds": 125.0,
        },
        "zero-001": {"started": "2024-01-01T00:00:00Z", "config": "zero", "seconds": 3725.0},
    }.items():
        if name != "small-001":
            shutil.copytree(run_copy, root / name)
        path = root / name / "run.json"
        record = {**json.loads(path.read_text()), "best_value": 0.25, **changes}
        path.write_text(json.dumps(record))
    metrics = root / "small-001/evaluation/metrics.json"
    metrics.parent.mkdir(exist_ok=True)
    metrics.write_text(json.dumps({"accuracy": 0.9125, "trained_epochs": 2}))
    shutil.rmtree(root / "zero-001/evaluation", ignore_errors=True)
    shutil.rmtree(root / "small-002/evaluation", ignore_errors=True)
    return root.parent


def lines(text):
    return [" ".join(line.split()) for line in text.splitlines() if line.strip(" ─")]


def test_the_table_has_the_newest_run_last(run_cli, three):
    code, out, err = run_cli("runs", cwd=three)
    assert (code, err) == (0, "")
    assert lines(out) == [
        "run status epochs best validation test accuracy parameters time",
        "zero-001 finished 2 val_loss 0.2500 6,554 1 h 2 min",
        "small-001 finished 2 val_loss 0.2500 91.25% 6,554 9.3 s",
        "small-002 failed 0 6,554 2 min 5 s",
    ]


def test_the_config_is_a_column_where_the_name_of_a_run_does_not_say_it(run_cli, three):
    (three / "runs/zero-001").rename(three / "runs/other")
    assert lines(run_cli("runs", cwd=three)[1])[:2] == [
        "run status config epochs best validation test accuracy parameters time",
        "other finished zero 2 val_loss 0.2500 6,554 1 h 2 min",
    ]


def test_json_has_the_same_runs_in_the_same_order(run_cli, three):
    code, out, err = run_cli("runs", "--json", cwd=three)
    assert (code, err) == (0, "")
    answer = json.loads(out)
    assert [row["run"] for row in answer] == ["zero-001", "small-001", "small-002"]
    assert answer[1] == {
        "run": "small-001",
        "status": "finished",
        "config": "small",
        "members": 0,
        "epochs": 2,
        "best_monitor": "val_loss",
        "best_value": 0.25,
        "test_accuracy": 0.9125,
        "parameters": 6554,
        "seconds": 9.26,
    }


def test_a_damaged_run_is_listed_and_says_what_is_wrong(run_cli, three):
    (three / "runs/zero-001/run.json").write_text("{")
    code, out, err = run_cli("runs", cwd=three)
    assert (code, err) == (0, "")
    assert max(map(len, lines(out))) < 100
    assert "zero-001 damaged" in map(" ".join, map(str.split, lines(out)))
    assert lines(out)[-1].startswith("runs/zero-001/run.json: damaged: not JSON at line 1")
    rows = json.loads(run_cli("runs", "--json", cwd=three)[1])
    assert rows[0]["status"] == "damaged"
    assert rows[0]["error"].startswith("runs/zero-001/run.json: damaged: ")
    assert [row["status"] for row in rows[1:]] == ["finished", "failed"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        "3",
        '"text"',
        '{"unknown": 1}',
        '{"started": 5}',
        '{"best_monitor": "val_loss", "best_value": "good"}',
        '{"seconds": "long"}',
        '{"parameters": null}',
        '{"config": 3}',
        '{"epochs": [1]}',
        "[" * 100_000,
        "\udcff",
    ],
    ids=lambda text: text[:40].encode(errors="replace").decode() or "empty",
)
def test_for_any_run_json_the_other_runs_are_listed(run_cli, three, text):
    (three / "runs/zero-001/run.json").write_text(text, errors="surrogateescape")
    for arguments in ([], ["--json"]):
        code, out, err = run_cli("runs", *arguments, cwd=three)
        assert (code, err) == (0, "")
        assert "small-001" in out
        assert "small-002" in out


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"accuracy": "high"}', '{"loss": 1}'])
def test_for_any_metrics_json_the_other_runs_are_listed(run_cli, three, text):
    (three / "runs/small-001/evaluation/metrics.json").write_text(text)
    code, out, err = run_cli("runs", cwd=three)
    assert (code, err) == (0, "")
    assert "zero-001" in out


def test_a_figure_that_is_no_number_is_null_in_json(run_cli, three):
    path = three / "runs/small-001/run.json"
    path.write_text(path.read_text().replace('"best_value": 0.25', '"best_value": NaN'))

    def refuse(name):
        pytest.fail(f"{name} is not JSON")

    rows = json.loads(run_cli("runs", "--json", cwd=three)[1], parse_constant=refuse)
    assert next(row for row in rows if row["run"] == "small-001")["best_value"] is None


def test_without_runs_it_prints_how_to_make_one(run_cli, tmp_path):
    sentence = "{}/ has no runs; `cnnlab train CONFIG` makes one\n"
    assert run_cli("runs", cwd=tmp_path) == (0, "", sentence.format("runs"))
    assert run_cli("runs", "--runs", "else", cwd=tmp_path) == (0, "", sentence.format("else"))
    assert run_cli("runs", "--json", cwd=tmp_path) == (0, "[]\n", "")
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_run_is_passed_over(run_cli, three):
    (three / "runs/README.md").write_text("runs come here")
    (three / "runs/empty").mkdir()
    assert len(json.loads(run_cli("runs", "--json", cwd=three)[1])) == 3


def test_names_are_printed_unchanged(run_cli, three):
    (three / "runs/zero-001").rename(three / "runs/[red]:smile: [bold] ü-001")
    code, out, err = run_cli("runs", cwd=three)
    assert (code, err) == (0, "")
    assert "[red]:smile: [bold] ü-001" in out


def test_a_file_in_place_of_the_folder_is_refused(run_cli, tmp_path):
    (tmp_path / "runs").write_text("")
    code, out, err = run_cli("runs", cwd=tmp_path)
    assert (code, out) == (2, "")
    assert err.endswith("Invalid value for '--runs': Directory 'runs' is a file.\n")

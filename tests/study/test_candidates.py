"""The runs that `compare` gets: how it finds them and reads their answers."""

from __future__ import annotations

import pytest
from run_builders import make_run

from cnnlab.errors import RunError, UsageError
from cnnlab.study import compared_runs


def catch_message(call, *arguments, error=RunError):
    with pytest.raises(error) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize(
    "text", ["", "index,true\n", "index,true,predicted\n", "index,true,predicted\nx,0,0\n", "\0,"]
)
def test_damaged_predictions_are_reported(tmp_path, text):
    run = make_run(tmp_path, "a")
    path = run.path / "evaluation/predictions.csv"
    path.write_text(text)
    assert catch_message(compared_runs.read_answers, run).startswith(f"{path}: damaged: ")


def test_a_name_without_its_number_is_all_finished_runs_of_it(tmp_path):
    for status in ("finished", "failed", "finished"):
        make_run(tmp_path, "a", record={"status": status})
    make_run(tmp_path, "a-b")
    (make_run(tmp_path, "a").path / "run.json").write_text("{")
    names = [run.name for run in compared_runs.find_compared_runs(["a", "a-b-001"], tmp_path)]
    assert names == ["a-001", "a-003", "a-b-001"]


def test_a_single_run_or_one_twice_is_no_comparison(tmp_path):
    run = make_run(tmp_path, "a")
    expected = f"{run.path}: this is a single run; name two or more runs"
    assert (
        catch_message(compared_runs.find_compared_runs, ["a"], tmp_path, error=UsageError)
        == expected
    )
    expected = f"{run.path}: this run is named twice; name each run once"
    assert (
        catch_message(compared_runs.find_compared_runs, ["a", "a-001"], tmp_path, error=UsageError)
        == expected
    )

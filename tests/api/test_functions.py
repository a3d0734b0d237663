"""The Python API: the same answers, files and errors as the commands give."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from picture_builders import PLAIN, save_image

import cnnlab

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(trained_run, run_copy, monkeypatch):
    """A folder with small.yaml, small.npz and a copy of its run; the current one."""
    place = run_copy.parents[1]
    for name in ("small.yaml", "small.npz"):
        os.link(trained_run.folder / name, place / name)
    monkeypatch.chdir(place)
    return place


def test_check_gives_the_table_and_the_advice(folder):
    checked = cnnlab.check("small.yaml", {"training.epochs": 5})
    assert checked.experiment.training.epochs == 5
    assert checked.table.parameters == 6554
    shapes = {row.number: row.output for row in checked.table.rows}
    assert (shapes[1], shapes[2]) == ((26, 26, 16), (13, 13, 16))
    assert "6,554" in str(checked)
    assert checked.to_dict()["valid"]
    assert len(checked.advice) == 1
    assert checked.advice[0].startswith("layer 6 (max_pool) leaves 1 of 11 rows")
    assert "6,554" in checked._repr_html_()


def test_check_raises_every_fault_with_its_line(folder):
    text = (
        (folder / "small.yaml").read_text().replace("filters", "filter").replace("epochs", "epoch")
    )
    (folder / "wrong.yaml").write_text(text)
    with pytest.raises(cnnlab.ConfigError) as caught:
        cnnlab.check("wrong.yaml")
    faults = caught.value.faults
    assert {(fault.line, fault.path) for fault in faults} >= {
        (8, "model[0].conv.filter"),
        (10, "model[2].conv.filter"),
        (19, "training.epoch"),
    }
    assert {fault.source for fault in faults} == {"wrong.yaml"}


def test_edits_are_a_dict_or_the_texts_of_set(folder):
    by_dict = cnnlab.check(
        "small.yaml", {"training.optimizer": {"sgd": {"momentum": 0.9}}, "name": "other"}
    )
    by_text = cnnlab.check(
        "small.yaml", ["training.optimizer={sgd: {momentum: 0.9}}", "name=other"]
    )
    assert by_dict.experiment == by_text.experiment
    assert by_dict.experiment.name == "other"
    removed = cnnlab.check("small.yaml", {"training.callbacks": []})
    assert removed.experiment.training.callbacks == ()


def test_train_gives_the_run_that_the_command_gives(folder, trained_run):
    run = cnnlab.train("small.yaml", {"name": "door"}, runs="elsewhere", device="cpu", quiet=True)
    assert run.path == Path("elsewhere/door-001")
    assert (run.name, run.status) == ("door-001", "finished")
    assert [row["epoch"] for row in run.history] == [1, 2]
    theirs = cnnlab.load(trained_run.path)
    for mine, other in zip(run.history, theirs.history, strict=True):
        assert mine["loss"] == other["loss"]
        assert mine["val_accuracy"] == other["val_accuracy"]
    command = ["cnnlab", "train", "small.yaml", "--set", 'name="door"']
    assert list(run.record.command) == [*command, "--runs", "elsewhere", "--device", "cpu"]
    again = run.resume("+1", quiet=True)
    assert again is run
    assert [row["epoch"] for row in run.history] == [1, 2, 3]


def test_evaluate_gives_the_figures_that_it_writes(folder):
    run = cnnlab.load("small-001")
    result = run.evaluate()
    figures = json.loads((run.path / "evaluation/metrics.json").read_text())
    assert result.accuracy == figures["accuracy"]
    assert result.folder == run.path / "evaluation"
    low, high = result.accuracy_interval
    assert 0.8 < low < result.accuracy < high < 1
    assert sum(map(sum, result.confusion_matrix)) == 2000
    assert [row["class"] for row in result.class_figures] == list("0123456789")
    assert f"{result.accuracy:.2%}" in repr(result)
    assert "<table" in result._repr_html_()
    assert cnnlab.evaluate(run, split="validation").figures["images"] == 600


def test_predict_ranks_the_classes_and_names_what_it_cannot_read(folder):
    run = cnnlab.load("last")
    save_image(PLAIN, folder / "picture.png")
    (folder / "broken.png").write_bytes(b"no picture")
    answer = run.predict("picture.png")
    ranked = list(answer.probabilities.values())
    assert ranked == sorted(ranked, reverse=True)
    assert sum(ranked) == pytest.approx(1)
    assert (answer.predicted, answer.probability) == next(iter(answer.probabilities.items()))
    answers = run.predict_all(["picture.png", "broken.png"], with_pictures=True)
    assert [one.image for one in answers] == ["picture.png"]
    assert len(answers.faults) == 1
    answers.save("answers.png")
    assert (folder / "answers.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(cnnlab.DataError, match="broken"):
        run.predict("broken.png")
    tests = run.predict_random(4, seed=1)
    assert [one.true is not None for one in tests] == [True] * 4
    assert "<table" in tests._repr_html_()


def test_the_model_is_keras_s_with_the_trained_weights(folder):
    import keras

    run = cnnlab.load("small-001")
    model = run.model()
    assert isinstance(model, keras.Model)
    assert model.count_params() == run.record.parameters == 6554


def test_runs_are_listed_filtered_and_sorted(folder):
    first = cnnlab.load("small-001")
    runs = cnnlab.runs("runs")
    assert list(runs) == [first]
    assert hash(runs[0]) == hash(first)
    assert "small-001" in runs._repr_html_()
    assert list(cnnlab.runs(where=["status=stopped"])) == []
    assert list(cnnlab.runs(where=["status=finished"], sort="-loss")) == [first]
    with pytest.raises(cnnlab.UsageError):
        cnnlab.runs(where=["nonsense"])
    assert "small-001" in repr(first)
    assert "6,554" in first._repr_html_()
    first.remove()
    assert list(cnnlab.runs("runs")) == []
    with pytest.raises(cnnlab.RunError):
        cnnlab.load("small-001")


def test_a_run_shows_its_config_spec_and_overview(folder):
    run = cnnlab.load("small")
    assert run.config == (folder / "small.yaml").read_text()
    assert run.spec.experiment.name == "small"
    assert run.members == []


def test_explain_and_report_return_what_they_write(folder):
    run = cnnlab.load("small-001")
    lines: list[str] = []
    figures = run.explain("kernels", report=lines.append)
    assert "kernels" in figures
    assert lines
    assert list((run.path / "explain").iterdir())
    page = run.report()
    assert page.page.read_text("utf-8").startswith("<!doctype html>")


def test_create_config_writes_a_config_that_check_accepts(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = cnnlab.create_config("digits")
    assert cnnlab.check(path).experiment.name == "digits"
    with pytest.raises(cnnlab.UsageError, match="this file exists already"):
        cnnlab.create_config("digits")


def test_schema_is_json_schema():
    assert cnnlab.schema()["properties"].keys() >= {"name", "data", "model", "training"}


def test_seeds_and_compare_answer_whether_a_difference_is_real(folder):
    edits = {"training.epochs": 1, "name": "one", "data.validation": 0.7}
    one = cnnlab.train_seeds("small.yaml", 2, edits, quiet=True)
    assert [run.record.seed for run in one] == [7, 8]
    result = cnnlab.compare(*one)
    assert result.sentence
    assert result.to_dict()["answer"] == result.sentence
    assert result.to_csv().count("\n") == 3
    assert "differ only in their seed" in result._repr_html_()
    result.save_picture("both.png")
    result.save_page("both.html")
    assert (folder / "both.png").read_bytes().startswith(b"\x89PNG")
    assert "<html" in (folder / "both.html").read_text()


def test_the_public_names_are_imported_at_their_first_use():
    assert all(callable(getattr(cnnlab, name)) for name in cnnlab.__all__)
    assert set(cnnlab.__all__) <= set(dir(cnnlab))
    with pytest.raises(AttributeError, match="module 'cnnlab' has no attribute 'nonsense'"):
        cnnlab.nonsense  # noqa: B018


def test_every_command_is_a_call_of_the_door():
    """No command does by itself what Python cannot; the lab serves the same functions."""
    package = Path(cnnlab.__file__).parent
    for path in (package / "cli").glob("*.py"):
        text = path.read_text("utf-8")
        if "@click.command" in text:
            assert "cnnlab.api" in text or "cnnlab.web" in text, path.name

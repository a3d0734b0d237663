"""`cnnlab evaluate`: which checkpoint it uses, what it prints, and what it refuses."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(run_copy):
    """The folder above runs/small-001, a copy that tests may damage."""
    return run_copy.parent.parent


def figures(answer):
    code, out, err = answer
    assert (code, err) == (0, "")
    return json.loads(out)


def test_the_figures_are_those_of_metrics_json(evaluated_run):
    trained_run, answer = evaluated_run
    metrics = json.loads((trained_run.path / "evaluation/metrics.json").read_text())
    assert metrics == {**answer, "trained_epochs": 2}
    assert answer["checkpoint"] == "runs/small-001/checkpoints/best.keras"
    assert sum(row["support"] for row in answer["per_class"]) == 2000
    assert np.trace(answer["confusion_matrix"]) == round(2000 * answer["accuracy"])


def test_the_whole_answer_for_a_person(run_cli, evaluated_run):
    trained_run, answer = evaluated_run
    code, out, err = run_cli("evaluate", "last", cwd=trained_run.folder)
    assert (code, err) == (0, "")
    low, high = answer["accuracy_interval"]
    calibration = answer["calibration"]
    lines = out.splitlines()
    assert lines[:7] == [
        "runs/small-001/checkpoints/best.keras on 2,000 test images",
        "",
        f"loss        {answer['loss']:.4f}  (cross-entropy)",
        f"accuracy    {answer['accuracy']:.2%}  (95% interval {low:.2%} to {high:.2%})",
        f"confidence  {calibration['confidence']:.2%}  (mean predicted probability; "
        f"calibration error {calibration['expected_calibration_error']:.2%})",
        "",
        "class  precision  recall      f1  images",
    ]
    assert [line.split()[0] for line in lines[7:17]] == list("0123456789")
    assert lines[-2].startswith("most confused: ")
    assert lines[-1] == ("written: runs/small-001/evaluation/ (pictures and tables)")


@pytest.mark.parametrize("reference", ["small-001", "small", "runs/small-001/"])
def test_a_run_is_found_by_name_prefix_or_path(run_cli, folder, reference):
    answer = figures(run_cli("evaluate", reference, "--json", cwd=folder))
    assert answer["checkpoint"] == "runs/small-001/checkpoints/best.keras"
    assert (folder / "runs/small-001/evaluation/metrics.json").exists()


def test_the_validation_split_has_the_loss_of_the_best_epoch(run_cli, folder, trained_run):
    answer = figures(run_cli("evaluate", "last", "--split", "validation", "--json", cwd=folder))
    assert answer["loss"] == pytest.approx(trained_run.record["best_value"], abs=1e-4)
    assert (answer["images"], answer["split"]) == (600, "validation")
    assert (folder / "runs/small-001/evaluation/validation/metrics.json").exists()
    assert not (folder / "runs/small-001/evaluation/metrics.json").exists()


def test_the_training_split_is_the_rest(run_cli, folder):
    answer = figures(run_cli("evaluate", "last", "--split", "train", "--json", cwd=folder))
    assert (answer["images"], answer["split"]) == (5400, "train")


def test_a_single_checkpoint_is_enough_and_nothing_is_written(run_cli, evaluated_run, tmp_path):
    trained_run, answer = evaluated_run
    for number, name in enumerate(("best", "ü [b] best")):
        empty = tmp_path / str(number)
        empty.mkdir()
        path = shutil.copy(trained_run.path / "checkpoints/best.keras", empty / f"{name}.keras")
        alone = figures(run_cli("evaluate", path, "--json", cwd=empty))
        assert alone == {**answer, "run": None, "checkpoint": str(path)}
        assert list(empty.iterdir()) == [path]


def test_the_first_weights_know_nothing(run_cli, trained_run):
    path = trained_run.path / "checkpoints/initial.keras"
    assert figures(run_cli("evaluate", path, "--json", cwd=trained_run.folder))["accuracy"] < 0.35


def test_without_a_best_checkpoint_the_last_is_used(run_cli, folder):
    (folder / "runs/small-001/checkpoints/best.keras").unlink()
    answer = figures(run_cli("evaluate", "last", "--json", cwd=folder))
    assert answer["checkpoint"] == "runs/small-001/checkpoints/last.keras"


def test_missing_checkpoints_are_reported(run_cli, folder):
    for name in ("best", "last"):
        (folder / f"runs/small-001/checkpoints/{name}.keras").unlink()
    code, out, err = run_cli("evaluate", "last", cwd=folder)
    assert (code, out) == (4, "")
    assert err.startswith(
        "cnnlab: runs/small-001/checkpoints: the files of a training of 2 epochs are "
    )


@pytest.mark.parametrize("reference", ["nope", "../x", "..", "small-001/../small-002", "~"])
def test_an_unknown_run_is_reported(run_cli, folder, reference):
    code, out, err = run_cli("evaluate", reference, cwd=folder)
    assert (code, out) == (4, "")
    assert err.startswith("cnnlab: ")
    assert err.count("\n") == 1


def test_an_ambiguous_prefix_names_the_runs(run_cli, folder):
    shutil.copytree(folder / "runs/small-001", folder / "runs/small-002")
    assert run_cli("evaluate", "small", cwd=folder) == (
        4,
        "",
        "cnnlab: small: several runs start with this name: small-001, small-002\n",
    )


@pytest.mark.parametrize("keep", [0, 10, 5000, -1])
def test_a_damaged_checkpoint_is_reported(run_cli, folder, keep):
    path = folder / "runs/small-001/checkpoints/best.keras"
    path.write_bytes(path.read_bytes()[:keep])
    for reference in ("last", path):
        code, out, err = run_cli("evaluate", reference, cwd=folder)
        assert (code, out) == (4, "")
        assert err.startswith("cnnlab: ")
        assert "best.keras" in err
        assert err.count("\n") == 1


@pytest.mark.parametrize("text", [None, "", "{}", "null", '{"experiment": NaN}', "[" * 100_000])
def test_a_damaged_spec_is_reported(run_cli, folder, text):
    path = folder / "runs/small-001/spec.json"
    path.unlink()
    if text is not None:
        path.write_text(text)
    code, out, err = run_cli("evaluate", "runs/small-001", cwd=folder)
    assert (code, out) == (4, "")
    assert "runs/small-001" in err
    assert err.count("\n") == 1


def test_a_file_that_is_no_checkpoint_is_reported(run_cli, folder):
    (folder / "text.keras").write_text("hello")
    (folder / "folder.keras").mkdir()
    for name in ("text.keras", "folder.keras", "none.keras"):
        code, out, err = run_cli("evaluate", name, cwd=folder)
        assert (code, out) == (4, "")
        assert err.startswith(f"cnnlab: {name}: ")


def change_data(folder, **arrays):
    """Change a copy of the data, and let the spec of the run in `folder` name it."""
    spec = folder / "runs/small-001/spec.json"
    plain = json.loads(spec.read_text())
    with np.load(plain["experiment"]["data"]["dataset"]) as old:
        np.savez(folder / "changed.npz", **{**old, **arrays})
    plain["experiment"]["data"]["dataset"] = str(folder / "changed.npz")
    spec.write_text(json.dumps(plain))


@pytest.mark.parametrize("split", ["validation", "train"])
def test_training_images_that_changed_since_are_refused(run_cli, folder, split):
    change_data(folder, x_train=np.zeros((6000, 28, 28), np.uint8))
    assert run_cli("evaluate", "last", "--split", split, cwd=folder) == (
        3,
        "",
        f"cnnlab: {folder / 'changed.npz'}: its training images have changed since the run "
        "was trained; put the old images back, or evaluate --split test\n",
    )


def test_images_of_another_shape_are_refused(run_cli, folder):
    small = {
        "x_train": np.zeros((6000, 9, 9), np.uint8),
        "x_test": np.zeros((2000, 9, 9), np.uint8),
    }
    change_data(folder, **small)
    assert run_cli("evaluate", "last", cwd=folder) == (
        3,
        "",
        f"cnnlab: {folder / 'changed.npz'}: its images are (9, 9, 1) of 10 classes, but the "
        "network was trained on images (28, 28, 1) of 10 classes; name the data of "
        "the run, or put it back\n",
    )


def test_data_that_was_removed_is_reported(run_cli, folder):
    change_data(folder)
    (folder / "changed.npz").unlink()
    code, out, err = run_cli("evaluate", "last", cwd=folder)
    assert (code, out) == (3, "")
    assert err == (
        f"cnnlab: {folder / 'changed.npz'}: the data of the run is not there any more; if it was "
        "moved, give the new path with --dataset PATH (evaluate, predict, explain, report, "
        "export and resume take it)\n"
    )


def test_a_run_that_held_nothing_out_has_no_validation_split(run_cli, folder):
    spec = folder / "runs/small-001/spec.json"
    plain = json.loads(spec.read_text())
    plain["experiment"]["data"]["validation"] = 0.0
    spec.write_text(json.dumps(plain))
    assert run_cli("evaluate", "last", "--split", "validation", cwd=folder) == (
        3,
        "",
        "cnnlab: the run has no validation split (`validation: 0`); use --split test or train\n",
    )

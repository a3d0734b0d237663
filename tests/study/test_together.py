"""`evaluate RUN RUN …`: each alone, their spread, their mean answers, and runs that do not fit."""

from __future__ import annotations

import json
import shutil

import numpy as np
import pytest

from cnnlab import evaluation
from cnnlab.run_folder import RunFolder, find_trained_checkpoint

pytestmark = pytest.mark.slow

NAMES = ("runs/small-001", "runs/small-002")


def read_json(path):
    return json.loads(path.read_text())


def answer(run_cli, folder, *arguments):
    code, out, err = run_cli("evaluate", *arguments, "--json", cwd=folder)
    assert (code, err) == (0, "")
    return json.loads(out)


def test_two_runs_are_measured_alone_and_by_their_mean(series, spoilt, run_cli):
    folder = spoilt(series)
    found = answer(run_cli, folder, *NAMES)
    runs = [RunFolder(folder / name) for name in NAMES]
    each = [
        evaluation.evaluate_checkpoint(run.read_spec(), find_trained_checkpoint(run))
        for run in runs
    ]
    labels = each[0].images.labels
    mean = np.mean([one.probabilities.astype(np.float64) for one in each], axis=0)
    assert found["accuracy"] == (mean.argmax(axis=1) == labels).mean()
    of_truth = mean[np.arange(len(labels)), labels]
    assert found["cross_entropy"] == pytest.approx(-np.log(of_truth).mean(), rel=1e-6)
    assert (found["run"], found["checkpoint"], found["tta"]) == (None, None, None)
    alone = [evaluation.compute_metrics(one) for one in each]
    assert found["members"] == [
        {
            "run": name,
            "checkpoint": f"{name}/checkpoints/best.keras",
            "seed": seed,
            "loss": figures["loss"],
            "cross_entropy": figures["cross_entropy"],
            "accuracy": figures["accuracy"],
        }
        for name, seed, figures in zip(NAMES, (7, 8), alone, strict=True)
    ]
    first, second = (figures["accuracy"] for figures in alone)
    # Of two values: mean ± t · |difference| / 2, where t with 1 degree of freedom is 12.7062
    half = 12.7062 * abs(first - second) / 2
    middle = (first + second) / 2
    assert found["spread"]["accuracy"]["interval"] == pytest.approx(
        [middle - half, middle + half], abs=1e-6
    )
    assert found["spread"]["accuracy"]["runs"] == 2
    assert not list(folder.rglob("evaluation"))  # there is no run that it would belong to


def test_names_and_prefixes_do_too_and_a_person_gets_a_table(series, spoilt, run_cli):
    folder = spoilt(series)
    code, out, err = run_cli("evaluate", "small-001", "last", cwd=folder)
    assert (code, err) == (0, "")
    assert out.startswith("mean of 2 runs on 2,000 test images\n\ncross-entropy ")
    rows = [line.split()[:2] for line in out.splitlines() if line.startswith("runs/")]
    assert rows == [["runs/small-001", "7"], ["runs/small-002", "8"]]
    assert "(95% interval of the mean: Student's t with 1 degree of freedom)" in out
    assert "written" not in out


def test_checkpoints_and_ensembles_may_be_among_the_runs(series, ensemble, run_cli):
    file = series[0] / "runs/small-001/checkpoints/last.keras"
    whole = ensemble[0] / "runs/small-001"
    found = answer(run_cli, series[0], file, "small-002", whole)
    rows = found["members"]
    assert [row["run"] for row in rows] == [None, "runs/small-002", str(whole)]
    assert rows[0]["checkpoint"] == str(file)
    assert rows[2]["checkpoint"] is None
    # The ensemble counts as one network: its answer is the mean of its members'.
    members = [f"{whole}/members/{number}" for number in (1, 2, 3)]
    assert rows[2]["accuracy"] == answer(run_cli, series[0], *members)["accuracy"]


def test_a_run_named_twice_is_refused(series, run_cli):
    for names in (NAMES[:1] * 2, ("small-001", "./runs/small-001")):
        assert run_cli("evaluate", *names, cwd=series[0]) == (
            2,
            "",
            "cnnlab: runs/small-001: this run is named twice; name each run once\n",
        )


@pytest.mark.parametrize("split", ["validation", "train"])
def test_other_held_out_images_are_refused_on_splits_that_training_saw(series, run_cli, split):
    assert run_cli("evaluate", *NAMES, "--split", split, cwd=series[0]) == (
        4,
        "",
        "cnnlab: runs/small-001 and runs/small-002 have different validation images: each "
        "network was trained on validation images of the other, so results on the "
        f"{split} split cannot be compared; use --split test, or train both with the same "
        "data.validation_seed\n",
    )


def test_members_share_their_split_and_may_be_compared_on_it(ensemble, run_cli):
    names = [f"runs/small-001/members/{number}" for number in (1, 3)]
    found = answer(run_cli, ensemble[0], *names, "--split", "validation")
    assert (found["images"], len(found["members"])) == (600, 2)


OTHERS = {
    "(14, 56, 1)": (
        lambda inputs: inputs | {"image_shape": [14, 56, 1]},
        "read images of different shapes, (28, 28, 1) and (14, 56, 1)",
    ),
    "classes": (
        lambda inputs: inputs | {"class_names": [*"abcdefghij"]},
        "were trained for different classes",
    ),
    "data": (
        lambda inputs: inputs | {"fingerprint": "0" * 64},
        "were trained on different data sets",
    ),
}


@pytest.mark.parametrize(("change", "message"), OTHERS.values(), ids=OTHERS)
def test_runs_of_other_data_are_refused(series, spoilt, run_cli, change, message):
    folder = spoilt(series)
    path = folder / "runs/small-002/spec.json"
    spec = read_json(path)
    spec["inputs"] = change(spec["inputs"])
    path.write_text(json.dumps(spec))
    assert run_cli("evaluate", *NAMES, cwd=folder) == (
        4,
        "",
        f"cnnlab: runs/small-001 and runs/small-002 {message}\n",
    )


def test_other_test_images_below_the_same_training_images_are_refused(
    series, spoilt, run_cli, small_data
):
    folder = spoilt(series)
    with np.load(small_data / "small.npz") as old:
        arrays = dict(old)
    path = folder / "runs/small-002/spec.json"
    spec = read_json(path)
    spec["experiment"]["data"]["dataset"] = str(folder / "other.npz")
    path.write_text(json.dumps(spec))
    np.savez(folder / "other.npz", **arrays)
    assert len(answer(run_cli, folder, *NAMES)["members"]) == 2  # the same images elsewhere
    arrays["y_test"] = arrays["y_test"][::-1]
    np.savez(folder / "other.npz", **arrays)
    assert run_cli("evaluate", *NAMES, cwd=folder) == (
        4,
        "",
        "cnnlab: runs/small-001 and runs/small-002 have different test images\n",
    )


def test_a_missing_or_damaged_run_is_reported(series, spoilt, run_cli):
    folder = spoilt(series)
    code, out, err = run_cli("evaluate", "small-001", "nope", cwd=folder)
    assert (code, out, err.count("\n")) == (4, "", 1)
    shutil.rmtree(folder / "runs/small-002/checkpoints")
    code, out, err = run_cli("evaluate", *NAMES, cwd=folder)
    assert (code, out) == (4, "")
    assert err.startswith(
        "cnnlab: runs/small-002/checkpoints: the files of a training of 1 epoch are "
    )

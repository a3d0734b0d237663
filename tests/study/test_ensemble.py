"""An ensemble: its folder, its members, and its mean answers."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import zipfile

import numpy as np
import pytest
from quick_edits import QUICK

from cnnlab import evaluation
from cnnlab.data.run_splits import read_split
from cnnlab.run_folder import RunFolder, find_run, find_trained_checkpoint
from cnnlab.study.statistics import compute_spread

pytestmark = pytest.mark.slow

MEMBER_FILES = {
    *("config.yaml", "spec.json", "run.json", "history.csv", "state.json", "summary.txt"),
    "curves.png",
    *("checkpoints/initial.keras", "checkpoints/best.keras", "checkpoints/last.keras", ".lock"),
}


def read_json(path):
    return json.loads(path.read_text())


def files(folder):
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def weights(path):
    with zipfile.ZipFile(path) as archive:
        return archive.read("model.weights.h5")


def test_the_folder_holds_the_members_as_ordinary_runs(ensemble, spoilt):
    run = spoilt(ensemble) / "runs/small-001"
    for number in "123":
        assert files(run / "members" / number) == MEMBER_FILES
    shutil.rmtree(run / "members")
    assert files(run) == {"config.yaml", "spec.json", "run.json", ".lock"}


def test_a_member_s_spec_has_its_own_seed_no_ensemble_and_the_common_split(ensemble):
    run = ensemble[0] / "runs/small-001"
    whole = read_json(run / "spec.json")["experiment"]
    assert (whole["seed"], whole["ensemble"]) == (7, [7, 8, 9])
    for number, seed in ((1, 7), (2, 8), (3, 9)):
        member = read_json(run / f"members/{number}/spec.json")["experiment"]
        assert (member["seed"], member["ensemble"]) == (seed, None)
        assert member["data"] == {**whole["data"], "validation_seed": 7}
        assert read_json(run / f"members/{number}/run.json")["seed"] == seed


def test_all_members_hold_out_the_same_images(ensemble):
    run = RunFolder(ensemble[0] / "runs/small-001")
    specs = [run.read_spec(), *(run.member_run(number).read_spec() for number in (1, 2, 3))]
    held_out = [read_split(spec, "validation").indices for spec in specs]
    assert all(np.array_equal(one, held_out[0]) for one in held_out)
    # Were it not for `validation_seed`, a member's own seed would hold out others.
    member = specs[2].experiment
    own = member.model_copy(
        update={"data": member.data.model_copy(update={"validation_seed": None})}
    )
    alone = read_split(specs[2].model_copy(update={"experiment": own}), "validation")
    assert not np.array_equal(alone.indices, held_out[0])


def test_run_json_sums_the_members_up(ensemble):
    record = read_json(ensemble[0] / "runs/small-001/run.json")
    assert (record["status"], record["ended"]) == ("finished", "all 3 members trained")
    assert (record["seed"], record["seeds"]) == (7, [7, 8, 9])
    assert (record["epochs"], record["parameters"]) == (3, 3 * 6826)
    assert record["data"]["validation_images"] == 600
    assert record["started"] <= record["finished"]


def test_each_member_is_announced(ensemble):
    lines = ensemble[1].stderr.splitlines()
    assert [line for line in lines if line.startswith("member ")] == [
        "member 1 of 3, seed 7",
        "member 2 of 3, seed 8",
        "member 3 of 3, seed 9",
    ]
    headline = "6,826 parameters, 1 epoch of 169 batches"
    assert lines[6] == f"runs/small-001/members/2: {headline}"
    assert len(lines) == 3 * 5


def test_the_answer_is_a_table_of_members(ensemble):
    run = RunFolder(ensemble[0] / "runs/small-001")
    rows = [run.member_run(number).read_history()[0] for number in (1, 2, 3)]
    spreads = [compute_spread([row[name] for row in rows]) for name in ("val_loss", "val_accuracy")]
    figures = [f"{row['val_loss']:.4f} {row['val_accuracy']:.4f}" for row in rows]
    lines = [" ".join(line.split()) for line in ensemble[1].stdout.splitlines() if line]
    assert re.fullmatch(r"all 3 members trained in \d+\.\d s", lines.pop(-3))
    assert lines == [
        "run seed epochs best val_loss val_accuracy",
        f"runs/small-001/members/1 7 1 1 {figures[0]}",
        f"runs/small-001/members/2 8 1 1 {figures[1]}",
        f"runs/small-001/members/3 9 1 1 {figures[2]}",
        "mean {:.4f} {:.4f}".format(*(one.mean for one in spreads)),
        "std. deviation {:.4f} {:.4f}".format(*(one.standard_deviation for one in spreads)),
        "95% low {:.4f} {:.4f}".format(*(one.interval[0] for one in spreads)),
        "95% high {:.4f} {:.4f}".format(*(one.interval[1] for one in spreads)),
        "(95% interval of the mean: Student's t with 2 degrees of freedom)",
        "kept the trained weights of each member in runs/small-001/members/",
        "next: cnnlab evaluate runs/small-001",
    ]


def test_a_member_is_the_run_that_its_config_s_first_line_asks_for(
    ensemble, run_cli, small_data, tmp_path
):
    """Training members one after another gives the same bytes as training one alone."""
    member = ensemble[0] / "runs/small-001/members/2"
    first, *rest = (member / "config.yaml").read_text().splitlines(keepends=True)
    assert first == (
        "# Member 2 of 3: trained with --set ensemble= --set seed=8 --set data.validation_seed=7\n"
    )
    assert "".join(rest) == (small_data / "small.yaml").read_text()
    edits = shlex.split(first.partition("trained with ")[2])
    code, _, err = run_cli("train", small_data / "small.yaml", *QUICK, *edits, cwd=tmp_path)
    assert code == 0, err
    for name in ("initial", "best", "last"):
        file = f"checkpoints/{name}.keras"
        assert weights(tmp_path / "runs/small-001" / file) == weights(member / file), name
    assert read_json(tmp_path / "runs/small-001/spec.json") == read_json(member / "spec.json")


def answer(run_cli, folder, *arguments):
    code, out, err = run_cli("evaluate", *arguments, "--json", cwd=folder)
    assert (code, err) == (0, "")
    return json.loads(out)


@pytest.mark.parametrize("split", ["test", "validation"])
def test_the_mean_of_the_members_is_what_is_measured(ensemble, spoilt, run_cli, split):
    folder = spoilt(ensemble)
    found = answer(run_cli, folder, "small-001", "--split", split)
    run = RunFolder(folder / "runs/small-001")
    each = [
        evaluation.evaluate_checkpoint(one.read_spec(), find_trained_checkpoint(one), split)
        for one in map(run.member_run, (1, 2, 3))
    ]
    labels = each[0].images.labels
    mean = np.mean([one.probabilities.astype(np.float64) for one in each], axis=0)
    assert found["accuracy"] == (mean.argmax(axis=1) == labels).mean()
    of_truth = mean[np.arange(len(labels)), labels]
    assert found["cross_entropy"] == pytest.approx(-np.log(of_truth).mean(), rel=1e-6)
    assert found["loss"] is None
    assert found["images"] == len(labels) == {"test": 2000, "validation": 600}[split]
    for row, one in zip(found["members"], each, strict=True):
        alone = evaluation.compute_metrics(one)
        assert (row["loss"], row["accuracy"]) == (alone["loss"], alone["accuracy"])
    assert [row["seed"] for row in found["members"]] == [7, 8, 9]
    accuracies = [row["accuracy"] for row in found["members"]]
    spread = found["spread"]["accuracy"]
    assert spread["mean"] == pytest.approx(np.mean(accuracies))
    assert spread["standard_deviation"] == pytest.approx(np.std(accuracies, ddof=1))
    half = 4.302653 * np.std(accuracies, ddof=1) / np.sqrt(3)
    assert spread["interval"] == pytest.approx(
        [np.mean(accuracies) - half, np.mean(accuracies) + half]
    )


def test_the_evaluation_is_kept_in_the_ensemble_s_folder(ensemble, spoilt, run_cli):
    folder = spoilt(ensemble)
    found = answer(run_cli, folder, "last")
    run = folder / "runs/small-001"
    assert found["run"] == "runs/small-001"
    assert found["checkpoint"] is None
    epochs = read_json(run / "run.json")["epochs"]
    assert read_json(run / "evaluation/metrics.json") == {**found, "trained_epochs": epochs}
    assert files(run / "evaluation") == {
        *("metrics.json", "per_class.csv", "predictions.csv"),
        *("calibration.png", "confusion_matrix.png", "mistakes.png"),
    }
    assert not (run / "members/1/evaluation").exists()


def test_a_person_reads_the_mean_first_and_then_each_member(ensemble, spoilt, run_cli):
    folder = spoilt(ensemble)
    code, out, err = run_cli("evaluate", "last", cwd=folder)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    found = read_json(folder / "runs/small-001/evaluation/metrics.json")
    low, high = found["accuracy_interval"]
    calibration = found["calibration"]
    assert lines[:7] == [
        "runs/small-001, mean of 3 members on 2,000 test images",
        "",
        f"cross-entropy  {found['cross_entropy']:.4f}",
        f"accuracy       {found['accuracy']:.2%}  (95% interval {low:.2%} to {high:.2%})",
        f"confidence     {calibration['confidence']:.2%}  (mean predicted probability; "
        f"calibration error {calibration['expected_calibration_error']:.2%})",
        "",
        "network                   seed  cross-entropy  accuracy",
    ]
    for line, row in zip(lines[7:10], found["members"], strict=True):
        figures = f"       {row['cross_entropy']:.4f}    {row['accuracy']:.2%}"
        assert line == f"{row['run']}     {row['seed']}  {figures}"
    spread = found["spread"]
    assert lines[11].split() == [
        "mean",
        f"{spread['cross_entropy']['mean']:.4f}",
        f"{spread['accuracy']['mean']:.2%}",
    ]
    assert lines[15] == "(95% interval of the mean: Student's t with 2 degrees of freedom)"
    assert lines[17] == "class  precision  recall      f1  images"


def test_the_report_lists_the_members_and_their_mean(ensemble, spoilt, run_cli):
    folder = spoilt(ensemble)
    code, _, err = run_cli("report", "last", "--json", cwd=folder)
    assert (code, err) == (0, "")
    run = folder / "runs/small-001"
    found = read_json(run / "evaluation/metrics.json")
    text = (run / "report.html").read_text()
    assert f"The mean of the 3 members of small-001 classifies {found['accuracy']:.2%} of" in text
    for number, row in enumerate(found["members"], 1):
        cells = (row["seed"], f"{row['cross_entropy']:.4f}", f"{row['accuracy']:.2%}")
        shown = "".join(
            f'<td data-label="{name}">{cell}</td>'
            for name, cell in zip(("seed", "cross-entropy", "accuracy"), cells, strict=True)
        )
        assert f'<th scope="row" class="words">small-001/members/{number}</th>{shown}' in text
        assert f'aria-label="small-001/members/{number}, loss. Training loss' in text
    assert not (run / "members/1/evaluation").exists()


def test_a_member_is_evaluated_by_its_path(ensemble, spoilt, run_cli):
    folder = spoilt(ensemble)
    found = answer(run_cli, folder, "runs/small-001/members/2")
    assert found["checkpoint"] == "runs/small-001/members/2/checkpoints/best.keras"
    assert "members" not in found
    assert (folder / "runs/small-001/members/2/evaluation/metrics.json").exists()
    assert RunFolder(folder / "runs/small-001/members/2").name == "small-001/members/2"


def test_runs_lists_an_ensemble_once(ensemble, run_cli):
    code, out, _ = run_cli("runs", "--json", cwd=ensemble[0])
    assert code == 0
    [row] = json.loads(out)
    assert (row["run"], row["members"], row["epochs"]) == ("small-001", 3, 3)
    assert "small × 3" in run_cli("runs", cwd=ensemble[0])[1]


def test_an_ensemble_itself_has_no_checkpoint(ensemble):
    from cnnlab.errors import RunError

    run = find_run("last", ensemble[0] / "runs")
    with pytest.raises(RunError) as told:
        find_trained_checkpoint(run)
    assert str(told.value) == (
        f"{run.path}: an ensemble, whose members have the checkpoints; "
        f"name a member: {run.path}/members/1"
    )

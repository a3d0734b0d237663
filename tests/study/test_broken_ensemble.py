"""Incomplete ensembles: members that are missing, damaged, stopped or diverged."""

from __future__ import annotations

import json
import re
import shutil
import signal
from pathlib import Path

import pytest
from terminals import run_in_terminal

from cnnlab.run_folder import lock

pytestmark = pytest.mark.slow


def read_json(path):
    return json.loads(path.read_text())


def answer(run_cli, folder, *arguments):
    code, out, err = run_cli("evaluate", *arguments, "--json", cwd=folder)
    assert (code, err) == (0, "")
    return json.loads(out)


def change(path, **changes):
    path.write_text(json.dumps(read_json(path) | changes))


def test_a_record_that_says_running_or_is_missing_does_not_matter(ensemble, spoilt, run_cli):
    """The members' own records decide: a killed ensemble did not update its record."""
    folder = spoilt(ensemble)
    record = folder / "runs/small-001/run.json"
    change(record, status="running")
    before = answer(run_cli, folder, "small-001")
    record.write_text("{")
    assert answer(run_cli, folder, "runs/small-001") == before


@pytest.mark.parametrize(
    ("status", "shown"), [("running", "killed"), ("stopped", "stopped"), ("failed", "failed")]
)
def test_a_member_that_is_not_finished_is_reported_with_what_can_be_done(
    ensemble, spoilt, run_cli, status, shown
):
    folder = spoilt(ensemble)
    change(folder / "runs/small-001/members/2/run.json", status=status)
    assert run_cli("evaluate", "last", cwd=folder) == (
        4,
        "",
        f"cnnlab: runs/small-001: the ensemble is not finished: member 2 is {shown}; "
        "train them: cnnlab resume runs/small-001\n",
    )
    code, out, err = run_cli("evaluate", *[f"runs/small-001/members/{n}" for n in "13"], cwd=folder)
    assert (code, err) == (0, "")
    assert out.startswith("mean of 2 runs on 2,000 test images\n")


def test_a_missing_member_is_reported(ensemble, spoilt, run_cli):
    folder = spoilt(ensemble)
    for number in "12":
        shutil.rmtree(folder / f"runs/small-001/members/{number}")
    assert run_cli("evaluate", "last", cwd=folder) == (
        4,
        "",
        "cnnlab: runs/small-001: the ensemble is not finished: member 1 is missing, "
        "member 2 is missing; "
        "train them: cnnlab resume runs/small-001\n",
    )
    shutil.rmtree(folder / "runs/small-001/members/3")
    code, out, err = run_cli("evaluate", "last", cwd=folder)
    assert (code, out) == (4, "")
    assert err.endswith("3 is missing; train them: cnnlab resume runs/small-001\n")
    (folder / "runs/small-001/members").rmdir()
    code, out, err = run_cli("evaluate", "last", cwd=folder)
    assert (code, out, err.count("\n")) == (4, "", 1)


@pytest.mark.parametrize(
    "damage",
    [
        lambda member: (member / "run.json").write_text("{"),
        lambda member: (member / "run.json").unlink(),
        lambda member: (member / "spec.json").write_text("[]"),
        lambda member: (member / "spec.json").unlink(),
        lambda member: (member / "checkpoints/best.keras").write_bytes(b"PK"),
        lambda member: shutil.rmtree(member / "checkpoints"),
        lambda member: (shutil.rmtree(member), member.write_text("a file")),
    ],
    ids=["record", "no record", "spec", "no spec", "checkpoint", "no checkpoints", "a file"],
)
def test_a_damaged_member_is_reported_in_a_sentence(ensemble, spoilt, run_cli, damage):
    folder = spoilt(ensemble)
    damage(folder / "runs/small-001/members/2")
    code, out, err = run_cli("evaluate", "last", cwd=folder)
    assert (code, out) == (4, "")
    assert err.startswith("cnnlab: runs/small-001")
    assert err.count("\n") == 1


def test_a_member_of_another_ensemble_is_refused(ensemble, spoilt, run_cli):
    folder = spoilt(ensemble)
    members = folder / "runs/small-001/members"
    shutil.rmtree(members / "2")
    shutil.copytree(members / "3", members / "2")
    assert run_cli("evaluate", "last", cwd=folder) == (
        4,
        "",
        "cnnlab: runs/small-001/members/2: spec.json does not fit spec.json of the "
        "ensemble runs/small-001: "
        "one of the two files has changed\n",
    )


def test_unexpected_members_are_reported(ensemble, spoilt, run_cli):
    folder = spoilt(ensemble)
    path = folder / "runs/small-001/spec.json"
    spec = read_json(path)
    spec["experiment"]["ensemble"] = None
    path.write_text(json.dumps(spec))
    assert run_cli("evaluate", "last", cwd=folder) == (
        4,
        "",
        "cnnlab: runs/small-001: the folder has members, but spec.json describes no ensemble\n",
    )


def test_ctrl_c_keeps_the_members_that_are_finished(start, run_cli, small_data, tmp_path):
    edits = ("--set", "ensemble=3", "--set", "training.epochs=2")
    begin = start("train", small_data / "small.yaml", *edits, cwd=tmp_path)
    begin.wait_for_line("member 2 of 3, seed 8\nruns/small-001/members/2: ")
    begin.process.send_signal(signal.SIGINT)
    assert begin.end() == 130
    run = tmp_path / "runs/small-001"
    told = begin.read_stderr().splitlines()[-1]
    assert re.fullmatch(
        r"cnnlab: stopped by SIGINT in epoch [12] of member 2 of 3, seed 8; "
        r"(1 epoch is saved in runs/small-001/members/2; )?finished: runs/small-001/members/1; "
        r"next: cnnlab resume runs/small-001",
        told,
    )
    record = read_json(run / "run.json")
    assert (record["status"], record["ended"]) == ("stopped", "stopped by SIGINT")
    assert record["finished"]
    assert sorted(path.name for path in (run / "members").iterdir()) == ["1", "2"]
    assert read_json(run / "members/1/run.json")["status"] == "finished"
    assert read_json(run / "members/2/run.json")["status"] == "stopped"
    assert {path.name for path in tmp_path.rglob(".*")} == {".lock"}
    code, _, err = run_cli("evaluate", "last", cwd=tmp_path)
    assert (code, err) == (
        4,
        "cnnlab: runs/small-001: the ensemble is not finished: member 2 is stopped, "
        "member 3 is missing; "
        "train them: cnnlab resume runs/small-001\n",
    )


def test_a_member_that_a_worker_still_trains_does_not_resume(ensemble, spoilt, run_cli):
    """After the coordinator was killed, its workers finish the batch at hand."""
    folder = spoilt(ensemble)
    member = folder / "runs/small-001/members/2"
    change(member / "run.json", status="running", pid=1, host="here", command=["cnnlab", "train"])
    started = read_json(member / "run.json")["started"]
    with lock.hold_lock(member):
        assert run_cli("resume", "last", "--quiet", cwd=folder) == (
            7,
            "",
            "cnnlab: runs/small-001/members/2: in use by process 1 on here (cnnlab train), since "
            f"{started}; wait until that process ends, or stop it\n",
        )


def test_a_member_that_diverges_is_named(run_cli, small_data, tmp_path):
    edits = (
        "ensemble=[4, 5]",
        "training.optimizer={sgd: {learning_rate: 1e3, weight_decay: 10.0}}",
        "model=[flatten, {dense: 32}, {dense: 32}, {dense: 10}]",
    )
    sets = [part for edit in edits for part in ("--set", edit)]
    code, out, err = run_cli("train", small_data / "small.yaml", *sets, cwd=tmp_path)
    assert (code, out) == (6, "")
    assert re.fullmatch(
        r"cnnlab: member 1 of 2, seed 4: training diverged: the loss is not a finite number in "
        r"batch \d+ of epoch 1; no epoch was finished; runs/small-001/members/1/checkpoints/"
        r"initial\.keras has the initial weights\. Likely the learning rate.*\. "
        r"Try a smaller learning rate \(it was 1000\)",
        err.splitlines()[-1],
    )
    record = read_json(Path(tmp_path / "runs/small-001/run.json"))
    assert record["status"] == "failed"
    assert record["ended"].startswith("training diverged: ")


def test_in_a_terminal_each_member_has_its_own_bar(small_data, tmp_path):
    edits = ("ensemble=2", "training.epochs=1", "model=[flatten, dense: 10]")
    sets = [part for edit in edits for part in ("--set", edit)]
    text = run_in_terminal("train", small_data / "small.yaml", *sets, cwd=tmp_path)
    first, second = text.split("member 2 of 2, seed 8")
    assert "member 1 of 2, seed 7" in first
    assert "169/169" in first
    assert "169/169" in second
    assert "epoch 1/1  loss" in second
    assert text.rindex("\x1b[?25h") > text.rindex("169/169")  # the cursor is back at the end

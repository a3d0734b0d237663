"""`cnnlab runs rm`: it asks, and removes the named runs and nothing else."""

from __future__ import annotations

import io
import sys

import pytest
from run_builders import make_run

from cnnlab.run_folder.lock import hold_lock


@pytest.fixture
def folder(tmp_path):
    for name in ("a", "a", "b"):
        make_run(tmp_path / "runs", name)
    return tmp_path


@pytest.fixture
def type_answer(monkeypatch):
    """Type this at the question."""

    def type_(text):
        monkeypatch.setattr(sys, "stdin", io.StringIO(text))

    return type_


def list_runs(folder):
    return sorted(path.name for path in (folder / "runs").iterdir())


def test_it_asks_before_it_removes(run_cli, folder, type_answer):
    type_answer("y\n")
    code, out, err = run_cli("runs", "rm", "a-001", "b", cwd=folder)
    assert code == 0
    first, second, question = err.splitlines()
    assert first.startswith("runs/a-001: 6 files, ")
    assert second.startswith("runs/b-001: 6 files, ")
    assert question == "remove these 2 runs for good? [y/N]: "
    removed = out.splitlines()
    assert removed[:2] == [f"removed {first}", f"removed {second}"]
    assert removed[2].startswith("freed ")
    assert list_runs(folder) == ["a-002"]


@pytest.mark.parametrize("answer", ["n\n", "\n"])
def test_without_a_yes_all_stays(run_cli, folder, type_answer, answer):
    type_answer(answer)
    code, out, err = run_cli("runs", "rm", "a-001", cwd=folder)
    assert (code, out) == (0, "")
    assert err.endswith("remove this run for good? [y/N]: nothing was removed\n")
    assert list_runs(folder) == ["a-001", "a-002", "b-001"]


def test_without_a_terminal_nothing_is_removed(run_cli, folder, type_answer):
    type_answer("")
    assert run_cli("runs", "rm", "a-001", cwd=folder)[:2] == (130, "")
    assert list_runs(folder) == ["a-001", "a-002", "b-001"]


def test_yes_skips_the_question(run_cli, folder):
    code, out, err = run_cli("runs", "rm", "--yes", "a-001", "runs/a-001", cwd=folder)
    assert (code, err) == (0, "")
    assert out.startswith("removed runs/a-001: 6 files, ")
    assert out.count("\n") == 1
    assert list_runs(folder) == ["a-002", "b-001"]


def test_the_size_is_that_of_the_files(run_cli, folder):
    run = folder / "runs/a-001"
    (run / "deep/er").mkdir(parents=True)
    (run / "deep/er/big.bin").write_bytes(b"x" * 5_000_000)
    size = sum(path.stat().st_size for path in run.rglob("*") if path.is_file())
    out = run_cli("runs", "rm", "--yes", "a-001", cwd=folder)[1]
    assert out == f"removed runs/a-001: 7 files, {size / 1e6:.1f} MB\n"


def test_one_that_may_not_go_keeps_all(run_cli, folder):
    arguments = ("runs", "rm", "--yes", "a-001", "nope")
    code, out, err = run_cli(*arguments, cwd=folder)
    assert (code, out) == (4, "")
    assert err == "cnnlab: nope: no such run or file; there are a-001, a-002, b-001\n"
    assert list_runs(folder) == ["a-001", "a-002", "b-001"]


def test_a_run_is_refused_while_it_is_trained(run_cli, folder):
    run = make_run(folder / "runs", "live", record={"status": "running", "pid": 7, "host": "pc"})
    with hold_lock(run.path):
        assert run_cli("runs", "rm", "--yes", "live", cwd=folder) == (
            7,
            "",
            f"cnnlab: runs/live-001: in use by process 7 on pc, since {run.read_record().started}; "
            "wait until that process ends, or stop it\n",
        )
    assert run_cli("runs", "rm", "--yes", "live", cwd=folder)[0] == 0
    assert "live-001" not in list_runs(folder)


def test_a_damaged_run_can_be_removed(run_cli, folder):
    (folder / "runs/a-001/run.json").write_text("{")
    assert run_cli("runs", "rm", "--yes", "a-001", cwd=folder)[0] == 0
    assert list_runs(folder) == ["a-002", "b-001"]


def test_a_folder_that_is_no_run_is_refused(run_cli, folder):
    other = folder / "photos"
    other.mkdir()
    (other / "spec.json").write_text("{}")
    assert run_cli("runs", "rm", "--yes", "photos", cwd=folder) == (
        4,
        "",
        "cnnlab: photos: not a run folder: it has no run.json\n",
    )
    assert other.exists()


def test_a_run_of_a_single_file_of_a_single_byte(run_cli, folder):
    (folder / "runs/c-001").mkdir()
    (folder / "runs/c-001/run.json").write_text("{")
    out = run_cli("runs", "rm", "--yes", "c-001", cwd=folder)[1]
    assert out == "removed runs/c-001: 1 file, 1 byte\n"


def test_what_links_point_to_stays(run_cli, folder):
    outside = folder / "outside"
    outside.mkdir()
    (outside / "kept.txt").write_text("kept")
    run = folder / "runs/a-001"
    (run / "folder").symlink_to(outside)
    (run / "file").symlink_to(outside / "kept.txt")
    out = run_cli("runs", "rm", "--yes", "a-001", cwd=folder)[1]
    assert out.startswith("removed runs/a-001: 8 files, ")
    assert (outside / "kept.txt").read_text() == "kept"


def test_a_link_to_a_run_is_refused(run_cli, folder):
    make_run(folder / "elsewhere", "x")
    link = folder / "runs/link-001"
    link.symlink_to(folder / "elsewhere/x-001")
    assert run_cli("runs", "rm", "--yes", "link-001", cwd=folder) == (
        4,
        "",
        "cnnlab: runs/link-001: a link to a run folder; name the folder itself\n",
    )
    assert (folder / "elsewhere/x-001/run.json").exists()


def test_a_member_of_an_ensemble_is_refused(run_cli, folder):
    run = folder / "runs/a-001"
    make_run(run / "members", "x").path.rename(run / "members/1")
    expected = (
        "cnnlab: {}: a member of an ensemble, which needs all of its members; remove the whole "
        "ensemble: {}\n"
    )
    told = expected.format("runs/a-001/members/1", "runs/a-001")
    assert run_cli("runs", "rm", "--yes", "runs/a-001/members/1", cwd=folder) == (4, "", told)
    assert (run / "members/1/run.json").exists()
    assert run_cli("runs", "rm", "--yes", ".", cwd=run / "members/1")[0] == 4


def test_the_folder_that_one_is_in_can_be_removed(run_cli, folder):
    assert run_cli("runs", "rm", "--yes", ".", cwd=folder / "runs/b-001")[0] == 0
    assert list_runs(folder) == ["a-001", "a-002"]

"""`cnnlab sweep` in real processes: its answers, and how it stops, fails and goes on."""

from __future__ import annotations

import json
import re
import shutil
import signal

import pytest
from command_calls import call_cnnlab
from shell_redirection import run_in_shell
from small_disk import enlarge, mount_small_disk
from sweep_runs import CONFIG, write_sweep
from terminals import list_lines, run_in_widths
from worker_processes import all_end, count_workers, list_workers

from cnnlab.counts import format_count
from cnnlab.run_folder import SweepFolder
from cnnlab.study.workers.resources import count_cores

pytestmark = pytest.mark.slow  # worker processes import TensorFlow

RATES = {"training.optimizer.adam.learning_rate": [0.001, 0.03]}  # two trials
FLAGS = ("--device", "cpu", "--parallel", "2")
ALONE = ("--device", "cpu", "--parallel", "1")  # one import of TensorFlow less
EPOCHS = ("--set", "training.epochs=30")
THREADS = format_count(max(1, count_cores() // 2), "thread")  # for each of two workers
LONG = ("--set", "training.epochs=1000")


@pytest.fixture(scope="module")
def finished_sweep(build_once):
    """A folder with a finished sweep of two trials and a confirmation, and its answer."""

    def build(folder):
        write_sweep(folder, parameters=RATES, confirm={"best": 1, "seeds": 2})
        return folder, call_cnnlab("sweep", "sweep.yaml", *FLAGS, "--json", cwd=folder)

    return build_once("finished-sweep", build)


@pytest.fixture
def begin(start, tmp_path):
    """Start a sweep of two long trials, and wait until all that train have finished an epoch."""
    write_sweep(tmp_path, parameters=RATES)

    def begin(parallel, *options):
        flags = ("--device", "cpu", "--parallel", str(parallel))
        process = start("sweep", "sweep.yaml", *flags, *LONG, *options, cwd=tmp_path)
        trials = range(1, parallel + 1)
        histories = [tmp_path / f"runs/tiny-001/trials/00{n}/history.csv" for n in trials]
        process.wait_for(lambda: all(path.exists() for path in histories))
        return process

    return begin


def read_sweep(folder):
    return SweepFolder(folder / "runs/tiny-001").read_record()


def test_a_sweep_in_a_pipe_has_one_line_for_each_training(finished_sweep):
    _, done = finished_sweep
    assert done.returncode == 0, done.stderr
    first, *search = done.stderr.splitlines()
    assert first == f"runs/tiny-001: 2 trials of 3 epochs; 2 at once, {THREADS} each"
    confirmed = search.index(next(line for line in search if line.startswith("confirmation")))
    pattern = r"trial \d finished, with learning_rate 0\.0\d+: val_accuracy [01]\.\d{4}"
    assert all(re.fullmatch(pattern, line) for line in search[:confirmed])
    best = json.loads(done.stdout)["best"]["number"]
    head = f"confirmation: 4 trainings, the base config, trial {best}, with the seeds 2, 3"
    assert (confirmed, search[2]) == (2, head)
    assert {line.partition(": ")[0] for line in search[3:]} == {
        *("the base config, seed 2", "the base config, seed 3"),
        *(f"trial {best}, seed 2", f"trial {best}, seed 3"),
    }


def test_json_is_that_of_the_report(finished_sweep, run_cli):
    folder, done = finished_sweep
    assert run_cli("report", "last", "--json", cwd=folder) == (0, done.stdout, "")


def test_a_finished_sweep_cannot_be_resumed(finished_sweep, run_cli):
    folder, _ = finished_sweep
    assert run_cli("resume", "last", cwd=folder) == (
        2,
        "",
        "cnnlab: runs/tiny-001: the sweep is finished: 2 trials done, 2 of them to the end; "
        "to see what it found: cnnlab report runs/tiny-001\n",
    )


@pytest.fixture
def stopped_copy(finished_sweep, tmp_path):
    """A copy of the finished sweep that has all trials, and still says that it was stopped."""
    shutil.copytree(finished_sweep[0] / "runs", tmp_path / "runs")
    path = tmp_path / "runs/tiny-001/sweep.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"status": "stopped"}))
    shutil.copy(finished_sweep[0] / "tiny.npz", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("sweep.json", "{", "damaged: "),
        ("study.journal", "{\n{}\n", "damaged: Optuna cannot read it ("),
        ("study.journal", None, "missing: cnnlab cannot go on without the results of the trials"),
    ],
)
def test_a_damaged_file_ends_a_resumed_sweep(stopped_copy, run_cli, name, content, reason):
    path = stopped_copy / "runs/tiny-001" / name
    path.unlink() if content is None else path.write_text(content)
    code, out, err = run_cli("resume", "tiny-001", cwd=stopped_copy)
    assert (code, out) == (4, "")
    assert err.splitlines()[-1].startswith(f"cnnlab: runs/tiny-001/{name}: {reason}")


def test_resume_writes_a_damaged_list_of_trials_again(stopped_copy, run_cli, finished_sweep):
    path = stopped_copy / "runs/tiny-001/trials.json"
    before = path.read_text()
    path.write_text("[")
    code, _, err = run_cli("report", "tiny-001", cwd=stopped_copy)
    assert (code, err.startswith("cnnlab: runs/tiny-001/trials.json: damaged: ")) == (4, True)
    code, out, err = run_cli("resume", "tiny-001", "--json", cwd=stopped_copy)
    assert (code, err) == (
        0,
        f"runs/tiny-001: 2 trials of 3 epochs, 2 of them done before; 2 at once, {THREADS} each\n",
    )
    assert path.read_text() == before
    assert json.loads(out)["answer"] == json.loads(finished_sweep[1].stdout)["answer"]


def test_ctrl_c_stops_a_sweep_and_resume_goes_on(begin, run_cli, finished_sweep, tmp_path):
    process = begin(1, *EPOCHS)
    code, out, err = run_cli("resume", "last", cwd=tmp_path)
    record = read_sweep(tmp_path)
    assert (code, out, err) == (
        7,
        "",
        f"cnnlab: runs/tiny-001: in use by process {process.process.pid} on {record.host} (cnnlab "
        "sweep sweep.yaml --device cpu --parallel 1 --set training.epochs=1000 --set "
        f"training.epochs=30), since {record.started}; wait until that process ends, or stop it\n",
    )
    workers = list_workers(process.process.pid)
    process.process.send_signal(signal.SIGINT)
    assert process.end() == 130
    assert re.fullmatch(
        "cnnlab: stopped by SIGINT; (0 trials|1 trial) done, and the finished epochs of the others "
        "are saved; next: cnnlab resume runs/tiny-001",
        process.read_stderr().splitlines()[-1],
    )
    assert all_end(workers)
    record = read_sweep(tmp_path)
    assert (record.status, record.ended) == ("stopped", "stopped by SIGINT")
    code, out, err = run_cli("resume", "last", cwd=tmp_path)
    assert code == 0, err
    assert read_sweep(tmp_path).status == "finished"


def test_a_second_ctrl_c_ends_the_workers_at_once(begin, tmp_path):
    process = begin(1)
    workers = list_workers(process.process.pid)
    for _ in range(5):  # impatience
        process.process.send_signal(signal.SIGINT)
    assert process.end() == 130
    assert all_end(workers)
    errors = process.read_stderr()
    assert "Traceback" not in errors
    assert re.fullmatch(
        r"cnnlab: stopped by (SIGINT|a second signal); 0 trials done, and the finished epochs of "
        "the others are saved; next: cnnlab resume runs/tiny-001",
        errors.splitlines()[-1],
    )
    assert read_sweep(tmp_path).status == "stopped"


def test_the_workers_of_a_killed_sweep_end_and_resume_goes_on(begin, run_cli, tmp_path):
    process = begin(2, *EPOCHS)
    workers = list_workers(process.process.pid)
    process.process.kill()
    process.end()
    assert read_sweep(tmp_path).status == "killed"
    code, out, err = run_cli("resume", "last", cwd=tmp_path)
    assert code == 0, err
    assert all_end(workers)
    assert read_sweep(tmp_path).ended == "2 trials done, 2 of them to the end"
    assert out.splitlines()[-1].startswith("next: cnnlab evaluate runs/tiny-001/trials/00")


def test_a_full_disk_ends_the_sweep_and_resume_goes_on(run_cli, tmp_path):
    write_sweep(tmp_path, parameters=RATES)
    with mount_small_disk(tmp_path / "disk", "size=300k") as runs:
        command = ("sweep", "sweep.yaml", *ALONE, "--runs", runs)
        code, out, err = run_cli(*command, cwd=tmp_path)
        assert (code, out) == (5, "")
        assert re.fullmatch(
            rf"cnnlab: {runs}/tiny-001/.*: cannot be written: no space left on device; free some "
            r"space; .*next: cnnlab resume \S+",
            err.splitlines()[-1],
        )
        assert err.splitlines()[-1].endswith(f"next: cnnlab resume {runs}/tiny-001")
        enlarge(runs, "50m")
        code, _, err = run_cli("resume", runs / "tiny-001", cwd=tmp_path)
        assert code == 0, err


def test_runs_that_may_not_be_written_are_reported(run_cli, tmp_path):
    write_sweep(tmp_path)
    with mount_small_disk(tmp_path / "disk", "size=1m,ro") as runs:
        code, out, err = run_cli("sweep", "sweep.yaml", *FLAGS, "--runs", runs, cwd=tmp_path)
    assert (code, out) == (5, "")
    assert err == (
        f"cnnlab: {runs}: cannot be written: read-only file system; choose another path with "
        "`--runs DIR`\n"
    )


def test_a_sweep_without_a_finished_trial_fails(run_cli, tmp_path):
    rates = {"training.optimizer.sgd.learning_rate": [1000.0, 900.0]}
    config = CONFIG.replace("{adam: {learning_rate: 0.01}}", "{sgd: {learning_rate: 0.1}}")
    write_sweep(tmp_path, config, parameters=rates, confirm={"best": 1, "seeds": 2})
    code, out, err = run_cli("sweep", "sweep.yaml", *ALONE, cwd=tmp_path)
    assert (code, out) == (6, "")
    reason = json.loads((tmp_path / "runs/tiny-001/trials.json").read_text())[0]["reason"]
    assert err.splitlines()[-1] == (
        "cnnlab: runs/tiny-001: no trial was trained to its end; trial 1 failed: "
        f"{reason}; next: cnnlab runs show runs/tiny-001"
    )
    for command in ("report", "runs show"):
        code, out, _ = run_cli(*command.split(), "last", cwd=tmp_path)
        assert (code, "no trial was trained to its end\n" in out) == (0, True)
    assert f"trial 1 failed: {reason}\n" in out
    assert not (tmp_path / "runs/tiny-001/best.yaml").exists()
    assert run_cli("resume", "last", cwd=tmp_path)[0] == 2


@pytest.mark.parametrize(
    ("redirection", "code", "message"),
    [("2>&-", 0, ""), (">/dev/full", 5, "cnnlab: standard output: no space left on device\n")],
)
def test_a_stream_that_cannot_be_written_costs_no_trial(tmp_path, redirection, code, message):
    write_sweep(tmp_path, parameters=RATES)
    end = run_in_shell(redirection, "sweep", "sweep.yaml", *ALONE, cwd=tmp_path)
    assert (end[0], end[2][-len(message) :] if message else "") == (code, message)
    record = read_sweep(tmp_path)
    assert (record.status, record.ended) == ("finished", "2 trials done, 2 of them to the end")


def test_a_terminal_shows_a_live_table_that_fits(tmp_path):
    write_sweep(tmp_path, parameters=RATES)
    command = ("sweep", "sweep.yaml", *ALONE, "--set", "training.epochs=8")
    texts = run_in_widths([80, 40], *command, cwd=tmp_path, stdout=None)
    for columns, text in texts.items():
        lines = list_lines(text)
        live = [line for line in lines if "━" in line or " done, " in line]
        assert max(map(len, live)) <= columns
        assert any(re.match(r"trial 1 +[━╸╺]+ epoch 2/8", line) for line in live), live
        assert not [line for line in live if "9/8" in line]
        summary = r"search: 1 of 2 done, (-:--|\d:\d\d) left$"
        assert [line for line in live if re.search(summary, line)], live
        assert "\x1b[?25h" in text  # the cursor is back
        assert lines[-1].startswith("next: cnnlab evaluate runs/tiny-00")


def test_ctrl_c_ends_a_dry_run_and_leaves_nothing(start, tmp_path, monkeypatch):
    write_sweep(tmp_path)
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    process = start("sweep", "sweep.yaml", *FLAGS, "--dry-run", cwd=tmp_path)
    process.wait_for_line("dry run: trains two epochs of the config in 2 workers")
    process.wait_for(lambda: count_workers(process.process.pid) == 2)
    workers = list_workers(process.process.pid)
    process.process.send_signal(signal.SIGINT)
    assert process.end() == 130
    assert process.read_stderr().splitlines() == [
        "dry run: trains two epochs of the config in 2 workers, to measure them",
        "cnnlab: stopped by SIGINT; a dry run leaves no files",
    ]
    assert all_end(workers)
    assert [*(tmp_path / "temporary").iterdir()] == []
    assert not (tmp_path / "runs").exists()

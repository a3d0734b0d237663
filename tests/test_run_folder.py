"""The run folder: its number, how it is found, and its contents."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from cnnlab import run_folder
from cnnlab.errors import DiskError, RunError
from cnnlab.run_folder import Record, find_trained_checkpoint
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.layers import Dense, Flatten

REMEDY = "choose another path with `--runs DIR`"
SPEC = Spec(
    experiment=Experiment(name="a", model=(Flatten(), Dense(units=2))),
    inputs=Inputs(
        image_shape=(2, 2, 1), class_names=("a", "b"), mean=(0.0,), deviation=(1.0,), fingerprint=""
    ),
)


@pytest.fixture
def make(tmp_path):
    """Create a run with a spec and a record in the root `tmp_path`."""

    def make(name, started="2024-01-01T00:00:00Z"):
        run = run_folder.create_run(tmp_path, name)
        run.write_spec(SPEC)
        run.write_record(Record(started=started))
        return run

    return make


def catch_message(error, call, *arguments):
    with pytest.raises(error) as caught:
        call(*arguments)
    assert str(caught.value).isprintable()
    return str(caught.value)


def test_runs_are_numbered_from_001(tmp_path):
    names = [run_folder.create_run(tmp_path / "deep/down", "digits").name for _ in range(3)]
    assert names == ["digits-001", "digits-002", "digits-003"]


def test_each_name_has_its_own_numbers(tmp_path):
    order = ["a", "a-1", "a", "b", "a-1"]
    names = [run_folder.create_run(tmp_path, name).name for name in order]
    assert names == ["a-001", "a-1-001", "a-002", "b-001", "a-1-002"]


def test_a_number_is_not_given_twice_while_its_run_is_there(tmp_path):
    for name in ("a-007", "a-003", "a-x", "a", "a-1000x"):
        (tmp_path / name).mkdir()
    assert run_folder.create_run(tmp_path, "a").name == "a-008"
    (tmp_path / "a-999").mkdir()
    assert run_folder.create_run(tmp_path, "a").name == "a-1000"


def test_a_file_in_the_way_of_a_number_is_passed_over(tmp_path):
    (tmp_path / "a-001").write_text("not a run")
    assert run_folder.create_run(tmp_path, "a").name == "a-002"


def test_64_threads_at_once_get_64_folders(tmp_path):
    together = threading.Barrier(64)

    def create(_):
        together.wait()
        return run_folder.create_run(tmp_path, "race").name

    with ThreadPoolExecutor(64) as pool:
        names = list(pool.map(create, range(64)))
    assert sorted(names) == [f"race-{number:03d}" for number in range(1, 65)]


def test_a_root_that_is_a_file_is_reported(tmp_path):
    root = tmp_path / "runs"
    root.write_text("")
    expected = f"{root}: cannot be written: file exists; {REMEDY}"
    assert catch_message(DiskError, run_folder.create_run, root, "a") == expected
    below = root / "deeper"
    expected = f"{below}: cannot be written: not a directory; {REMEDY}"
    assert catch_message(DiskError, run_folder.create_run, below, "a") == expected


def test_a_run_is_found_by_its_path(make, tmp_path):
    run = make("digits")
    assert run_folder.find_run(str(run.path), tmp_path / "elsewhere").path == run.path
    assert run_folder.find_run(f"{run.path}/", tmp_path).path == run.path


def test_a_run_is_found_by_its_name_a_unique_prefix_and_last(make, tmp_path):
    make("digits", "2024-01-01T00:00:00Z")
    make("clothes", "2024-01-03T00:00:00Z")
    make("digits", "2024-01-02T00:00:00Z")
    found = {
        word: run_folder.find_run(word, tmp_path).name for word in ("digits-002", "clo", "last")
    }
    assert found == {"digits-002": "digits-002", "clo": "clothes-001", "last": "clothes-001"}


def test_a_whole_name_wins_over_a_prefix(make, tmp_path):
    make("a-001")  # a-001-001
    make("a")  # a-001
    assert run_folder.find_run("a-001", tmp_path).name == "a-001"


def test_a_prefix_of_several_runs_is_refused(make, tmp_path):
    for _ in range(10):
        make("digits")
    names = ", ".join(f"digits-{number:03d}" for number in range(1, 9))
    expected = f"digits: several runs start with this name: {names}, …"
    assert catch_message(RunError, run_folder.find_run, "digits", tmp_path) == expected


def test_a_missing_run_is_reported_with_the_existing_ones(make, tmp_path):
    make("digits")
    assert catch_message(RunError, run_folder.find_run, "none", tmp_path) == (
        "none: no such run or file; there is digits-001"
    )


@pytest.mark.parametrize("word", ["none", "last"])
def test_without_runs_the_command_that_makes_one_is_printed(tmp_path, word):
    expected = f"{word}: no such run or file; `cnnlab train CONFIG` makes one in {tmp_path}/"
    assert catch_message(RunError, run_folder.find_run, word, tmp_path) == expected


def test_an_empty_word_names_no_run_even_where_there_is_just_one(make, tmp_path):
    make("digits")
    assert (
        catch_message(RunError, run_folder.find_run, "", tmp_path)
        == "expected the name of a run, or `last`"
    )


def test_a_folder_that_is_no_run_is_reported(tmp_path):
    expected = f"{tmp_path}: not a run folder: it has no spec.json"
    assert catch_message(RunError, run_folder.find_run, str(tmp_path), tmp_path) == expected


def test_a_folder_named_as_a_run_begins_does_not_hide_it(make, tmp_path, monkeypatch):
    make("digits")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "digits").mkdir()
    (tmp_path / "last").mkdir()
    assert run_folder.find_run("digits", tmp_path).name == "digits-001"
    assert run_folder.find_run("last", tmp_path).name == "digits-001"


@pytest.mark.parametrize("word", ["x" * 5000, "a\0b", "~", "../../.."])
def test_what_cannot_be_a_path_is_no_run(make, tmp_path, monkeypatch, word):
    make("digits")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        RunError, match=r"no such run or file; there is digits-001|not a run folder"
    ):
        run_folder.find_run(word, tmp_path)


def test_runs_are_listed_with_the_newest_last(make, tmp_path):
    make("b", "2024-01-03T00:00:00Z")
    make("a", "2024-01-02T00:00:00Z")
    make("c", "2024-01-02T00:00:00Z")
    (tmp_path / "empty").mkdir()
    (tmp_path / "README.md").write_text("")
    assert [run.name for run in run_folder.list_runs(tmp_path)] == ["a-001", "c-001", "b-001"]
    assert run_folder.list_runs(tmp_path / "none") == []


DAMAGED = [b"", b"{", b"[]", b"null", b'{"started": 5}', b'{"epochs": "3"}', b"\xff", b"[" * 99_999]


@pytest.mark.parametrize("content", DAMAGED, ids=lambda content: repr(content[:16]))
def test_a_damaged_record_is_reported_and_the_others_are_listed(make, tmp_path, content):
    make("good")
    bad = make("bad")
    (bad.path / "run.json").write_bytes(content)
    text = catch_message(RunError, bad.read_record)
    assert text.startswith(f"{bad.path / 'run.json'}: damaged: ")
    assert [run.name for run in run_folder.list_runs(tmp_path)] == ["bad-001", "good-001"]


def test_a_record_reads_back_as_it_was_written(make):
    run = make("a")
    record = Record(
        status="stopped",
        started="2024-01-01T00:00:00Z",
        finished="2024-01-01T00:01:00Z",
        seconds=60.5,
        best_epoch=2,
        best_monitor="val_loss",
        best_value=0.1 + 0.2,
        command=["cnnlab", "train", "ä b.yaml"],
        versions={"keras": "3"},
        data={"dataset": "mnist", "training_images": 54_000},
    )
    run.write_record(record)
    assert run.read_record() == record
    run.write_record(Record(best_value=float("inf")))
    assert run.read_record().best_value == float("inf")


def test_the_spec_reads_back_as_it_was_written(make):
    assert make("a").read_spec() == SPEC


def test_a_damaged_spec_is_reported(make):
    run = make("a")
    path = run.path / "spec.json"
    path.write_text("{")
    assert catch_message(RunError, run.read_spec) == f"{path}: damaged: not JSON"
    path.write_text('{"experiment": {}}')
    expected = f"{path}: not a spec of cnnlab: experiment.name: `name` is missing; "
    expected += (
        "expected letters a to z, digits, - and _, a letter or digit first (the names of the runs "
    )
    expected += "start with it; by default the name of the file)"
    assert catch_message(RunError, run.read_spec) == expected
    path.unlink()
    assert (
        catch_message(RunError, run.read_spec)
        == f"{path}: cannot be read: No such file or directory"
    )


def test_the_history_reads_back_to_the_last_digit(make):
    run = make("a")
    rows = [
        {"epoch": 1, "loss": 0.1 + 0.2, "val_loss": 1e-300, "seconds": 3.0},
        {"epoch": 2, "loss": float("inf"), "val_loss": 1 / 3, "seconds": 2.5},
    ]
    run.write_history(rows)
    assert run.read_history() == rows
    head = "epoch,loss,val_loss,seconds\n1,0.30000000000000004,1e-300,3.0\n"
    assert (run.path / "history.csv").read_text().startswith(head)
    run.write_history([])
    assert run.read_history() == []


@pytest.mark.parametrize("row", ["1,x", "1", "1,2,3", '1,"', "\xff,1"])
def test_a_damaged_history_is_reported(make, row):
    run = make("a")
    (run.path / "history.csv").write_bytes(f"epoch,loss\n{row}\n".encode("latin1"))
    text = catch_message(RunError, run.read_history)
    assert text.startswith(f"{run.path / 'history.csv'}: damaged: ")


def test_metrics_read_back_and_are_none_before_an_evaluation(make):
    run = make("a")
    assert run.read_metrics() is None
    run.write_metrics("test", {"accuracy": 0.99})
    run.write_metrics("validation", {"accuracy": 0.98})
    assert run.read_metrics() == {"accuracy": 0.99}
    assert run.read_metrics("validation") == {"accuracy": 0.98}
    for content in ("[1]", "{", "[" * 99_999):
        (run.path / "evaluation/metrics.json").write_text(content)
        assert "metrics.json: damaged: " in catch_message(RunError, run.read_metrics)


def test_the_trained_checkpoint_is_best_else_last(make):
    run = make("a")
    assert catch_message(RunError, lambda: find_trained_checkpoint(run)) == (
        f"{run.path}: no epoch was finished, so there is no trained checkpoint; "
        f"train the run: cnnlab resume {run.path}"
    )
    for name in ("initial", "last", "best"):
        run.write_checkpoint(name, b"x")
        if name != "initial":
            assert find_trained_checkpoint(run) == run.path / f"checkpoints/{name}.keras"

"""A run folder from an unknown source: no file outside is read, and nothing blocks."""

import json
import os

import pytest

from cnnlab.errors import CheckpointError, RunError
from cnnlab.run_folder import Record, RunFolder, find_trained_checkpoint


def metrics(run):
    run.write_record(Record(finished="2024-01-01T00:00:00Z"))
    return run.read_metrics()


READERS = {
    "spec.json": RunFolder.read_spec,
    "run.json": RunFolder.read_record,
    "config.yaml": RunFolder.read_config,
    "history.csv": RunFolder.read_history,
    "state.json": RunFolder.recover,
    "evaluation/metrics.json": metrics,
    "evaluation/predictions.csv": RunFolder.read_predictions,
    "checkpoints/last.keras": find_trained_checkpoint,
}


def read_refusal(run, name):
    with pytest.raises(RunError) as caught:
        READERS[name](run)
    assert caught.value.exit_code == 4
    return str(caught.value).removeprefix(f"{run.path}/{name}: ")


@pytest.fixture
def run(tmp_path):
    (tmp_path / "run/checkpoints").mkdir(parents=True)
    (tmp_path / "run/evaluation").mkdir()
    return RunFolder(tmp_path / "run")


@pytest.mark.parametrize("name", READERS)
def test_a_link_out_of_the_folder_is_not_followed(run, tmp_path, name):
    (tmp_path / "secret").write_text("{}")
    (run.path / name).symlink_to(tmp_path / "secret")
    assert read_refusal(run, name) == "this is a link; replace the link by the file itself"


@pytest.mark.parametrize("name", [name for name in READERS if "/" in name])
def test_a_folder_of_it_that_is_a_link_is_not_followed(run, tmp_path, name):
    folder, file = name.split("/")
    (run.path / folder).rmdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / file).write_text("{}")
    (run.path / folder).symlink_to(tmp_path / "elsewhere")
    assert read_refusal(run, name) == "this is a link; replace the link by the file itself"


def test_a_run_folder_that_is_itself_reached_by_a_link_is_read(trained_run, tmp_path):
    (tmp_path / "link").symlink_to(trained_run.path)
    assert RunFolder(tmp_path / "link").read_spec() == RunFolder(trained_run.path).read_spec()
    assert find_trained_checkpoint(RunFolder(tmp_path / "link")).exists()


@pytest.mark.parametrize("name", [n for n in READERS if n.endswith((".json", ".csv", ".yaml"))])
def test_a_pipe_is_not_waited_for(run, name):
    os.mkfifo(run.path / name)
    assert read_refusal(run, name) == "cannot be read: a pipe or a device, not a file"


def test_a_checkpoint_that_is_a_pipe_is_not_waited_for(tmp_path):
    from cnnlab.foreign_models import read_spec

    os.mkfifo(tmp_path / "some.keras")
    with pytest.raises(CheckpointError) as caught:
        read_spec(tmp_path / "some.keras")
    told = "not a checkpoint, or cut short: a pipe or a device, not a file"
    assert str(caught.value) == f"{tmp_path}/some.keras: {told}"


@pytest.mark.parametrize(
    ("name", "most"), [("spec.json", 2), ("run.json", 32), ("evaluation/metrics.json", 32)]
)
def test_a_file_larger_than_any_that_cnnlab_writes_is_not_read(run, name, most):
    with (run.path / name).open("wb") as file:
        file.truncate(most * 2**20 + 1)  # a file with a hole: it takes no room
    assert read_refusal(run, name) == f"cannot be read: over {most} MiB"


@pytest.mark.parametrize(
    "name", ["../secret", "/etc/passwd", "checkpoints/../../secret", "run.json", "\x1b[2J"]
)
def test_a_state_that_names_other_files_is_refused(run, tmp_path, name):
    """A state names files of an epoch only."""
    (tmp_path / "secret").write_text("mine")
    (tmp_path / ".secret.next").write_text("theirs")
    files = {name: {"size_bytes": 6, "sha256": "0"}}
    (run.path / "state.json").write_text(
        json.dumps({"record": {"status": "stopped"}, "files": files})
    )
    shown = name.replace("\x1b", " ")
    assert read_refusal(run, "state.json") == f"damaged: {shown} is not a file that an epoch writes"
    assert (tmp_path / "secret").read_text() == "mine"

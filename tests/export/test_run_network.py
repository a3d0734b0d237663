"""The networks of runs and ensembles, and their weights at each checkpoint."""

import json
import subprocess
import sys

import numpy as np
import pytest
from page_engine import build_network
from run_builders import make_run

from cnnlab import checkpoint, model
from cnnlab.errors import RunError
from cnnlab.export.run_network import describe_run, read_run_weights
from cnnlab.run_folder import RunFolder
from cnnlab.study.ensemble_members import list_members

CONFIG = """\
model:
  - conv: 4
  - flatten
  - dense: {units: 10, activation: softmax}
"""
FLOATS = 3 * 3 * 4 + 4 + 6 * 6 * 4 * 10 + 10


@pytest.fixture
def run(tmp_path):
    """A run with an untrained, a best and a last checkpoint, which all differ."""
    made = make_run(tmp_path, "small", evaluated=False)
    made.write_config(CONFIG)
    write_checkpoints(made, "initial", "best", "last")
    return made


def write_checkpoints(run, *names):
    """Write checkpoints whose biases are 0, 1, 2, …"""
    spec = run.read_spec()
    network = model.build_network(spec.experiment.model, spec.inputs.image_shape, 1)
    for number, name in enumerate(names):
        network.layers[-1].bias.assign(np.full(10, number))
        run.write_checkpoint(name, checkpoint.to_bytes(network, spec))


def test_a_run_is_described_by_its_spec_its_config_and_its_checkpoints(run):
    found = json.loads(json.dumps(describe_run(run)))
    assert (found["format"], found["name"], found["dataset"]) == (1, "small-001", "mnist")
    assert found["classes"] == list("0123456789")
    assert [node["line"] for node in found["nodes"]] == [None, 2, 3, 4]
    assert found["floats"] == FLOATS
    assert found["output"] == {"node": 3, "activation": "softmax"}
    assert found["grad_cam"] == {"node": 1, "softmaxes": [3]}
    checkpoints = ["untrained", "best", "last"]
    member = {"name": "small-001", "checkpoints": checkpoints, "trained": "best"}
    assert found["members"] == [member]


def test_each_checkpoint_has_its_own_weights(run):
    for number, name in enumerate(("untrained", "best", "last")):
        weights = read_run_weights(run, 0, name)
        assert (weights.dtype, weights.shape) == (np.float32, (FLOATS,))
        assert weights[-10:].tolist() == [number] * 10


def test_averaged_weights_are_offered_where_the_run_has_them(tmp_path):
    run = make_run(tmp_path, "average", evaluated=False)
    write_checkpoints(run, "initial", "averaged", "last")
    [member] = describe_run(run)["members"]
    assert member["checkpoints"] == ["untrained", "averaged", "last"]
    assert member["trained"] == "averaged"
    assert read_run_weights(run, 0, "averaged")[-1] == 1


def test_an_ensemble_is_one_network_with_the_weights_of_each_member(tmp_path):
    run = make_run(tmp_path, "three", evaluated=False, ensemble=3)
    for number, experiment in enumerate(list_members(run.read_spec().experiment), 1):
        member = run.member_run(number)
        member.write_spec(run.read_spec().model_copy(update={"experiment": experiment}))
        write_checkpoints(member, *["initial", "last"][:number])
    found = describe_run(run)["members"]
    assert [(member["name"], member["trained"]) for member in found] == [
        ("three-001/members/1", None),  # its training has just begun
        ("three-001/members/2", "last"),
        ("three-001/members/3", "last"),
    ]
    assert read_run_weights(run, 2, "last")[-1] == 1


def test_a_run_without_weights_says_so(tmp_path):
    run = RunFolder(tmp_path / "new-001")
    run.write_spec(make_run(tmp_path, "other", evaluated=False).read_spec())
    with pytest.raises(RunError, match="no weights yet, because training has not begun"):
        describe_run(run)


def test_unknown_members_and_checkpoints_are_refused(run):
    with pytest.raises(RunError, match="no member 1; expected 0 to 0"):
        read_run_weights(run, 1, "last")
    message = "no checkpoint ../../x; expected untrained, best, last"
    with pytest.raises(RunError, match=message):
        read_run_weights(run, 0, "../../x")


def test_the_folder_of_the_data_is_not_in_the_description(tmp_path):
    data = {"dataset": "/home/somebody/secret/photos/", "image_size": 8}
    run = make_run(tmp_path, "photos", evaluated=False, data=data)
    write_checkpoints(run, "initial")
    found = describe_run(run)
    assert found["dataset"] == "photos"
    assert found["input"]["preparation"] == "fit"
    assert "secret" not in json.dumps(found)


def test_a_description_does_not_load_tensorflow(run):
    code = f"""
import sys
from cnnlab.export.run_network import describe_run
from cnnlab.run_folder import RunFolder
from pathlib import Path
describe_run(RunFolder(Path({str(run.path)!r})))
print("tensorflow" in sys.modules, "keras" in sys.modules)"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False False\n"


def test_all_weights_of_a_network_of_random_numbers_are_read(run):
    spec = run.read_spec()
    network = build_network(spec)
    run.write_checkpoint("last", checkpoint.to_bytes(network, spec))
    expected = np.concatenate([weight.ravel() for weight in network.get_weights()])
    assert np.array_equal(read_run_weights(run, 0, "last"), expected)

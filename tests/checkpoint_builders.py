"""Build small networks and their checkpoints, and catch the refusal of a checkpoint."""

import io
import zipfile

import h5py
import numpy as np
import pytest

from cnnlab import checkpoint, foreign_models, model
from cnnlab.errors import CheckpointError
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.layers import Dense, Flatten

SHAPE = (8, 7, 2)
SMALL = (Flatten(), Dense(units=2, activation="softmax"))


def spec_of(stack, shape=SHAPE):
    inputs = Inputs(
        image_shape=shape,
        class_names=("a", "b"),
        mean=(0.0,) * shape[2],
        deviation=(255.0,) * shape[2],
        fingerprint="",
    )
    return Spec(experiment=Experiment(name="test", model=stack), inputs=inputs)


def network(stack, shape=SHAPE, seed=0):
    """A network with random weights, none of them as they are initialized."""
    made = model.build_network(stack, shape, seed)
    numbers = np.random.default_rng(seed)
    made.set_weights([numbers.random(w.shape, np.float32) + 0.1 for w in made.weights])
    return made


def same_weights(one, two):
    return all(map(np.array_equal, one.get_weights(), two.get_weights()))


def refusal(path, stack=SMALL, load=True):
    """The error message that refuses a file, without its name; checks that no weight changed."""
    target = network(stack, seed=9)
    with pytest.raises(CheckpointError) as caught:
        checkpoint.load_weights(target, path) if load else foreign_models.read_spec(path)
    assert caught.value.exit_code == 4
    assert same_weights(target, network(stack, seed=9))
    text = str(caught.value)
    assert text.startswith(f"{path}: ")
    assert text.isprintable()
    assert len(text) < 500
    return text.removeprefix(f"{path}: ")


def members(data):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {info.filename: archive.read(info) for info in archive.infolist()}


def read_arrays(path):
    """Every array of a checkpoint by its name, the optimizer's too, as bytes."""
    found = {}
    with h5py.File(io.BytesIO(members(path.read_bytes())["model.weights.h5"])) as file:
        names = []
        file.visit(names.append)
        found |= {n: file[n][()].tobytes() for n in names if isinstance(file[n], h5py.Dataset)}
    return found


def replace(path, **changed):
    """The file with its spec, config or weights replaced, or removed where None."""
    names = {"spec": "cnnlab.json", "config": "config.json", "weights": "model.weights.h5"}
    old = members(path.read_bytes())
    new = {names[key]: value for key, value in changed.items()}
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (old | new).items():
            if content is not None:
                archive.writestr(name, content)
    return path

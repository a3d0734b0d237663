"""Checkpoints: reading gives what was written, stock Keras reads them, other files are refused."""

import io
import json
import random
import zipfile

import h5py
import keras
import numpy as np
import pytest
from checkpoint_builders import (
    SHAPE,
    SMALL,
    members,
    network,
    refusal,
    replace,
    same_weights,
    spec_of,
)

from cnnlab import checkpoint, foreign_models
from cnnlab.errors import CheckpointError, UsageError
from cnnlab.spec.convolutions_and_pools import Conv, DepthwiseConv, MaxPool, SeparableConv
from cnnlab.spec.layer_options import ACTIVATIONS
from cnnlab.spec.layers import (
    LAYERS,
    ActivationLayer,
    BatchNorm,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GroupNorm,
    LayerNorm,
    PRelu,
    SpatialDropout,
)

pytestmark = pytest.mark.slow

# Every kind with weights, some twice, with layers of Keras's that have no row of their own.
TOO_LARGE = "inputs: the means or the deviations are too large or too small for pixels"
STACK = (
    Conv(filters=3, padding=1, activation="leaky_relu"),
    Conv(filters=3, use_bias=False),
    BatchNorm(),
    SpatialDropout(rate=0.1),
    DepthwiseConv(kernel_size=2),
    SeparableConv(filters=4, kernel_size=2),
    LayerNorm(),
    PRelu(shared_axes=(1, 2)),
    GroupNorm(groups=2),
    GaussianNoise(stddev=0.1),
    MaxPool(),
    Flatten(),
    Dense(units=5, activation="relu"),
    BatchNorm(scale=False),
    Dropout(rate=0.2),
    Dense(units=2, activation="softmax"),
)


@pytest.fixture
def save_checkpoint(tmp_path):
    """Write a checkpoint of STACK or of another stack."""

    def save(stack=SMALL, shape=SHAPE):
        path = tmp_path / "some.keras"
        path.write_bytes(checkpoint.to_bytes(network(stack, shape), spec_of(stack, shape)))
        return path

    return save


@pytest.mark.parametrize("activation", [cls.kind for cls in ACTIVATIONS])
def test_every_activation_can_be_kept_and_opens_in_stock_keras(save_checkpoint, activation):
    stack = (Flatten(), Dense(units=3, activation=activation), ActivationLayer(function=activation))
    stack = (*stack, Dense(units=2, activation="softmax"))
    images = np.random.default_rng(0).random((2, *SHAPE), np.float32) / 100  # exp(exp(x)) is large
    opened = keras.saving.load_model(save_checkpoint(stack))
    assert np.array_equal(opened(images), network(stack)(images))


def test_weights_and_spec_of_every_kind_are_read_as_they_were_written(save_checkpoint):
    with_weights = {type(layer) for layer in STACK if layer.parameters((4, 4, 4)).total}
    assert with_weights == {cls for cls in LAYERS if cls.parameters is not LAYERS[3].parameters}
    path, target = save_checkpoint(STACK), network(STACK, seed=9)
    checkpoint.load_weights(target, path)
    assert same_weights(target, network(STACK))
    assert foreign_models.read_spec(path) == spec_of(STACK)


def test_a_checkpoint_with_an_optimizer_is_read_as_it_was_written(tmp_path):
    trained = network(STACK)
    trained.compile("adamw", "categorical_crossentropy")
    trained.train_on_batch(np.ones((2, *SHAPE), np.float32), np.eye(2))
    path, target = tmp_path / "last.keras", network(STACK, seed=9)
    path.write_bytes(checkpoint.to_bytes(trained, spec_of(STACK)))
    checkpoint.load_weights(target, path)
    assert same_weights(target, trained)


def test_a_network_of_many_layers_without_weights_is_read_too(save_checkpoint):
    """490 activations are 490 groups in the file: about a megabyte for 58 numbers."""
    stack = (*[ActivationLayer(function="relu")] * 490, *SMALL)
    target = network(stack, (2, 2, 7), seed=9)
    checkpoint.load_weights(target, save_checkpoint(stack, (2, 2, 7)))
    assert same_weights(target, network(stack, (2, 2, 7)))


def test_stock_keras_opens_a_checkpoint_and_answers_the_same(save_checkpoint):
    opened = getattr(keras.saving, "load_" + "model")(save_checkpoint(STACK))
    images = np.random.default_rng(1).random((3, *SHAPE), np.float32)
    assert np.array_equal(opened(images), network(STACK)(images))


def test_a_checkpoint_is_laid_out_as_keras_itself_does_it(tmp_path):
    network(STACK).save(tmp_path / "keras.keras")
    ours = members(checkpoint.to_bytes(network(STACK), spec_of(STACK)))
    theirs = members((tmp_path / "keras.keras").read_bytes())
    assert ours.keys() - theirs.keys() == {checkpoint.SPEC_MEMBER}
    assert json.loads(ours["config.json"]) == json.loads(theirs["config.json"])
    arrays = [{}, {}]
    for found, data in zip(arrays, (ours, theirs), strict=True):
        with h5py.File(io.BytesIO(data["model.weights.h5"])) as file:
            file.visititems(
                lambda name, item, found=found: (
                    found.update({name: item[()].tobytes()}) if hasattr(item, "shape") else None
                )
            )
    assert arrays[0] == arrays[1]
    assert set(arrays[0]) == set(checkpoint._list_weights(network(STACK)))


def test_a_checkpoint_cut_short_is_refused_at_every_length(save_checkpoint):
    path = save_checkpoint()
    whole = path.read_bytes()
    for length in [*range(64), *range(64, len(whole), 211), len(whole) - 1]:
        path.write_bytes(whole[:length])
        assert refusal(path).startswith("not a checkpoint, or cut short: ")


def outcome(path, target):
    """The weights of a file, or the message that refuses it; any other exception fails."""
    try:
        checkpoint.load_weights(target, path)
        foreign_models.read_spec(path)
    except (CheckpointError, UsageError) as error:  # a renamed spec makes it a stranger's file
        return str(error)
    return target.get_weights()


@pytest.mark.parametrize("seed", range(4))
def test_100_flipped_bytes_are_each_refused_or_do_no_harm(save_checkpoint, seed):
    path, chance = save_checkpoint(STACK), random.Random(seed)
    whole, target = path.read_bytes(), network(STACK, seed=9)
    ends = [*range(200), *range(len(whole) - 800, len(whole))]  # where the zip file has its names
    for _ in range(100):
        damaged = bytearray(whole)
        place = chance.choice(ends) if chance.random() < 0.5 else chance.randrange(len(whole))
        damaged[place] ^= chance.randrange(1, 256)
        path.write_bytes(damaged)
        found = outcome(path, target)
        if not isinstance(found, str):  # a byte that nothing reads: a time, an attribute
            assert all(map(np.array_equal, found, network(STACK).get_weights()))


@pytest.mark.parametrize("seed", range(4))
def test_100_flipped_bytes_under_a_right_check_sum_are_refused_or_give_finite_weights(
    save_checkpoint, seed
):
    path, chance, target = save_checkpoint(), random.Random(seed), network(SMALL)
    shapes = [weight.shape for weight in target.get_weights()]
    whole = members(path.read_bytes())
    for _ in range(100):
        member = chance.choice(["weights", "weights", "config", "spec"])
        name = {"weights": "model.weights.h5", "config": "config.json"}.get(member, "cnnlab.json")
        damaged = bytearray(whole[name])
        damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        found = outcome(replace(path, **{member: bytes(damaged)}), target)
        if not isinstance(found, str):
            assert [array.shape for array in found] == shapes
            assert all(np.isfinite(array).all() for array in found)
        path.write_bytes(b"")
        with zipfile.ZipFile(path, "w") as archive:
            for key, content in whole.items():
                archive.writestr(key, content)


@pytest.mark.parametrize("member", ["config", "weights"])
def test_a_missing_member_is_refused(save_checkpoint, member):
    names = {"config": "config.json", "weights": "model.weights.h5"}
    told = f"it contains no {names[member]}, so it is not a checkpoint"
    assert refusal(replace(save_checkpoint(), **{member: None})) == told


def test_without_its_spec_it_is_a_strangers_file(save_checkpoint):
    """test_foreign_options.py tests the options that such a file needs."""
    with pytest.raises(UsageError, match=r"cnnlab did not write this file, and"):
        foreign_models.read_spec(replace(save_checkpoint(), spec=None))


@pytest.mark.parametrize("content", [b"", b"\x89HDF\r\n\x1a\n", b"not HDF5 at all" * 100])
def test_weights_that_are_not_hdf5_are_refused(save_checkpoint, content):
    assert refusal(replace(save_checkpoint(), weights=content)).startswith(
        "model.weights.h5 is damaged: "
    )


@pytest.mark.parametrize("content", ["", "{", "[" * 100_000, "1" * 5_000, "\xff", "NaN,"])
def test_a_spec_that_is_not_json_is_refused(save_checkpoint, content):
    changed = replace(save_checkpoint(), spec=content.encode("latin1"))
    assert refusal(changed, load=False) == "damaged: not JSON"


PAIRS = "inputs: 2 channels need 2 means and 2 deviations over 0"
NAMES = "inputs.class_names: each class needs a different name, without a line break"
CLASSES = "model: the network ends in a vector of 2, but the data has 3 classes"
LARGE = "model: the network has 224,000,002 parameters up to this layer"  # 8000·7000·2·2 + 2
MAPS = "model: layer 2 gets a vector of 112: `conv` reads feature maps"


@pytest.mark.parametrize(
    ("section", "field", "value", "told"),
    [
        ("inputs", "image_shape", [8, -7, 2], "inputs.image_shape: (8, -7, 2) has no pixels"),
        ("inputs", "image_shape", [8000, 7000, 2], LARGE),
        ("inputs", "mean", [], PAIRS),
        ("inputs", "deviation", [1.0, 0.0], PAIRS),
        ("inputs", "class_names", ["a", "b", "c"], CLASSES),
        ("inputs", "class_names", ["a", "a"], NAMES),
        ("inputs", "class_names", ["a", "\x1b[31mb"], NAMES),
        ("inputs", "deviation", [1.0, 1e-320], TOO_LARGE),
        ("inputs", "mean", [1.0, 1e300], TOO_LARGE),
        ("experiment", "model", ["flatten", {"conv": 2}], MAPS),
        ("experiment", "seed", "1", "experiment.seed: the text `1` does not fit"),
        ("experiment", "run", "rm -rf /", "experiment.run: unknown key `run`"),
    ],
)
def test_a_spec_that_does_not_fit_itself_is_refused(save_checkpoint, section, field, value, told):
    spec = json.loads(checkpoint.format_spec(spec_of(SMALL)))
    spec[section][field] = value
    changed = replace(save_checkpoint(), spec=json.dumps(spec))
    assert refusal(changed, load=False).startswith(f"not a spec of cnnlab: {told}")


def test_files_of_another_kind_are_refused(save_checkpoint):
    path = save_checkpoint()
    for content in (b"", b"text", b"PK\5\6" + bytes(17)):
        path.write_bytes(content)
        assert refusal(path) == "not a checkpoint, or cut short: File is not a zip file"


def test_a_folder_and_a_missing_file_are_refused(save_checkpoint):
    path = save_checkpoint()
    path.unlink()
    assert refusal(path) == "there is no such checkpoint"
    path.mkdir()
    told = "not a checkpoint, or cut short: Is a directory"
    assert refusal(path) == told

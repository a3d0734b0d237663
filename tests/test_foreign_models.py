"""`.keras` files by stock Keras: translated with the same answers, or refused."""

import json
import zipfile

import keras
import numpy as np
import pytest
from checkpoint_builders import members
from keras import layers as k

from cnnlab import checkpoint, foreign_models
from cnnlab.data.batches import scale_images
from cnnlab.errors import CheckpointError, UsageError
from cnnlab.foreign_models import ForeignModelOptions

pytestmark = pytest.mark.slow

MNIST = ForeignModelOptions("mnist", "unit")


def build_plain():
    return keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            k.Rescaling(1 / 127.5, offset=-1),
            k.Conv2D(4, 3, strides=2, activation="relu", kernel_regularizer="l2"),
            k.BatchNormalization(),
            k.DepthwiseConv2D(3, padding="same", depth_multiplier=2, use_bias=False),
            k.ReLU(max_value=6),
            k.SeparableConv2D(6, (3, 2), activation=k.LeakyReLU(negative_slope=0.1)),
            k.SpatialDropout2D(0.1),
            k.MaxPooling2D(2, strides=1, padding="same"),
            k.AveragePooling2D((2, 1)),
            k.LayerNormalization(epsilon=1e-5),
            k.ZeroPadding2D((1, 2)),
            k.Conv2D(4, 3, dilation_rate=2, groups=2, activation="swish"),
            k.ELU(0.5),
            k.GaussianNoise(0.1),
            k.Flatten(),
            k.Dense(12, activation="tanh", kernel_constraint="non_neg"),
            k.Dropout(0.5),
            k.Activation("gelu"),
            k.Dense(10),
            k.Softmax(),
        ]
    )


def build_branches():
    """A residual and an inception block inside another, with layers listed in another order."""
    image = keras.Input((28, 28, 1))
    stem = k.Conv2D(6, 3, strides=2)(image)
    wide = k.Conv2D(4, 5, padding="same", name="last_of_all")(stem)
    thin = k.Conv2D(4, 1, activation="relu")(stem)
    thin = k.BatchNormalization()(thin)
    joined = k.Concatenate()([thin, wide, stem])
    narrow = k.Conv2D(6, 1)(joined)
    added = k.Add()([stem, narrow])
    mean = k.Average()([k.Conv2D(6, 3, padding="same")(added), added])
    return keras.Model(image, k.Dense(10)(k.GlobalAveragePooling2D()(mean)))


def flat():
    return keras.Sequential([keras.Input((28, 28)), k.Flatten(), k.Dense(10, "softmax")])


MODELS = {
    "plain": (build_plain, ForeignModelOptions("mnist")),
    "branched": (build_branches, MNIST),
    "flat": (flat, ForeignModelOptions("fashion_mnist", "none")),
}


def save_random(path, model):
    """Save a model with random weights."""
    random = np.random.default_rng(0)
    model.set_weights([random.random(w.shape, np.float32) * 0.5 for w in model.get_weights()])
    model.save(path)
    return path


@pytest.mark.parametrize("name", MODELS)
def test_it_answers_as_in_stock_keras(tmp_path, name):
    build, said = MODELS[name]
    model = build()
    model.compile("adam")  # with an optimizer in the file, which nobody reads
    path = save_random(tmp_path / "theirs.keras", model)
    spec = foreign_models.read_spec(path, said)
    network = checkpoint.load_trained(spec, path)
    images = np.random.default_rng(1).integers(0, 256, (5, 28, 28, 1), np.uint8)
    factor = 255 if said.scaling == "unit" else 1
    theirs = (images.astype(np.float32) / factor).reshape(5, *model.input_shape[1:])
    ours = np.asarray(network(scale_images(images, spec.inputs)))
    assert np.allclose(ours, np.asarray(model(theirs)), rtol=1e-4, atol=1e-5)


def test_it_can_be_evaluated_and_predicts(tmp_path, run_cli):
    path = save_random(tmp_path / "theirs.keras", flat())
    said = ("--dataset", "fashion_mnist", "--scaling", "unit")
    code, answer, talk = run_cli("evaluate", path, *said, "--json", cwd=tmp_path)
    assert (code, talk) == (0, "")
    assert json.loads(answer)["images"] == 10_000
    code, answer, _ = run_cli("predict", path, "--random", 2, *said, "--json", cwd=tmp_path)
    assert code == 0
    assert {"Trouser", "Sneaker"} < set(json.loads(answer)[0]["probabilities"])
    assert [one.name for one in tmp_path.iterdir()] == ["theirs.keras"]


def test_a_foreign_model_needs_the_options_for_its_data(tmp_path):
    path = save_random(tmp_path / "theirs.keras", flat())
    for said, told in (
        (
            ForeignModelOptions(),
            "cnnlab did not write this file, so the scaling of its images is unknown; add "
            "--scaling unit "
            "(from 0 to 1) or --scaling none (from 0 to 255)",
        ),
        (
            ForeignModelOptions(None, "unit"),
            "cnnlab did not write this file, so its training data is unknown; add --dataset with "
            "mnist, "
            "fashion_mnist, FILE.npz, or FOLDER/ with one folder of images for each class",
        ),
    ):
        with pytest.raises(UsageError) as caught:
            foreign_models.read_spec(path, said)
        assert str(caught.value) == f"{path}: {told}"
    with pytest.raises(UsageError, match="unknown data set `cifar`"):
        foreign_models.read_spec(path, ForeignModelOptions("cifar", "unit"))
    path = save_random(tmp_path / "plain.keras", build_plain())
    with pytest.raises(UsageError, match="its Rescaling layer already scales the images"):
        foreign_models.read_spec(path, MNIST)


def test_the_scaling_is_refused_for_its_own_files(trained_run, run_cli):
    told = "cnnlab wrote it, and knows its scaling; leave --scaling out"
    file = trained_run.path / "checkpoints/last.keras"
    for name, shown in (("last", "runs/small-001"), (file, file)):
        said = ("evaluate", name, "--dataset", "small.npz", "--scaling", "unit")
        code, _, talk = run_cli(*said, cwd=trained_run.folder)
        assert (code, talk) == (2, f"cnnlab: {shown}: {told}\n")


def test_a_foreign_model_does_not_know_its_data(tmp_path, run_cli):
    path = save_random(tmp_path / "theirs.keras", flat())
    said = ("--dataset", "mnist", "--scaling", "unit", "--split", "train")
    code, _, talk = run_cli("evaluate", path, *said, cwd=tmp_path)
    told = (
        "cnnlab did not write this file, so its training images are unknown; evaluate --split test"
    )
    assert (code, talk) == (2, f"cnnlab: {path}: {told}\n")


def build_small(*inner, shape=(28, 28, 1)):
    return keras.Sequential([keras.Input(shape), *inner, k.Flatten(), k.Dense(10, "softmax")])


def build_tangled():
    image = keras.Input((28, 28, 1))
    one, two = k.Conv2D(4, 1)(image), k.Conv2D(4, 1)(image)
    three, four = k.Add()([one, two]), k.Average()([one, two])
    return keras.Model(image, k.Dense(10)(k.Flatten()(k.Add()([three, four]))))


def build_shared():
    image = keras.Input((28, 28, 1))
    conv = k.Conv2D(1, 1)
    return keras.Model(image, k.Dense(10)(k.Flatten()(conv(conv(image)))))


def added_twice():
    image = keras.Input((28, 28, 1))
    maps = [k.Conv2D(4, 3)(image) for _ in range(4)]
    add = k.Add()
    joined = k.Concatenate()([add(maps[:2]), add(maps[2:])])
    return keras.Model(image, k.Dense(10)(k.Flatten()(joined)))


def averaged_by_an_operation():
    image = keras.Input((28, 28, 1))
    weights = k.Conv2D(1, 3, activation="softplus")(image)
    mean = keras.ops.average(k.Conv2D(1, 3)(image), axis=-1, weights=weights)
    return keras.Model(image, k.Dense(10)(k.Flatten()(mean)))


def build_noise(deviation):
    model = build_small(k.GaussianNoise(0.5))
    model.layers[0].stddev = deviation
    return model


def two_inputs():
    images = [keras.Input((28, 28, 1)), keras.Input((28, 28, 1))]
    return keras.Model(images, k.Dense(10)(k.Flatten()(k.Add()(images))))


REFUSED = {
    "a Resizing layer, which cnnlab does not support": lambda: build_small(k.Resizing(28, 28)),
    "a Conv2DTranspose layer, which cnnlab does not support": lambda: build_small(
        k.Conv2DTranspose(2, 3)
    ),
    "a RandomFlip layer, which cnnlab does not support": lambda: build_small(k.RandomFlip()),
    "a Sequential layer, which cnnlab does not support": lambda: build_small(build_small()),
    "a Rescaling layer, which cnnlab does not support": lambda: build_small(
        k.Conv2D(1, 1), k.Rescaling(2)
    ),
    "Flatten with data_format channels_first, which cnnlab does not support": lambda: build_small(
        k.Flatten(data_format="channels_first")
    ),
    "BatchNormalization with axis 2, which cnnlab does not support": lambda: build_small(
        k.BatchNormalization(axis=2)
    ),
    "ReLU with a threshold, which cnnlab does not support": lambda: build_small(
        k.ReLU(threshold=1)
    ),
    "an activation log_softmax, which cnnlab does not support": lambda: build_small(
        k.Activation("log_softmax")
    ),
    "ZeroPadding2D of [[1, 0], [0, 1]]; opposite sides must be equal": lambda: build_small(
        k.ZeroPadding2D(((1, 0), (0, 1)))
    ),
    "Dense in float16; cnnlab supports only float32": lambda: build_small(
        k.Dense(3, dtype="float16")
    ),
    "inputs of the shape [None, 784]; images are [None, height, width, channels]": lambda: (
        keras.Sequential([keras.Input((784,)), k.Dense(10, "softmax")])
    ),
    "images without a channel axis, but no Flatten as first layer": lambda: keras.Sequential(
        [keras.Input((28, 28)), k.Dense(10)]
    ),
    "branches that do not split and merge again, at Conv2D": build_tangled,
    "a layer Conv2D that is used 2 times": build_shared,
    "a layer Add that is used 2 times": added_twice,
    "a layer Average that is not Keras's own": averaged_by_an_operation,
    "BatchNormalization with axis 1, which cnnlab does not support": lambda: build_small(
        k.Conv2D(28, 3, padding="same"), k.BatchNormalization(axis=1)
    ),
    "ZeroPadding2D with channels first": lambda: build_small(
        k.ZeroPadding2D((2, 0), data_format="channels_first")
    ),
    "Rescaling in bfloat16; cnnlab supports only float32": lambda: build_small(
        k.Rescaling(2, dtype="bfloat16")
    ),
    "InputLayer in bfloat16; cnnlab supports only float32": lambda: keras.Sequential(
        [keras.Input((28, 28, 1), dtype="bfloat16"), k.Flatten(), k.Dense(10)]
    ),
    "a layer with a value that cnnlab does not support: gaussian_noise.stddev: 5.0 does not fit; "
    "expected a number from 0 to 1 (standard deviation of the noise)": lambda: build_noise(5.0),
    "several inputs, or two layers with the same name": two_inputs,
}


@pytest.mark.parametrize("told", REFUSED)
def test_an_unsupported_layer_is_refused_by_its_name(tmp_path, told):
    path = tmp_path / "theirs.keras"
    REFUSED[told]().save(path)
    with pytest.raises(CheckpointError) as caught:
        foreign_models.read_spec(path, MNIST)
    expected = f"{path}: cnnlab did not write this file and cannot read it: it has {told.strip()}"
    assert str(caught.value) == expected


def test_images_of_another_shape_and_other_classes_are_reported(tmp_path):
    path = tmp_path / "theirs.keras"
    build_small(shape=(32, 32, 3)).save(path)
    with pytest.raises(CheckpointError) as caught:
        foreign_models.read_spec(path, MNIST)
    told = "its network reads images (32, 32, 3), but mnist has images (28, 28, 1)"
    assert str(caught.value) == f"{path}: {told}"
    keras.Sequential([keras.Input((28, 28, 1)), k.Flatten(), k.Dense(3, "softmax")]).save(path)
    with pytest.raises(CheckpointError, match="10 classes"):
        foreign_models.read_spec(path, MNIST)


GADGETS = {
    "a layer Dense that is not Keras's own": {"registered_name": "evil>Dense"},
    "a layer Dense that is not Keras's own ": {"module": "os"},
    "an activation {'class_name': 'function', 'config': 'system', 'module': 'os, which cnnlab does "
    "not support": {"activation": {"class_name": "function", "config": "system", "module": "os"}},
    "an activation os.system, which cnnlab does not support": {"activation": "os.system"},
}


@pytest.mark.parametrize("told", GADGETS)
def test_a_gadget_is_refused(tmp_path, told):
    path = tmp_path / "theirs.keras"
    build_small().save(path)
    content = members(path.read_bytes())
    config = json.loads(content["config.json"])
    layer, change = config["config"]["layers"][-1], GADGETS[told]
    (layer["config"] if "activation" in change else layer).update(change)
    content["config.json"] = json.dumps(config).encode()
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    with pytest.raises(CheckpointError) as caught:
        foreign_models.read_spec(path, MNIST)
    assert str(caught.value).endswith(f"it has {told.strip()}")

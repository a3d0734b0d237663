"""`.keras` files by stock Keras: translated with the same answers, or refused."""

import json

import keras
import numpy as np
import pytest
from keras import layers as k

from cnnlab import checkpoint, foreign_models
from cnnlab.data.batches import scale_images
from cnnlab.errors import CheckpointError
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


def build_small(*inner, shape=(28, 28, 1)):
    return keras.Sequential([keras.Input(shape), *inner, k.Flatten(), k.Dense(10, "softmax")])


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

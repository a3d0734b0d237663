"""Each layer of stock Keras: cnnlab computes the same from its file, or refuses it by name."""

from collections import Counter

import keras
import numpy as np
import pytest
from foreign_stacks import build_random_model, set_random_weights
from keras import layers as k

from cnnlab import checkpoint, foreign_models
from cnnlab.data.batches import scale_images
from cnnlab.errors import CheckpointError
from cnnlab.foreign_models import ForeignModelOptions

pytestmark = [
    pytest.mark.slow,
    # Random models can have a softmax over one number, about which Keras warns.
    pytest.mark.filterwarnings("ignore:You are using a softmax over axis"),
]


@pytest.fixture(scope="module")
def write_data(tmp_path_factory):
    """Write a data set of random images with two classes, and return its path and its images."""
    folder = tmp_path_factory.mktemp("data")

    def write(shape):
        path = folder / f"{'x'.join(map(str, shape))}.npz"
        images = np.random.default_rng(1).integers(0, 256, (6, *shape), np.uint8)
        labels = np.arange(6) % 2
        np.savez(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
        return path, images

    return write


def find_image_shape(model):
    shape = model.input_shape[1:]
    if len(shape) == 1:
        side = int(shape[0] ** 0.5)
        return (side, side, 1)
    return (*shape, 1)[:3]


def compare_with_keras(path, write_data):
    """Compare cnnlab's outputs with those of stock Keras for the file at `path`."""
    theirs = keras.models.load_model(path)
    data, images = write_data(find_image_shape(theirs))
    spec = foreign_models.read_spec(path, ForeignModelOptions(str(data), "none"))
    network = checkpoint.load_trained(spec, path)
    pixels = images.astype(np.float32).reshape(len(images), *theirs.input_shape[1:])
    expected = np.asarray(theirs(pixels, training=False)).astype(np.float64)
    found = np.asarray(network(scale_images(images, spec.inputs), training=False))
    assert found.shape == expected.shape
    assert np.allclose(found.astype(np.float64), expected, rtol=1e-5, atol=1e-5, equal_nan=True)


def build_small(*layers, shape=(8, 8, 3)):
    return keras.Sequential([keras.Input(shape), *layers, k.Flatten(), k.Dense(2, "softmax")])


def build_adapted():
    adapted = k.Normalization()
    adapted.adapt(np.random.default_rng(0).uniform(0, 255, (9, 8, 8, 3)).astype(np.float32))
    return adapted


def build_squeeze_excite():
    image = keras.Input((8, 8, 3))
    factors = k.Dense(3, "sigmoid")(k.GlobalAveragePooling2D()(image))
    scaled = k.Multiply()([image, k.Reshape((1, 1, 3))(factors)])
    return keras.Model(image, k.Dense(2)(k.Flatten()(scaled)))


def build_nested():
    """A Functional model in a Sequential model in a Functional model, with equal class names."""
    image = keras.Input((8, 8, 3))
    deep = keras.Input((8, 8, 4))
    residual = keras.Model(deep, k.Add()([deep, k.Conv2D(4, 3, padding="same")(deep)]))
    middle = keras.Sequential([keras.Input((8, 8, 3)), k.Conv2D(4, 1), residual, k.Conv2D(2, 3)])
    after = k.Conv2D(3, 3)(middle(image))
    return keras.Model(image, k.Dense(2)(k.Flatten()(after)))


def build_without_input():
    """A Sequential model whose input gets the number type of its first layer."""
    model = keras.Sequential(
        [k.Conv2D(2, 3, dtype="mixed_float16"), k.Flatten(), k.Dense(2, dtype="float32")]
    )
    model(np.zeros((1, 8, 8, 3), np.float32))
    return model


MODELS = {
    "augmentation": lambda: build_small(
        *(k.RandomFlip(), k.RandomRotation(0.1), k.RandomZoom(0.1), k.RandomTranslation(0.1, 0.1)),
        *(k.RandomContrast(0.1), k.RandomBrightness(0.1), k.RandomErasing(), k.Rescaling(1 / 255)),
        *(k.Conv2D(2, 3), k.RandomFlip(), k.RandomCrop(6, 6), k.GaussianDropout(0.1)),
    ),
    "whole numbers as input": lambda: keras.Sequential(
        [keras.Input((8, 8, 3), dtype="uint8"), k.Rescaling(1 / 255), k.Flatten(), k.Dense(2)]
    ),
    "rescaling": lambda: build_small(
        k.Rescaling(1 / 127.5, offset=-1), k.Conv2D(2, 3), k.Rescaling([-3, 0.1], [1, 0.0])
    ),
    "rescaling by an array": lambda: build_small(k.Rescaling(np.array([1e-3, 0.1, 0.01]))),
    "resizing": lambda: build_small(
        *(k.Resizing(11, 7), k.Resizing(6, 9, "bicubic", antialias=True)),
        *(k.Resizing(5, 5, crop_to_aspect_ratio=True), k.Resizing(6, 9, pad_to_aspect_ratio=True)),
    ),
    "normalization": lambda: build_small(build_adapted()),
    "normalization by numbers": lambda: build_small(
        k.Normalization(mean=[1.0, 2, 3], variance=[4.0, 5, 6]),
        k.Normalization(axis=None, mean=0.1, variance=2.0, invert=True),
        k.Normalization(axis=(1, 2)),
    ),
    "prelu": lambda: build_small(k.PReLU(), k.Conv2D(2, 3), k.PReLU(shared_axes=[1, 2])),
    "reshape": lambda: build_small(k.Reshape((4, 16, -1)), k.Conv2D(2, 3), k.Reshape((-1,))),
    "no channel axis": lambda: build_small(
        k.Rescaling(1 / 255), k.Reshape((8, 8, 1)), k.Conv2D(2, 3), shape=(8, 8)
    ),
    "vectors": lambda: build_small(k.Dense(5), k.Reshape((1, 1, 5)), shape=(64,)),
    "alpha dropout": lambda: build_small(k.Conv2D(2, 3, activation="selu"), k.AlphaDropout(0.1)),
    "group norm": lambda: build_small(k.Conv2D(4, 3), k.GroupNormalization(2)),
    "unit norm": lambda: build_small(k.UnitNormalization(), k.Flatten(), k.UnitNormalization(1)),
    "sides": lambda: build_small(
        k.ZeroPadding2D(((0, 1), (0, 1))), k.Cropping2D(((1, 0), (2, 0))), k.CenterCrop(4, 5)
    ),
    "up sampling": lambda: build_small(k.UpSampling2D((2, 1)), k.UpSampling2D(2, None, "bilinear")),
    "keepdims": lambda: build_small(
        k.Conv2D(4, 3), k.GlobalAveragePooling2D(keepdims=True), k.GlobalMaxPooling2D(keepdims=True)
    ),
    "squeeze and excite": build_squeeze_excite,
    "models inside": build_nested,
    "mixed precision": lambda: build_small(
        k.RandomFlip(dtype="mixed_float16"),
        k.Rescaling(1 / 255),
        k.Conv2D(4, 3, dtype="mixed_bfloat16"),
        k.LayerNormalization(dtype="mixed_float16"),
    ),
    "a model without input": build_without_input,
}


@pytest.mark.parametrize("name", MODELS)
def test_a_layer_answers_as_in_stock_keras(tmp_path, write_data, name):
    model = MODELS[name]()
    if name != "normalization":
        set_random_weights(model)
    path = tmp_path / "theirs.keras"
    model.save(path)
    compare_with_keras(path, write_data)


def test_random_models_answer_as_in_stock_keras_or_are_refused(tmp_path, write_data, stack_count):
    """Compare one random model for every 100 random stacks of the option --stacks."""
    seen, path = Counter(), tmp_path / "theirs.keras"
    for seed in range(max(stack_count // 100, 1)):
        build_random_model(seed).save(path)
        try:
            compare_with_keras(path, write_data)
        except CheckpointError as refusal:
            seen[str(refusal).partition(" because the model has ")[2]] += 1
        except AssertionError as difference:
            raise AssertionError(f"model {seed} has other outputs") from difference
        else:
            seen["equal"] += 1
        keras.backend.clear_session()
    print(seen)
    assert "" not in seen  # every refusal says what the model has
    assert seen["equal"] >= 0.5 * sum(seen.values())

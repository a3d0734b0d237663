"""`.keras` files of stock Keras that cnnlab refuses, each by the name of what is not supported."""

import json
import zipfile

import keras
import pytest
from checkpoint_builders import members
from keras import layers as k

from cnnlab import foreign_models
from cnnlab.errors import CheckpointError
from cnnlab.foreign_models import ForeignModelOptions

pytestmark = pytest.mark.slow

MNIST = ForeignModelOptions("mnist", "unit")


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


def join_below():
    image = keras.Input((28, 28, 1))
    joined = k.Concatenate(axis=1)([image, k.Conv2D(1, 1)(image)])
    return keras.Model(image, k.Dense(10)(k.Flatten()(joined)))


def two_inputs():
    images = [keras.Input((28, 28, 1)), keras.Input((28, 28, 1))]
    return keras.Model(images, k.Dense(10)(k.Flatten()(k.Add()(images))))


REFUSED = {
    "a Conv2DTranspose layer, which cnnlab does not support": lambda: build_small(
        k.Conv2DTranspose(2, 3)
    ),
    "a AutoContrast layer, which cnnlab does not support": lambda: build_small(k.AutoContrast()),
    "a RandomCrop layer to another size than that of its input": lambda: build_small(
        k.RandomCrop(20, 20)
    ),
    "a CenterCrop layer to a larger size than its input": lambda: build_small(k.CenterCrop(30, 9)),
    "a Reshape to [49, 16]; cnnlab reshapes to [height, width, channels] or to a vector": lambda: (
        build_small(k.Reshape((49, 16)))
    ),
    "UnitNormalization with axis [1, 2], which cnnlab does not support": lambda: build_small(
        k.UnitNormalization(axis=[1, 2])
    ),
    "Concatenate with axis 1, which cnnlab does not support": join_below,
    "a layer UpSampling2D that cnnlab does not support: the output 11200 × 11200 × 1 has "
    "125,440,000 numbers; expected at most 16,777,216 numbers for each image": lambda: build_small(
        k.UpSampling2D(400), k.GlobalAveragePooling2D()
    ),
    "a model inside the model whose input has another shape": lambda: build_small(
        keras.Sequential([keras.Input((28, 28)), k.Flatten()])
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
    "Dense in float16; cnnlab supports float32, mixed_float16, mixed_bfloat16": lambda: build_small(
        k.Dense(3, dtype="float16")
    ),
    "vectors of 785 numbers as input, which are no square images": lambda: keras.Sequential(
        [keras.Input((785,)), k.Dense(10, "softmax")]
    ),
    "images without a channel axis, but no Flatten or Reshape before the layer Dense": lambda: (
        keras.Sequential([keras.Input((28, 28)), k.Dense(10)])
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
    "Rescaling in bfloat16; cnnlab supports float32, mixed_float16, mixed_bfloat16": lambda: (
        build_small(k.Rescaling(2, dtype="bfloat16"))
    ),
    "InputLayer in float64; cnnlab supports float32, float16, bfloat16": lambda: keras.Sequential(
        [keras.Input((28, 28, 1), dtype="float64"), k.Flatten(), k.Dense(10)]
    ),
    "whole numbers as input, but no Rescaling as first layer": lambda: keras.Sequential(
        [keras.Input((28, 28, 1), dtype="uint8"), k.Resizing(9, 9), k.Flatten(), k.Dense(10)]
    ),
    "a layer with a value that cnnlab does not support: gaussian_noise.stddev: 5.0 does not fit; "
    "expected a number from 0 to 1 (standard deviation of the noise)": lambda: build_noise(5.0),
    "several inputs, or two layers with the same name": two_inputs,
    "no layers": lambda: keras.Sequential([keras.Input((28, 28, 1)), k.RandomFlip()]),
}


@pytest.mark.parametrize("told", REFUSED)
def test_an_unsupported_layer_is_refused_by_its_name(tmp_path, told):
    path = tmp_path / "theirs.keras"
    REFUSED[told]().save(path)
    with pytest.raises(CheckpointError) as caught:
        foreign_models.read_spec(path, MNIST)
    why = f"because the model has {told.strip()}"
    expected = f"{path}: cnnlab did not write this file and cannot read it, {why}"
    assert str(caught.value) == expected


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
    assert str(caught.value).endswith(f"the model has {told.strip()}")

"""Random models of stock Keras, from the layers that scripts use, to compare cnnlab with."""

import random

import keras
import numpy as np
from keras import layers as k

POLICIES = ("float32", "float32", "float32", "mixed_float16", "mixed_bfloat16")
WORDS = ("linear", "relu", "gelu", "selu", "sigmoid", "swish")


def list_builders(draw):
    """A builder for each class of layers, with random arguments; cnnlab refuses some of them."""
    side, rate = draw.choice((1, 2, (1, 2))), draw.choice((0.1, 0.3))
    four = ((draw.randint(0, 2), draw.randint(0, 2)), (draw.randint(0, 2), draw.randint(0, 2)))
    word, size = draw.choice(WORDS), draw.choice(((5, 7), (8, 6), (12, 12)))
    padding = draw.choice(("same", "valid"))
    pixels = draw.choice(("nearest", "bilinear", "bicubic"))
    last = draw.choice((-1, -1, -1, 3, 1))  # axis 1 of maps is not the last one
    return [
        lambda: k.Conv2D(draw.randint(1, 4), 3, padding=padding, activation=word),
        lambda: k.DepthwiseConv2D(3, padding="same", depth_multiplier=draw.randint(1, 2)),
        lambda: k.SeparableConv2D(3, 3, padding="same", activation=word),
        lambda: k.MaxPooling2D(2, padding="same"),
        lambda: k.AveragePooling2D(2, strides=1, padding="same"),
        lambda: k.GlobalAveragePooling2D(keepdims=True),
        lambda: k.GlobalMaxPooling2D(keepdims=True),
        lambda: k.Dense(draw.randint(1, 4), activation=word),
        lambda: k.Activation(word),
        lambda: k.ReLU(max_value=draw.choice((None, 6))),
        lambda: k.LeakyReLU(0.1),
        lambda: k.ELU(0.5),
        lambda: k.Softmax(),
        lambda: k.PReLU(shared_axes=draw.choice((None, [1, 2], [3]))),
        lambda: k.Dropout(rate),
        lambda: k.SpatialDropout2D(rate),
        lambda: k.AlphaDropout(rate),
        lambda: k.GaussianDropout(rate),
        lambda: k.GaussianNoise(rate),
        lambda: k.BatchNormalization(axis=last, center=draw.choice((True, False))),
        lambda: k.LayerNormalization(axis=last, epsilon=1e-5),
        lambda: k.GroupNormalization(draw.choice((1, 2, 3, -1)), axis=last),
        lambda: k.UnitNormalization(axis=last),
        lambda: k.Normalization(axis=draw.choice((-1, None, 1, (1, 2)))),
        lambda: k.Normalization(mean=[3.0], variance=[4.0], invert=draw.choice((True, False))),
        lambda: k.Rescaling(draw.choice((1 / 255, 2, -0.5)), offset=draw.choice((0, -1, 0.3))),
        lambda: k.Rescaling([0.5, 1.0, 2.0], offset=np.array([0.0, 1.0, 2.0])),
        lambda: k.Resizing(*size, interpolation=pixels, antialias=draw.choice((True, False))),
        lambda: k.Resizing(*size, crop_to_aspect_ratio=True),
        lambda: k.Resizing(*size, pad_to_aspect_ratio=True),
        lambda: k.UpSampling2D(side, interpolation=pixels),
        lambda: k.ZeroPadding2D(four),
        lambda: k.Cropping2D(four),
        lambda: k.CenterCrop(5, 4),
        lambda: k.RandomFlip(),
        lambda: k.RandomRotation(0.1),
        lambda: k.RandomZoom(0.1),
        lambda: k.RandomTranslation(0.1, 0.1),
        lambda: k.RandomContrast(0.1),
        lambda: k.RandomBrightness(0.1),
        lambda: k.RandomCrop(8, 8),
        lambda: k.Identity(),
        lambda: k.Permute((2, 1, 3)),
    ]


def apply_some(draw, tensor, count):
    """Apply up to `count` layers that fit to a tensor; layers can stand in inner models."""
    for _ in range(count):
        layer = draw.choice(list_builders(draw))()
        try:
            if draw.random() < 0.15:
                inner = keras.Sequential([keras.Input(tensor.shape[1:]), layer, k.ReLU()])
                tensor = inner(tensor)
            else:
                tensor = layer(tensor)
        except (ValueError, IndexError):
            continue  # the layer does not fit its input
    return tensor


def merge_branches(draw, tensor):
    """Apply a merge of two branches, or squeeze and excite."""
    channels = tensor.shape[-1]
    if draw.random() < 0.4:
        factors = k.Dense(channels, "sigmoid")(k.GlobalAveragePooling2D()(tensor))
        if draw.random() < 0.7:
            factors = k.Reshape((1, 1, -1))(factors)
        return k.Multiply()([tensor, factors])
    branch = k.Conv2D(channels, 3, padding="same", activation="relu")(tensor)
    merge = draw.choice(
        (k.Add, k.Average, k.Multiply, k.Maximum, k.Minimum, k.Subtract, k.Concatenate)
    )
    return merge()([tensor, branch])


def build_random_model(seed):
    """Build a random model with random weights; the same `seed` gives the same model."""
    draw = random.Random(seed)
    keras.mixed_precision.set_global_policy(draw.choice(POLICIES))
    try:
        shape = draw.choice(((9, 9, 3), (8, 8, 3), (10, 7, 1), (8, 8), (64,)))
        image = keras.Input(shape)
        tensor = image if len(shape) == 3 else k.Reshape((8, 8, 1))(image)
        if draw.random() < 0.8:  # pixels up to 255 would make most sigmoids exactly 0 or 1
            tensor = k.Rescaling(1 / 255)(tensor)
        tensor = apply_some(draw, tensor, draw.randint(1, 4))
        if draw.random() < 0.5:
            tensor = apply_some(draw, merge_branches(draw, tensor), draw.randint(0, 2))
        tensor = k.Flatten()(tensor)
        if draw.random() < 0.3:
            tensor = k.PReLU()(k.Dense(5)(tensor))
        end = draw.choice((("softmax", 2), ("sigmoid", 2), ("sigmoid", 1), ("linear", 1)))
        model = keras.Model(image, k.Dense(end[1], activation=end[0])(tensor))
    finally:
        keras.mixed_precision.set_global_policy("float32")
    set_random_weights(model, seed)
    return model


def set_random_weights(model, seed=0):
    """Give a model random weights; variances are above 0."""
    numbers = np.random.default_rng(seed)
    for weight in model.weights:
        if weight.dtype != "int32":
            values = numbers.normal(0, 0.3, weight.shape)
            weight.assign(np.abs(values) + 0.5 if "variance" in weight.path else values)
    for layer in model._flatten_layers():
        if isinstance(layer, k.Normalization):
            layer.finalize_state()

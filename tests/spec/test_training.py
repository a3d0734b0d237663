"""Settings with Keras's names have Keras's defaults, so Keras's manual applies."""

from __future__ import annotations

import inspect
from collections.abc import Mapping

import keras
import pytest
from pydantic_core import PydanticUndefined

from cnnlab.spec.augmentation import AUGMENTATIONS
from cnnlab.spec.kinds import Kind
from cnnlab.spec.layer_options import ACTIVATIONS, INITIALIZERS, REGULARIZERS
from cnnlab.spec.layers import LAYERS
from cnnlab.spec.training import (
    CALLBACKS,
    OPTIMIZERS,
    EarlyStopping,
    ModelCheckpoint,
    Training,
)

_NAMES = {
    "conv": "Conv2D",
    "separable_conv": "SeparableConv2D",
    "depthwise_conv": "DepthwiseConv2D",
    "max_pool": "MaxPooling2D",
    "avg_pool": "AveragePooling2D",
    "global_avg_pool": "GlobalAveragePooling2D",
    "global_max_pool": "GlobalMaxPooling2D",
    "spatial_dropout": "SpatialDropout2D",
    "batch_norm": "BatchNormalization",
    "layer_norm": "LayerNormalization",
    "group_norm": "GroupNormalization",
    "unit_norm": "UnitNormalization",
    "prelu": "PReLU",
    "zero_pad": "ZeroPadding2D",
    "crop": "Cropping2D",
    "up_sample": "UpSampling2D",
    "resize": "Resizing",
    "rescale": "Rescaling",
    "rmsprop": "RMSprop",
    "sgd": "SGD",
    "adamw": "AdamW",
    "reduce_lr_on_plateau": "ReduceLROnPlateau",
    "terminate_on_nan": "TerminateOnNaN",
    "tensorboard": "TensorBoard",
    "l1_l2": "L1L2",
    "random_elastic": "RandomElasticTransform",
    "brightness": "RandomBrightness",
    "contrast": "RandomContrast",
    "mixup": "MixUp",
    "cutmix": "CutMix",
}


def class_name(kind: str) -> str:
    return _NAMES.get(kind, "".join(part.capitalize() for part in kind.split("_")))


FAMILIES = [
    *((cls, keras.layers) for cls in LAYERS),
    *((cls, keras.initializers) for cls in INITIALIZERS),
    *((cls, keras.regularizers) for cls in REGULARIZERS),
    *((cls, keras.optimizers) for cls in OPTIMIZERS),
    *((cls, keras.callbacks) for cls in CALLBACKS),
    *((cls, keras.layers) for cls in AUGMENTATIONS),
]
OURS = {  # kind, field: why it is not Keras's
    ("conv", "kernel_size"): "3 × 3, as it nearly always is; Keras asks",
    ("separable_conv", "kernel_size"): "likewise",
    ("depthwise_conv", "kernel_size"): "likewise",
    ("avg_pool", "pool_size"): "2 × 2, as Keras has it for max_pool",
    ("activation", "function"): "Keras calls it as the layer",
    ("prelu", "alpha_initializer"): "Keras writes the name of the class",
    ("prelu", "shared_axes"): "a list without axes, where Keras has None",
    ("crop", "cropping"): "Keras removes nothing by default",
    ("resize", "size"): "Keras has a height and a width",
    ("terminate_on_nan", "enabled"): "it is on, unless set to false",
    ("random_translation", "width_factor"): "the same share as down, as Keras has it for zoom",
    ("random_rotation", "degrees"): "Keras counts in full circles",
    ("random_shear", "x_factor"): "0 in Keras, which does nothing",
    ("random_flip", "mode"): "few things look the same upside down",
    ("random_erasing", "scale"): "Keras has a pair, the smallest area first",
    ("random_elastic", "alpha"): "as in the paper; Keras scales both by the size of the image",
    ("random_elastic", "sigma"): "likewise",
}


def word(value: object) -> object:
    """A default in one form: kinds as their words, pairs of equal numbers as one number."""
    if isinstance(value, Kind):
        value = value.kind
    while isinstance(value, tuple) and len(set(value)) == 1:
        value = value[0]
    return None if value == "linear" else value


@pytest.mark.parametrize(
    ("cls", "home"), FAMILIES, ids=[f"{cls.__module__}-{cls.kind}" for cls, _ in FAMILIES]
)
def test_fields_and_defaults_are_those_of_keras(cls, home):
    theirs = getattr(home, class_name(cls.kind))
    assert_defaults_agree(cls, inspect.signature(theirs).parameters)


@pytest.mark.parametrize("cls", ACTIVATIONS, ids=lambda cls: cls.kind)
def test_activations_are_functions_of_keras_with_its_defaults(cls):
    theirs = keras.activations.get(cls.kind)
    assert_defaults_agree(cls, inspect.signature(theirs).parameters)


def assert_defaults_agree(cls: type[Kind], signature: Mapping[str, inspect.Parameter]) -> None:
    for name, info in cls.model_fields.items():
        if (cls.kind, name) in OURS:
            continue
        assert name in signature, f"Keras's {class_name(cls.kind)} has no `{name}`"
        theirs = signature[name].default
        if info.is_required():
            assert theirs is inspect.Parameter.empty
        else:
            assert info.default is not PydanticUndefined
            assert word(info.default) == word(theirs), name


def test_every_exception_to_that_is_a_field():
    fields = {(cls.kind, name) for cls, _ in FAMILIES for name in cls.model_fields}
    assert OURS.keys() <= fields


MONITORS = {
    ("loss", "auto"): "min",
    ("val_loss", "auto"): "min",
    ("val_accuracy", "auto"): "max",
    ("val_top_3_accuracy", "auto"): "max",
    ("cross_entropy", "auto"): "min",
    ("accuracy", "max"): "max",
    ("loss", "min"): "min",
}


@pytest.mark.parametrize(("given", "direction"), MONITORS.items())
def test_which_way_is_better_follows_from_the_figure(given, direction):
    monitor, mode = given
    assert EarlyStopping(monitor=monitor, mode=mode).direction == direction


def test_a_checkpoint_decides_which_epoch_is_best():
    checkpoint = ModelCheckpoint(monitor="val_accuracy")
    stopping = EarlyStopping(monitor="val_loss", restore_best_weights=True)
    assert Training(callbacks=(stopping, checkpoint)).best_monitor() == checkpoint
    assert Training(callbacks=(stopping,)).best_monitor() == stopping


def test_without_either_no_epoch_is_best():
    assert Training().best_monitor() is None
    assert Training(callbacks=(EarlyStopping(),)).best_monitor() is None

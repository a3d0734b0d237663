"""Golden shapes, parameters and multiply-adds of each layer kind, with their arithmetic."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter

from cnnlab.spec.layer_groups import AnyLayer
from cnnlab.spec.layer_interface import Layer, ShapeFault
from cnnlab.spec.layers import LAYERS

MAPS, VECTOR = (28, 28, 3), (100,)
_LAYER: TypeAdapter[Layer] = TypeAdapter(AnyLayer)


def layer(kind: str, **fields: object) -> Layer:
    return _LAYER.validate_python({kind: fields})


# kind, fields, input, output, parameters that are trained, that are not, multiply-adds
GOLDEN = [
    # 3·3·3·8 + 8 = 224; 26·26 places · 3·3·3 · 8 = 146,016
    ("conv", {"filters": 8}, MAPS, (26, 26, 8), 224, 0, 146_016),
    # 216 without the bias; 28·28·27·8 = 169,344
    ("conv", {"filters": 8, "padding": "same", "use_bias": False},
     MAPS, (28, 28, 8), 216, 0, 169_344),
    # ⌊(28 − 5 + 2·2)/2⌋ + 1 = 14; 5·5·3·4 + 4 = 304; 14·14·75·4 = 58,800
    ("conv", {"filters": 4, "kernel_size": 5, "strides": 2, "padding": 2},
     MAPS, (14, 14, 4), 304, 0, 58_800),
    # 28 − 1 + 1 = 28 rows, 28 − 3 + 1 = 26 columns; 1·3·3·2 + 2 = 20; 28·26·9·2 = 13,104
    ("conv", {"filters": 2, "kernel_size": [1, 3]}, MAPS, (28, 26, 2), 20, 0, 13_104),
    # the kernel spans (3 − 1)·4 + 1 = 9: 28 − 9 + 1 = 20; 20·20·27·1 = 10,800
    ("conv", {"filters": 1, "dilation_rate": 4}, MAPS, (20, 20, 1), 28, 0, 10_800),
    # each filter sees 3/3 = 1 channel: 3·3·1·6 + 6 = 60; 26·26·9·1·6 = 36,504
    ("conv", {"filters": 6, "groups": 3}, MAPS, (26, 26, 6), 60, 0, 36_504),
    # 3·3·3 + 3·8 + 8 = 59; 26·26·3·(9 + 8) = 34,476
    ("separable_conv", {"filters": 8}, MAPS, (26, 26, 8), 59, 0, 34_476),
    # 6 maps between: 3·3·6 + 6·8 + 8 = 110; 26·26·6·(9 + 8) = 68,952
    ("separable_conv", {"filters": 8, "depth_multiplier": 2}, MAPS, (26, 26, 8), 110, 0, 68_952),
    # 3·3·3·2 + 6 = 60; 26·26·6·9 = 36,504
    ("depthwise_conv", {"depth_multiplier": 2}, MAPS, (26, 26, 6), 60, 0, 36_504),
    ("max_pool", {}, MAPS, (14, 14, 3), 0, 0, 0),
    # ⌊(28 − 3 + 2·1)/2⌋ + 1 = 14
    ("max_pool", {"pool_size": 3, "strides": 2, "padding": 1}, MAPS, (14, 14, 3), 0, 0, 0),
    # ⌈28/3⌉ = 10 rows, 28/2 = 14 columns
    ("avg_pool", {"pool_size": [3, 2], "padding": "same"}, MAPS, (10, 14, 3), 0, 0, 0),
    ("global_avg_pool", {}, MAPS, (3,), 0, 0, 0),
    ("global_max_pool", {}, MAPS, (3,), 0, 0, 0),
    ("flatten", {}, MAPS, (2352,), 0, 0, 0),  # 28·28·3
    ("flatten", {}, VECTOR, (100,), 0, 0, 0),
    # 100·10 + 10 = 1,010; 100·10 = 1,000
    ("dense", {"units": 10}, VECTOR, (10,), 1010, 0, 1000),
    # on maps, for each pixel: 3·10 = 30; 28·28·3·10 = 23,520
    ("dense", {"units": 10, "use_bias": False}, MAPS, (28, 28, 10), 30, 0, 23_520),
    ("dropout", {"rate": 0.5}, VECTOR, VECTOR, 0, 0, 0),
    ("spatial_dropout", {"rate": 0.5}, MAPS, MAPS, 0, 0, 0),
    ("batch_norm", {}, MAPS, MAPS, 6, 6, 0),  # 3 factors + 3 offsets; 3 means + 3 variances
    ("batch_norm", {"scale": False}, VECTOR, VECTOR, 100, 200, 0),
    ("layer_norm", {}, MAPS, MAPS, 6, 0, 0),
    ("layer_norm", {"center": False, "scale": False}, MAPS, MAPS, 0, 0, 0),
    ("activation", {"function": "relu"}, MAPS, MAPS, 0, 0, 0),
    ("zero_pad", {"padding": [1, 2]}, MAPS, (30, 32, 3), 0, 0, 0),  # 28 + 2·1, 28 + 2·2
    ("gaussian_noise", {"stddev": 0.1}, MAPS, MAPS, 0, 0, 0),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "fields", "shape", "output", "trainable", "fixed", "multiply_adds"), GOLDEN
)
def test_a_kind_has_this_shape_and_these_counts(
    kind, fields, shape, output, trainable, fixed, multiply_adds
):
    found = layer(kind, **fields)
    parameters = found.parameters(shape)
    assert found.output_shape(shape) == output
    assert (parameters.trainable, parameters.non_trainable) == (trainable, fixed)
    assert parameters.total == trainable + fixed
    assert found.multiply_adds(shape) == multiply_adds


def test_every_kind_has_a_golden_case():
    assert {case[0] for case in GOLDEN} == {cls.kind for cls in LAYERS}


@pytest.mark.parametrize("case", GOLDEN)
def test_the_arithmetic_of_parameters_adds_up(case):
    kind, fields, shape, _, trainable, fixed, _ = case
    text = layer(kind, **fields).parameters(shape).arithmetic
    sums = [term.split("·") for term in text.split(" + ")] if text else []
    total = 0
    for factors in sums:
        product = 1
        for factor in factors:
            product *= int(factor)
        total += product
    assert total == trainable + fixed


@pytest.mark.parametrize(
    "kind",
    ["conv", "max_pool", "avg_pool", "global_avg_pool", "global_max_pool", "zero_pad",
     "spatial_dropout", "separable_conv", "depthwise_conv"],
)  # fmt: skip
def test_kinds_that_read_maps_refuse_a_vector(kind):
    fields = {
        "conv": {"filters": 1},
        "separable_conv": {"filters": 1},
        "spatial_dropout": {"rate": 0.5},
    }
    with pytest.raises(
        ShapeFault, match=f"`{kind}` reads feature maps, but its input is a vector of 100 n"
    ):
        layer(kind, **fields.get(kind, {})).output_shape(VECTOR)


@pytest.mark.parametrize("cls", LAYERS, ids=lambda cls: cls.kind)
def test_what_kind_and_value_say_is_what_the_fields_say(cls):
    if cls.main is None:
        assert _LAYER.validate_python(cls.kind) == cls()
        return
    value = {"units": 3, "filters": 3, "function": "relu", "rate": 0.5, "stddev": 0.5}
    main = value.get(cls.main, 1 if cls.main not in ("momentum", "epsilon") else 0.5)
    short = _LAYER.validate_python({cls.kind: main})
    assert short == layer(cls.kind, **{cls.main: main})


def test_an_activation_with_a_field_can_be_nested_in_activation():
    short = _LAYER.validate_python({"activation": {"leaky_relu": 0.1}})
    assert short == layer("activation", function={"leaky_relu": {"negative_slope": 0.1}})

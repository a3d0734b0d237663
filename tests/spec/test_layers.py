"""Golden shapes, parameters and multiply-adds of each layer kind, with their arithmetic."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from cnnlab.spec.layer_groups import AnyLayer
from cnnlab.spec.layer_interface import Layer, ShapeFault
from cnnlab.spec.layers import LAYERS
from cnnlab.spec.normalization_layers import Normalize
from cnnlab.spec.wording import format_short

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
    ("global_avg_pool", {"keepdims": True}, MAPS, (1, 1, 3), 0, 0, 0),
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
    ("group_norm", {"groups": 3}, MAPS, MAPS, 6, 0, 0),  # 3 factors + 3 offsets
    ("group_norm", {"groups": 50, "center": False}, VECTOR, VECTOR, 100, 0, 0),
    ("unit_norm", {}, MAPS, MAPS, 0, 0, 0),
    ("rescale", {"scale": 2.0, "offset": [-1.0, 0.0, 1.0]}, MAPS, MAPS, 0, 0, 0),
    ("prelu", {}, MAPS, MAPS, 2352, 0, 0),  # one alpha for each number: 28·28·3
    ("prelu", {"shared_axes": [1, 2]}, MAPS, MAPS, 3, 0, 0),  # one for each channel
    ("prelu", {"shared_axes": [1]}, VECTOR, VECTOR, 1, 0, 0),
    ("alpha_dropout", {"rate": 0.5}, VECTOR, VECTOR, 0, 0, 0),
    ("activation", {"function": "relu"}, MAPS, MAPS, 0, 0, 0),
    ("zero_pad", {"padding": [1, 2]}, MAPS, (30, 32, 3), 0, 0, 0),  # 28 + 2·1, 28 + 2·2
    # 28 + 0 + 1 rows, 28 + 2 + 3 columns
    ("zero_pad", {"padding": [[0, 1], [2, 3]]}, MAPS, (29, 33, 3), 0, 0, 0),
    ("crop", {"cropping": 2}, MAPS, (24, 24, 3), 0, 0, 0),  # 28 − 2·2
    # 28 − 0 − 1 rows, 28 − 2·4 columns
    ("crop", {"cropping": [[0, 1], 4]}, MAPS, (27, 20, 3), 0, 0, 0),
    ("up_sample", {"size": [2, 3]}, MAPS, (56, 84, 3), 0, 0, 0),  # 28·2, 28·3
    ("resize", {"size": [14, 20]}, MAPS, (14, 20, 3), 0, 0, 0),
    ("reshape", {"target_shape": [2352]}, MAPS, (2352,), 0, 0, 0),
    ("reshape", {"target_shape": [5, 5, 4]}, VECTOR, (5, 5, 4), 0, 0, 0),
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
     "spatial_dropout", "separable_conv", "depthwise_conv", "crop", "up_sample", "resize"],
)  # fmt: skip
def test_kinds_that_read_maps_refuse_a_vector(kind):
    fields = {
        "conv": {"filters": 1},
        "separable_conv": {"filters": 1},
        "spatial_dropout": {"rate": 0.5},
        "crop": {"cropping": 1},
        "resize": {"size": 8},
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
    value |= {"shared_axes": [1, 2], "target_shape": [3]}
    main = value.get(cls.main, 1 if cls.main not in ("momentum", "epsilon") else 0.5)
    short = _LAYER.validate_python({cls.kind: main})
    assert short == layer(cls.kind, **{cls.main: main})


def fault(kind, shape, **fields):
    with pytest.raises(ShapeFault) as caught:
        layer(kind, **fields).output_shape(shape)
    return caught.value.message, caught.value.expected, caught.value.remedy


def test_a_kind_that_does_not_fit_its_input_says_what_fits():
    assert fault("group_norm", MAPS, groups=2) == (
        "3 channels cannot be split into 2 equal groups",
        "a number of groups that divides 3",
        "change `groups`, or the filters of an earlier layer",
    )
    assert fault("crop", MAPS, cropping=[[14, 14], [0, 0]]) == (
        "nothing is left of the height: 28 − 2·14 = 0",
        "an output of at least 1 × 1",
        "crop less, or put this layer before pools and strides",
    )
    assert fault("reshape", MAPS, target_shape=[28, 28, 1]) == (
        "28 × 28 × 3 has 2,352 numbers, but 28 × 28 × 1 has 784",
        "a target shape with 2,352 numbers",
        "change `target_shape`, or the layers before",
    )
    assert fault("reshape", MAPS, target_shape=[28, 84]) == (
        "the target shape has 2 numbers",
        "[height, width, channels], or [units] for a vector",
        "write `reshape: [28, 84, 1]`",
    )
    assert fault("rescale", MAPS, scale=[1.0, 2.0]) == (
        "`scale` has 2 numbers, but the input has 3 channels",
        "one number, or 3",
        "write one number in `scale`",
    )
    assert fault("prelu", VECTOR, shared_axes=[1, 2]) == (
        "`shared_axes` has axis 2, but the input is a vector of 100",
        "axis 1 alone, or no shared axes",
        "leave `shared_axes` out, or put this layer before `flatten`",
    )
    assert fault("up_sample", MAPS, size=1024) == (
        "the output 28672 × 28672 × 3 has 2,466,250,752 numbers",
        "at most 16,777,216 numbers for each image",
        "use a smaller `size`, or fewer filters in earlier layers",
    )
    assert fault("resize", MAPS, size=8, crop_to_aspect_ratio=True, pad_to_aspect_ratio=True) == (
        "crop_to_aspect_ratio and pad_to_aspect_ratio are both true",
        "at most one of these fields with the value true",
        "remove one of them",
    )


def test_four_sides_are_written_as_one_two_or_four_numbers():
    four = layer("zero_pad", padding=[[1, 1], [2, 2]])
    assert layer("zero_pad", padding=[1, 2]) == four == _LAYER.validate_python({"zero_pad": [1, 2]})
    assert layer("zero_pad", padding=[1, [2, 2]]) == four
    written = (([1, 2], "[1, 2]"), ([[0, 1], [0, 1]], "[[0, 1], [0, 1]]"), (3, "3"))
    assert [format_short(layer("zero_pad", padding=sides)) for sides, _ in written] == [
        f"zero_pad: {text}" for _, text in written
    ]


def test_a_config_cannot_name_the_kind_that_only_foreign_models_have():
    with pytest.raises(ValidationError):
        layer("normalize", axes=[3])
    assert _LAYER.validate_python(Normalize(axes=(3,))).parameters(MAPS).total == 7  # 2·3 + 1


def test_an_activation_with_a_field_can_be_nested_in_activation():
    short = _LAYER.validate_python({"activation": {"leaky_relu": 0.1}})
    assert short == layer("activation", function={"leaky_relu": {"negative_slope": 0.1}})

"""The messages for a config: all faults at once, each with its position and a remedy."""

from __future__ import annotations

import re

import pytest

from cnnlab.spec.experiment import DatasetInfo
from cnnlab.spec.layer_groups import GROUPS
from cnnlab.spec.layers import LAYERS

RIGHT = "model:\n  - flatten\n  - dense: {units: 10, activation: softmax}\n"
ALL_LAYERS = ", ".join(cls.kind for cls in (*LAYERS, *GROUPS))


DATA_KEYS = (
    "dataset, image_size, color_mode, test, validation, validation_seed, transpose, batch_size, "
    "scaling, class_weight, augment"
)


def test_all_faults_of_all_levels_come_at_once(read_faults):
    text = """\
nmae: digits
seed: -1
data:
  batch_size: big
  scalling: unit
model:
  - convolution: {filters: 8}
  - conv: {filtres: 8, padding: sam}
  - dense: {units: 10, activation: {leaky_relu: {slope: 0.1}}}
training:
  optimizer: {adam: {learning_rate: 0}}
"""
    assert (
        read_faults(text)
        == f"""\
exp.yaml:1:1: nmae: unknown key `nmae`
     1 | nmae: digits
         ^
       expected: one of name, seed, ensemble, data, model, training, blocks
       did you mean `name`?

exp.yaml:2:7: seed: -1 does not fit
     2 | seed: -1
               ^
       expected: a whole number from 0 to 2,147,483,647 (seed of all random numbers)

exp.yaml:4:15: data.batch_size: the text `big` does not fit
     4 |   batch_size: big
                       ^
       expected: a whole number from 1 to 65,536 (images in one training step)

exp.yaml:5:3: data.scalling: unknown key `scalling`
     5 |   scalling: unit
           ^
       expected: one of {DATA_KEYS}
       did you mean `scaling`?

exp.yaml:7:5: model[0].convolution: unknown kind `convolution`
     7 |   - convolution: {{filters: 8}}
             ^
       expected: one of {ALL_LAYERS}
       did you mean `conv`?

exp.yaml:8:12: model[1].conv.filtres: unknown key `filtres`
     8 |   - conv: {{filtres: 8, padding: sam}}
                    ^
       expected: one of filters, kernel_size, strides, padding, dilation_rate, activation, \
use_bias, groups, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
       did you mean `filters`?

exp.yaml:8:33: model[1].conv.padding: the text `sam` does not fit
     8 |   - conv: {{filtres: 8, padding: sam}}
                                         ^
       expected: same, valid, or a whole number from 0 to 1,024 (zeros around the input: \
same, valid, or how many zeros at each side)

exp.yaml:9:50: model[2].dense.activation.leaky_relu.slope: unknown key `slope`
     9 |   - dense: {{units: 10, activation: {{leaky_relu: {{slope: 0.1}}}}}}
                                                          ^
       expected: one of negative_slope
       did you mean `negative_slope`?

exp.yaml:11:37: training.optimizer.adam.learning_rate: 0 does not fit
    11 |   optimizer: {{adam: {{learning_rate: 0}}}}
                                             ^
       expected: a number over 0 to 1,000, or one of step, exponential, cosine, one_cycle, \
polynomial (size of a step)

9 faults"""
    )


def test_a_missing_field_beside_a_misspelt_one_is_reported_once(read_faults):
    assert read_faults("model:\n  - conv: {filtres: 8}\n").endswith(
        "did you mean `filters`?\n\n1 fault"
    )


def test_a_wrong_first_layer_does_not_make_the_list_empty(read_faults):
    assert (
        read_faults("model:\n  - conv: {filters: 0}\n")
        == """\
exp.yaml:2:21: model[0].conv.filters: 0 does not fit
     2 |   - conv: {filters: 0}
                             ^
       expected: a whole number from 1 to 65,536 (number of kernels, one for each output channel)

1 fault"""
    )


def test_a_pair_of_equal_numbers_is_printed_once(read_faults):
    text = read_faults("model:\n  - conv: {filters: 1, kernel_size: 0}\n")
    assert text.startswith("exp.yaml:2:37: model[0].conv.kernel_size: 0 does not fit\n")
    assert text.endswith("1 fault")


def test_a_number_in_a_pair_is_reported_by_its_place(read_faults):
    text = read_faults("model:\n  - conv: {filters: 1, kernel_size: [3, 0]}\n")
    assert text.startswith("exp.yaml:2:41: model[0].conv.kernel_size[1]: 0 does not fit\n")


def test_fields_that_are_not_indented_below_their_kind_are_reported_together(read_faults):
    assert (
        read_faults("model:\n  - conv: 3\n    padding: same\n")
        == """\
exp.yaml:2:5: model[0]: the mapping has several keys: `conv`, `padding`
     2 |   - conv: 3
             ^
       expected: one kind as the only key, with its fields in braces or indented below it

1 fault"""
    )


HINTS = {
    "training: {optimizer: {adam: {amsgrad: yes}}}": "write true",
    "data: {batch_size: 1_000}": "write 1000 without quotes or underscores",
    "training: {optimizer: {adam: '1e-3'}}": "write 0.001 without quotes or underscores",
    "training: {epochs: 1e1}": "write 10, without a point or an exponent",
    "name: 2024": 'a text that looks like a number needs quotes: "2024"',
    "data: {dataset: Fashion-MNIST}": "did you mean `fashion_mnist`?",
    "training: {optimizer: ADAM}": "did you mean `adam`?",
    "training: {callbacks: [EarlyStopping]}": "did you mean `early_stopping`?",
    "training: {precision: bfloat16}": "did you mean `mixed_bfloat16`?",
}


@pytest.mark.parametrize(("line", "hint"), HINTS.items())
def test_a_mistake_gets_a_suggestion(read_faults, line, hint):
    assert read_faults(f"{RIGHT}{line}\n").endswith(f"       {hint}\n\n1 fault")


def test_no_hint_suggests_a_number_beyond_the_bounds(read_faults):
    assert "without a point" not in read_faults(f"{RIGHT}training: {{epochs: 1e12}}\n")


NAMES_OF_KERAS = {
    "Conv2D": "conv",
    "SeparableConv2D": "separable_conv",
    "DepthwiseConv2D": "depthwise_conv",
    "MaxPooling2D": "max_pool",
    "AveragePooling2D": "avg_pool",
    "GlobalMaxPooling2D": "global_max_pool",
    "BatchNormalization": "batch_norm",
    "LayerNormalization": "layer_norm",
    "SpatialDropout2D": "spatial_dropout",
    "ZeroPadding2D": "zero_pad",
    "Cropping2D": "crop",
    "UpSampling2D": "up_sample",
    "Resizing": "resize",
    "Rescaling": "rescale",
    "GroupNormalization": "group_norm",
    "UnitNormalization": "unit_norm",
    "PReLU": "prelu",
    "AlphaDropout": "alpha_dropout",
    "GaussianNoise": "gaussian_noise",
    "Flatten": "flatten",
}


@pytest.mark.parametrize(("word", "kind"), NAMES_OF_KERAS.items())
def test_the_class_names_of_keras_lead_to_the_kinds(read_faults, word, kind):
    assert f"did you mean `{kind}`?" in read_faults(f"model: [{word}]\n")


def test_a_figure_of_validation_without_validation_is_reported(read_faults):
    text = f"{RIGHT}data: {{validation: 0}}\ntraining: {{callbacks: [model_checkpoint]}}\n"
    assert (
        read_faults(text)
        == """\
exp.yaml:5:24: training.callbacks[0].model_checkpoint.monitor: `val_loss` is monitored, but \
training does not compute this metric with `validation: 0`
     5 | training: {callbacks: [model_checkpoint]}
                                ^
       expected: one of loss, accuracy
       set `data.validation` to 0.1, or monitor `loss`

1 fault"""
    )


def test_a_figure_without_a_metric_is_reported(read_faults):
    assert (
        read_faults(f"{RIGHT}training: {{callbacks: [early_stopping: {{monitor: val_acc}}]}}\n")
        == """\
exp.yaml:4:50: training.callbacks[0].early_stopping.monitor: `val_acc` is monitored, but \
training does not compute this metric
     4 | training: {callbacks: [early_stopping: {monitor: val_acc}]}
                                                          ^
       expected: one of loss, accuracy, val_loss, val_accuracy
       did you mean `val_accuracy`?

1 fault"""
    )


REPEATS = {
    "training: {callbacks: [tensorboard, tensorboard]}": (
        "training.callbacks[1].tensorboard: the callback `tensorboard` occurs twice"
    ),
    "training: {metrics: [accuracy, accuracy]}": (
        "training.metrics[1].accuracy: the metric `accuracy` occurs twice"
    ),
    "training: {metrics: [top_k_accuracy: 11]}": (
        "training.metrics[0].top_k_accuracy: k is 11, but the data has 10 classes"
    ),
    "training: {optimizer: {sgd: {clipnorm: 1, clipvalue: 1}}}": (
        "training.optimizer.sgd.clipvalue: `clipnorm` and `clipvalue` are both set"
    ),
    "data: {validation: 0.0001}": "data.validation: `validation: 0.0001` is 6 of 60,000 images",
}


@pytest.mark.parametrize(("line", "message"), REPEATS.items())
def test_layers_that_do_not_fit_together_are_reported(read_faults, line, message):
    text = read_faults(f"{RIGHT}{line}\n")
    assert message == re.sub(r"^exp.yaml:4:\d+: ", "", text.splitlines()[0])
    assert text.endswith("1 fault")


def test_a_fault_in_one_section_hides_none_in_another(read_faults):
    text = """\
data: {batch_sze: 3}
model:
  - conv: 3
training: {callbacks: [early_stopping: {patience: -1}, model_checkpoint: {monitor: val_los}]}
"""
    lines = [line for line in read_faults(text).splitlines() if line.startswith("exp.yaml")]
    assert lines == [
        "exp.yaml:1:8: data.batch_sze: unknown key `batch_sze`",
        "exp.yaml:3:5: model[0].conv: the network ends in 26 × 26 × 3, but the data has 10 classes",
        "exp.yaml:4:51: training.callbacks[0].early_stopping.patience: -1 does not fit",
        "exp.yaml:4:84: training.callbacks[1].model_checkpoint.monitor: `val_los` is monitored, "
        "but training does not compute this metric",
    ]


def test_a_misspelt_metric_does_not_make_its_figure_unknown(read_faults):
    text = "training: {metrics: [top_k_acuracy: 3], callbacks: [early_stopping: {monitor: %s}]}\n"
    assert read_faults(RIGHT + text % "val_top_3_accuracy").endswith("1 fault")


def test_a_default_that_the_data_set_is_too_small_for_is_reported(read_faults):
    info = DatasetInfo((28, 28, 1), tuple("0123456789"), 60, 10)
    text = read_faults(RIGHT, info=info)  # 60 · 0.1 = 6
    assert text.startswith("exp.yaml:1:1: data.validation: `validation: 0.1` is 6 of 60 images\n")


def test_control_characters_of_a_config_do_not_reach_the_terminal(read_faults):
    assert "unknown key `\ufffd[2J`" in read_faults(f'{RIGHT}"\\e[2J": 1\n')

"""Combinations of a sweep that do not make a valid config, each with its whole text."""

from __future__ import annotations

import pytest
from sweep_builders import CONFIG, read_faults, read_text

FAULTS = {
    "a value that shrinks a later layer to nothing": (
        """\
config: ../small.yaml
method: grid
parameters:
  model[0].conv.kernel_size: [3, 27]
""",
        """\
sweeps/kernels.yaml:4:3: parameters.model[0].conv.kernel_size: 1 of 2 combinations is invalid: \
model[2].conv (small.yaml:7): layer 3 gets 1 × 1 × 8: the height 1 is too small for a window of \
3: ⌊(1 − 3 + 2·0)/1⌋ + 1 = -1
     4 |   model[0].conv.kernel_size: [3, 27]
           ^
       expected: an output of at least 1 × 1
       use a smaller kernel, `padding: same`, or fewer pools and strides before this layer
       an invalid combination: model[0].conv.kernel_size=27
       exclude such combinations by a condition in `where`, or change the values

1 fault""",
    ),
    "two values that do not fit each other": (
        """\
config: ../small.yaml
method: grid
parameters:
  model[0].conv.kernel_size: [3, 13]
  model[2].conv.kernel_size: [3, 9]
""",
        """\
sweeps/kernels.yaml:5:3: parameters.model[2].conv.kernel_size: 1 of 4 combinations is invalid: \
model[2].conv (small.yaml:7): layer 3 gets 8 × 8 × 8: the height 8 is too small for a window of \
9: ⌊(8 − 9 + 2·0)/1⌋ + 1 = 0
     5 |   model[2].conv.kernel_size: [3, 9]
           ^
       expected: an output of at least 1 × 1
       use a smaller kernel, `padding: same`, or fewer pools and strides before this layer
       an invalid combination: model[0].conv.kernel_size=13, model[2].conv.kernel_size=9
       exclude such combinations by a condition in `where`, or change the values

1 fault""",
    ),
    "a layer that needs another layer before it": (
        """\
config: ../small.yaml
method: grid
parameters:
  model[5]: [{dropout: 0.2}, {spatial_dropout: 0.2}]
  model[4]: [flatten, {max_pool: 2}]
""",
        """\
sweeps/kernels.yaml:3:1: parameters: 2 of 4 combinations are invalid: model[6].dense \
(small.yaml:11): the network ends in 2 × 2 × 10, but the data has 10 classes
     3 | parameters:
         ^
       expected: one number per class: a vector of 10
       put `- flatten` before layer 7, the first `dense`
       an invalid combination: model[5]={dropout: 0.2}, model[4]={max_pool: 2}
       exclude such combinations by a condition in `where`, or change the values

sweeps/kernels.yaml:4:31: model[5].spatial_dropout: 1 of 4 combinations is invalid: \
model[5].spatial_dropout: layer 6 gets a vector of 400: `spatial_dropout` reads feature maps, \
but its input is a vector of 400 numbers
     4 |   model[5]: [{dropout: 0.2}, {spatial_dropout: 0.2}]
                                       ^
       expected: an input of (height, width, channels)
       put this layer before `flatten` or global pooling
       an invalid combination: model[5]={spatial_dropout: 0.2}, model[4]=flatten
       exclude such combinations by a condition in `where`, or change the values

2 faults""",
    ),
    "a whole network without a vector at its end": (
        """\
config: ../small.yaml
method: grid
parameters:
  model: [[flatten, {dense: {units: 10, activation: softmax}}], [{dense: 10}]]
""",
        """\
sweeps/kernels.yaml:4:67: model[0].dense: the network ends in 28 × 28 × 10, but the data has 10 \
classes
     4 |   model: [[flatten, {dense: {units: 10, activation: softmax}}], [{dense: 10}]]
                                                                           ^
       expected: one number per class: a vector of 10
       put `- flatten` before layer 1, the first `dense`

1 fault""",
    ),
    "a space that is too large to check all of it": (
        """\
config: ../small.yaml
method: random
trials: 3
parameters:
  model[0].conv.kernel_size: {min: 1, max: 13}
  model[2].conv.kernel_size: {min: 1, max: 9}
  model[0].conv.filters: {min: 1, max: 64}
""",
        """\
sweeps/kernels.yaml:4:1: parameters: 5 of 200 checked combinations are invalid: \
model[3].max_pool (small.yaml:8): layer 4 gets 1 × 1 × 16: the height 1 is too small for a \
window of 2: ⌊(1 − 2 + 2·0)/2⌋ + 1 = 0
     4 | parameters:
         ^
       expected: an output of at least 1 × 1
       use a smaller kernel, `padding: same`, or fewer pools and strides before this layer
       an invalid combination: model[0].conv.kernel_size=10, model[2].conv.kernel_size=9, \
model[0].conv.filters=5
       exclude such combinations by a condition in `where`, or change the values

sweeps/kernels.yaml:6:3: parameters.model[2].conv.kernel_size: 1 of 200 checked combinations is \
invalid: model[2].conv (small.yaml:7): layer 3 gets 8 × 8 × 58: the height 8 is too small for a \
window of 9: ⌊(8 − 9 + 2·0)/1⌋ + 1 = 0
     6 |   model[2].conv.kernel_size: {min: 1, max: 9}
           ^
       expected: an output of at least 1 × 1
       use a smaller kernel, `padding: same`, or fewer pools and strides before this layer
       an invalid combination: model[0].conv.kernel_size=13, model[2].conv.kernel_size=9, \
model[0].conv.filters=58
       exclude such combinations by a condition in `where`, or change the values

2 faults""",
    ),
    "several wrong values": (
        """\
config: ../small.yaml
method: grid
parameters:
  model[0].conv.filters: [0, -1, x, 3.5, null, 70000, [1], 4]
""",
        """\
sweeps/kernels.yaml:4:27: model[0].conv.filters: 0 does not fit
     4 |   model[0].conv.filters: [0, -1, x, 3.5, null, 70000, [1], 4]
                                   ^
       expected: a whole number from 1 to 65,536 (number of kernels, one for each output \
channel)

sweeps/kernels.yaml:4:30: model[0].conv.filters: -1 does not fit
     4 |   model[0].conv.filters: [0, -1, x, 3.5, null, 70000, [1], 4]
                                      ^
       expected: a whole number from 1 to 65,536 (number of kernels, one for each output \
channel)

sweeps/kernels.yaml:4:34: model[0].conv.filters: the text `x` does not fit
     4 |   model[0].conv.filters: [0, -1, x, 3.5, null, 70000, [1], 4]
                                          ^
       expected: a whole number from 1 to 65,536 (number of kernels, one for each output \
channel)

sweeps/kernels.yaml:4:37: model[0].conv.filters: 3.5 does not fit
     4 |   model[0].conv.filters: [0, -1, x, 3.5, null, 70000, [1], 4]
                                             ^
       expected: a whole number from 1 to 65,536 (number of kernels, one for each output \
channel)

sweeps/kernels.yaml:4:42: model[0].conv.filters: an empty value does not fit
     4 |   model[0].conv.filters: [0, -1, x, 3.5, null, 70000, [1], 4]
                                                  ^
       expected: a whole number from 1 to 65,536 (number of kernels, one for each output \
channel)

5 faults""",
    ),
    "a metric that some trials lack": (
        """\
config: ../small.yaml
method: grid
metric: val_top_3_accuracy
parameters:
  training.metrics: [[accuracy], [top_k_accuracy: 3]]
""",
        """\
sweeps/kernels.yaml:3:9: metric: some trials have no figure `val_top_3_accuracy`
     3 | metric: val_top_3_accuracy
                 ^
       expected: a figure of all trials
       a trial without it: training.metrics=[accuracy]

1 fault""",
    ),
    "a loss that is not the same in all trials": (
        """\
config: ../small.yaml
method: grid
metric: val_loss
parameters:
  training.loss: [cross_entropy, {cross_entropy: {label_smoothing: 0.1}}]
""",
        """\
sweeps/kernels.yaml:3:9: metric: `val_loss` is not the same figure in all trials, because the \
loss varies
     3 | metric: val_loss
                 ^
       expected: val_accuracy, or val_cross_entropy with `cross_entropy` in `training.metrics`

1 fault""",
    ),
    "penalties in the loss": (
        """\
config: ../small.yaml
method: grid
metric: val_loss
parameters:
  model[0].conv.kernel_regularizer: [null, l2]
""",
        """\
sweeps/kernels.yaml:3:9: metric: `val_loss` is not the same figure in all trials, because the \
loss varies
     3 | metric: val_loss
                 ^
       expected: val_accuracy, or val_cross_entropy with `cross_entropy` in `training.metrics`

1 fault""",
    ),
    "two settings that contradict each other": (
        """\
config: ../small.yaml
method: grid
parameters:
  training.epochs: [2, 4]
  training.optimizer: [adam, {adam: {cosine: {initial: 0.1, warmup_epochs: 3}}}]
""",
        """\
sweeps/kernels.yaml:5:76: training.optimizer.adam.learning_rate.cosine.warmup_epochs: 1 of 4 \
combinations is invalid: training.optimizer.adam.learning_rate.cosine.warmup_epochs: the \
warm-up takes 3 epochs, so none of 2 epochs is left for the cosine
     5 |   training.optimizer: [adam, {adam: {cosine: {initial: 0.1, warmup_epochs: 3}}}]
                                                                                    ^
       expected: a number below `training.epochs`, 2
       an invalid combination: training.epochs=2, training.optimizer={adam: {cosine: {initial: \
0.1, warmup_epochs: 3}}}
       exclude such combinations by a condition in `where`, or change the values

1 fault""",
    ),
}
TWO_METRICS = CONFIG.replace("epochs: 4", "epochs: 4\n  metrics: [accuracy, top_k_accuracy: 3]")


@pytest.mark.parametrize("name", FAULTS)
def test_an_invalid_combination_is_found_before_the_first_trial(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = FAULTS[name]
    config = TWO_METRICS if "val_top_3" in text else CONFIG
    assert read_faults(text, config=config) == expected


def test_a_condition_excludes_invalid_combinations(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, _ = FAULTS["two values that do not fit each other"]
    text += 'where: ["model[0].conv.kernel_size < model[2].conv.kernel_size"]\n'
    assert len(read_text(tmp_path, text).checked.combinations) == 1


def test_a_wrong_value_of_an_edit_is_a_fault_of_the_edit(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "config: ../small.yaml\nmethod: grid\nparameters:\n  model[1].max_pool: [2, 3]\n"
    edit = "parameters.model[1].max_pool=[2, 0]"
    assert (
        read_faults(text, edit)
        == """\
--set parameters.model[1].max_pool=[2, 0]: model[1].max_pool.pool_size: 0 does not fit
       expected: a whole number from 1 to 1,024, or two of them, [height, width] (size of the \
window: one number, or [height, width])

1 fault"""
    )


def test_the_search_ends_after_five_kinds_of_faults(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    values = [*range(-20, 0), 8]
    text = f"config: ../small.yaml\nmethod: grid\nparameters:\n  model[0].conv.filters: {values}\n"
    assert read_faults(text).endswith("\n\n5 faults")

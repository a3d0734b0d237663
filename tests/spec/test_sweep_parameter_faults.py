"""Faults of the paths of parameters in a sweep file, each with its whole text."""

from __future__ import annotations

import pytest
from sweep_builders import BASE, TOP, read_faults

FAULTS = {
    "a misspelt path": (
        TOP + "  model[0].conv.filtrs: [8, 16]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.model[0].conv.filtrs: unknown key `filtrs`
     5 |   model[0].conv.filtrs: [8, 16]
           ^
       expected: one of filters, kernel_size, strides, padding, dilation_rate, activation, \
use_bias, groups, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
       did you mean `filters`?

1 fault""",
    ),
    "a foreign word as path": (
        TOP + "  lr: [0.1, 0.2]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.lr: unknown key `lr`
     5 |   lr: [0.1, 0.2]
           ^
       expected: one of name, seed, ensemble, data, model, training, blocks
       did you mean `training.optimizer.adam.learning_rate`?

1 fault""",
    ),
    "a text that is no path": (
        TOP + '  "model[0]..filters": [8, 16]\n',
        """\
sweeps/kernels.yaml:5:3: parameters.model[0]..filters: `model[0]..filters` is not a path
     5 |   "model[0]..filters": [8, 16]
           ^
       expected: a path as in --set, for example model[0].conv.filters

1 fault""",
    ),
    "an index that does not exist": (
        TOP + "  model[9].conv.filters: [8, 16]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.model[9].conv.filters: model has 7 entries, 0 to 6, but no \
entry 9
     5 |   model[9].conv.filters: [8, 16]
           ^
       expected: the path of a value in the config

1 fault""",
    ),
    "a path through a number": (
        TOP + "  training.epochs.first: [8, 16]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.training.epochs.first: training.epochs is 4, which has no \
keys or entries
     5 |   training.epochs.first: [8, 16]
           ^
       expected: the path of a value in the config
       to vary it: training.epochs: …

1 fault""",
    ),
    "a path of another kind": (
        TOP + "  training.optimizer.sgd.momentum: [0.1, 0.9]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.training.optimizer.sgd.momentum: `training.optimizer` is \
adam in this config, not sgd
     5 |   training.optimizer.sgd.momentum: [0.1, 0.9]
           ^
       did you mean `training.optimizer: [{sgd: {momentum: …}}, …]`?

1 fault""",
    ),
    "the seed": (
        TOP + "  seed: [1, 2]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.seed: a sweep cannot vary `seed`
     5 |   seed: [1, 2]
           ^
       expected: settings of the data, the model or the training
       `confirm` trains the best trials again with other seeds

1 fault""",
    ),
    "an ensemble": (
        TOP + "  ensemble: [2, 3]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.ensemble: a sweep cannot vary `ensemble`
     5 |   ensemble: [2, 3]
           ^
       expected: settings of the data, the model or the training
       a sweep varies single networks

1 fault""",
    ),
    "the validation images": (
        TOP + "  data.validation: [0.1, 0.2]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.data.validation: a sweep cannot vary `data.validation`
     5 |   data.validation: [0.1, 0.2]
           ^
       expected: settings that keep the images of the data set and their splits
       all trials need the same images, so that their figures can be compared

1 fault""",
    ),
    "the whole data": (
        TOP + "  data: [{dataset: mnist}, {dataset: fashion_mnist}]\n",
        """\
sweeps/kernels.yaml:5:3: parameters.data: a sweep cannot vary `data`
     5 |   data: [{dataset: mnist}, {dataset: fashion_mnist}]
           ^
       expected: settings that keep the images of the data set and their splits
       all trials need the same images, so that their figures can be compared

1 fault""",
    ),
    "a path twice": (
        BASE + "  model.0.conv.filters: [4, 8]\n",
        """\
sweeps/kernels.yaml:6:3: parameters.model.0.conv.filters: this is the same setting as on line \
5, `model[0].conv.filters`
     6 |   model.0.conv.filters: [4, 8]
           ^
       expected: each setting once

1 fault""",
    ),
    "a path inside a path": (
        BASE + "  model[0]: [{conv: 3}, flatten]\n",
        """\
sweeps/kernels.yaml:6:3: parameters.model[0]: this setting and the one on line 5 contain each \
other
     6 |   model[0]: [{conv: 3}, flatten]
           ^
       expected: parameters that do not contain each other

1 fault""",
    ),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_has_its_place_and_what_was_expected(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, expected = FAULTS[name]
    assert read_faults(text) == expected

"""Faults of edits of a sweep file (`--set`), each with its whole text."""

from __future__ import annotations

import pytest
from sweep_builders import BASE, read_faults

FAULTS = {
    "trials": """\
--set trials: the edit does not have the form PATH=VALUE
       expected: a path and a value, for example training.epochs=5

1 fault""",
    "epochs=5": """\
--set epochs=5: epochs: unknown key `epochs`
       expected: one of name, config, method, metric, at_least, trials, seed, parameters, \
where, early_terminate, confirm
       to change the config: --set training.epochs=…

1 fault""",
    "lr=0.1": """\
--set lr=0.1: lr: unknown key `lr`
       expected: one of name, config, method, metric, at_least, trials, seed, parameters, \
where, early_terminate, confirm
       to change the config: --set training.optimizer.adam.learning_rate=…

1 fault""",
    "trials.first=3": """\
--set trials.first=3: trials.first: trials is 2, which has no keys or entries
       expected: the path of a value in the sweep file
       to change it: --set trials=…

1 fault""",
    "parameters.model[0].conv.filters=[3": """\
--set parameters.model[0].conv.filters=[3: not valid YAML: did not find expected ',' or ']' \
while parsing a flow sequence
       check indentation, brackets and quotes here and in the line above

1 fault""",
    "parameters.model[0].conv.filtrs=[3, 4]": """\
--set parameters.model[0].conv.filtrs=[3, 4]: parameters.model[0].conv.filtrs: unknown key \
`filtrs`
       expected: one of filters, kernel_size, strides, padding, dilation_rate, activation, \
use_bias, groups, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
       did you mean `filters`?

1 fault""",
    "model[0].conv.filtrs=3": """\
--set model[0].conv.filtrs=3: model[0].conv.filtrs: unknown key `filtrs`
       expected: one of filters, kernel_size, strides, padding, dilation_rate, activation, \
use_bias, groups, kernel_initializer, bias_initializer, kernel_regularizer, bias_regularizer
       did you mean `filters`?

1 fault""",
}


@pytest.mark.parametrize("edit", FAULTS)
def test_a_wrong_edit_is_reported_with_its_text(edit, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert read_faults(BASE, edit) == FAULTS[edit]

"""The experiment as a whole: its checks, and that writing and reading keep it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from cnnlab.errors import RunError
from cnnlab.run_folder import format_spec, parse_spec
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.inputs import Inputs

RICH = """\
name: rich
seed: 7
data: {dataset: fashion_mnist, validation: 0.2, scaling: standard}
model:
  - conv: {filters: 4, kernel_size: [3, 1], activation: {leaky_relu: 0.1}, padding: 1}
  - max_pool: {pool_size: 2, strides: 1}
  - activation: {elu: 0.5}
  - depthwise_conv: {depthwise_initializer: {variance_scaling: {mode: fan_out}}}
  - flatten
  - dense: {units: 10, kernel_regularizer: {l1_l2: {l1: 0.1}}}
training:
  optimizer: {sgd: {learning_rate: 1e-2, nesterov: true}}
  metrics: [accuracy, top_k_accuracy: 3]
  callbacks: [model_checkpoint, reduce_lr_on_plateau: 0.5]
"""


@pytest.fixture
def spec(parse) -> Spec:
    inputs = Inputs(
        image_shape=(28, 28, 1),
        class_names=tuple("0123456789"),
        mean=(33.3,),
        deviation=(78.5,),
        fingerprint="00ff",
    )
    return Spec(experiment=parse(RICH).experiment, inputs=inputs)


def test_a_spec_is_read_from_json_as_it_was_written(spec):
    text = format_spec(spec)
    assert parse_spec(text.encode(), "spec.json") == spec
    assert format_spec(parse_spec(text.encode(), "spec.json")) == text


def test_json_holds_all_defaults(spec):
    plain = spec.model_dump(mode="json")["experiment"]
    assert plain["model"][1] == {
        "max_pool": {"pool_size": [2, 2], "strides": [1, 1], "padding": "valid"}
    }
    assert plain["training"]["epochs"] == 10
    assert Experiment.model_validate(plain) == spec.experiment


def test_a_damaged_spec_is_reported(spec):
    text = format_spec(spec).replace('"filters"', '"filtres"')
    with pytest.raises(RunError, match=r"^spec.json: not a spec of cnnlab: .*filters"):
        parse_spec(text.encode(), "spec.json")
    with pytest.raises(RunError, match=r"^spec.json: damaged: not JSON$"):
        parse_spec(text[:50].encode(), "spec.json")


def test_a_spec_never_changes(spec):
    with pytest.raises(ValidationError, match="frozen"):
        spec.experiment.seed = 3

"""Model descriptions that do not have the form that Keras writes."""

from __future__ import annotations

import pytest

from cnnlab.spec.keras_layers import NotSupported
from cnnlab.spec.keras_model_translation import describe_model

NO_FORM = "no valid description of a Keras model"
DENSE = {
    "module": "keras.layers",
    "class_name": "Dense",
    "config": {"name": "dense", "units": 10, "activation": "linear"},
}


@pytest.mark.parametrize(
    "change",
    [
        {"activation": {"class_name": "ReLU"}},
        {"activation": {"class_name": "ReLU", "module": "keras.layers", "config": []}},
        {"activation": {"class_name": ["ReLU"]}},
        {"dtype": {"config": "abc"}},
    ],
)
def test_a_model_description_of_another_form_is_refused(change):
    flatten = {"module": "keras.layers", "class_name": "Flatten", "config": {"name": "flatten"}}
    dense = {**DENSE, "config": DENSE["config"] | change}
    inside = {"name": "a", "layers": [flatten, dense]}
    model = {"class_name": "Sequential", "config": inside}
    with pytest.raises(NotSupported, match=f"^{NO_FORM}$"):
        describe_model({**model, "build_config": {"input_shape": [None, 8, 8, 1]}})
    with pytest.raises(NotSupported, match=f"^{NO_FORM}$"):
        describe_model({**model, "build_config": [1]})


def tensor(name):
    history = {"keras_history": [name, 0, 0]}
    return {"class_name": "__keras_tensor__", "config": history}


def functional(*layers):
    """A model of (name, class, names that it reads); the first is the input, the last the end."""
    shape = {"batch_shape": [None, 8, 8, 1]}
    described = [
        {
            "module": "keras.layers",
            "class_name": kind,
            "config": {"name": name, **({} if reads else shape)},
            "inbound_nodes": [{"args": [[tensor(one) for one in reads]], "kwargs": {}}]
            if reads
            else [],
        }
        for name, kind, reads in layers
    ]
    inside = {"layers": described, "output_layers": [[layers[-1][0], 0, 0]]}
    return {"class_name": "Functional", "config": inside}


def test_a_graph_that_leads_nowhere_or_into_itself_is_refused():
    start = ("in", "InputLayer", [])
    with pytest.raises(NotSupported, match="branches that do not split and merge again, at Add"):
        describe_model(functional(start, ("sum", "Add", ["in", "gone"])))
    with pytest.raises(NotSupported, match=NO_FORM):
        describe_model(functional(start, ("sum", "Add", ["sum", "in"])))


def test_more_inputs_than_a_layer_has_are_refused_at_once():
    start = ("in", "InputLayer", [])
    row = [(f"d{n}", "Dropout", [f"d{n - 1}" if n else "in"]) for n in range(400)]
    with pytest.raises(NotSupported, match="a layer Add with 24,000 inputs"):
        describe_model(functional(start, *row, ("sum", "Add", ["d399"] * 24_000)))
    sums = [(f"s{n}", "Add", [f"d{n}"] * 64) for n in range(90)]
    with pytest.raises(NotSupported, match="too many branches"):
        describe_model(functional(start, *row, *sums))

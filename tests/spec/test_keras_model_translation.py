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


def nest_models(depth, *layers):
    """A Sequential model with another one inside, `depth` times, around `layers`."""
    inside = [{**DENSE, "class_name": kind, "config": fields} for kind, fields in layers]
    for level in range(depth):
        config = {"name": f"m{level}", "layers": [INPUT, *inside]}
        inside = [{"module": "keras", "class_name": "Sequential", "config": config}]
    return inside[0]


INPUT = {
    "module": "keras.layers",
    "class_name": "InputLayer",
    "config": {"name": "in", "batch_shape": [None, 8, 8, 1]},
}


def test_models_inside_models_are_unfolded_with_the_paths_of_their_weights():
    found = describe_model(nest_models(3, ("Flatten", {"name": "f"}), ("Dense", DENSE["config"])))
    assert [layer.kind for layer in found.layers] == ["flatten", "dense"]
    above = "layers/sequential/layers/sequential/layers"
    assert found.paths == (f"{above}/flatten", f"{above}/dense")


def test_too_many_models_inside_models_are_refused():
    with pytest.raises(NotSupported, match="models nested in models, over 8 deep"):
        describe_model(nest_models(10, ("Flatten", {"name": "f"})))
    inner = nest_models(1, *[("Dropout", {"name": f"d{n}", "rate": 0.1}) for n in range(300)])
    models = [{**inner, "config": {**inner["config"], "name": f"m{n}"}} for n in range(50)]
    with pytest.raises(NotSupported, match="too many layers; cnnlab reads at most 500"):
        describe_model({"class_name": "Sequential", "config": {"layers": [INPUT, *models]}})


@pytest.mark.parametrize(
    ("kind", "fields", "told"),
    [
        ("Rescaling", {"scale": 10**400}, NO_FORM),
        ("Rescaling", {"scale": float("nan")}, "a layer with a value that cnnlab does not support"),
        ("Rescaling", {"scale": [[1.0], [2.0]]}, "whose scale or offset is not a list of numbers"),
        ("Rescaling", {"scale": 1, "offset": {"class_name": "os.system"}}, "is not a list"),
        (
            "Normalization",
            {"axis": -1, "mean": [1.0], "variance": [-1.0]},
            "Normalization with mean",
        ),
        ("Normalization", {"axis": [0, 1]}, "Normalization with axis"),
        ("Reshape", {"target_shape": [-1, -1, 1]}, "a layer with a value"),
        ("Reshape", {"target_shape": [64, 64, 64]}, "has 64 numbers, but 64 × 64 × 64 has 262,144"),
        ("Resizing", {"height": 10**9, "width": 1}, "1000000000 does not fit"),
        ("UpSampling2D", {"size": [1000, 1000]}, "expected at most 16,777,216 numbers"),
        (
            "Cropping2D",
            {"cropping": [[4, 4], [0, 0]]},
            "left of the height: 8 − 2·4 = 0",
        ),
        ("ZeroPadding2D", {"padding": [[0, -1], [0, 0]]}, "-1 does not fit"),
        ("PReLU", {"shared_axes": [9]}, "9 does not fit"),
        ("CenterCrop", {"height": "8", "width": 8}, "to a larger size than its input"),
        ("Softmax", {"axis": 1}, "Softmax over another axis than the last"),
    ],
)
def test_arguments_that_make_no_sense_are_refused(kind, fields, told):
    layers = (kind, {"name": "odd", **fields}), ("Flatten", {"name": "flat"})
    with pytest.raises(NotSupported) as caught:
        describe_model(nest_models(1, *layers))
    assert told in str(caught.value)

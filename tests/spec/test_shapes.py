"""The kind of a network's outputs, behind groups and layers that only move values."""

from __future__ import annotations

import pytest

from cnnlab.spec.shape_checks import ends_in_softmax

ENDS = {
    "dense: {units: 10, activation: softmax}": True,
    "dense: 10": False,
    "dense: 10, activation: softmax": True,
    "dense: {units: 10, activation: softmax}, dropout: 0.1": True,
    "dense: 10, batch_norm": False,
    "dense: {units: 10, activation: softmax}, batch_norm": False,
}


@pytest.mark.parametrize(("layers", "softmax"), ENDS.items())
def test_outputs_are_probabilities_after_a_softmax(parse, layers, softmax):
    spec = parse(f"model: [flatten, {layers}]\n").experiment
    assert ends_in_softmax(spec.model) is softmax


def test_the_average_of_softmax_maps_is_a_probability(parse):
    text = "model: [conv: {filters: 10, activation: softmax}, global_avg_pool]\n"
    assert ends_in_softmax(parse(text).experiment.model)

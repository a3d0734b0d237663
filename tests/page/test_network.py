"""The page's own engine against Keras: every map, every probability, Grad-CAM, and explanations."""

from collections import Counter
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from layer_cases import GROUPS, KINDS
from page_engine import ENDS, build, build_network, compare, read_spec
from project_files import CONFIGS
from random_stacks import nested_stacks

from cnnlab.export.network_description import build_nodes
from cnnlab.probabilities import to_probabilities
from cnnlab.spec.layer_options import ACTIVATIONS
from cnnlab.spec.layers import (
    LAYERS,
    ActivationLayer,
    Flatten,
)
from cnnlab.spec.normalization_layers import Normalize


@pytest.mark.parametrize("layer", KINDS, ids=lambda layer: f"{layer.kind} {layer}")
def test_a_layer_computes_the_same_maps_as_in_keras(engine, layer):
    network, spec = build((layer,))
    assert compare(engine, network, spec, explained=60).explained < 1e-5


def test_every_kind_has_a_case():
    assert {type(layer) for layer in KINDS} == {*LAYERS, Normalize}
    functions = {type(layer.function) for layer in KINDS if isinstance(layer, ActivationLayer)}
    assert functions == set(ACTIVATIONS)


@pytest.mark.parametrize("group", GROUPS, ids=lambda group: f"{group.kind} {group}"[:60])
def test_a_group_computes_the_same_maps_as_in_keras(engine, group):
    network, spec = build((group,))
    assert compare(engine, network, spec, explained=60).explained < 1e-5


@pytest.mark.parametrize("end", ENDS.values(), ids=ENDS)
def test_the_probabilities_are_those_that_predict_shows(engine, end):
    network, spec = build((Flatten(), *end), classes=2 if getattr(end[-1], "units", 3) == 1 else 3)
    found = compare(engine, network, spec)
    outputs = found.maps[-1][np.newaxis]
    expected = to_probabilities(outputs, spec, Path("made.keras"))[0]
    assert found.probabilities == pytest.approx(expected, abs=1e-6)
    assert found.probabilities.sum() == pytest.approx(1, abs=1e-6)


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_network_of_the_configs_computes_the_same_maps_as_in_keras(engine, path):
    spec = read_spec(path)
    found = compare(engine, build_network(spec), spec, explained=3)
    expected = to_probabilities(found.maps[-1][np.newaxis], spec, path)[0]
    assert found.probabilities == pytest.approx(expected, abs=1e-4)
    assert found.explained < 1e-5


@pytest.mark.slow
def test_random_nested_stacks_compute_the_same_maps_as_in_keras(engine, stack_count):
    kinds = Counter()

    @settings(
        max_examples=stack_count,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(nested_stacks())
    def hold(drawn):
        shape, stack = drawn
        if not stack:
            return
        if kinds["input"] % 100 == 0:
            keras.backend.clear_session()
        network, spec = build(stack, shape)
        compare(engine, network, spec, explained=2)
        kinds.update(node.kind for node in build_nodes(spec).nodes)

    hold()
    assert kinds["input"] >= 0.75 * stack_count
    assert len(kinds) >= 25

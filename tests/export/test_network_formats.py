"""Every layer kind, every reference network and random stacks leave in every format."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from joint_networks import (
    CHANNELS,
    draw_images,
    join_networks,
    join_outputs,
    measure_difference,
    run_litert,
    run_onnx,
)
from layer_cases import GROUPS, KINDS
from page_engine import build_network, read_spec
from project_files import CONFIGS
from random_stacks import nested_stacks

from cnnlab.export.keras_formats import open_keras, open_saved_model, write_keras, write_saved_model

pytestmark = pytest.mark.slow

CONVERTERS = {"onnx": run_onnx, "litert": run_litert}
PART = 40  # layers that are converted together; the time of tf2onnx grows faster than their number


@pytest.fixture(autouse=True)
def report_failed_optimizers(monkeypatch):
    """Let tf2onnx report an optimizer that fails.

    Otherwise tf2onnx goes on with a copy of the graph. The copies, one before each optimizer, take
    a third of the time of a conversion.
    """
    monkeypatch.setenv("TF2ONNX_CATCH_ERRORS", "FALSE")


@pytest.mark.parametrize("form", CONVERTERS)
def test_every_kind_and_group_computes_the_same_after_conversion(form):
    layers, images = (*KINDS, *GROUPS), draw_images()
    for start in range(0, len(layers), PART):
        part = layers[start : start + PART]
        network = join_networks([((9, 8, CHANNELS), (layer,)) for layer in part])
        expected = network(images, training=False).numpy()
        assert measure_difference(CONVERTERS[form](network, images), expected) < 1e-5


def test_every_kind_and_group_opens_in_tensorflow_and_in_stock_keras(tmp_path):
    network = join_networks([((9, 8, CHANNELS), (layer,)) for layer in (*KINDS[::4], *GROUPS)])
    images = draw_images()
    expected = network(images, training=False).numpy()
    write_keras(network, {"a": "b"}, tmp_path / "all.keras")
    write_saved_model(network, {"a": "b"}, tmp_path / "all", tmp_path / "all/assets.extra/x.json")
    for compute in (open_keras(tmp_path / "all.keras"), open_saved_model(tmp_path / "all")):
        assert measure_difference(compute(images), expected) < 1e-5


@pytest.mark.parametrize("form", CONVERTERS)
def test_every_network_of_the_configs_computes_the_same_after_conversion(form):
    images = keras.Input((28, 28, 1), dtype="uint8", name="images")
    scaled = keras.layers.Rescaling(1 / 255, dtype="float32")(images)
    outputs = []
    for number, path in enumerate(CONFIGS):
        network = build_network(read_spec(path))
        network.name = f"network_{number}"
        outputs.append(network(scaled))
    joint, drawn = join_outputs(images, outputs), draw_images((28, 28, 1))
    expected = joint(drawn, training=False).numpy()
    assert np.abs(CONVERTERS[form](joint, drawn) - expected).max() < 1e-5


@pytest.mark.parametrize("form", CONVERTERS)
def test_random_nested_stacks_compute_the_same_after_conversion(form, stack_count):
    """A thirtieth of `--stacks`; `--stacks 3000` takes 100."""
    cases = []

    @settings(
        max_examples=max(1, min(100, stack_count // 30)),
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    @given(nested_stacks())
    def collect(case):
        image, stack = case
        if stack:
            cases.append((image, stack))

    collect()
    network, images = join_networks(cases), draw_images()
    expected = network(images, training=False).numpy()
    found = CONVERTERS[form](network, images)
    # A product of branches makes numbers of any size, whose last digits differ.
    assert measure_difference(found, expected) < 1e-4

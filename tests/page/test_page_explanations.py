"""What the page's engine says of single pixels, and of kernels that are switched off."""

import numpy as np
import pytest
from page_engine import ENDS, SHAPE, build, describe, draw_image

from cnnlab.export.checkpoint_weights import collect_weights
from cnnlab.export.network_description import build_nodes
from cnnlab.spec.convolutions_and_pools import Conv
from cnnlab.spec.layers import (
    Dense,
    Flatten,
)


def test_a_disabled_kernel_makes_a_map_of_zeros_and_changes_the_answer(engine):
    network, spec = build((Conv(filters=6, activation="sigmoid"), Flatten(), *ENDS["a softmax"]))
    weights, image = collect_weights(network, build_nodes(spec)), draw_image(SHAPE)
    whole = engine.run(describe(spec), weights, image)
    without = engine.run(describe(spec), weights, image, disabled=["1:2"])
    assert whole.maps[1][..., 2].all()
    assert not without.maps[1][..., 2].any()
    assert np.array_equal(np.delete(without.maps[1], 2, -1), np.delete(whole.maps[1], 2, -1))
    kernel, bias = network.layers[-1].get_weights()
    outputs = without.maps[1].ravel() @ kernel + bias
    assert without.maps[3] == pytest.approx(np.exp(outputs) / np.exp(outputs).sum(), abs=1e-5)
    assert abs(without.probabilities - whole.probabilities).max() > 1e-3


def test_the_explanation_of_a_pixel_has_the_numbers_of_the_textbook(engine):
    stack = (Conv(filters=1, padding=1, strides=2, activation="relu"), Flatten(), Dense(units=2))
    network, spec = build(stack, (5, 5, 1))
    kernel = np.arange(9, dtype=np.float32).reshape(3, 3, 1, 1)  # 0, 1, 2 in its first row
    network.layers[1].set_weights([kernel, np.float32([-1])])
    image = np.full((5, 5, 1), 200, np.uint8)  # (200 − 0) / 100 = 2
    weights = collect_weights(network, build_nodes(spec))
    found = engine.run(describe(spec), weights, image, pixel=(1, 0, 1, 0)).pixel
    # Row 0 of the output reads the rows −1, 0, 1; column 1 reads the columns 1, 2, 3.
    window = {"top": -1, "left": 1, "rows": 3, "columns": 3, "rowStep": 1, "columnStep": 1}
    assert found["window"] == window
    assert [term["padded"] for term in found["terms"]] == [True] * 3 + [False] * 6
    assert [term["weight"] for term in found["terms"]] == list(range(9))
    assert [term["product"] for term in found["terms"]] == [0, 0, 0, 6, 8, 10, 12, 14, 16]
    last = {"node": 0, "row": 1, "column": 3, "channel": 0, "input": 2, "weight": 8}
    assert found["terms"][-1] == last | {"product": 16, "padded": False}
    assert (found["sum"], found["bias"], found["before"], found["after"]) == (66, -1, 65, 65)
    # ⌊(5 − 3 + 2·1)/2⌋ + 1 = 3
    side = {"length": 5, "extent": 3, "padding": [1, 1], "stride": 2, "output": 3}
    assert found["formula"] == {"rows": side, "columns": side}


def test_a_dense_layer_is_explained_by_the_pixels_of_the_maps_before_flatten(engine):
    network, spec = build((Conv(filters=2, kernel_size=1), Flatten(), Dense(units=2)), (2, 3, 1))
    weights, image = collect_weights(network, build_nodes(spec)), draw_image((2, 3, 1))
    found = engine.run(describe(spec), weights, image, pixel=(3, 0, 0, 1))
    terms = found.pixel["terms"]
    places = [(term["node"], term["row"], term["column"], term["channel"]) for term in terms]
    assert places == [
        (1, row, column, c) for row in range(2) for column in range(3) for c in (0, 1)
    ]
    assert [term["input"] for term in terms] == found.maps[1].ravel().tolist()
    assert found.pixel["after"] == found.maps[3][1]

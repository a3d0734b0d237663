"""Occlusion on networks that look at one place only."""

import numpy as np
import pytest
from network_builders import open_network

from cnnlab.explain.occlusion import (
    Occlusion,
    choose_size,
    compute_occlusion,
    correlate_with_evidence,
)
from cnnlab.spec.convolutions_and_pools import MaxPool
from cnnlab.spec.layers import Dense, Flatten

SHAPE = (8, 6, 1)


def looks_at(row, column, shape=SHAPE, weight=2.0, **options):
    """A network whose class b has `weight` times one pixel as its logit, and class a 0."""
    weights = np.zeros((*shape, 2))
    weights[row, column, :, 1] = weight
    stack = (Flatten(), Dense(units=2, activation="softmax"))
    return open_network(stack, shape, {"dense_2": [weights.reshape(-1, 2)]}, **options)


def test_covering_hurts_where_the_network_looks_and_nowhere_else():
    image = np.zeros(SHAPE, np.uint8)
    image[5, 2] = 4
    image[0, 0] = 44  # the mean of 48 pixels is 1
    occlusion = compute_occlusion(looks_at(5, 2), image, 1, size=3)
    expected = np.zeros((8, 6))
    expected[4:7, 1:4] = 2 * (4 - 1)
    assert np.array_equal(occlusion.logit_drop, expected)
    assert (occlusion.colour, occlusion.size, occlusion.worst_place) == ((1.0,), 3, (4, 1))
    # A logit of 2 · 4 against 0, and of 2 · 1 where it is covered.
    assert occlusion.probability == pytest.approx(1 / (1 + np.exp(-8)), abs=1e-6)
    assert occlusion.covered_probability[4:7, 1:4] == pytest.approx(1 / (1 + np.exp(-2)), abs=1e-6)
    assert occlusion.covered_probability[0] == pytest.approx(occlusion.probability)


def test_a_square_is_cut_at_the_edge():
    image = np.zeros(SHAPE, np.uint8)
    image[0, 0] = 48
    occlusion = compute_occlusion(looks_at(0, 0), image, 1, size=5)
    assert np.argwhere(occlusion.logit_drop).max(axis=0).tolist() == [2, 2]
    assert np.count_nonzero(occlusion.logit_drop) == 9


def test_what_adds_to_a_class_when_covered_falls_below_0():
    image = np.zeros(SHAPE, np.uint8)
    image[5, 2] = 48
    occlusion = compute_occlusion(looks_at(5, 2, weight=-2.0), image, 1, size=1)
    assert occlusion.logit_drop[5, 2] == -2 * (48 - 1)
    assert np.count_nonzero(occlusion.logit_drop) == 1


def test_each_channel_is_covered_with_its_own_mean():
    image = np.zeros((4, 4, 3), np.uint8)
    image[..., 0], image[..., 1], image[..., 2] = 10, 20, 30
    occlusion = compute_occlusion(looks_at(1, 1, image.shape), image, 1)
    assert occlusion.colour == (10.0, 20.0, 30.0)
    assert not occlusion.logit_drop.any()


def test_an_image_is_scaled_as_the_network_expects():
    image = np.zeros(SHAPE, np.uint8)
    image[5, 2] = 48
    occlusion = compute_occlusion(looks_at(5, 2, deviation=255.0), image, 1, size=1)
    assert occlusion.logit_drop[5, 2] == pytest.approx(2 * (48 - 1) / 255, rel=1e-5)


def test_a_large_image_is_covered_at_places_evenly_apart():
    image = np.zeros((100, 64, 1), np.uint8)
    image[50, 32] = 200
    network = open_network(
        (MaxPool(pool_size=(100, 64)), Flatten(), Dense(units=2)),
        image.shape,
        {"dense_3": [[[0, 1]]]},
    )
    occlusion = compute_occlusion(network, image, 1)
    # 100 rows in steps of 4, 64 columns in steps of 2
    assert occlusion.rows.tolist() == list(range(1, 100, 4))
    assert occlusion.columns.tolist() == list(range(0, 64, 2))
    assert occlusion.logit_drop.shape == occlusion.covered_probability.shape == (25, 32)
    assert occlusion.size == choose_size(image) == 17
    hurt = np.argwhere(occlusion.logit_drop > 0)
    rows, columns = occlusion.rows[hurt[:, 0]], occlusion.columns[hurt[:, 1]]
    # The pixel is covered from 8 before it to 8 after it.
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (45, 57, 24, 40)


@pytest.mark.parametrize(
    ("shape", "size"), [((28, 28, 1), 7), ((32, 48, 3), 9), ((1, 1, 1), 1), ((8, 99, 1), 3)]
)
def test_a_square_is_a_quarter_of_the_shorter_side_and_odd(shape, size):
    assert choose_size(np.zeros(shape)) == size


def test_agreement_is_that_of_ranks_at_the_covered_places():
    places = np.array([0, 2])
    occlusion = Occlusion(
        0, 1, (0.0,), places, places, 1.0, np.array([[1, 2], [3, 40]]), np.zeros(4)
    )
    evidence = np.full((3, 3), 99.0)
    evidence[::2, ::2] = [[0.1, 0.2], [0.3, 0.4]]
    assert correlate_with_evidence(occlusion, evidence) == pytest.approx(1)
    assert correlate_with_evidence(occlusion, -evidence) == pytest.approx(-1)
    assert correlate_with_evidence(occlusion, np.zeros((3, 3))) is None

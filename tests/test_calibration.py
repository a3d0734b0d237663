"""The expected calibration error, against scikit-learn's bins and a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.calibration import calibration_curve

from cnnlab.calibration import measure_calibration

pytestmark = pytest.mark.slow


def table(random):
    """Answers to 1 to 400 images in 2 to 12 classes, from unsure to sure, and the labels."""
    images, classes = int(random.integers(1, 401)), int(random.integers(2, 13))
    scores = random.normal(scale=random.uniform(0, 6), size=(images, classes))
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = np.where(
        random.random(images) < random.random(),
        shares.argmax(axis=1),
        random.integers(0, classes, images),
    )
    return shares.astype(np.float32), labels


def compute_by_hand(probabilities, labels):
    """Guo et al. 2017, equation 3, answer by answer: bin m has ((m - 1) / 15, m / 15]."""
    bins = [[] for _ in range(15)]
    for shares, label in zip(probabilities.astype(np.float64), labels, strict=True):
        [place] = [m for m in range(1, 16) if (m - 1) / 15 < min(shares.max(), 1) <= m / 15]
        bins[place - 1].append((shares.max(), shares.argmax() == label))
    return sum(
        len(one) / len(labels) * abs(np.mean([r for _, r in one]) - np.mean([s for s, _ in one]))
        for one in bins
        if one
    )


def test_the_error_and_the_bins_are_scikit_learn_s_on_1000_tables():
    random = np.random.default_rng(3)
    for _ in range(1000):
        probabilities, labels = table(random)
        found = measure_calibration(probabilities, labels)
        used = [one for one in found.bins if one.images]
        sure = np.minimum(probabilities.max(axis=1).astype(np.float64), 1)
        right = probabilities.argmax(axis=1) == labels
        accuracy, confidence = calibration_curve(right, sure, n_bins=15, strategy="uniform")
        assert [one.accuracy for one in used] == pytest.approx(accuracy)
        assert [one.confidence for one in used] == pytest.approx(confidence)
        counts, _ = np.histogram(np.ceil(sure * 15), bins=np.arange(0.5, 16))
        assert [one.images for one in found.bins] == counts.tolist()
        error = np.average(np.abs(accuracy - confidence), weights=counts[counts > 0])
        assert found.expected_calibration_error == pytest.approx(error, abs=1e-12)
        assert found.confidence == pytest.approx(sure.mean())


def test_the_error_is_that_of_a_plain_loop():
    random = np.random.default_rng(4)
    for _ in range(20):
        probabilities, labels = table(random)
        found = measure_calibration(probabilities, labels).expected_calibration_error
        assert found == pytest.approx(compute_by_hand(probabilities, labels), abs=1e-12)


def test_known_answers_give_the_known_error():
    """Three answers, 80% sure, two of them right: |0.8 - 2/3|; one, sure and wrong: |1 - 0|."""
    probabilities = np.array([[0.8, 0.2]] * 3 + [[0.0, 1.0]])
    found = measure_calibration(probabilities, np.array([0, 0, 1, 0]))
    assert found.expected_calibration_error == pytest.approx((3 * (0.8 - 2 / 3) + 1) / 4)
    assert found.confidence == pytest.approx(0.85)
    assert [one.images for one in found.bins] == [0] * 11 + [3, 0, 0, 1]
    assert (found.bins[0].above, found.bins[14].up_to) == (0.0, 1.0)
    assert (found.bins[0].confidence, found.bins[0].accuracy) == (None, None)


def test_answers_that_are_right_as_often_as_sure_have_no_error():
    probabilities = np.array([[0.75, 0.25]] * 4)
    assert (
        measure_calibration(probabilities, np.array([0, 0, 0, 1])).expected_calibration_error == 0
    )


def test_a_probability_over_1_by_rounding_counts_as_sure():
    probabilities = np.array([[1.0000001, 0.0]], np.float32)
    assert measure_calibration(probabilities, np.array([0])).bins[14].images == 1

"""A network that has learned nothing, or whose loss exploded, and one that only looks like it."""

from __future__ import annotations

import pytest
from diagnosis_builders import find_findings, titles

from cnnlab.report.evidence import Finding


def test_a_loss_stuck_at_that_of_guessing_is_reported():
    assert find_findings([2.305, 2.3031, 2.3026], [2.304, 2.303, 2.3027]) == [
        Finding(
            "The network has learned nothing",
            "The training loss is 2.3026 after all 3 epochs: ln 10 = 2.3026, the loss of guessing.",
            "No gradient reaches the weights: try a tenth of the present learning rate, 0.01, or "
            "another "
            "initializer.",
        )
    ]


@pytest.mark.parametrize(
    ("losses", "validation"),
    [([12.3, 2.4, 2.31], None), ([12.3, 2.31], [2.31, 2.3]), ([1.9, 2.5, 2.4], None)],
)
def test_a_network_that_ends_no_better_than_guessing_is_reported(losses, validation):
    finding = Finding(
        "The network has learned nothing",
        f"The training loss is {losses[-1]:.4f} after all {len(losses)} epochs: no better than "
        "ln 10 = 2.3026, the loss of guessing.",
        "Try a smaller learning rate: a tenth of the present value, 0.01.",
    )
    assert finding in find_findings(losses, validation)


@pytest.mark.parametrize(
    ("losses", "validation"),
    [
        ([12.3], None),  # a mean with the large losses of the first batches
        ([12.3], [9.0]),
        ([12.3, 2.4], [3.0, 2.31]),  # it falls
        ([12.3, 2.4, 1.2], [3.0, 0.9, 0.8]),
    ],
)
def test_large_losses_at_the_start_are_not_reported_as_guessing(losses, validation):
    assert "The network has learned nothing" not in titles(losses, validation)


def test_a_training_of_few_steps_is_advised_to_be_longer():
    [finding] = find_findings([2.3031, 2.3040], images=96)
    assert finding == Finding(
        "The network has learned nothing",
        "The training loss is 2.3040 after all 2 epochs: ln 10 = 2.3026, the loss of guessing.",
        "6 batches trained it: try more epochs, or a smaller data.batch_size.",
    )


@pytest.mark.parametrize("validation", [None, [9e6, 8e6, 6272277.5]])
def test_a_loss_that_ends_far_above_that_of_guessing_names_the_learning_rate(validation):
    assert find_findings([5e8, 9e8, 11321281.0], validation) == [
        Finding(
            "The learning rate is too high",
            "The training loss is 1.132e+07 after all 3 epochs, far above ln 10 = 2.3026, the loss "
            "of guessing.",
            "Try a smaller learning rate: a third of the present value, 0.01.",
        )
    ]


@pytest.mark.parametrize("losses", [[2.31, 2.2, 2.0], [2.3, 2.25], [2.9, 2.5, 2.302]])
def test_a_loss_below_that_of_guessing_is_not_stuck(losses):
    assert "The network has learned nothing" not in titles(losses)


def test_a_large_penalty_on_weights_is_no_learning_rate():
    found = titles([9.5, 8.1, 7.9], columns={"cross_entropy": [0.9, 0.5, 0.4]})
    assert "The learning rate is too high" not in found

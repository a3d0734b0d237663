"""The diagnosis of a network that is no better than always answering the largest class."""

from __future__ import annotations

import pytest
from diagnosis_builders import experiment, find_findings, titles

from cnnlab.report.evidence import Finding, MajorityComparison

TITLE = "No better than always answering `big`"


def compare(accuracy: float, share: float = 12 / 13, uneven: bool = True) -> MajorityComparison:
    return MajorityComparison(accuracy, "big", share, uneven)


def test_a_network_that_only_answers_the_largest_class_is_told_so():
    falling = [0.5, 0.4, 0.3]  # alone, this would be advice to train longer
    assert find_findings(falling, falling, majority=compare(12 / 13)) == [
        Finding(
            TITLE,
            "The network classifies 92.31% of the test images correctly; 92.31% is what always "
            "answering `big` would give.",
            "Weigh the classes: --set data.class_weight=balanced. What helps most: more images of "
            "the small classes.",
        )
    ]


@pytest.mark.parametrize(
    ("spec", "uneven", "advice"),
    [
        (
            experiment(class_weight="balanced"),
            True,
            "What helps most: more images of the small classes.",
        ),
        (experiment(), False, ""),
    ],
)
def test_the_advice_fits_the_config_and_the_classes(spec, uneven, advice):
    [finding] = find_findings([0.5], spec=spec, majority=compare(0.1, 0.2, uneven))
    assert (finding.title, finding.advice) == (TITLE, advice)


def test_a_better_network_has_no_such_finding():
    assert titles([0.5, 0.4], majority=compare(0.95)) == []
    assert titles([0.5, 0.4]) == []


def test_the_loss_of_guessing_is_compared_with_the_cross_entropy_alone():
    rows = {"cross_entropy": [2.3026] * 3}
    [finding] = find_findings([3.1, 3.05, 3.0], columns=rows)
    assert finding.title == "The network has learned nothing"
    assert finding.evidence == (
        "The training cross-entropy is 2.3026 after all 3 epochs: ln 10 = 2.3026, the loss of "
        "guessing."
    )

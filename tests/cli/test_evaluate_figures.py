"""What `cnnlab evaluate` prints of losses and of classes that differ much in size."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnlab.cli.evaluate_output import print_evaluation
from cnnlab.data.datasets import Images
from cnnlab.evaluation import Evaluation, Loss, compute_metrics

NAMES = ("big", "tiny", "none")


@pytest.fixture
def print_figures(capsys):
    """Print the figures of a network that always answers `big` with a probability of 80%."""

    def print_them(labels, loss=None):
        count = len(labels)
        images = Images(np.zeros((count, 2, 2, 1), np.uint8), np.array(labels), np.arange(count))
        shares = np.tile(np.array([[0.8, 0.1, 0.1]], np.float32), (count, 1))
        answers = Evaluation("test", Path("x.keras"), NAMES, images, shares, loss=loss)
        source = {"run": None, "checkpoint": "x.keras", "note": ""}
        print_evaluation({**source, **compute_metrics(answers)}, None)
        return capsys.readouterr().out

    return print_them


def test_uneven_classes_have_means_over_classes_and_what_one_answer_would_give(print_figures):
    loss = Loss(1.25, "cross-entropy with label smoothing, plus penalties on weights")
    # 12 · −ln 0.8 and 1 · −ln 0.1, over 13
    assert print_figures([0] * 12 + [1], loss) == (
        "x.keras on 13 test images\n"
        "\n"
        "loss               1.2500  (cross-entropy with label smoothing, plus penalties on "
        "weights)\n"
        "cross-entropy      0.3831\n"
        "accuracy           92.31%  (95% interval 66.69% to 98.63%)\n"
        "majority           92.31%  (what always answering `big` would give)\n"
        "balanced accuracy  50.00%  (mean recall of 2 of 3 classes; the others have no images)\n"
        "macro F1           48.00%  (mean F1 of 2 of 3 classes; the others have no images)\n"
        "confidence         80.00%  (mean predicted probability; calibration error 12.31%)\n"
        "\n"
        "class  precision  recall      f1  images\n"
        "big       92.31% 100.00%  96.00%      12\n"
        "tiny       0.00%   0.00%   0.00%       1\n"
        "none           –       –       –       0\n"
        "\n"
        "most confused: tiny → big (1 time)\n"
    )


def test_even_classes_and_a_plain_loss_need_fewer_lines(print_figures):
    shown = print_figures([0, 0, 1, 2], Loss(1.2629, "cross-entropy")).splitlines()[2:5]
    assert shown == [
        "loss        1.2629  (cross-entropy)",
        "accuracy    50.00%  (95% interval 15.00% to 85.00%)",
        "confidence  80.00%  (mean predicted probability; calibration error 30.00%)",
    ]


def test_without_a_training_there_is_the_cross_entropy_alone(print_figures):
    assert print_figures([0, 0, 1, 2]).splitlines()[2] == "cross-entropy  1.2629"

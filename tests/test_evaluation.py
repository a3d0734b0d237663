"""The figures of an evaluation, compared with SciPy and scikit-learn, and its files."""

from __future__ import annotations

import csv
import io
import math
import shutil
from pathlib import Path

import folder_builders
import numpy as np
import pytest
from PIL import Image
from scipy.stats import binomtest
from sklearn.metrics import (
    balanced_accuracy_score,
    classification_report,
    confusion_matrix,
    log_loss,
)

from cnnlab import evaluation
from cnnlab.data.datasets import Images
from cnnlab.evaluation import Evaluation
from cnnlab.run_folder import RunFolder

NAMES = ("cat", "dog", "eel", "fox")


def make_evaluation(count=500, classes=4, seed=0, labels=None):
    """An evaluation of random answers, mostly right."""
    random = np.random.default_rng(seed)
    labels = random.integers(0, classes, count) if labels is None else np.asarray(labels)
    scores = random.normal(size=(len(labels), classes))
    scores[np.arange(len(labels)), labels] += 1.5
    shares = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    pixels = random.integers(0, 256, (len(labels), 5, 5, 1), dtype=np.uint8)
    images = Images(pixels, labels.astype(np.int32), np.arange(len(labels)) + 1000)
    return Evaluation("test", Path("x.keras"), NAMES[:classes], images, shares.astype(np.float32))


def test_wilson_s_interval_is_scipy_s():
    random = np.random.default_rng(1)
    for trials in random.integers(1, 100_000, 1000).tolist():
        successes = int(random.integers(0, trials + 1))
        expected = binomtest(successes, trials).proportion_ci(0.95, "wilson")
        found = evaluation.compute_wilson_interval(successes, trials)
        assert found == pytest.approx((expected.low, expected.high), abs=1e-12)


@pytest.mark.parametrize(("successes", "trials"), [(0, 1), (1, 1), (0, 10_000), (10_000, 10_000)])
def test_wilson_s_interval_stays_within_0_and_1(successes, trials):
    low, high = evaluation.compute_wilson_interval(successes, trials)
    assert 0 <= low < high <= 1
    assert low <= successes / trials <= high


def test_figures_equal_scikit_learn_s():
    answers = make_evaluation()
    figures = evaluation.compute_metrics(answers)
    labels, predicted = answers.images.labels, answers.predictions
    shares = answers.probabilities.astype(np.float64)
    report = classification_report(labels, predicted, target_names=NAMES, output_dict=True)
    assert figures["accuracy"] == pytest.approx(report["accuracy"])
    for row in figures["per_class"]:
        expected = report[row["class"]]
        assert row["precision"] == pytest.approx(expected["precision"])
        assert row["recall"] == pytest.approx(expected["recall"])
        assert row["f1"] == pytest.approx(expected["f1-score"])
        assert row["support"] == expected["support"]
    assert figures["confusion_matrix"] == confusion_matrix(labels, predicted).tolist()
    assert figures["loss"] is None  # these probabilities are those of no trained network
    assert figures["cross_entropy"] == pytest.approx(
        log_loss(labels, shares / shares.sum(axis=1, keepdims=True)), rel=1e-6
    )
    assert figures["images"] == sum(map(sum, figures["confusion_matrix"])) == 500
    assert figures["balanced_accuracy"] == pytest.approx(
        balanced_accuracy_score(labels, predicted), abs=1e-12
    )
    assert figures["macro_f1"] == pytest.approx(report["macro avg"]["f1-score"], abs=1e-12)
    counts = np.bincount(labels)
    assert figures["majority"] == {"class": NAMES[counts.argmax()], "share": counts.max() / 500}


def test_mistakes_are_called_by_their_number_and_file(tmp_path):
    from cnnlab.data import datasets
    from cnnlab.spec.experiment import Data

    folder = folder_builders.write_images(
        tmp_path / "digits/train", *folder_builders.mnist("train", 40)
    )
    shutil.copytree(folder, tmp_path / "digits/test")
    section = Data(dataset=f"{tmp_path}/digits/", image_size=(28, 28), color_mode="grayscale")
    images = datasets.read_test_images(section)
    names = datasets.describe_dataset(section).class_names
    none = np.full((len(images.labels), len(names)), 0.1)
    answers = Evaluation("test", Path("x.keras"), names, images, none)
    _, last = evaluation._write_captions(answers, np.array([0, 39]))
    file = Path(images.files[39])
    assert last == f"#39 {file.name}\ntrue {file.parent.name}\nanswer {names[0]}, 10.0%"
    assert evaluation._write_captions(make_evaluation(), np.array([7]))[0].startswith(
        "#1007\ntrue "
    )


def test_means_over_classes_leave_out_a_class_without_images():
    answers = make_evaluation(labels=[0, 0, 1])
    answers.probabilities[:] = [0.7, 0.1, 0.1, 0.1]
    figures = evaluation.compute_metrics(answers)
    never = {"precision": 0.0, "recall": 0.0, "f1": 0.0, "support": 1}
    empty = {"precision": None, "recall": None, "f1": None, "support": 0}
    assert figures["per_class"] == [
        {"class": "cat", "precision": 2 / 3, "recall": 1.0, "f1": 4 / 5, "support": 2},
        {"class": "dog"} | never,  # the network never predicts it
        {"class": "eel"} | empty,
        {"class": "fox"} | empty,
    ]
    assert figures["balanced_accuracy"] == (1 + 0) / 2
    assert figures["macro_f1"] == (4 / 5 + 0) / 2
    assert figures["majority"] == {"class": "cat", "share": 2 / 3}
    assert figures["confusion_matrix"] == [[2, 0, 0, 0], [1, 0, 0, 0], [0] * 4, [0] * 4]


def test_a_probability_of_0_has_a_loss_that_is_large_and_finite():
    answers = make_evaluation(labels=[0])
    answers.probabilities[:] = [0.0, 1.0, 0.0, 0.0]
    loss = evaluation.compute_metrics(answers)["cross_entropy"]
    assert 80 < loss < 90
    assert math.isfinite(loss)


def test_a_small_probability_counts_as_it_is():
    answers = make_evaluation(labels=[0])
    answers.probabilities[:] = [1e-20, 1.0, 0.0, 0.0]
    entropy = evaluation.compute_metrics(answers)["cross_entropy"]
    assert entropy == pytest.approx(20 * math.log(10), rel=1e-6)


def test_the_worst_answers_are_the_most_confident_of_the_wrong():
    answers = make_evaluation(labels=[0, 0, 0, 1, 1, 1])
    answers.probabilities[:] = [
        [0.90, 0.10, 0.0, 0.0],  # right
        [0.30, 0.70, 0.0, 0.0],
        [0.05, 0.95, 0.0, 0.0],  # the most confident mistake
        [0.70, 0.30, 0.0, 0.0],  # as confident as that of place 1, and after it
        [0.20, 0.80, 0.0, 0.0],  # right
        [0.60, 0.40, 0.0, 0.0],
    ]
    assert evaluation.find_worst_mistakes(answers).tolist() == [2, 1, 3, 5]
    assert evaluation.find_worst_mistakes(answers, most=2).tolist() == [2, 1]


def test_the_files_hold_every_answer(tmp_path):
    run, answers = RunFolder(tmp_path), make_evaluation()
    evaluation.write_evaluation(run, answers, evaluation.compute_metrics(answers))
    folder = tmp_path / "evaluation"
    assert sorted(path.name for path in folder.iterdir()) == [
        *("calibration.png", "confusion_matrix.png", "metrics.json", "mistakes.png"),
        *("per_class.csv", "predictions.csv"),
    ]
    rows = list(csv.DictReader(io.StringIO((folder / "predictions.csv").read_text())))
    assert list(rows[0]) == ["index", "true", "predicted", "p_cat", "p_dog", "p_eel", "p_fox"]
    assert len(rows) == 500
    assert [int(row["index"]) for row in rows] == answers.images.indices.tolist()
    assert [NAMES.index(row["true"]) for row in rows] == answers.images.labels.tolist()
    assert [NAMES.index(row["predicted"]) for row in rows] == answers.predictions.tolist()
    assert float(rows[7]["p_dog"]) == pytest.approx(answers.probabilities[7, 1], abs=1e-6)
    table = list(csv.DictReader(io.StringIO((folder / "per_class.csv").read_text())))
    assert list(table[0]) == ["class", "precision", "recall", "f1", "support"]
    assert [row["class"] for row in table] == list(NAMES)
    for name in ("calibration.png", "confusion_matrix.png", "mistakes.png"):
        with Image.open(folder / name) as picture:
            picture.load()


def test_a_network_without_mistakes_is_drawn_too(tmp_path):
    answers = make_evaluation(labels=[0, 1, 2, 3])
    answers.probabilities[:] = np.eye(4)
    figures = evaluation.compute_metrics(answers)
    assert figures["accuracy"] == 1.0
    evaluation.write_evaluation(RunFolder(tmp_path), answers, figures)
    assert (tmp_path / "evaluation/mistakes.png").exists()


def test_the_same_answers_give_the_same_bytes(tmp_path):
    answers = make_evaluation(count=40)
    for name in ("a", "b"):
        evaluation.write_evaluation(
            RunFolder(tmp_path / name / "run"), answers, evaluation.compute_metrics(answers)
        )
    for path in (tmp_path / "a").rglob("*.*"):
        assert path.read_bytes() == (tmp_path / "b" / path.relative_to(tmp_path / "a")).read_bytes()

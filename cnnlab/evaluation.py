"""A checkpoint against one split of its data: figures, tables and pictures."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path, PurePath
from typing import Any

import keras
import numpy as np

from cnnlab import checkpoint, plots
from cnnlab.calibration import calibration
from cnnlab.data.batches import in_order
from cnnlab.data.sources import Images
from cnnlab.data.splits import split_images
from cnnlab.data.views import VIEWS, as_it_is
from cnnlab.errors import CheckpointError
from cnnlab.plots import shortened
from cnnlab.run_folder import RunFolder
from cnnlab.spec.experiment import Spec
from cnnlab.spec.shapes import ends_in_softmax

SPLITS = ("test", "validation", "train")
TTA = {"shift": "mean over shifts", "flip": "mean with the mirror image"}
SHOWN_MISTAKES = 30
SMALLEST = float(np.finfo(np.float32).tiny)  # a probability of 0 is one that float32 cannot hold


@dataclass(frozen=True)
class Evaluation:
    """What a network answered: `probabilities` float32 (n, classes), for the images of a split."""

    split: str
    checkpoint: Path
    class_names: tuple[str, ...]
    images: Images
    probabilities: np.ndarray
    tta: str | None = None  # the views that the probabilities are a mean over; None: the image

    @property
    def name(self) -> str:
        """What its files are kept under: the split, and the views."""
        return f"{self.split}-{self.tta}" if self.tta else self.split

    @property
    def predicted(self) -> np.ndarray:
        """The most probable class of each image, int64 (n,)."""
        return np.asarray(self.probabilities.argmax(axis=1))


def evaluate(spec: Spec, path: Path, split: str = "test", tta: str | None = None) -> Evaluation:
    """The answers of the checkpoint at `path` for every image of `split`.

    Args:
        tta: `shift` or `flip`, to take the mean over such views of each image; None for itself.

    Raises:
        CheckpointError: the file does not fit its spec, or its answers overflow.
        DataError: the data is missing, or is not what the network was trained on.
    """
    return answers(spec, path, split_images(spec, split), split, tta)


def answers(
    spec: Spec, path: Path, images: Images, split: str, tta: str | None = None
) -> Evaluation:
    """Like `evaluate`, for the images of `split`, already read."""
    network = checkpoint.trained(spec, path)
    views = [
        probabilities(network.predict(in_order(images, spec.inputs, view), verbose=0), spec, path)
        for view in (VIEWS[tta] if tta else (as_it_is,))
    ]
    return Evaluation(split, path, spec.inputs.class_names, images, mean(views), tta)


def probabilities(outputs: np.ndarray, spec: Spec, path: Path) -> np.ndarray:
    """What a network put out as probabilities; raises CheckpointError if they are no numbers."""
    if not ends_in_softmax(spec.experiment.model):
        outputs = keras.ops.convert_to_numpy(keras.ops.softmax(outputs))
    if not np.isfinite(outputs).all():
        message = f"{path}: its answers are not finite numbers: the training had diverged"
        raise CheckpointError(message)
    return outputs


def mean(probabilities: Sequence[np.ndarray]) -> np.ndarray:
    """The mean of several answers, each float32 (n, classes); added up in float64."""
    total = probabilities[0].astype(np.float64)
    for one in probabilities[1:]:
        total += one
    return (total / len(probabilities)).astype(np.float32)


def metrics(evaluation: Evaluation) -> dict[str, Any]:
    """The figures of an evaluation, as plain data for metrics.json.

    `loss` is the mean cross-entropy in nats, without label smoothing or penalties on weights;
    `accuracy_interval` is Wilson's, at 95 %; `calibration` is what `cnnlab.calibration` says.
    """
    from sklearn.metrics import confusion_matrix, precision_recall_fscore_support

    labels, predicted = evaluation.images.labels, evaluation.predicted
    classes = range(len(evaluation.class_names))
    of_truth = evaluation.probabilities[np.arange(len(labels)), labels].astype(np.float64)
    right = int((predicted == labels).sum())
    scores = precision_recall_fscore_support(labels, predicted, labels=classes, zero_division=0)
    return {
        "split": evaluation.split,
        "tta": evaluation.tta,
        "images": len(labels),
        "loss": float(-np.log(np.maximum(of_truth, SMALLEST)).mean()),
        "accuracy": right / len(labels),
        "accuracy_interval": wilson_interval(right, len(labels)),
        "calibration": asdict(calibration(evaluation.probabilities, labels)),
        "per_class": [
            {
                "class": evaluation.class_names[index],
                "precision": float(precision),
                "recall": float(recall),
                "f1": float(f1),
                "support": int(support),
            }
            for index, (precision, recall, f1, support) in enumerate(zip(*scores, strict=True))
        ],
        "confusion_matrix": confusion_matrix(labels, predicted, labels=classes).tolist(),
    }


def wilson_interval(successes: int, trials: int) -> tuple[float, float]:
    """The 95 % interval of a share.

    Source: E. B. Wilson, "Probable inference, the law of succession, and statistical inference",
    JASA 22 (1927), equation 8.

    >>> [round(bound, 4) for bound in wilson_interval(99, 100)]
    [0.9455, 0.9982]
    """
    z = 1.959963984540054  # the normal distribution's 97.5 % point
    share = successes / trials
    centre = share + z * z / (2 * trials)
    spread = z * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    scale = 1 + z * z / trials
    return (max(0.0, (centre - spread) / scale), min(1.0, (centre + spread) / scale))


def write(run: RunFolder, evaluation: Evaluation, figures: dict[str, Any]) -> None:
    """Everything that evaluation/ holds for this split."""
    from cnnlab.plots.calibration import calibration
    from cnnlab.plots.confusion import confusion
    from cnnlab.plots.mistakes import mistakes

    folder, names = evaluation.name, evaluation.class_names
    about = _about(run, evaluation, figures)
    title = f"{about}: {figures['accuracy']:.2%} of {figures['images']:,} images right"
    picture = confusion(np.array(figures["confusion_matrix"]), names, title)
    wrong = worst(evaluation)
    captions = _captions(evaluation, wrong)
    count = int((evaluation.predicted != evaluation.images.labels).sum())
    shown = f"the {len(wrong)} most confident of {count:,} mistakes"
    if count <= len(wrong):
        shown = "mistakes, the most confident first"
    grid = mistakes(evaluation.images.images[wrong], captions, f"{about}: {shown}")
    run.write_evaluation(folder, "per_class.csv", _csv(figures["per_class"]))
    run.write_evaluation(folder, "predictions.csv", _csv(_predictions(evaluation)))
    run.write_evaluation(folder, "confusion_matrix.png", plots.png(picture))
    run.write_evaluation(folder, "mistakes.png", plots.png(grid))
    found = figures["calibration"]
    title = f"{about}: {found['confidence']:.2%} sure on average, expected calibration error "
    title += f"{found['expected_calibration_error']:.2%}"
    diagram = calibration(found["bins"], title)
    run.write_evaluation(folder, "calibration.png", plots.png(diagram))
    run.write_metrics(folder, figures)


def _about(run: RunFolder, evaluation: Evaluation, figures: dict[str, Any]) -> str:
    """Whose answers the pictures show, and to what."""
    members = f"mean of {len(figures['members'])} members" if "members" in figures else ""
    views = TTA[evaluation.tta] if evaluation.tta else ""
    return ", ".join(filter(None, (run.name, members, evaluation.split, views)))


def worst(evaluation: Evaluation, most: int = SHOWN_MISTAKES) -> np.ndarray:
    """The places of wrong answers, the most confident first, at most `most` of them."""
    wrong = np.flatnonzero(evaluation.predicted != evaluation.images.labels)
    confidence = evaluation.probabilities[wrong].max(axis=1)
    return wrong[np.argsort(-confidence, kind="stable")][:most]


def _captions(evaluation: Evaluation, places: np.ndarray) -> list[str]:
    """What each image is called, its class, and the answer."""
    names, files = evaluation.class_names, evaluation.images.files
    captions = []
    for place in places.tolist():
        called = f"#{evaluation.images.indices[place]}"
        if files:
            called = shortened(f"{called} {PurePath(files[place]).name}")
        truth = names[evaluation.images.labels[place]]
        predicted = evaluation.predicted[place]
        probability = evaluation.probabilities[place, predicted]
        captions.append(f"{called}\ntrue {truth}\nanswer {names[predicted]}, {probability:.1%}")
    return captions


def _predictions(evaluation: Evaluation) -> list[dict[str, Any]]:
    """One row for each image; of a folder, with its file."""
    names, files = evaluation.class_names, evaluation.images.files
    rows = zip(
        evaluation.images.indices.tolist(),
        evaluation.images.labels.tolist(),
        evaluation.predicted.tolist(),
        evaluation.probabilities.tolist(),
        strict=True,
    )
    answers = [
        {"index": index, "true": names[label], "predicted": names[answer]}
        | {f"p_{name}": f"{share:.6f}" for name, share in zip(names, shares, strict=True)}
        for index, label, answer, shares in rows
    ]
    return [row | {"file": f} for row, f in zip(answers, files, strict=True)] if files else answers


def _csv(rows: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()

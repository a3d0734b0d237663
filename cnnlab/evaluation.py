"""Evaluate a checkpoint on the images of one split, and write metrics, tables and pictures."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from pathlib import Path, PurePath
from typing import Any

import numpy as np

from cnnlab import checkpoint, plots
from cnnlab.counts import format_count
from cnnlab.data.batches import batch_in_order
from cnnlab.data.datasets import Images
from cnnlab.data.run_splits import read_split
from cnnlab.data.test_time_augmentation import VIEWS, keep_view
from cnnlab.evaluation_metrics import Evaluation, Loss, compute_metrics, compute_wilson_interval
from cnnlab.loss import build_loss
from cnnlab.plots import shorten_name
from cnnlab.probabilities import average_probabilities, to_probabilities
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.run_folder import RunFolder
from cnnlab.spec.experiment import Spec
from cnnlab.spec.figures import describe_loss
from cnnlab.spec.shape_checks import find_output_activation

SPLITS = ("test", "validation", "train")
TTA = {"shift": "mean over shifts", "flip": "mean with the mirror image"}
SHOWN_MISTAKES = 30

Step = Callable[..., tuple[tf.Tensor, tf.Tensor]]

__all__ = [
    "SHOWN_MISTAKES",
    "SPLITS",
    "TTA",
    "Evaluation",
    "Loss",
    "compute_metrics",
    "compute_wilson_interval",
    "evaluate_checkpoint",
    "evaluate_images",
    "find_worst_mistakes",
    "write_evaluation",
]


def evaluate_checkpoint(
    spec: Spec, path: Path, split: str = "test", tta: str | None = None
) -> Evaluation:
    """Evaluate the checkpoint at `path` on every image of `split`.

    Args:
        tta: `shift` or `flip` averages the probabilities over shifted or mirrored copies of each
            image; None uses each image alone.

    Raises:
        CheckpointError: the weights in the file do not fit the network's description in the file,
            or the network's outputs are not finite.
        DataError: the data is missing, or is not the data that the network was trained on.
    """
    return evaluate_images(spec, path, read_split(spec, split), split, tta)


def evaluate_images(
    spec: Spec, path: Path, images: Images, split: str, tta: str | None = None
) -> Evaluation:
    """Evaluate the checkpoint at `path` on `images`, the images of `split`."""
    network = checkpoint.load_trained(spec, path)
    loss, views = None, []
    copies = [
        batch_in_order(images, spec.inputs, view) for view in (VIEWS[tta] if tta else (keep_view,))
    ]
    if spec.inputs.fingerprint:
        network.compile(loss=build_loss(spec.experiment), jit_compile=False)
        step = _build_step(network, copies[0].element_spec)
    for batches in copies:
        if spec.inputs.fingerprint:
            outputs, value = _compute_outputs(step, batches)
            loss = None if tta else Loss(value, describe_loss(spec.experiment))
        else:  # another program trained the network, with an unknown loss
            outputs = network.predict(batches, verbose=0)
        views.append(to_probabilities(outputs, spec, path))
    adds_up = find_output_activation(spec.experiment.model) != "sigmoid" or outputs.shape[1] == 1
    names, shares = spec.inputs.class_names, average_probabilities(views)
    return Evaluation(split, path, names, images, shares, tta, loss, adds_up)


def _build_step(network: keras.Model, batch_spec: Any) -> Step:
    """Build a function that computes the outputs of a compiled network and the loss for a batch.

    The loss is computed as in validation during training. If the network ends in a softmax, Keras
    computes the loss from the inputs of the softmax, because its outputs can be rounded to 0.
    """

    def step(*batch: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
        images, labels, *weights = batch
        outputs = network(images, training=False)
        weight = weights[0] if weights else None
        return outputs, network.compute_loss(images, labels, outputs, weight, training=False)

    compiled: Step = tf.function(step, input_signature=batch_spec, autograph=False)
    return compiled


def _compute_outputs(step: Step, batches: tf.data.Dataset) -> tuple[np.ndarray, float]:
    """Compute the outputs of a network for all batches, and the mean loss over all images."""
    outputs, total, count = [], 0.0, 0
    for batch in batches:
        computed, loss = step(*batch)
        outputs.append(computed.numpy())
        total += float(loss) * len(computed)
        count += len(computed)
    return np.concatenate(outputs), total / count


def write_evaluation(run: RunFolder, evaluation: Evaluation, figures: dict[str, Any]) -> None:
    """Write tables, pictures and metrics into the folder evaluation/ of a run."""
    from cnnlab.plots.calibration import draw_calibration
    from cnnlab.plots.confusion import draw_confusion_matrix
    from cnnlab.plots.mistakes import draw_mistakes

    folder, names = evaluation.name, evaluation.class_names
    about = _format_title(run, evaluation, figures)
    title = f"{about}: accuracy {figures['accuracy']:.2%} on "
    title += format_count(figures["images"], "image")
    picture = draw_confusion_matrix(np.array(figures["confusion_matrix"]), names, title)
    wrong = find_worst_mistakes(evaluation)
    captions = _write_captions(evaluation, wrong)
    count = int((evaluation.predictions != evaluation.images.labels).sum())
    shown = f"the {len(wrong)} most confident of {count:,} mistakes"
    if count <= len(wrong):
        shown = "mistakes, the most confident first"
    grid = draw_mistakes(evaluation.images.images[wrong], captions, f"{about}: {shown}")
    run.write_evaluation(folder, "per_class.csv", _to_csv(figures["per_class"]))
    run.write_evaluation(folder, "predictions.csv", _to_csv(_list_predictions(evaluation)))
    run.write_evaluation(folder, "confusion_matrix.png", plots.to_png(picture))
    run.write_evaluation(folder, "mistakes.png", plots.to_png(grid))
    measured = figures["calibration"]
    title = f"{about}: mean confidence {measured['confidence']:.2%}, expected calibration error "
    title += f"{measured['expected_calibration_error']:.2%}"
    diagram = draw_calibration(measured["bins"], title)
    run.write_evaluation(folder, "calibration.png", plots.to_png(diagram))
    run.write_metrics(folder, figures)


def _format_title(run: RunFolder, evaluation: Evaluation, figures: dict[str, Any]) -> str:
    """Build a title from a run, its number of networks, the split and the copies of the images."""
    members = f"mean of {len(figures['members'])} members" if "members" in figures else ""
    views = TTA[evaluation.tta] if evaluation.tta else ""
    return ", ".join(filter(None, (run.name, members, evaluation.split, views)))


def find_worst_mistakes(evaluation: Evaluation, most: int = SHOWN_MISTAKES) -> np.ndarray:
    """Find the wrongly classified images, with the most confident mistakes first.

    Returns the indices of at most `most` images.
    """
    wrong = np.flatnonzero(evaluation.predictions != evaluation.images.labels)
    # Rounded as in predictions.csv, from which a report finds the same places.
    confidence = evaluation.probabilities[wrong].max(axis=1).astype(np.float64).round(6)
    return wrong[np.argsort(-confidence, kind="stable")][:most]


def _write_captions(evaluation: Evaluation, places: np.ndarray) -> list[str]:
    """Write a caption for each image in `places`, with the name, true class and predicted class."""
    names, files = evaluation.class_names, evaluation.images.files
    captions = []
    for place in places.tolist():
        name = f"#{evaluation.images.indices[place]}"
        if files:
            name = shorten_name(f"{name} {PurePath(files[place]).name}")
        truth = names[evaluation.images.labels[place]]
        predicted = evaluation.predictions[place]
        probability = evaluation.probabilities[place, predicted]
        captions.append(f"{name}\ntrue {truth}\nanswer {names[predicted]}, {probability:.1%}")
    return captions


def _list_predictions(evaluation: Evaluation) -> list[dict[str, Any]]:
    """Build a row of predictions.csv for each image; for a folder, a row has the file's name."""
    names, files = evaluation.class_names, evaluation.images.files
    rows = zip(
        evaluation.images.indices.tolist(),
        evaluation.images.labels.tolist(),
        evaluation.predictions.tolist(),
        evaluation.probabilities.tolist(),
        strict=True,
    )
    answers = [
        {"index": index, "true": names[label], "predicted": names[answer]}
        | {f"p_{name}": f"{share:.6f}" for name, share in zip(names, shares, strict=True)}
        for index, label, answer, shares in rows
    ]
    return [row | {"file": f} for row, f in zip(answers, files, strict=True)] if files else answers


def _to_csv(rows: Sequence[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()

"""Read images of a run for the page of the lab, and prepare pictures as `predict` does."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from cnnlab.errors import RunError, UsageError

if TYPE_CHECKING:
    import numpy as np

    from cnnlab.api.run import Run
    from cnnlab.data.datasets import Images
    from cnnlab.run_folder import Predictions

MOST_IMAGES = 100  # in one answer


@dataclass(frozen=True)
class ImageChoice:
    """Which images of a split to read: one of the three ways.

    `index` is the index of one image in the data set, from 0. `cell` is a cell of the confusion
    matrix: a true class and a predicted class, from 0. `random` is a number of random images, which
    are the same for the same `seed`.
    """

    split: str = "test"
    index: int | None = None
    cell: tuple[int, int] | None = None
    random: int | None = None
    seed: int = 0

    def __post_init__(self) -> None:
        if self.split not in ("test", "validation", "train"):
            raise UsageError(f"{self.split}: no such split; expected test, validation or train")


def read_run_images(run: Run, choice: ImageChoice) -> dict[str, Any]:
    """Read images of a run's data as plain data; this loads no TensorFlow.

    Returns:
        `count`: the number of all images that fit. `images`: at most 100 of them, each with its
        index in the data set, its true class `truth`, `pixels` (uint8 as Base64) and `shape`
        (height, width, channels). `prediction` is the predicted class of the evaluation, and
        `confidence` its probability; both are None if the split has not been evaluated, and the
        probability also if the evaluation of a right answer does not tell it.

    Raises:
        UsageError: there is no such image, or the run belongs to a sweep that is not finished.
        RunError: a cell is chosen, but the run has not been evaluated on the split.
        DataError: the data is missing, or is not the data that the network was trained on.
    """
    from cnnlab.run_folder import format_spec
    from cnnlab.run_folder.untouched_test_set import require_finished_sweep

    if choice.split == "test":
        require_finished_sweep(run.path, "--split validation")
    predictions = _read_predictions(run, choice.split)
    images = _read_images(format_spec(run.spec), choice.split)
    indices = images.indices.tolist()
    chosen = _choose_indices(choice, indices, predictions, run)
    shown = chosen[:MOST_IMAGES]
    answers = _find_answers(predictions, shown)
    places = {index: place for place, index in enumerate(indices)}
    class_names = run.spec.inputs.class_names
    return {
        "count": len(chosen),
        "images": [
            {
                "index": index,
                "truth": class_names[images.labels[places[index]]],
                **answer,
                **encode_pixels(images.images[places[index]]),
            }
            for index, answer in zip(shown, answers, strict=True)
        ],
    }


@lru_cache(maxsize=2)
def _read_images(spec_text: str, split: str) -> Images:
    """Read a split, and keep it: unpacking the images of MNIST takes 0.2 s."""
    from cnnlab.data.run_splits import read_split
    from cnnlab.run_folder import parse_spec

    return read_split(parse_spec(spec_text.encode(), "spec.json"), split)


def _read_predictions(run: Run, split: str) -> Predictions | None:
    """Read the predictions of the present weights; None if these are not evaluated on the split."""
    evaluated = run.folder.read_metrics(split) is not None
    return run.folder.read_predictions(split) if evaluated else None


def _choose_indices(
    choice: ImageChoice, indices: Sequence[int], predictions: Predictions | None, run: Run
) -> list[int]:
    """Return the indices of the chosen images; `indices` has those of the whole split."""
    if choice.cell is not None:
        if predictions is None:
            remedy = f"evaluate it first: cnnlab evaluate {run.path}"
            raise RunError(f"{run.path}: not evaluated on the {choice.split} split; {remedy}")
        return _find_cell(choice.cell, predictions, run.spec.inputs.class_names)
    if choice.random is not None:
        return _choose_at_random(indices, choice.random, choice.seed)
    index = indices[0] if choice.index is None else choice.index
    if index not in indices:
        raise UsageError(f"{index}: the {choice.split} split has no image with this index")
    return [index]


def _find_cell(
    cell: tuple[int, int], predictions: Predictions, class_names: Sequence[str]
) -> list[int]:
    """Return the indices of the images in one cell of the confusion matrix."""
    if not all(0 <= number < len(class_names) for number in cell):
        raise UsageError(f"there is no such cell; the last class is {len(class_names) - 1}")
    pair = tuple(class_names[number] for number in cell)
    rows = zip(predictions.index, predictions.true, predictions.predicted, strict=True)
    return [index for index, *answer in rows if tuple(answer) == pair]


def _choose_at_random(indices: Sequence[int], count: int, seed: int) -> list[int]:
    import numpy as np

    from cnnlab.seeds import derive_seed

    if not 1 <= count <= MOST_IMAGES:
        raise UsageError(f"random: choose a number from 1 to {MOST_IMAGES}")
    random = np.random.default_rng(derive_seed(seed, "images to show"))
    return [indices[place] for place in sorted(random.permutation(len(indices))[:count].tolist())]


def _find_answers(predictions: Predictions | None, indices: Sequence[int]) -> list[dict[str, Any]]:
    """Find the prediction and its probability for images, by their index in the data set."""
    if predictions is None:
        return [{"prediction": None, "confidence": None}] * len(indices)
    rows = {index: row for row, index in enumerate(predictions.index)}
    found = [rows.get(index) for index in indices]
    return [
        {
            "prediction": None if row is None else predictions.predicted[row],
            "confidence": None if row is None else predictions.mistakes.get(row),
        }
        for row in found
    ]


def prepare_picture(run: Run, data: bytes) -> list[dict[str, Any]]:
    """Prepare the picture in the bytes of an image file for a run's network, as `predict` does.

    Returns an entry for each digit in the picture, or one for the whole picture: `pixels` (uint8 as
    Base64), `shape`, and `notes`, sentences about what cnnlab changed.

    Raises:
        DataError: the bytes are no picture that cnnlab reads, or show no digit.
    """
    from cnnlab.data.image_files import decode_image
    from cnnlab.data.image_preparation import prepare_parts

    parts = prepare_parts(decode_image(data), run.spec)
    return [{**encode_pixels(pixels), "notes": list(notes)} for pixels, notes in parts]


def encode_pixels(pixels: np.ndarray) -> dict[str, Any]:
    """Encode an image, uint8 (height, width, channels), as text with its shape."""
    import numpy as np

    array = np.ascontiguousarray(pixels, np.uint8)
    return {"pixels": base64.b64encode(array.tobytes()).decode(), "shape": list(array.shape)}

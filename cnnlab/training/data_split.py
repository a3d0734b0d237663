"""Read the images of an experiment, and split off its validation images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cnnlab.data import datasets
from cnnlab.data.datasets import Images
from cnnlab.data.duplicates import (
    describe_shared_images,
    describe_small_classes,
    digest_images,
)
from cnnlab.errors import DataError
from cnnlab.run_folder import RunFolder
from cnnlab.seeds import derive_seed
from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import Inputs, Spec, is_folder
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.progress import Progress


@dataclass(frozen=True)
class DataSplit:
    """The training and validation images, and `inputs`: their shape, scaling and classes.

    `notes` has sentences about the data that the user should read before the training.
    """

    inputs: Inputs
    training: Images
    validation: Images
    notes: tuple[str, ...] = ()


def read_data_split(config: Config, progress: Progress, interrupt: Interrupt) -> DataSplit:
    """Read the training images of an experiment, and hold out its validation images."""

    def report_reading(done: int, total: int) -> None:
        interrupt.check()
        progress.reading(done, total)

    experiment = config.experiment
    images = datasets.read_training_images(experiment.data, report_reading)
    split_seed = derive_seed(experiment.validation_seed, "validation")
    training, validation = datasets.split_off_validation(
        images, experiment.data.validation, split_seed
    )
    test = (
        None if is_folder(experiment.data.dataset) else datasets.read_test_images(experiment.data)
    )
    inputs = datasets.build_inputs(experiment.data, config.info, images, training, test)
    notes = (*config.info.notes, *_write_notes(config, images, training, validation, test))
    for note in notes:
        progress.note(note)
    return DataSplit(inputs, training, validation, notes)


def _write_notes(
    config: Config, images: Images, training: Images, validation: Images, test: Images | None
) -> Iterator[str]:
    """Yield a sentence about images in several splits, and one about very small classes.

    `test` is None for a folder, whose test images were read with the training images.
    """
    pixels = images.images
    if test is None and not isinstance(pixels, np.ndarray):
        digests, test_digests = pixels.digests, pixels.other_digests
    else:
        assert test is not None
        digests, test_digests = (
            digest_images(datasets.iterate_chunks(one.images)) for one in (images, test)
        )
    yield from describe_shared_images(
        digests[training.indices], digests[validation.indices], test_digests
    )
    yield from describe_small_classes(config.info.class_names, training.labels)


def require_same_images(run: RunFolder, split: DataSplit) -> None:
    """Raise DataError unless the training images are those with which the run started."""
    if keep_test_fingerprint(run, split).inputs != run.read_spec().inputs:
        raise DataError(
            f"{run.path}: its training images have changed since it started; put the old ones "
            "back, or train a new run on the new ones"
        )


def keep_test_fingerprint(run: RunFolder, split: DataSplit) -> DataSplit:
    """Return `split` with the test fingerprint from the first training of the run.

    The fingerprint that a run records of its test images does not change when the run resumes.
    """
    known = {"test_fingerprint": run.read_spec().inputs.test_fingerprint}
    return replace(split, inputs=split.inputs.model_copy(update=known))


def describe_data(spec: Spec, split: DataSplit) -> dict[str, Any]:
    """Build the data section of run.json."""
    return {
        "dataset": spec.experiment.data.dataset,
        "training_images": len(split.training.labels),
        "validation_images": len(split.validation.labels),
        "fingerprint": spec.inputs.fingerprint,
        "test_fingerprint": spec.inputs.test_fingerprint,
        "notes": [*split.notes],
    }

"""Read the training images of an experiment, and split them into training and validation."""

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
from cnnlab.data.pixel_statistics import iterate_chunks
from cnnlab.data.validation_split import split_training_images
from cnnlab.errors import DataError
from cnnlab.run_folder import RunFolder
from cnnlab.seeds import derive_seed
from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.progress import Progress


@dataclass(frozen=True)
class DataSplit:
    """The training and validation images; `inputs` has the images' shape, scaling and classes.

    `notes` has sentences about the data that the user should read before the training.
    """

    inputs: Inputs
    training: Images
    validation: Images
    notes: tuple[str, ...] = ()


def read_data_split(config: Config, progress: Progress, interrupt: Interrupt) -> DataSplit:
    """Read the training images of an experiment, and reserve some of them for validation."""

    def report_reading(done: int, total: int) -> None:
        interrupt.check()
        progress.reading(done, total)

    experiment = config.experiment
    images = datasets.read_training_images(experiment.data, report_reading)
    split_seed = derive_seed(experiment.validation_seed, "validation")
    training, validation = split_training_images(
        images, experiment.data, config.info.training_images, split_seed
    )
    test = None if config.info.is_folder else datasets.read_test_images(experiment.data)
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
            digest_images(iterate_chunks(one.images)) for one in (images, test)
        )
    yield from describe_shared_images(
        digests[training.indices], digests[validation.indices], test_digests
    )
    yield from describe_small_classes(config.info.class_names, training.labels)


def require_same_images(run: RunFolder, split: DataSplit) -> None:
    """Raise DataError if the training images have changed since the run started."""
    if keep_first_measurements(run, split).inputs != run.read_spec().inputs:
        raise DataError(
            f"{run.path}: the training images have changed since this run started; restore the "
            "old images, or train a new run on the new images"
        )


def keep_first_measurements(run: RunFolder, split: DataSplit) -> DataSplit:
    """Return `split` with the test fingerprint and the look that the run recorded at its start.

    A run that resumes does not change this fingerprint (SHA-256). On another machine, the look may
    differ in the last digit.
    """
    inputs = run.read_spec().inputs
    known = {"test_fingerprint": inputs.test_fingerprint, "look": inputs.look}
    return replace(split, inputs=split.inputs.model_copy(update=known))


def describe_data(spec: Spec, split: DataSplit) -> dict[str, Any]:
    """Build the section `data` of run.json: the data set, image counts and fingerprints."""
    return {
        "dataset": spec.experiment.data.dataset,
        "training_images": len(split.training.labels),
        "validation_images": len(split.validation.labels),
        "fingerprint": spec.inputs.fingerprint,
        "test_fingerprint": spec.inputs.test_fingerprint,
        "notes": [*split.notes],
    }

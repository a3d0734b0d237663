"""Read the images of an experiment, and split off its validation images."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from cnnlab.data import datasets
from cnnlab.data.datasets import Images
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
    """The training and validation images, and `inputs`: their shape, scaling and classes."""

    inputs: Inputs
    training: Images
    validation: Images


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
    inputs = datasets.build_inputs(experiment.data, config.info, images, training)
    return DataSplit(inputs, training, validation)


def require_same_images(run: RunFolder, split: DataSplit) -> None:
    """Raise DataError unless the training images are those with which the run started."""
    if keep_first_measurements(run, split).inputs != run.read_spec().inputs:
        raise DataError(
            f"{run.path}: its training images have changed since it started; put the old ones "
            "back, or train a new run on the new ones"
        )


def keep_first_measurements(run: RunFolder, split: DataSplit) -> DataSplit:
    """Return `split` with the test fingerprint and the look from the first training of the run.

    What a run records of its test images does not change when the run resumes. On another machine,
    the look may differ in its last digit.
    """
    inputs = run.read_spec().inputs
    known = {"test_fingerprint": inputs.test_fingerprint, "look": inputs.look}
    return replace(split, inputs=split.inputs.model_copy(update=known))


def describe_data(spec: Spec, split: DataSplit) -> dict[str, Any]:
    """Build the data section of run.json."""
    return {
        "dataset": spec.experiment.data.dataset,
        "training_images": len(split.training.labels),
        "validation_images": len(split.validation.labels),
        "fingerprint": spec.inputs.fingerprint,
        "test_fingerprint": spec.inputs.test_fingerprint,
    }

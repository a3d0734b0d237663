"""The images of an experiment, read and split before it is trained."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from cnnlab.data import sources
from cnnlab.data.sources import Images
from cnnlab.errors import DataError
from cnnlab.run_folder import Run
from cnnlab.seeds import seed
from cnnlab.spec.experiment import Inputs, Spec
from cnnlab.spec.reader import Config
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.progress import Progress


@dataclass(frozen=True)
class Prepared:
    """The images on both sides of the split, and what a network must know of them."""

    inputs: Inputs
    kept: Images
    held_out: Images


def prepare(config: Config, progress: Progress, interrupt: Interrupt) -> Prepared:
    """Read and split the data of an experiment."""

    def told(done: int, total: int) -> None:
        interrupt.check()
        progress.reading(done, total)

    data = config.spec.data
    everything = sources.training_images(data, told)
    split_seed = seed(config.spec.validation_seed, "validation")
    kept, held_out = sources.split(everything, data.validation, split_seed)
    return Prepared(sources.inputs(data, config.info, everything, kept), kept, held_out)


def require_same_images(run: Run, data: Prepared) -> None:
    """Raise DataError unless the training images are those that the run began with."""
    if data.inputs != run.read_spec().inputs:
        raise DataError(
            f"{run.path}: its training images are not those that it began with; put these back, "
            "or train a run of its own on the new ones"
        )


def described(spec: Spec, data: Prepared) -> dict[str, Any]:
    """What run.json says of the data."""
    return {
        "dataset": spec.experiment.data.dataset,
        "training_images": len(data.kept.labels),
        "validation_images": len(data.held_out.labels),
        "fingerprint": spec.inputs.fingerprint,
    }

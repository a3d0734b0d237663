"""A run's images: those of one split, held to what its spec says of them."""

from __future__ import annotations

from collections.abc import Sequence

from cnnlab.data import sources
from cnnlab.data.sources import Images
from cnnlab.errors import DataError
from cnnlab.seeds import seed
from cnnlab.spec.experiment import Inputs, Spec


def split_images(spec: Spec, split: str) -> Images:
    """The images of `split`: test, validation or train; raises DataError if they do not fit."""
    data, inputs = spec.experiment.data, spec.inputs
    info = sources.describe(data)
    _compare(info.image_shape, info.class_names, inputs, data.dataset)
    if split == "test":
        return sources.test_images(data)
    everything = sources.training_images(data)
    if sources.fingerprint(everything) != inputs.fingerprint:
        message = f"{data.dataset}: its training images are not those of the run"
        raise DataError(f"{message}; put the old ones back, or evaluate --split test")
    root_seed = seed(spec.experiment.validation_seed, "validation")
    kept, held_out = sources.split(everything, data.validation, root_seed)
    if split == "validation" and not data.validation:
        raise DataError("the run held no images out (`validation: 0`); use --split test or train")
    return held_out if split == "validation" else kept


def _compare(shape: tuple[int, ...], class_names: Sequence[str], inputs: Inputs, name: str) -> None:
    if shape != inputs.image_shape or len(class_names) != len(inputs.class_names):
        raise DataError(
            f"{name}: images {shape} of {len(class_names)} classes, but the network was trained on "
            f"{inputs.image_shape} of {len(inputs.class_names)}; put the old ones back"
        )
    if tuple(class_names) != inputs.class_names:
        pairs = zip(class_names, inputs.class_names, strict=True)
        new, old = next(pair for pair in pairs if pair[0] != pair[1])
        message = f"{name}: a class is called {new}, where the network was trained on {old}"
        raise DataError(f"{message}; put the old folders back")

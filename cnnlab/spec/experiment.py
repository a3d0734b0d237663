"""The whole experiment, and the checks that involve several of its sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from cnnlab.counts import format_count
from cnnlab.spec.augmentation import AugmentationList
from cnnlab.spec.kinds import Listed, Section, pair_of
from cnnlab.spec.layer_groups import MAX_LAYERS, AnyLayer
from cnnlab.spec.training import Monitoring, TopKAccuracy, Training
from cnnlab.spec.unicode_paths import find_path
from cnnlab.spec.wording import suggest_word

CONFIG_ENDINGS = (".yaml", ".yml")
BUNDLED_DATASETS = ("mnist", "fashion_mnist")
MAX_IMAGE_SIDE = 1024


_NOT_IN_PATHS = re.compile("[\0\ud800-\udfff]")
FEWEST_MEMBERS, MOST_MEMBERS = 2, 100  # members of an ensemble
_WRONG_COUNT = "an ensemble has too few or too many networks"
MAX_SEED = 2**31 - 1

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


def list_following_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Return `count` consecutive seeds that start with `seed`; 0 follows the largest seed.

    >>> list_following_seeds(7, 3)
    (7, 8, 9)
    """
    return tuple((seed + step) % (MAX_SEED + 1) for step in range(count))


def _expand_seeds(value: Any, info: ValidationInfo) -> Any:
    """Turn the number of networks in an ensemble into that many consecutive seeds.

    The first seed is that of the experiment. A list of seeds stays as it is.
    """
    if isinstance(value, int) and not isinstance(value, bool):
        if not FEWEST_MEMBERS <= value <= MOST_MEMBERS:
            raise PydanticCustomError("members", _WRONG_COUNT)
        return list_following_seeds(info.data.get("seed", 0), value)
    if isinstance(value, list) and not FEWEST_MEMBERS <= len(value) <= MOST_MEMBERS:
        raise PydanticCustomError("members", _WRONG_COUNT)
    return tuple(value) if isinstance(value, list) else value


def _require_different(seeds: tuple[int, ...]) -> tuple[int, ...]:
    twice = sorted({seed for seed in seeds if seeds.count(seed) > 1})
    if twice:
        raise PydanticCustomError("twice", "a seed occurs more than once", {"seeds": twice})
    return seeds


Members = Annotated[
    tuple[Seed, ...],
    BeforeValidator(_expand_seeds),
    AfterValidator(_require_different),
    Field(json_schema_extra={"x-members": True}),
]


def is_folder(dataset: str) -> bool:
    """Return whether the name of a data set means a folder of images; no file is read.

    >>> is_folder("photos/"), is_folder("photos"), is_folder("own/digits.npz")
    (True, False, False)
    """
    return "/" in dataset and not dataset.endswith(".npz")


def _require_known_dataset(dataset: str) -> str:
    own = dataset.endswith(".npz") or is_folder(dataset)
    if dataset in BUNDLED_DATASETS or (own and not _NOT_IN_PATHS.search(dataset)):
        return dataset
    raise PydanticCustomError("dataset", "no data set has this name")


class Data(Section):
    """The section `data`: the data set, its splits, and how its images are prepared."""

    dataset: Annotated[str, AfterValidator(_require_known_dataset)] = Field(
        "mnist",
        min_length=1,
        max_length=1024,
        description="mnist, fashion_mnist, an .npz file, or a folder with one folder of images for "
        "each class (photos/, with a slash); a relative path starts at the config's folder",
    )
    image_size: pair_of(1, MAX_IMAGE_SIDE) | None = Field(  # type: ignore[valid-type]
        None,
        description="for a folder: size of all images after resizing; a number or [height, width]",
    )
    color_mode: Literal["rgb", "grayscale"] | None = Field(
        None, description="for a folder: the colours of all images; rgb by default"
    )
    test: float | None = Field(
        None,
        gt=0,
        le=0.9,
        description="for a folder without train/ and test/: share of each class for the test set",
    )
    validation: float = Field(
        0.1, ge=0, le=0.9, description="share of the training images of each class, for validation"
    )
    validation_seed: Seed | None = Field(
        None, description="chooses the validation images; by default the seed of the experiment"
    )
    batch_size: int = Field(32, ge=1, le=65_536, description="images in one training step")
    scaling: Literal["unit", "standard"] = Field(
        "unit",
        description="unit: from 0 to 1; standard: mean 0, variance 1 over the training images",
    )
    augment: AugmentationList = Field(
        (), max_length=20, description="random changes of training images, in this order"
    )


def resolve_paths(data: Data, folder: Path) -> Data:
    """Make the path of a data set absolute, relative to `folder`; set the default color mode."""
    if data.dataset in BUNDLED_DATASETS:
        return data
    path = Path(data.dataset)
    try:
        absolute = find_path((folder / path.expanduser()).resolve())
    except (
        RuntimeError,
        OSError,
    ):  # an unknown user, or circular links: a later check reports a missing file
        absolute = folder.absolute() / path
    color_mode = data.color_mode or ("rgb" if is_folder(data.dataset) else None)
    return data.model_copy(update={"dataset": str(absolute), "color_mode": color_mode})


class Experiment(Section):
    """The validated content of a config: everything that a run needs."""

    name: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        description="the names of the runs start with it; by default the name of the file",
    )
    seed: Seed = Field(0, description="seed of all random numbers")
    ensemble: Members | None = Field(
        None, description="how many networks, or their seeds; the ensemble predicts their mean"
    )
    data: Data = Field(
        Data(), description="the data set, its splits, and how its images are prepared"
    )
    model: Annotated[tuple[AnyLayer, ...], Listed] = Field(
        min_length=1, max_length=MAX_LAYERS, description="the layers, first to last"
    )
    training: Training = Field(Training(), description="how the network is trained")

    @property
    def validation_seed(self) -> int:
        """The seed that chooses the validation images."""
        own = self.data.validation_seed
        return self.seed if own is None else own


@dataclass(frozen=True)
class DatasetInfo:
    """A data set: `image_shape` is (height, width, channels), `notes` are sentences for users."""

    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training_images: int
    test_images: int
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        return len(self.class_names)


class Inputs(Section):
    """The images that a trained network expects, their scaling, and their classes.

    The network gets (image − mean) / deviation for each channel of an image of uint8 numbers.
    """

    image_shape: Annotated[tuple[int, int, int], Listed] = Field(
        description="height, width, channels"
    )
    class_names: Annotated[tuple[str, ...], Listed] = Field(
        min_length=2, description="the classes, in the order of the labels"
    )
    mean: Annotated[tuple[float, ...], Listed] = Field(
        description="subtracted from each channel, from 0 to 255"
    )
    deviation: Annotated[tuple[float, ...], Listed] = Field(
        description="divides each channel, over 0"
    )
    fingerprint: str = Field(description="SHA-256 of the training images and labels")
    test_fingerprint: str = Field(
        "", description="SHA-256 of the test images and labels, or of their files; empty: unknown"
    )


class Spec(Section):
    """Everything that rebuilds a trained network; run folders and checkpoints contain it."""

    experiment: Experiment
    inputs: Inputs


@dataclass(frozen=True)
class Problem:
    """A fault in a config whose line is not known yet; `location` is the list of keys to it.

    `at_key` is true if the fault points at the key, and false if it points at the value.
    """

    location: tuple[str | int, ...]
    message: str
    expected: str = ""
    hint: str = ""
    at_key: bool = True


def find_training_problems(
    data: Data, training: Training, info: DatasetInfo | None
) -> Iterator[Problem]:
    """Find metrics and callbacks that occur twice or do not fit, and contradictory clipping."""
    names = ["loss", *(metric.name for metric in training.metrics)]
    figures = list(dict.fromkeys(names))
    figures += [f"val_{name}" for name in figures] if data.validation else []
    where: tuple[Any, ...]
    for index, callback in enumerate(training.callbacks):
        where = ("training", "callbacks", index, callback.kind)
        if callback.kind in [other.kind for other in training.callbacks[:index]]:
            yield Problem(
                where, f"the callback `{callback.kind}` occurs twice", "each callback once"
            )
        if isinstance(callback, Monitoring) and callback.monitor not in figures:
            yield _describe_missing_figure(callback, where, figures, data.validation)
    for index, metric in enumerate(training.metrics):
        where = ("training", "metrics", index, metric.kind)
        if metric.name in names[1 : index + 1]:
            yield Problem(where, f"the metric `{metric.name}` occurs twice", "each metric once")
        if isinstance(metric, TopKAccuracy) and info and metric.k > info.classes:
            message = f"k is {metric.k}, but the data has {format_count(info.classes, 'class')}"
            yield Problem(where, message, f"at most {info.classes}")
    clips = ["clipnorm", "clipvalue", "global_clipnorm"]
    set_clips = [name for name in clips if getattr(training.optimizer, name) is not None]
    if len(set_clips) > 1:
        where = ("training", "optimizer", training.optimizer.kind, set_clips[1])
        message = f"`{set_clips[0]}` and `{set_clips[1]}` are both set"
        yield Problem(where, message, "only one way of clipping gradients", "keep one of the two")


def _describe_missing_figure(
    callback: Monitoring, where: tuple[Any, ...], figures: list[str], validation: float
) -> Problem:
    message = f"`{callback.monitor}` is monitored, but there is no such metric"
    hint = suggest_word(callback.monitor, figures)
    if callback.monitor.startswith("val_") and not validation:
        message += " with `validation: 0`"
        hint = "set `data.validation` to 0.1, or monitor `loss`"
    return Problem((*where, "monitor"), message, "one of " + ", ".join(figures), hint, at_key=False)


def find_folder_problems(data: Data) -> Iterator[Problem]:
    """Find data fields that need a folder of images, and a folder without `image_size`."""
    if is_folder(data.dataset):
        if data.image_size is None:
            message = "a folder of images needs `image_size`"
            hint = "write `image_size: 64`, or `[48, 64]` for height and width"
            yield Problem(("data", "dataset"), message, "one size for all images", hint)
        return
    for name in ("image_size", "color_mode", "test"):
        if getattr(data, name) is not None:
            message = f"`{name}` has no effect on {data.dataset}"
            expected = "a folder of images as `dataset`"
            yield Problem(("data", name), message, expected, f"leave `{name}` out")


def find_split_problems(data: Data, info: DatasetInfo) -> Iterator[Problem]:
    """Find a validation share that leaves fewer images than classes in one split."""
    if not data.validation:
        return
    held_out = round(info.training_images * data.validation)
    if min(held_out, info.training_images - held_out) < info.classes:
        yield Problem(
            ("data", "validation"),
            f"`validation: {data.validation}` is {held_out:,} of {info.training_images:,} images",
            f"at least {info.classes} images, one per class, for validation and for training",
            at_key=False,
        )

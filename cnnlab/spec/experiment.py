"""The whole experiment, and the checks that involve several of its sections."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from cnnlab.spec.augmentation import AugmentationList
from cnnlab.spec.kinds import Listed, Section, pair_of
from cnnlab.spec.layer_groups import MAX_LAYERS, AnyLayer
from cnnlab.spec.training import Monitoring, TopKAccuracy, Training
from cnnlab.spec.wording import suggest_word

BUNDLED_DATASETS = ("mnist", "fashion_mnist")
MAX_IMAGE_SIDE = 1024


_NOT_IN_PATHS = re.compile("[\0\ud800-\udfff]")
FEWEST_MEMBERS, MOST_MEMBERS = 2, 100  # members of an ensemble
MAX_SEED = 2**31 - 1

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


def list_following_seeds(seed: int, count: int) -> tuple[int, ...]:
    """`seed` and the seeds after it, `count` in all; 0 follows the largest.

    >>> list_following_seeds(7, 3)
    (7, 8, 9)
    """
    return tuple((seed + step) % (MAX_SEED + 1) for step in range(count))


def _expand_seeds(value: Any, info: ValidationInfo) -> Any:
    """Keep a list of seeds; turn a number of members into seeds from the experiment's seed on."""
    if isinstance(value, int) and not isinstance(value, bool):
        if not FEWEST_MEMBERS <= value <= MOST_MEMBERS:
            raise PydanticCustomError("members", "not a number of members")
        return list_following_seeds(info.data.get("seed", 0), value)
    if isinstance(value, list) and not FEWEST_MEMBERS <= len(value) <= MOST_MEMBERS:
        raise PydanticCustomError("members", "not a number of members")
    return tuple(value) if isinstance(value, list) else value


def _require_different(seeds: tuple[int, ...]) -> tuple[int, ...]:
    twice = sorted({seed for seed in seeds if seeds.count(seed) > 1})
    if twice:
        raise PydanticCustomError("twice", "seeds that stand twice", {"seeds": twice})
    return seeds


Members = Annotated[
    tuple[Seed, ...],
    BeforeValidator(_expand_seeds),
    AfterValidator(_require_different),
    Field(json_schema_extra={"x-members": True}),
]


def is_folder(dataset: str) -> bool:
    """Whether a data set is a folder of images, by its name alone.

    >>> is_folder("photos/"), is_folder("photos"), is_folder("own/digits.npz")
    (True, False, False)
    """
    return "/" in dataset and not dataset.endswith(".npz")


def _require_known_dataset(dataset: str) -> str:
    own = dataset.endswith(".npz") or is_folder(dataset)
    if dataset in BUNDLED_DATASETS or (own and not _NOT_IN_PATHS.search(dataset)):
        return dataset
    raise PydanticCustomError("dataset", "not a data set")


class Data(Section):
    """Which images, and how they reach the network."""

    dataset: Annotated[str, AfterValidator(_require_known_dataset)] = Field(
        "mnist",
        min_length=1,
        max_length=1024,
        description="mnist, fashion_mnist, an .npz file, or a folder with one folder of images for "
        "each class (photos/, with a slash); paths from the config's folder",
    )
    image_size: pair_of(1, MAX_IMAGE_SIDE) | None = Field(  # type: ignore[valid-type]
        None, description="for a folder: all images are resized to it; a number, or two"
    )
    color_mode: Literal["rgb", "grayscale"] | None = Field(
        None, description="for a folder; rgb by default"
    )
    test: float | None = Field(
        None,
        gt=0,
        le=0.9,
        description="for a folder without train/ and test/: share of each class for the test",
    )
    validation: float = Field(
        0.1, ge=0, le=0.9, description="share of the training images held out, stratified"
    )
    validation_seed: Seed | None = Field(
        None, description="decides which images are held out; by default the seed of the experiment"
    )
    batch_size: int = Field(32, ge=1, le=65_536, description="images in one step")
    scaling: Literal["unit", "standard"] = Field(
        "unit", description="unit: [0, 1]; standard: mean 0, variance 1 over the training images"
    )
    augment: AugmentationList = Field(
        (), max_length=20, description="random changes of training images, in this order"
    )


def resolve_paths(data: Data, folder: Path) -> Data:
    """Make the path of the data absolute, from the config's folder, and set the default colours."""
    if data.dataset in BUNDLED_DATASETS:
        return data
    path = Path(data.dataset)
    try:
        absolute = (folder / path.expanduser()).resolve()
    except (
        RuntimeError,
        OSError,
    ):  # an unknown user, or circular links: reported as a missing file later
        absolute = folder.absolute() / path
    color_mode = data.color_mode or ("rgb" if is_folder(data.dataset) else None)
    return data.model_copy(update={"dataset": str(absolute), "color_mode": color_mode})


class Experiment(Section):
    """The validated experiment: everything that a run needs."""

    name: str = Field(
        min_length=1,
        max_length=64,
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$",
        description="the first part of the names of runs; by default the name of the file",
    )
    seed: Seed = Field(0, description="all randomness follows from it")
    ensemble: Members | None = Field(
        None, description="how many networks, or their seeds; the answer is their mean"
    )
    data: Data = Field(Data(), description="which images, and how they reach the network")
    model: Annotated[tuple[AnyLayer, ...], Listed] = Field(
        min_length=1, max_length=MAX_LAYERS, description="the layers, first to last"
    )
    training: Training = Field(Training(), description="how the network is trained")

    @property
    def validation_seed(self) -> int:
        """The seed of the validation split."""
        own = self.data.validation_seed
        return self.seed if own is None else own


@dataclass(frozen=True)
class DatasetInfo:
    """The description of a data set: `image_shape` is (height, width, channels)."""

    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training_images: int
    test_images: int

    @property
    def classes(self) -> int:
        return len(self.class_names)


class Inputs(Section):
    """What a trained network must know about its data.

    An image of uint8 numbers reaches the network as (image − mean) / deviation, per channel.
    """

    image_shape: Annotated[tuple[int, int, int], Listed] = Field(
        description="height, width, channels"
    )
    class_names: Annotated[tuple[str, ...], Listed] = Field(
        min_length=2, description="in label order"
    )
    mean: Annotated[tuple[float, ...], Listed] = Field(description="per channel, from 0 to 255")
    deviation: Annotated[tuple[float, ...], Listed] = Field(description="per channel, over 0")
    fingerprint: str = Field(description="SHA-256 of the training images and labels")
    test_fingerprint: str = Field(
        "", description="SHA-256 of the test images and labels, or of their files; empty: unknown"
    )


class Spec(Section):
    """Everything that rebuilds a trained network: spec.json, and a member of each checkpoint."""

    experiment: Experiment
    inputs: Inputs


@dataclass(frozen=True)
class Problem:
    """A fault with its path; its line is found later. `at_key`: at the key, not at the value."""

    location: tuple[str | int, ...]
    message: str
    expected: str = ""
    hint: str = ""
    at_key: bool = True


def find_training_problems(
    data: Data, training: Training, info: DatasetInfo | None
) -> Iterator[Problem]:
    """Find figures that will not exist, and entries that occur twice."""
    names = ["loss", *(metric.name for metric in training.metrics)]
    figures = list(dict.fromkeys(names))
    figures += [f"val_{name}" for name in figures] if data.validation else []
    where: tuple[Any, ...]
    for index, callback in enumerate(training.callbacks):
        where = ("training", "callbacks", index, callback.kind)
        if callback.kind in [other.kind for other in training.callbacks[:index]]:
            yield Problem(where, f"`{callback.kind}` is here again", "each callback once")
        if isinstance(callback, Monitoring) and callback.monitor not in figures:
            yield _describe_missing_figure(callback, where, figures, data.validation)
    for index, metric in enumerate(training.metrics):
        where = ("training", "metrics", index, metric.kind)
        if metric.name in names[1 : index + 1]:
            yield Problem(where, f"the metric `{metric.name}` is here again", "each metric once")
        if isinstance(metric, TopKAccuracy) and info and metric.k > info.classes:
            message = f"k is {metric.k}, but the data has {info.classes} classes"
            yield Problem(where, message, f"k up to {info.classes}")
    clips = ["clipnorm", "clipvalue", "global_clipnorm"]
    set_clips = [name for name in clips if getattr(training.optimizer, name) is not None]
    if len(set_clips) > 1:
        where = ("training", "optimizer", training.optimizer.kind, set_clips[1])
        message = f"`{set_clips[0]}` and `{set_clips[1]}` are both set"
        yield Problem(where, message, "one way of clipping", "keep one of the two")


def _describe_missing_figure(
    callback: Monitoring, where: tuple[Any, ...], figures: list[str], validation: float
) -> Problem:
    message = f"`{callback.monitor}` is monitored, but it will not exist"
    hint = suggest_word(callback.monitor, figures)
    if callback.monitor.startswith("val_") and not validation:
        message += " with `validation: 0`"
        hint = "set `data.validation` to 0.1, or monitor `loss`"
    return Problem((*where, "monitor"), message, "one of " + ", ".join(figures), hint, at_key=False)


def find_folder_problems(data: Data) -> Iterator[Problem]:
    """Find fields that only a folder of images has, and required fields that it lacks."""
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
    """Find a validation share that leaves fewer images than classes on one side."""
    if not data.validation:
        return
    held_out = round(info.training_images * data.validation)
    if min(held_out, info.training_images - held_out) < info.classes:
        yield Problem(
            ("data", "validation"),
            f"{data.validation} of {info.training_images:,} training images is {held_out:,}",
            f"at least {info.classes} images, one per class, on each side of the split",
            at_key=False,
        )

"""Define the experiment, which a config describes, and check its sections against each other."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo
from pydantic_core import PydanticCustomError

from cnnlab.spec.augmentation import AugmentationList
from cnnlab.spec.class_weights import ClassWeights
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.kinds import Listed, NumberOrWord, Section, pair_of
from cnnlab.spec.layer_groups import MAX_LAYERS, AnyLayer
from cnnlab.spec.training import Training
from cnnlab.spec.unicode_paths import find_path

CONFIG_ENDINGS = (".yaml", ".yml")
IMAGE_ENDINGS = (".png", ".jpg", ".jpeg", ".jfif", ".webp", ".bmp", ".gif", ".tif", ".tiff")
BUNDLED_DATASETS = ("mnist", "fashion_mnist")
MAX_IMAGE_SIDE = 1024
_NOT_IN_PATHS = re.compile("[\0\ud800-\udfff]")
FEWEST_MEMBERS, MOST_MEMBERS = 2, 100  # members of an ensemble
_WRONG_COUNT = "an ensemble has too few or too many networks"
MAX_SEED = 2**31 - 1

Seed = Annotated[int, Field(ge=0, le=MAX_SEED)]


def list_following_seeds(seed: int, count: int) -> tuple[int, ...]:
    """Return `count` consecutive seeds from `seed` on; 0 follows the largest seed.

    >>> list_following_seeds(7, 3)
    (7, 8, 9)
    """
    return tuple((seed + step) % (MAX_SEED + 1) for step in range(count))


def _expand_seeds(value: Any, info: ValidationInfo) -> Any:
    """Replace the number of networks in an ensemble by as many consecutive seeds.

    The first seed is the seed of the experiment. A list of seeds does not change.
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


# A data set whose name has a dot, a slash or this ending is a file or a folder.
_PATH = re.compile(r"[./]|-ubyte$")
FROM_DATASET = "from_dataset"
MOST_HELD_OUT = 0.9  # the largest share of images for the validation or for the test


def is_path(dataset: str) -> bool:
    """Return whether the name of a data set means a file or a folder; no file is read.

    >>> is_path("photos/"), is_path("photos"), is_path("digits.npz")
    (True, False, True)
    """
    return dataset not in BUNDLED_DATASETS and bool(_PATH.search(dataset))


def is_array_file(name: str) -> bool:
    """Return whether the name of a file says that it holds the images of a data set.

    >>> is_array_file("train-images-idx3-ubyte.gz"), is_array_file("seven.png")
    (True, False)
    """
    return name.lower().removesuffix(".gz").endswith((".npz", ".csv", "-ubyte"))


def _require_known_dataset(dataset: str) -> str:
    if dataset in BUNDLED_DATASETS or (is_path(dataset) and not _NOT_IN_PATHS.search(dataset)):
        return dataset
    raise PydanticCustomError("dataset", "no data set has this name")


ValidationShare = Annotated[
    float | Literal["from_dataset"], NumberOrWord(FROM_DATASET, float, 0, MOST_HELD_OUT)
]


class Data(Section):
    """The section `data`: the data set, its splits, and how its images are prepared."""

    dataset: Annotated[str, AfterValidator(_require_known_dataset)] = Field(
        "mnist",
        min_length=1,
        max_length=1024,
        description="mnist, fashion_mnist, a file (.npz, .csv or IDX), or a folder (photos/, with "
        "a slash) with one folder of images for each class; a relative path starts at the config's "
        "folder",
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
        le=MOST_HELD_OUT,
        description="for data without test images: share of each class for the test set",
    )
    validation: ValidationShare = Field(
        0.1,
        description="share of the training images of each class, for validation; validation images "
        "of the data set replace it",
    )
    validation_seed: Seed | None = Field(
        None, description="chooses the validation images; by default the seed of the experiment"
    )
    transpose: bool | None = Field(
        None,
        description="for images in a file: exchange the rows and columns of each, as EMNIST needs",
    )
    batch_size: int = Field(32, ge=1, le=65_536, description="images in one training step")
    scaling: Literal["unit", "standard"] = Field(
        "unit",
        description="unit: from 0 to 1; standard: mean 0, variance 1 over the training images",
    )
    class_weight: ClassWeights | None = Field(
        None,
        description="balanced: the weight of a class is n / (classes · its images) over the n "
        "training images; or a weight for each named class, and 1 for the others",
    )
    augment: AugmentationList = Field(
        (), max_length=20, description="random changes of training images, in this order"
    )


def resolve_paths(data: Data, folder: Path) -> Data:
    """Resolve the path of a data set against `folder`."""
    if data.dataset in BUNDLED_DATASETS:
        return data
    path = Path(data.dataset)
    try:
        absolute = find_path((folder / path.expanduser()).resolve())
    except (RuntimeError, OSError):
        # An unknown user, or circular links: a later check reports a missing file.
        absolute = folder.absolute() / path
    return data.model_copy(update={"dataset": str(absolute)})


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
    """The size and the classes of a data set; `image_shape` is (height, width, channels).

    `validation_images` counts those that come with the data set. `is_folder` is true for a folder
    of image files. `test_share` is the share of each class that became the test set, or None if the
    data set has a test set. `notes` are sentences that the user should read.
    """

    image_shape: tuple[int, int, int]
    class_names: tuple[str, ...]
    training_images: int
    test_images: int
    validation_images: int = 0
    is_folder: bool = False
    test_share: float | None = None
    notes: tuple[str, ...] = ()

    @property
    def classes(self) -> int:
        return len(self.class_names)


class Spec(Section):
    """All settings that rebuild a trained network; each run folder and checkpoint has them."""

    experiment: Experiment
    inputs: Inputs


@dataclass(frozen=True)
class Problem:
    """A fault in a config without a line number; `location` has the keys that lead to the fault.

    `at_key` is true if the message points at the key, and false if it points at the value.
    """

    location: tuple[str | int, ...]
    message: str
    expected: str = ""
    hint: str = ""
    at_key: bool = True

"""Define the facts about a run that a diagnosis uses, and the findings of the diagnosis."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cnnlab.run_folder import Record
from cnnlab.spec.experiment import Experiment
from cnnlab.spec.schedules import Schedule

Row = Mapping[str, float]


@dataclass(frozen=True)
class Finding:
    """A finding of the diagnosis: a title, a sentence with the numbers behind it, and advice."""

    title: str
    evidence: str
    advice: str = ""


@dataclass(frozen=True)
class SilentMapCount:
    """How many feature maps of a layer are never above 0 for any of `images` test images."""

    layer: str  # the name of the layer in the report: layer 2 (conv)
    maps: int
    silent: int
    images: int


@dataclass(frozen=True)
class KernelChange:
    """The relative change of a layer's kernel in training: norm of the change / initial norm."""

    layer: str
    share: float


@dataclass(frozen=True)
class MajorityComparison:
    """The accuracy of a network on the test images, and that of always predicting one class.

    `class_name` is the class with the most test images, and `share` is the share of test images in
    this class, which always predicting the class would get right. `is_uneven` says that the largest
    class has more than twice the images of the smallest class.
    """

    accuracy: float
    class_name: str
    share: float
    is_uneven: bool


@dataclass(frozen=True)
class RunEvidence:
    """All facts about a run that a diagnosis uses.

    `history` has at least one row of history.csv.
    """

    history: Sequence[Row]
    record: Record
    experiment: Experiment
    image_shape: tuple[int, int, int]
    classes: int
    silent: Sequence[SilentMapCount] = ()
    moved: Sequence[KernelChange] = ()
    majority: MajorityComparison | None = None

    @property
    def guessing_loss(self) -> float:
        """The loss if all classes have the same probability, in nats: ln(classes)."""
        return math.log(self.classes)

    @property
    def has_validation(self) -> bool:
        return "val_loss" in self.history[0]

    @property
    def entropy_name(self) -> str:
        """The name of the cross-entropy in sentences, `loss` if the loss is the cross-entropy."""
        return "cross-entropy" if "cross_entropy" in self.history[0] else "loss"

    @property
    def entropies(self) -> list[float]:
        """The cross-entropy of each epoch on training images, without other terms of the loss."""
        return self.values(self.entropy_name.replace("-", "_"))

    @property
    def validation_entropies(self) -> list[float]:
        """The cross-entropy on the validation images in each epoch."""
        return self.values(f"val_{self.entropy_name}".replace("-", "_"))

    @property
    def steps(self) -> int | None:
        """The number of batches that trained the network; None if the run does not say."""
        images = self.record.data.get("training_images")
        if not isinstance(images, int):
            return None
        return -(-images // self.experiment.data.batch_size) * len(self.history)

    def values(self, name: str) -> list[float]:
        return [row[name] for row in self.history]

    def rate(self) -> str:
        """The highest learning rate of the config, as text."""
        rate = self.experiment.training.optimizer.learning_rate
        return f"{rate.highest:g}" if isinstance(rate, Schedule) else f"{rate:g}"

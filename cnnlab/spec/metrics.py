"""Define the metrics of an epoch, and whether smaller or larger values are better."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnlab.spec.kinds import Kind, OneOf


class Metric(Kind):
    """A metric that cnnlab reports for each epoch."""

    @property
    def name(self) -> str:
        """The name of the metric in history.csv and in `monitor`."""
        return self.kind


class Accuracy(Metric):
    """The share of images whose most probable class is the true class."""

    kind: ClassVar[str] = "accuracy"


class TopKAccuracy(Metric):
    """The share of images whose true class is among the k most probable classes."""

    kind: ClassVar[str] = "top_k_accuracy"
    main: ClassVar[str | None] = "k"
    k: int = Field(5, ge=1, le=1000, description="how many of the most probable classes count")

    @property
    def name(self) -> str:
        return f"top_{self.k}_accuracy"


class CrossEntropyMetric(Metric):
    """The plain cross-entropy, which every epoch has, even if the loss has other terms."""

    kind: ClassVar[str] = "cross_entropy"


METRICS: tuple[type[Metric], ...] = (Accuracy, TopKAccuracy, CrossEntropyMetric)
AnyMetric = Annotated[Metric, OneOf(*METRICS)]


def find_direction(figure: str) -> Literal["min", "max"]:
    """Return `min` if smaller values of a metric or loss are better, and `max` otherwise.

    >>> find_direction("val_loss"), find_direction("top_5_accuracy")
    ('min', 'max')
    """
    return "max" if figure.endswith("accuracy") else "min"

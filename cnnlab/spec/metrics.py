"""The metrics of an epoch, under Keras's names, and which of their values are the better ones."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from cnnlab.spec.kinds import Kind, OneOf


class Metric(Kind):
    """A figure that is reported for each epoch."""

    @property
    def name(self) -> str:
        """The name of the figure in history.csv and in `monitor`."""
        return self.kind


class Accuracy(Metric):
    """Share of the images whose most probable class is the true one."""

    kind: ClassVar[str] = "accuracy"


class TopKAccuracy(Metric):
    """Share of the images whose true class is among the k most probable."""

    kind: ClassVar[str] = "top_k_accuracy"
    main: ClassVar[str | None] = "k"
    k: int = Field(5, ge=1, le=1000, description="how many of the most probable classes count")

    @property
    def name(self) -> str:
        return f"top_{self.k}_accuracy"


class CrossEntropyMetric(Metric):
    """The cross-entropy alone; a figure of each epoch also where the loss has other terms."""

    kind: ClassVar[str] = "cross_entropy"


METRICS: tuple[type[Metric], ...] = (Accuracy, TopKAccuracy, CrossEntropyMetric)
AnyMetric = Annotated[Metric, OneOf(*METRICS)]


def find_direction(figure: str) -> Literal["min", "max"]:
    """Say whether a smaller or a larger value of a figure is better.

    >>> find_direction("val_loss"), find_direction("top_5_accuracy")
    ('min', 'max')
    """
    return "max" if figure.endswith("accuracy") else "min"

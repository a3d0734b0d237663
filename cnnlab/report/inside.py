"""What the network looks like inside: the figures and the counts that a report takes from there."""

from __future__ import annotations

from dataclasses import dataclass

from cnnlab.report.diagnosis import Silent
from cnnlab.report.material import Material


@dataclass(frozen=True)
class Inside:
    """A picture of the inside, as a PNG; `caption` says what is shown, and its scale."""

    title: str
    png: bytes
    caption: str


def figures_of_the_inside(material: Material) -> list[Inside]:
    """Kernels trained and untrained, and the feature maps of one image."""
    return []


def silent_maps(material: Material) -> list[Silent]:
    """How many maps of each convolution never fire."""
    return []

"""What the network looks like inside: the figures and the counts that a report takes from there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab import plots
from cnnlab.data.sources import Images, take
from cnnlab.explain import kernels, maps
from cnnlab.explain.inside import Inside, opened
from cnnlab.explain.stages import Stage, stages
from cnnlab.plots.kernels import kernels as drawn_kernels
from cnnlab.plots.maps import Layer, overview
from cnnlab.report.diagnosis import Silent
from cnnlab.report.material import Material

COUNTED = 1000  # test images in which maps that never fire are looked for


@dataclass(frozen=True)
class Opened:
    """A run's network after training and before it, and the test images that it is asked about.

    `untrained` is None if its checkpoint is not there any longer. `silences` are the maps that
    never fire in these images, in the order of `stages`.
    """

    trained: Inside
    untrained: Inside | None
    images: Images
    stages: list[Stage]
    silences: list[maps.Silence]


@dataclass(frozen=True)
class Shown:
    """A picture of the inside, as a PNG; `caption` says what is shown, and its scale."""

    title: str
    png: bytes
    caption: str


def opened_run(material: Material, test: Images) -> Opened:
    """The networks of a run that is no ensemble.

    Raises:
        CheckpointError: a checkpoint is damaged, or does not fit the spec.
    """
    run, initial = material.run, material.run.checkpoint_path("initial")
    untrained = opened(material.spec, initial) if initial.exists() else None
    some = take(test, np.arange(min(COUNTED, len(test.labels))))
    trained, shown = opened(material.spec, run.find_trained_checkpoint()), stages(material.spec)
    silences = maps.silent(trained, shown, some) if shown else []
    return Opened(trained, untrained, some, shown, silences)


def silent_maps(inside: Opened) -> list[Silent]:
    """How many maps of each convolution never fire, where a rectifier makes that mean something."""
    return [
        Silent(f"layer {stage.number} ({stage.kind})", one.channels, len(one.maps), count)
        for stage, one in zip(inside.stages, inside.silences, strict=True)
        if stage.has_kernels and one.maps is not None and (count := len(inside.images.labels))
    ]


def figures_of_the_inside(inside: Opened, name: str) -> list[Shown]:
    """Kernels trained and untrained, and the feature maps of the first test image."""
    spec, shown = inside.trained.spec, inside.stages
    convolutions = [stage for stage in shown if stage.has_kernels]
    found = []
    if convolutions and inside.untrained:
        stage = convolutions[0]
        trained, untrained = (
            kernels.kernels(network, stage) for network in (inside.trained, inside.untrained)
        )
        figure = drawn_kernels(trained, untrained, f"{name}, {stage.name}")
        caption = (
            f"All weights of the first convolution: {_figures(trained)} after training, "
            f"{_figures(untrained)} before it."
        )
        found.append(Shown("Kernels, trained and untrained", plots.png(figure), caption))
    if shown:
        image = inside.images.images[0]
        seen = maps.feature_maps(inside.trained, shown, image)
        layers = [
            Layer(stage.title, {"trained": seen[stage.name]}, {"trained": one.maps})
            for stage, one in zip(shown, inside.silences, strict=True)
        ]
        counted = f"the first {len(inside.images.labels):,} test images"
        figure = overview(layers, image, f"{name}, test image 0", counted)
        truth = spec.inputs.class_names[inside.images.labels[0]]
        caption = f"What the layers make of the first test image, which is {truth}."
        found.append(Shown("Feature maps of one image", plots.png(figure), caption))
    return found


def _figures(weights: np.ndarray) -> str:
    figures = kernels.statistics(weights)
    return f"mean {figures.mean:.4f}, standard deviation {figures.standard_deviation:.4f}"

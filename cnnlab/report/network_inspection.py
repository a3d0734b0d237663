"""Compute the kernels, feature maps, silent maps and kernel changes of a network for its report."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cnnlab.data.datasets import Images, select_images
from cnnlab.explain import feature_maps, kernels
from cnnlab.explain.layers_with_maps import MapLayer, list_map_layers
from cnnlab.explain.network_outputs import NetworkOutputs, open_checkpoint
from cnnlab.plots.feature_maps import LayerMaps
from cnnlab.quiet_tensorflow import keras
from cnnlab.report.evidence import KernelChange, SilentMapCount
from cnnlab.report.report_data import ReportData
from cnnlab.run_folder import find_trained_checkpoint

COUNTED_IMAGES = 1000  # test images over which silent maps are counted


@dataclass(frozen=True)
class OpenedRun:
    """The network of a run before and after training, and the test images for its feature maps.

    `untrained` is None if the initial checkpoint is missing. `stages` lists the layers with feature
    maps, and `silences` lists the silent maps (never above 0) of each of these layers.
    """

    trained: NetworkOutputs
    untrained: NetworkOutputs | None
    images: Images
    stages: list[MapLayer]
    silences: list[feature_maps.SilentMaps]


@dataclass(frozen=True)
class NetworkView:
    """The kernels of the first convolution, and the feature maps of an image, for a report.

    `kernels` has the kernels after and before training, each with the shape (height, width, input
    channels, kernels); None without a convolution or an initial checkpoint. `image` is uint8
    (height, width, channels), and `truth` is its class. `layers` has the maps of each layer.
    `counted` is the number of test images over which silent maps are counted.
    """

    kernels: tuple[np.ndarray, np.ndarray] | None
    image: np.ndarray
    truth: str
    layers: list[LayerMaps]
    counted: int


def open_run(material: ReportData, test: Images) -> OpenedRun:
    """Open the trained and the untrained network of a run that is not an ensemble.

    Raises:
        CheckpointError: a checkpoint is damaged, or does not fit the spec.
    """
    run, initial = material.run, material.run.checkpoint_path("initial")
    untrained = open_checkpoint(material.spec, initial) if initial.exists() else None
    some = select_images(test, np.arange(min(COUNTED_IMAGES, len(test.labels))))
    trained, shown = (
        open_checkpoint(material.spec, find_trained_checkpoint(run)),
        list_map_layers(material.spec),
    )
    silences = feature_maps.find_silent_maps(trained, shown, some) if shown else []
    return OpenedRun(trained, untrained, some, shown, silences)


def count_silent_maps(inside: OpenedRun) -> list[SilentMapCount]:
    """Count the feature maps that are never above 0 after each convolution with a rectifier."""
    return [
        SilentMapCount(f"layer {stage.number} ({stage.kind})", one.channels, len(one.maps), count)
        for stage, one in zip(inside.stages, inside.silences, strict=True)
        if stage.has_kernels and one.maps is not None and (count := len(inside.images.labels))
    ]


def view_inside(inside: OpenedRun) -> NetworkView:
    """Read the trained and untrained kernels, and compute the maps of the first test image."""
    spec, shown = inside.trained.spec, inside.stages
    image, label = inside.images.images[0], inside.images.labels[0]
    both = None
    convolutions = [stage for stage in shown if stage.has_kernels]
    if convolutions and inside.untrained:
        networks = (inside.trained, inside.untrained)
        trained, untrained = (kernels.read_kernels(one, convolutions[0]) for one in networks)
        both = (trained, untrained)
    layers = []
    if shown:
        maps = feature_maps.compute_feature_maps(inside.trained, shown, image)
        layers = [
            LayerMaps(stage.title, {"trained": maps[stage.name]}, {"trained": one.maps})
            for stage, one in zip(shown, inside.silences, strict=True)
        ]
    truth, counted = spec.inputs.class_names[label], len(inside.images.labels)
    return NetworkView(both, image, truth, layers, counted)


def measure_kernel_changes(untrained: keras.Model, trained: keras.Model) -> list[KernelChange]:
    """Measure how far training changed each kernel: |trained − untrained| / |untrained|.

    The norms are Euclidean. The result has no entry for a kernel whose initial weights are all 0.
    """
    after = _collect_kernels(trained)
    return [
        KernelChange(name, float(np.linalg.norm(after[name] - before) / length))
        for name, before in _collect_kernels(untrained).items()
        if (length := np.linalg.norm(before))
    ]


def _collect_kernels(network: keras.Model) -> dict[str, np.ndarray]:
    """Return the kernels of each layer as one flat array, under a key such as `layer 2 (conv)`."""
    kernels = {}
    for layer in network.layers:
        parts = [np.ravel(w.numpy()) for w in layer.weights if w.name.endswith("kernel")]
        if parts:
            kind, _, number = layer.name.rpartition("_")
            kernels[f"layer {number} ({kind})"] = np.concatenate(parts)
    return kernels

"""Compute kernels, maps, Grad-CAM and occlusion of a run, and save the pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnnlab import plots
from cnnlab.counts import format_count
from cnnlab.data.datasets import select_images
from cnnlab.errors import CheckpointError
from cnnlab.explain import feature_maps, grad_cam, kernels, layers_with_maps, occlusion
from cnnlab.explain.explained_image import ExplainedImage
from cnnlab.explain.layers_with_maps import MapLayer
from cnnlab.explain.network_outputs import NetworkOutputs, open_checkpoint
from cnnlab.explain.request import PREDICTED, TRUE
from cnnlab.explain.request_checks import CheckedRequest
from cnnlab.plots import class_evidence as drawn_evidence
from cnnlab.plots import feature_maps as drawn_maps
from cnnlab.plots import kernels as drawn_kernels

COUNTED_IMAGES = 1000  # test images that decide which maps are silent
Report = Callable[[str], None]


@dataclass
class _Explanation:
    """The data of an explanation in progress; `figures` collects the results for JSON."""

    checked_request: CheckedRequest
    report: Report
    network: NetworkOutputs
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def run_name(self) -> str:
        return self.checked_request.run.name

    def open_untrained(self) -> NetworkOutputs:
        run, spec = self.checked_request.run, self.checked_request.spec
        return open_checkpoint(spec, run.checkpoint_path("initial"))

    def write(self, name: str, figure: Figure) -> None:
        self.checked_request.run.write_explanation(name, plots.to_png(figure))
        self.figures["written"].append(str(self.checked_request.run.explanation_folder / name))


@dataclass(frozen=True)
class _AnsweredImage:
    """The explained image, with the predicted class and the probability of this class."""

    subject: ExplainedImage
    predicted: int
    probability: float
    class_names: tuple[str, ...]

    @property
    def description(self) -> str:
        answer = f"answer {self.name(self.predicted)} ({self.probability:.1%})"
        if self.subject.label is None:
            return f"{self.subject.name}: {answer}"
        return f"{self.subject.name}: true {self.name(self.subject.label)}, {answer}"

    def name(self, label: int) -> str:
        return plots.shorten_name(self.class_names[label])


def write_explanation(checked_request: CheckedRequest, report: Report) -> dict[str, Any]:
    """Save the requested pictures in explain/, and return the results as plain data.

    Args:
        report: a function that gets a line of text before each picture is computed.

    Raises:
        CheckpointError: a checkpoint is missing or damaged, or its outputs are not finite.
    """
    explanation = _Explanation(
        checked_request, report, open_checkpoint(checked_request.spec, checked_request.checkpoint)
    )
    explanation.figures |= {
        "run": str(checked_request.run.path),
        "checkpoint": str(checked_request.checkpoint),
        "note": checked_request.note,
        "written": [],
    }
    parts = checked_request.request.parts
    if "kernels" in parts:
        _explain_kernels(explanation)
    if checked_request.subject is not None:
        answer = _answer_image(explanation, checked_request.subject)
        if "maps" in parts:
            _explain_maps(explanation, answer)
        if "grad-cam" in parts:
            _explain_grad_cam(explanation, answer)
        if "occlusion" in parts:
            _explain_occlusion(explanation, answer)
    written = explanation.figures.pop("written")  # the last key, since it is read last
    return explanation.figures | {"written": written}


def _answer_image(explanation: _Explanation, subject: ExplainedImage) -> _AnsweredImage:
    network, names = explanation.network, explanation.checked_request.spec.inputs.class_names
    outputs = network.model(network.probabilities)(network.scale(subject.image[np.newaxis]))
    probabilities = np.asarray(outputs, np.float32)[0]
    if not np.isfinite(probabilities).all():
        message = "the outputs of this network are NaN or infinite: the training had diverged"
        raise CheckpointError(f"{explanation.checked_request.checkpoint}: {message}")
    predicted = int(probabilities.argmax())
    explanation.figures["image"] = {
        "name": subject.name,
        "index": subject.index,
        "true": None if subject.label is None else names[subject.label],
        "predicted": names[predicted],
        "probability": float(probabilities[predicted]),
    }
    return _AnsweredImage(subject, predicted, float(probabilities[predicted]), names)


def _explain_kernels(explanation: _Explanation) -> None:
    stage = explanation.checked_request.request.kernels
    assert stage is not None
    explanation.report(f"kernels of {stage.name}, trained and untrained")
    trained, untrained = (
        kernels.read_kernels(network, stage)
        for network in (explanation.network, explanation.open_untrained())
    )
    explanation.figures["kernels"] = {
        "layer": stage.name,
        "shape": list(trained.shape),
        "trained": kernels.compute_statistics(trained).to_dict(),
        "untrained": kernels.compute_statistics(untrained).to_dict(),
    }
    described = kernels.describe_kernels(stage.kind, trained.shape)
    title = f"{explanation.run_name}, {stage.name}: {described}"
    explanation.write(
        f"kernels-{stage.name}.png", drawn_kernels.draw_kernels(trained, untrained, title)
    )


def _explain_maps(explanation: _Explanation, answer: _AnsweredImage) -> None:
    test = explanation.checked_request.test
    assert test is not None
    there = layers_with_maps.list_map_layers(explanation.checked_request.spec)
    some = select_images(test, np.arange(min(COUNTED_IMAGES, len(test.labels))))
    counted = feature_maps.describe_counted_images(len(some.labels), len(test.labels))
    shown = format_count(len(there), "layer")
    explanation.report(f"maps of {shown}, and which maps are never above 0 in {counted}")
    sides = {"trained": explanation.network}
    if explanation.checked_request.request.untrained:
        sides["untrained"] = explanation.open_untrained()
    seen = {
        side: feature_maps.compute_feature_maps(network, there, answer.subject.image)
        for side, network in sides.items()
    }
    silent = {
        side: feature_maps.find_silent_maps(network, there, some) for side, network in sides.items()
    }
    layers = []
    for place, stage in enumerate(there):
        of_layer = {side: seen[side][stage.name] for side in sides}
        never = {side: silent[side][place].maps for side in sides}
        layers.append(drawn_maps.LayerMaps(stage.title, of_layer, never))
    explanation.figures["maps"] = {
        "counted_images": len(some.labels),
        "layers": [
            _list_map_figures(stage, layer) for stage, layer in zip(there, layers, strict=True)
        ],
    }
    about, folder = f"{explanation.run_name}, {answer.description}", answer.subject.folder
    overview = drawn_maps.draw_overview(layers, answer.subject.image, about, counted)
    explanation.write(f"{folder}/maps.png", overview)
    for stage, layer in zip(there, layers, strict=True):
        title = f"{explanation.run_name}, {layer.title}: maps of {answer.description}"
        picture = drawn_maps.draw_layer_maps(layer, title, counted)
        explanation.write(f"{folder}/maps-{stage.name}.png", picture)


def _list_map_figures(stage: MapLayer, layer: drawn_maps.LayerMaps) -> dict[str, Any]:
    never = {side: None if maps is None else list(maps) for side, maps in layer.silent.items()}
    return {
        "layer": stage.name,
        "shown": stage.shown,
        "shape": list(stage.shape),
        "never_fire": never["trained"],
    } | ({"never_fire_untrained": never["untrained"]} if "untrained" in never else {})


def _choose_classes(explanation: _Explanation, answer: _AnsweredImage) -> list[tuple[int, str]]:
    """Return the classes to explain, each with its role: predicted, true, both or named."""
    class_name = explanation.checked_request.request.class_name
    truth, predicted = answer.subject.label, answer.predicted
    labels: list[int | None]
    if class_name is None:
        labels = [predicted, truth]
    elif class_name in (PREDICTED, TRUE):
        labels = [predicted if class_name == PREDICTED else truth]
    else:
        labels = [explanation.checked_request.spec.inputs.class_names.index(class_name)]
    classes = []
    for label in dict.fromkeys(label for label in labels if label is not None):
        roles = ["predicted"] * (label == predicted) + ["true"] * (label == truth)
        classes.append((label, " and ".join(roles) or "named"))
    return classes


def _build_suffix(explanation: _Explanation, label: int) -> str:
    """Return the end of a file name: `-class-3` if the user names a class, "" otherwise."""
    return "" if explanation.checked_request.request.class_name is None else f"-class-{label}"


def _compute_evidence(
    explanation: _Explanation, subject: ExplainedImage, label: int
) -> grad_cam.GradCam:
    stage = explanation.checked_request.request.grad_cam
    assert stage is not None
    return grad_cam.compute_grad_cam(explanation.network, stage, subject.image, label)


def _explain_grad_cam(explanation: _Explanation, answer: _AnsweredImage) -> None:
    stage, subject = explanation.checked_request.request.grad_cam, answer.subject
    assert stage is not None
    explanation.report(f"Grad-CAM of {stage.title}")
    classes = _choose_classes(explanation, answer)
    figures, rows = [], []
    for label, role in classes:
        evidence = _compute_evidence(explanation, subject, label)
        overlay = grad_cam.stretch_evidence(evidence.evidence, subject.image)
        figures.append(drawn_evidence.Evidence(f"{answer.name(label)} ({role})", overlay))
        place = np.unravel_index(overlay.argmax(), overlay.shape)
        rows.append(
            {
                "layer": stage.name,
                "shown": stage.shown,
                "class": answer.class_names[label],
                "role": role,
                "logit": evidence.logit,
                "positive_evidence": evidence.positive,
                "strongest": float(evidence.evidence.max()),
                "strongest_pixel": [int(part) for part in place] if evidence.positive else None,
            }
        )
    explanation.figures["grad_cam"] = rows
    title, shape = f"{explanation.run_name}, {answer.description}", (stage.shape[0], stage.shape[1])
    picture = drawn_evidence.draw_grad_cam(subject.image, figures, stage.title, shape, title)
    name = f"grad-cam-{stage.name}{_build_suffix(explanation, classes[0][0])}.png"
    explanation.write(f"{subject.folder}/{name}", picture)


def _compare_with_grad_cam(
    explanation: _Explanation, result: occlusion.Occlusion, subject: ExplainedImage
) -> tuple[np.ndarray | None, float | None, str]:
    """Compute Grad-CAM, its rank correlation with the occlusion, and a sentence about them."""
    stage = explanation.checked_request.request.grad_cam
    if stage is None:
        return None, None, ""
    evidence = _compute_evidence(explanation, subject, result.label).evidence
    overlay = grad_cam.stretch_evidence(evidence, subject.image)
    agreement = occlusion.correlate_with_evidence(result, overlay)
    sentence = f"The rank correlation of Grad-CAM of {stage.title} with the drop of the logit"
    if agreement is None:
        return overlay, None, f"{sentence} does not exist, because one of them is constant."
    return overlay, agreement, f"{sentence} is {agreement:.2f}."


def _explain_occlusion(explanation: _Explanation, answer: _AnsweredImage) -> None:
    subject = answer.subject
    (label, role), *_ = _choose_classes(explanation, answer)
    size = occlusion.choose_size(subject.image)
    explanation.report(f"occlusion: a square of {size} × {size} pixels moves over the image")
    result = occlusion.compute_occlusion(explanation.network, subject.image, label)
    drop, covered, place = result.logit_drop, result.covered_probability, result.worst_place
    about, share = f"{answer.name(label)} ({role})", result.probability
    overlay, agreement, words = _compare_with_grad_cam(explanation, result, subject)
    shading = None if overlay is None else drawn_evidence.Evidence(about, overlay)
    explanation.figures["occlusion"] = {
        "class": answer.class_names[label],
        "role": role,
        "size": result.size,
        "places": int(drop.size),
        "probability": share,
        "worst_pixel": list(place),
        "worst_fall": float(drop.max()),
        "probability_there": float(covered.flat[drop.argmax()]),
        "least_probability": float(covered.min()),
        "grad_cam_correlation": agreement,
    }
    covering = drawn_evidence.OcclusionFigures(
        about, drop, covered, result.size, result.colour, share, place
    )
    title = f"{explanation.run_name}, {answer.description}"
    picture = drawn_evidence.draw_occlusion(subject.image, covering, shading, words, title)
    explanation.write(f"{subject.folder}/occlusion{_build_suffix(explanation, label)}.png", picture)

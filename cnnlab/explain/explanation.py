"""All parts of an explanation: computed, drawn, and written into the run folder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.figure import Figure

from cnnlab import plots
from cnnlab.data.sources import take
from cnnlab.errors import CheckpointError
from cnnlab.explain import grad_cam, kernels, maps, occlusion, stages
from cnnlab.explain.asking import Asked
from cnnlab.explain.inside import Inside, opened
from cnnlab.explain.request import PREDICTED, TRUE
from cnnlab.explain.stages import Stage
from cnnlab.explain.subject import Subject
from cnnlab.plots import evidence as drawn_evidence
from cnnlab.plots import kernels as drawn_kernels
from cnnlab.plots import maps as drawn_maps

COUNTED = 1000  # test images in which maps that never fire are looked for
Tell = Callable[[str], None]


@dataclass
class _Explanation:
    """An explanation while it is made; `figures` is its answer as plain data."""

    asked: Asked
    tell: Tell
    network: Inside
    figures: dict[str, Any] = field(default_factory=dict)

    @property
    def run_name(self) -> str:
        return self.asked.run.name

    def untrained(self) -> Inside:
        return opened(self.asked.spec, self.asked.run.checkpoint_path("initial"))

    def write(self, name: str, figure: Figure) -> None:
        self.asked.run.write_explanation(name, plots.png(figure))
        self.figures["written"].append(str(self.asked.run.explanation_folder / name))


@dataclass(frozen=True)
class _Answered:
    """The image at hand, and what the network answers to it."""

    subject: Subject
    predicted: int
    probability: float
    class_names: tuple[str, ...]

    @property
    def words(self) -> str:
        answer = f"answer {self.name(self.predicted)} ({self.probability:.1%})"
        if self.subject.label is None:
            return f"{self.subject.name}: {answer}"
        return f"{self.subject.name}: true {self.name(self.subject.label)}, {answer}"

    def name(self, label: int) -> str:
        return plots.shortened(self.class_names[label])


def explain(asked: Asked, tell: Tell) -> dict[str, Any]:
    """Draw what is asked for into explain/, and answer with the figures, as plain data.

    Args:
        tell: is told, in a line, what is done next.

    Raises:
        CheckpointError: a checkpoint is missing or damaged, or its answers overflow.
    """
    made = _Explanation(asked, tell, opened(asked.spec, asked.checkpoint))
    made.figures |= {"run": str(asked.run.path), "checkpoint": str(asked.checkpoint), "written": []}
    parts = asked.request.parts
    if "kernels" in parts:
        _kernels(made)
    if asked.subject is not None:
        answered = _answered(made, asked.subject)
        if "maps" in parts:
            _maps(made, answered)
        if "grad-cam" in parts:
            _grad_cam(made, answered)
        if "occlusion" in parts:
            _occlusion(made, answered)
    made.figures["written"] = made.figures.pop("written")  # last, as it is read
    return made.figures


def _answered(made: _Explanation, subject: Subject) -> _Answered:
    network, names = made.network, made.asked.spec.inputs.class_names
    outputs = network.model(network.probabilities)(network.seen(subject.image[np.newaxis]))
    probabilities = np.asarray(outputs, np.float32)[0]
    if not np.isfinite(probabilities).all():
        message = f"{made.asked.checkpoint}: its answers are not finite numbers"
        raise CheckpointError(f"{message}: the training had diverged")
    predicted = int(probabilities.argmax())
    made.figures["image"] = {
        "name": subject.name,
        "index": subject.index,
        "true": None if subject.label is None else names[subject.label],
        "predicted": names[predicted],
        "probability": float(probabilities[predicted]),
    }
    return _Answered(subject, predicted, float(probabilities[predicted]), names)


def _kernels(made: _Explanation) -> None:
    stage = made.asked.request.kernels
    assert stage is not None
    made.tell(f"kernels of {stage.name}, trained and untrained")
    trained, untrained = (
        kernels.kernels(network, stage) for network in (made.network, made.untrained())
    )
    height, width, channels, count = trained.shape
    made.figures["kernels"] = {
        "layer": stage.name,
        "shape": list(trained.shape),
        "trained": kernels.statistics(trained).as_dict(),
        "untrained": kernels.statistics(untrained).as_dict(),
    }
    inputs = f"{channels} input channel{'s' if channels > 1 else ''}"
    many = f"{count} kernels of {height} × {width} for {inputs}"
    if stage.kind != "conv":
        many = f"{channels} channels with {count} kernels of {height} × {width} each"
    title = f"{made.run_name}, {stage.name}: {many}"
    made.write(f"kernels-{stage.name}.png", drawn_kernels.kernels(trained, untrained, title))


def _maps(made: _Explanation, answered: _Answered) -> None:
    test = made.asked.test
    assert test is not None
    there = stages.stages(made.asked.spec)
    some = take(test, np.arange(min(COUNTED, len(test.labels))))
    counted = f"{'all' if len(some.labels) == len(test.labels) else 'the first'} "
    counted += f"{len(some.labels):,} test images"
    made.tell(f"maps of {len(there)} layers, and which never fire in {counted}")
    sides = {"trained": made.network}
    if made.asked.request.untrained:
        sides["untrained"] = made.untrained()
    seen = {
        side: maps.feature_maps(network, there, answered.subject.image)
        for side, network in sides.items()
    }
    silent = {side: maps.silent(network, there, some) for side, network in sides.items()}
    layers = []
    for place, stage in enumerate(there):
        of_layer = {side: seen[side][stage.name] for side in sides}
        never = {side: silent[side][place].maps for side in sides}
        layers.append(drawn_maps.Layer(stage.title, of_layer, never))
    made.figures["maps"] = {
        "counted_images": len(some.labels),
        "layers": [_map_figures(stage, layer) for stage, layer in zip(there, layers, strict=True)],
    }
    about, folder = f"{made.run_name}, {answered.words}", answered.subject.folder
    overview = drawn_maps.overview(layers, answered.subject.image, about, counted)
    made.write(f"{folder}/maps.png", overview)
    for stage, layer in zip(there, layers, strict=True):
        title = f"{made.run_name}, {layer.title}: maps of {answered.words}"
        picture = drawn_maps.layer_maps(layer, title, counted)
        made.write(f"{folder}/maps-{stage.name}.png", picture)


def _map_figures(stage: Stage, layer: drawn_maps.Layer) -> dict[str, Any]:
    never = {side: None if found is None else list(found) for side, found in layer.silent.items()}
    return {
        "layer": stage.name,
        "shown": stage.shown,
        "shape": list(stage.shape),
        "never_fire": never["trained"],
    } | ({"never_fire_untrained": never["untrained"]} if "untrained" in never else {})


def _classes(made: _Explanation, answered: _Answered) -> list[tuple[int, str]]:
    """The labels that are asked about, each with what it is."""
    asked = made.asked.request.class_name
    truth, predicted = answered.subject.label, answered.predicted
    wanted: list[int | None]
    if asked is None:
        wanted = [predicted, truth]
    elif asked in (PREDICTED, TRUE):
        wanted = [predicted if asked == PREDICTED else truth]
    else:
        wanted = [made.asked.spec.inputs.class_names.index(asked)]
    found = []
    for label in dict.fromkeys(label for label in wanted if label is not None):
        roles = ["predicted"] * (label == predicted) + ["true"] * (label == truth)
        found.append((label, " and ".join(roles) or "named"))
    return found


def _suffix(made: _Explanation, label: int) -> str:
    """Of a file's name: which class was asked for, if one was."""
    return "" if made.asked.request.class_name is None else f"-class-{label}"


def _evidence(made: _Explanation, subject: Subject, label: int) -> grad_cam.GradCam:
    stage = made.asked.request.grad_cam
    assert stage is not None
    return grad_cam.grad_cam(made.network, stage, subject.image, label)


def _grad_cam(made: _Explanation, answered: _Answered) -> None:
    stage, subject = made.asked.request.grad_cam, answered.subject
    assert stage is not None
    made.tell(f"Grad-CAM of {stage.title}")
    classes = _classes(made, answered)
    drawn, rows = [], []
    for label, role in classes:
        found = _evidence(made, subject, label)
        whole = grad_cam.stretched(found.evidence, subject.image)
        drawn.append(drawn_evidence.Evidence(f"{answered.name(label)} ({role})", whole))
        place = np.unravel_index(whole.argmax(), whole.shape)
        rows.append(
            {
                "layer": stage.name,
                "shown": stage.shown,
                "class": answered.class_names[label],
                "role": role,
                "logit": found.logit,
                "positive_evidence": found.positive,
                "strongest": float(found.evidence.max()),
                "strongest_pixel": [int(part) for part in place] if found.positive else None,
            }
        )
    made.figures["grad_cam"] = rows
    title = f"{made.run_name}, {answered.words}"
    shape = (stage.shape[0], stage.shape[1])
    picture = drawn_evidence.grad_cam(subject.image, drawn, stage.title, shape, title)
    name = f"grad-cam-{stage.name}{_suffix(made, classes[0][0])}.png"
    made.write(f"{subject.folder}/{name}", picture)


def _beside(
    made: _Explanation, found: occlusion.Occlusion, subject: Subject
) -> tuple[np.ndarray | None, float | None, str]:
    """Grad-CAM for the class that was covered, if there is any, and how far the two agree."""
    stage = made.asked.request.grad_cam
    if stage is None:
        return None, None, ""
    evidence = _evidence(made, subject, found.label).evidence
    whole = grad_cam.stretched(evidence, subject.image)
    agreement = occlusion.agreement(found, whole)
    told = f"Grad-CAM of {stage.title}: its rank correlation with the fall"
    if agreement is None:
        return whole, None, f"{told} does not exist, one of them being the same everywhere."
    return whole, agreement, f"{told} is {agreement:.2f}."


def _occlusion(made: _Explanation, answered: _Answered) -> None:
    subject = answered.subject
    (label, role), *_ = _classes(made, answered)
    size = occlusion.size_for(subject.image)
    made.tell(f"occlusion: the image covered by {size} × {size} pixels at each place")
    found = occlusion.occlusion(made.network, subject.image, label)
    about = f"{answered.name(label)} ({role})"
    whole, agreement, words = _beside(made, found, subject)
    shown = None if whole is None else drawn_evidence.Evidence(about, whole)
    made.figures["occlusion"] = {
        "class": answered.class_names[label],
        "role": role,
        "size": found.size,
        "places": int(found.fall.size),
        "probability": found.probability,
        "worst_pixel": list(found.worst),
        "worst_fall": float(found.fall.max()),
        "probability_there": float(found.left.flat[found.fall.argmax()]),
        "least_probability": float(found.left.min()),
        "grad_cam_correlation": agreement,
    }
    covering = drawn_evidence.Covering(
        about, found.fall, found.left, found.size, found.colour, found.probability, found.worst
    )
    title = f"{made.run_name}, {answered.words}"
    picture = drawn_evidence.occlusion(subject.image, covering, shown, words, title)
    made.write(f"{subject.folder}/occlusion{_suffix(made, label)}.png", picture)

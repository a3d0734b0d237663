"""Run networks with the page's engine in a node process, and in Keras, and compare all maps."""

from __future__ import annotations

import base64
import json
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import keras
import numpy as np
from project_files import ROOT

from cnnlab import model
from cnnlab.data.batches import scale_images
from cnnlab.data.datasets import describe_dataset
from cnnlab.export.checkpoint_weights import collect_weights
from cnnlab.export.network_description import build_nodes
from cnnlab.export.run_network import describe_network
from cnnlab.spec.config_reader import read_config
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.layer_groups import Parallel
from cnnlab.spec.layers import ActivationLayer, Dense

SCRIPT = ROOT / "tests/page/engine.mjs"
SHAPE = (9, 8, 4)
TOLERANCE = 1e-4  # of max(1, the largest absolute number of the map)


# Ways in which a network can end, behind a vector.
ENDS = {
    "a softmax": (Dense(units=3, activation="softmax"),),
    "a softmax of its own": (Dense(units=3), ActivationLayer(function="softmax")),
    "logits": (Dense(units=3),),
    "a mean of softmaxes": (
        Parallel(branches=((Dense(units=3, activation="softmax"),),) * 2, merge="average"),
    ),
    "one logit for two classes": (Dense(units=1),),
    "one sigmoid for two classes": (Dense(units=1, activation="sigmoid"),),
}


@dataclass(frozen=True)
class EngineAnswer:
    """What the engine computes: maps by node, probabilities, Grad-CAM by label, and so on.

    `explained` is the largest difference between a number and its explanation.
    """

    maps: list[np.ndarray]
    probabilities: np.ndarray
    grad_cam: list[dict[str, Any] | None]
    explained: float
    pixel: dict[str, Any] | None


class Engine:
    """A node process that runs the page's engine; one process answers all requests."""

    def __init__(self) -> None:
        command = [shutil.which("node") or "node", str(SCRIPT)]
        self.process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(
        self,
        description: dict[str, Any],
        weights: np.ndarray,
        image: np.ndarray,
        *,
        disabled: Iterable[str] = (),
        labels: Iterable[int] = (),
        explained: int = 0,
        pixel: tuple[int, ...] | None = None,
    ) -> EngineAnswer:
        """Run the network on a uint8 image (height, width, channels)."""
        request = {
            "description": description,
            "weights": base64.b64encode(weights.astype("<f4").tobytes()).decode(),
            "pixels": base64.b64encode(image.tobytes()).decode(),
            "disabled": list(disabled),
            "labels": list(labels),
            "explained": explained,
            "pixel": pixel,
        }
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        reply = json.loads(self.process.stdout.readline())
        assert "error" not in reply, reply["error"]
        shapes = [node["shape"] for node in description["nodes"]]
        cams = [cam and cam | {key: to_floats(cam[key]) for key in CAM} for cam in reply["gradCam"]]
        return EngineAnswer(
            [to_floats(text).reshape(s) for text, s in zip(reply["maps"], shapes, strict=True)],
            to_floats(reply["probabilities"]),
            cams,
            reply["explained"] or 0,
            reply["pixel"],
        )

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


CAM = ("values", "channelWeights")


def to_floats(text: str) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4")


def make_spec(stack: Any, shape: tuple[int, ...], classes: int = 2) -> Spec:
    """A spec whose images are scaled by other numbers in each channel."""
    inputs = Inputs(
        image_shape=shape,
        class_names=tuple(f"class {number}" for number in range(classes)),
        mean=tuple(float(20 * channel) for channel in range(shape[2])),
        deviation=tuple(float(100 + 50 * channel) for channel in range(shape[2])),
        fingerprint="",
    )
    return Spec(experiment=Experiment(name="made", model=stack), inputs=inputs)


def _set_random_weights(network: keras.Model, seed: int = 0) -> None:
    """Replace weights that begin as zeros or ones, such as biases, by random numbers."""
    numbers = np.random.default_rng(seed)
    for weight in network.weights:
        noise = numbers.normal(0, 0.3, weight.shape)
        match weight.name:
            case "bias" | "beta" | "moving_mean" | "mean" | "alpha":
                weight.assign(noise)
            case "gamma":
                weight.assign(1 + noise)
            case "moving_variance" | "variance":
                weight.assign(0.5 + abs(noise))
    for layer in network.layers:
        if isinstance(layer, keras.layers.Normalization):
            layer.finalize_state()


def draw_image(shape: tuple[int, ...], seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, shape, np.uint8)


def compute_maps(network: keras.Model, spec: Spec, image: np.ndarray) -> list[np.ndarray]:
    """The map of each node, computed by Keras; a layer's activation can be a layer of its own."""
    outputs = {layer.name: layer.output for layer in network.layers}
    names = [node.name for node in build_nodes(spec).nodes[1:]]
    wanted = {name: outputs.get(f"{name}_activation", outputs[name]) for name in names}
    batch = scale_images(image[np.newaxis], spec.inputs)
    found = keras.Model(network.inputs[0], wanted)(batch, training=False)
    return [batch[0], *(np.asarray(found[name])[0] for name in names)]


def describe(spec: Spec) -> dict[str, Any]:
    """The description of a network as it comes out of JSON."""
    plain = {"name": "made", **describe_network(spec, build_nodes(spec))}
    return dict(json.loads(json.dumps(plain)))


def compare(engine: Engine, network: keras.Model, spec: Spec, **options: Any) -> EngineAnswer:
    """Compare every map of the engine with Keras, and return what the engine computes."""
    image = draw_image(spec.inputs.image_shape)
    weights = collect_weights(network, build_nodes(spec))
    answer = engine.run(describe(spec), weights, image, **options)
    expected = compute_maps(network, spec, image)
    for node, one, other in zip(build_nodes(spec).nodes, answer.maps, expected, strict=True):
        assert one.shape == other.shape
        limit = TOLERANCE * max(1, abs(other).max(initial=0))
        assert abs(one - other).max() <= limit, (node, abs(one - other).max() / limit * TOLERANCE)
    return answer


def build(stack: Any, shape: tuple[int, ...] = SHAPE, classes: int = 2) -> tuple[Any, Spec]:
    """A network with random weights, and its spec."""
    spec = make_spec(stack, shape, classes)
    return build_network(spec), spec


def build_network(spec: Spec) -> keras.Model:
    network = model.build_network(spec.experiment.model, spec.inputs.image_shape, 1)
    _set_random_weights(network)
    return network


def read_spec(path: Path) -> Spec:
    """The spec of a config, with the classes of its data."""
    config = read_config(path, describe_dataset)
    spec = make_spec(config.experiment.model, config.info.image_shape)
    names = {"class_names": config.info.class_names}
    inputs = spec.inputs.model_copy(update=names)
    return Spec(experiment=config.experiment, inputs=inputs)

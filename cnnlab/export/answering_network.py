"""Build one Keras model of a run that maps uint8 images to probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from cnnlab import checkpoint
from cnnlab.export.convertible_layers import replace_operations
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec.experiment import Spec
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.shape_checks import find_output_activation

SpecAndCheckpoint = tuple[Spec, Path]
INPUT, OUTPUT = "images", "probabilities"  # the names in all formats


def compute_in_float32(parts: Sequence[SpecAndCheckpoint]) -> list[SpecAndCheckpoint]:
    """Return the networks with float32 computations, which all runtimes support."""
    return [(_set_float32(spec), path) for spec, path in parts]


def _set_float32(spec: Spec) -> Spec:
    experiment = spec.experiment
    training = experiment.training.model_copy(update={"precision": "float32"})
    return spec.model_copy(
        update={"experiment": experiment.model_copy(update={"training": training})}
    )


def build_answering_network(parts: Sequence[SpecAndCheckpoint]) -> keras.Model:
    """Build a model from uint8 (batch, height, width, channels) to float32 (batch, classes).

    The model scales the images, and computes the mean of the probabilities of all networks in
    `parts`. A single network without branches is a `keras.Sequential` of its own layers.

    Raises:
        CheckpointError: a checkpoint is damaged, or does not fit its spec.
    """
    networks = [checkpoint.load_trained(spec, path) for spec, path in compute_in_float32(parts)]
    inputs = parts[0][0].inputs
    images = keras.Input(inputs.image_shape, dtype="uint8", name=INPUT)
    scale = _build_scaling(inputs)
    if len(networks) == 1 and isinstance(networks[0], keras.Sequential):
        layers = [images, scale, *networks[0].layers]
        return keras.Sequential([*layers, *_build_heads(parts[0][0], "")], name="cnnlab")
    scaled, answers = scale(images), []
    for number, (network, (spec, _)) in enumerate(zip(networks, parts, strict=True), 1):
        network.name = f"network_{number}"
        answer = network(scaled)
        for head in _build_heads(spec, f"_{number}"):
            answer = head(answer)
        answers.append(answer)
    mean = keras.layers.Average(name=OUTPUT)(answers) if len(answers) > 1 else answers[0]
    return keras.Model(images, mean, name="cnnlab")


def _build_scaling(inputs: Inputs) -> keras.Layer:
    scale = [1 / deviation for deviation in inputs.deviation]
    offset = [-m / d for m, d in zip(inputs.mean, inputs.deviation, strict=True)]
    if len({*scale}) == len({*offset}) == 1:
        return keras.layers.Rescaling(scale[0], offset[0], name="scaling", dtype="float32")
    return keras.layers.Rescaling(scale, offset, name="scaling", dtype="float32")


def _build_heads(spec: Spec, suffix: str) -> list[keras.Layer]:
    """Build the layer that turns the outputs of a network into probabilities, if it needs one."""
    if find_output_activation(spec.experiment.model) in ("softmax", "sigmoid"):
        return []
    return [keras.layers.Activation("softmax", name=f"{OUTPUT}{suffix}")]


def build_function(network: keras.Model) -> tf.types.experimental.PolymorphicFunction:
    """Build a graph of the network with its weights as constants, which converters can read.

    Afterwards, the model in memory computes some layers by other operations.
    """
    replace_operations(network)
    weights = [
        [variable.numpy() for variable in variables]
        for variables in (network.trainable_variables, network.non_trainable_variables)
    ]

    def compute(images: tf.Tensor) -> dict[str, tf.Tensor]:
        # Constants from outside the function would become inputs of the graph.
        trainable, others = ([tf.constant(array) for array in arrays] for arrays in weights)
        outputs, _ = network.stateless_call(trainable, others, images, training=False)
        return {OUTPUT: outputs}

    image = tf.TensorSpec((None, *network.input_shape[1:]), tf.uint8, name=INPUT)
    return tf.function(compute, input_signature=[image], autograph=False)

"""Build networks with weights written by hand, so that arithmetic predicts what they show."""

import numpy as np

from cnnlab import model
from cnnlab.explain import network_outputs
from cnnlab.spec.experiment import Data, Experiment, Spec, Training
from cnnlab.spec.inputs import Inputs


def spec_of(stack, shape, classes=2, precision="float32", deviation=1.0):
    """A spec without scaling of the images, unless `deviation` is given."""
    inputs = Inputs(
        image_shape=shape,
        class_names=tuple("abcdefghij"[:classes]),
        mean=(0.0,) * shape[2],
        deviation=(deviation,) * shape[2],
        fingerprint="",
    )
    training = Training(precision=precision)
    experiment = Experiment(
        name="made", model=stack, data=Data(dataset="own.npz"), training=training
    )
    return Spec(experiment=experiment, inputs=inputs)


def open_network(stack, shape, weights=None, **options):
    """A network opened; `weights` are arrays by the name of their layer, zeros where not given.

    None leaves all as random as they are at the start.
    """
    spec = spec_of(stack, shape, **options)
    network = model.build_network(stack, shape, 1, spec.experiment.training.precision)
    for layer in network.layers if weights is not None else []:
        given = weights.get(layer.name, [])
        given = [np.asarray(array, np.float32) for array in given]
        left = [np.zeros(array.shape, np.float32) for array in layer.get_weights()[len(given) :]]
        layer.set_weights(given + left)
    return network_outputs.open_network(network, spec)

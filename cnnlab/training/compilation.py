"""Compile a network with the Keras optimizer, loss and metrics that its spec describes."""

from __future__ import annotations

from cnnlab.loss import build_loss
from cnnlab.quiet_tensorflow import keras
from cnnlab.spec import training as kinds
from cnnlab.spec.experiment import Experiment
from cnnlab.spec.figures import list_metrics
from cnnlab.spec.metrics import CrossEntropyMetric, Metric, TopKAccuracy
from cnnlab.training import schedules


def compile_network(network: keras.Model, experiment: Experiment, steps_per_epoch: int) -> None:
    """Compile a network for one-hot labels, with the optimizer, loss and metrics of its spec."""
    training = experiment.training
    loss = build_loss(experiment)
    metrics = list_metrics(experiment.data, training, experiment.model)
    network.compile(
        optimizer=_build_optimizer(training, steps_per_epoch),
        loss=loss,
        metrics=[_build_metric(metric, loss.from_logits) for metric in metrics],
        jit_compile=False,  # XLA measured half the speed on CPUs
    )
    # Create the optimizer's variables now: otherwise the first training step creates them, and
    # TensorFlow traces the step twice.
    network.optimizer.build(network.trainable_variables)


def _build_optimizer(training: kinds.Training, steps_per_epoch: int) -> keras.optimizers.Optimizer:
    spec = training.optimizer
    names = {"sgd": "SGD", "adamw": "AdamW", "rmsprop": "RMSprop"}
    cls = getattr(keras.optimizers, names.get(spec.kind, spec.kind.capitalize()))
    rate = schedules.build_learning_rate(spec.learning_rate, steps_per_epoch, training.epochs)
    # Give the optimizer a fixed name: Keras would number it, and the checkpoint would contain the
    # number.
    optimizer = cls(rate, name=spec.kind, **spec.model_dump(exclude={"learning_rate"}))
    # 16-bit gradients below 6e-8 become 0 unless the loss is scaled up.
    narrow = training.precision == "mixed_float16"
    return (
        keras.optimizers.LossScaleOptimizer(optimizer, name="loss_scale") if narrow else optimizer
    )


def _build_metric(spec: Metric, from_logits: bool) -> keras.metrics.Metric:
    match spec:
        case TopKAccuracy():
            return keras.metrics.TopKCategoricalAccuracy(k=spec.k, name=spec.name)
        case CrossEntropyMetric():
            return keras.metrics.CategoricalCrossentropy(name=spec.name, from_logits=from_logits)
    return keras.metrics.CategoricalAccuracy(name=spec.name)

"""Run the learning-rate range test: train some batches while the learning rate rises.

Source: L. N. Smith, "Cyclical learning rates for training neural networks", 2017, section 3.3, with
a rate that rises by the same factor, not by the same amount, after each batch.
"""

from __future__ import annotations

import math
import signal
from typing import Any

import numpy as np

from cnnlab.data.batches import Epochs
from cnnlab.errors import Interruption, TrainingError
from cnnlab.model import set_epoch_seeds
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.rate_ramp import RateRamp
from cnnlab.training import stages
from cnnlab.training.data_split import read_data_split
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.loss_curve import LossCurve, RunningLoss
from cnnlab.training.mirroring import find_strategy
from cnnlab.training.progress import SILENT, Progress


def run_range_test(
    config: Config,
    ramp: RateRamp,
    progress: Progress = SILENT,
    replicas: tuple[str, ...] = (),
) -> tuple[LossCurve, int]:
    """Train a new network on a rising learning rate, and return the losses and the epochs.

    The network, the batches and their order are those of a training with this config. If an epoch
    has fewer batches than the ramp, the test goes over several epochs; their number is the second
    value of the result. The test writes no file, and discards the network. `replicas` names the
    devices that share each batch, if there are several.

    Raises:
        Interruption: a signal stopped the test.
        TrainingError: memory ran out.
    """
    with Interrupt() as interrupt:
        try:
            split = read_data_split(config, progress, interrupt)
            spec = Spec(experiment=_fix_rate(config.experiment, ramp), inputs=split.inputs)
            strategy = find_strategy(replicas)
            network = stages.build_initial_network(spec, strategy)
            epochs = stages.build_epochs(spec, split)
            stages.compile_initial_network(network, spec, epochs.steps, strategy)
            recorder = RampRecorder(ramp, epochs, spec.experiment.seed, progress, interrupt)
            network.fit(
                epochs.dataset,
                epochs=math.ceil(ramp.steps / epochs.steps),
                callbacks=[recorder],
                shuffle=False,  # Epochs shuffles
                verbose=0,
            )
        except (Interruption, KeyboardInterrupt) as error:
            reason = str(error) or "stopped by a second signal"
            number = interrupt.number or signal.SIGINT
            raise Interruption(f"{reason}; the range test writes no files", number) from error
        except (tf.errors.ResourceExhaustedError, MemoryError) as error:
            raise TrainingError("memory ran out; try a smaller data.batch_size") from error
    done = len(recorder.losses)
    curve = LossCurve(np.array(ramp.rates[:done]), np.array(recorder.losses), ramp.steps)
    return curve, math.ceil(done / epochs.steps)


def _fix_rate(experiment: Experiment, ramp: RateRamp) -> Experiment:
    """Copy an experiment with the lowest rate of the ramp, and with augmentation in all epochs."""
    training = experiment.training
    optimizer = training.optimizer.model_copy(update={"learning_rate": ramp.lowest})
    changed = training.model_copy(update={"optimizer": optimizer, "unaugmented_epochs": 0})
    return experiment.model_copy(update={"training": changed})


class RampRecorder(keras.callbacks.Callback):  # type: ignore[misc]
    """Sets the learning rate of each batch, records the loss, and stops the test at its end."""

    def __init__(
        self, ramp: RateRamp, epochs: Epochs, seed: int, progress: Progress, interrupt: Interrupt
    ) -> None:
        super().__init__()
        self.ramp, self.epochs, self.seed = ramp, epochs, seed
        self.progress, self.interrupt = progress, interrupt
        self.rates = ramp.rates
        self.losses: list[float] = []
        self.running = RunningLoss(ramp.steps)

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self.epochs.epoch.assign(epoch + 1)
        set_epoch_seeds(self.model, self.seed, epoch + 1)

    def on_train_batch_begin(self, batch: int, logs: Any = None) -> None:
        self.model.optimizer.learning_rate = self.rates[len(self.losses)]
        self.model.reset_metrics()  # so that Keras reports the loss of this batch alone

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.losses.append(float(logs["loss"]))
        self.running.add(self.losses[-1])
        done = len(self.losses)
        is_last = done == self.ramp.steps or self.running.has_exploded
        total = done if is_last else self.ramp.steps
        self.progress.rate(done, total, self.rates[done - 1], self.losses[-1])
        self.interrupt.check()
        if is_last:
            self.model.stop_training = True

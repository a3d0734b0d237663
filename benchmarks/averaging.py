"""The cost of weight averages: a step with and without, and an epoch's batch statistics.

python benchmarks/averaging.py [CONFIG] [ROUNDS]
"""

import statistics
import sys
import time
from pathlib import Path

from cnnlab import model
from cnnlab.data import datasets
from cnnlab.data.batches import Epochs
from cnnlab.spec.config_reader import read_config
from cnnlab.spec.weight_averages import Ema
from cnnlab.training import averaging
from cnnlab.training.compilation import compile_network
from cnnlab.training.device import choose_device

STEPS = 200


def network(config, epochs, average):
    """A compiled network, and the callback that averages its weights, if any."""
    spec = config.experiment
    made = model.build_network(
        spec.model, config.info.image_shape, spec.seed, spec.training.precision
    )
    compile_network(made, spec, epochs.steps)
    training = spec.training.model_copy(update={"weight_average": average})
    return made, averaging.build_averaging(training, made, epochs)


def seconds(trained, batch):
    """The wall time of one step."""
    started = time.perf_counter()
    trained.train_function(iter([batch]))
    return time.perf_counter() - started


def main():
    path = Path(sys.argv[1] if len(sys.argv) > 1 else "configs/mnist.yaml")
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    choose_device("cpu")
    config = read_config(path, datasets.describe_dataset)
    images = datasets.read_training_images(config.experiment.data)
    inputs = datasets.build_inputs(config.experiment.data, config.info, images, images)
    epochs = Epochs(images, inputs, config.experiment.data.batch_size, config.experiment.seed)
    batches = list(epochs.dataset.take(STEPS))
    plain, _ = network(config, epochs, None)
    averaged, average = network(config, epochs, Ema())
    for trained in (plain, averaged):
        trained.make_train_function()
        seconds(trained, batches[0])  # TensorFlow traces it
    # Step by step in turn: what else the machine does takes as much from both.
    pairs = [(seconds(plain, b), seconds(averaged, b)) for _ in range(rounds) for b in batches]
    without, within = (1000 * statistics.median(times) for times in zip(*pairs, strict=True))
    print(f"a step: {without:.2f} ms without, {within:.2f} ms with ema: {within / without:.3f} ×")
    average.statistics.renew()
    started = time.perf_counter()
    average.statistics.renew()
    print(f"batch statistics: {time.perf_counter() - started:.2f} s for an epoch")


main()

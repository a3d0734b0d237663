"""The parts of a script that are the same for many runs; «WORD» marks what differs."""

from __future__ import annotations

HEAD = '''"""Train the network of «NAME» with Keras alone.

cnnlab wrote this script from a config. It needs tensorflow«NEEDS».

«USAGE»
"""

import argparse
import hashlib

import keras
import numpy as np
import tensorflow as tf
from keras import layers
«SKLEARN»
SEEDS = «SEEDS»  # one network for each seed
CLASSES = «CLASSES»  # «CLASS_COMMENT»
SHAPE = «SHAPE»  # height, width and channels of an image
EPOCHS = «EPOCHS»
BATCH_SIZE = «BATCH_SIZE»
MEAN, DEVIATION = «MEAN», «DEVIATION»  # the network reads (pixel - MEAN) / DEVIATION


def derive_seed(*purpose):
    """Derive the seed of one purpose, such as (seed, "shuffle"): each has its own numbers."""
    text = "/".join(map(str, purpose))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return 1 + number % (2**31 - 1)
'''

READ_BUNDLED = '''def read_data(path):
    """Read the images, uint8 (n, height, width, channels), and their labels, int32 (n,)."""
    arrays = keras.datasets.«DATASET».load_data() if path is None else read_file(path)
    return [(images.reshape(-1, *SHAPE), labels.astype("int32")) for images, labels in arrays]


def read_file(path):
    """Read the training images and labels, and the test images and labels, of an .npz file."""
    with np.load(path) as file:
        return [(file[f"x_{split}"], file[f"y_{split}"]) for split in ("train", "test")]'''

READ_FILE = '''def read_data(path):
    """Read the images, uint8 (n, height, width, channels), and their labels, int32 (n,)."""
    with np.load(path) as file:
        arrays = [(file[f"x_{split}"], file[f"y_{split}"]) for split in ("train", "test")]
    return [(x.reshape(-1, *SHAPE), y.reshape(-1).astype("int32")) for x, y in arrays]'''

SPLIT = '''

def split_validation(images, labels, seed):
    """Hold images of each class out, to measure each epoch: ((images, labels), the same again)."""
    parts = train_test_split(
        np.arange(len(labels)),
        test_size=round(len(labels) * «VALIDATION»),
        random_state=derive_seed(seed, "validation"),
        stratify=labels,
    )
    return [(images[np.sort(places)], labels[np.sort(places)]) for places in parts]
'''

AUGMENT = '''

def build_changes(seed):
    """Build the random changes of training images, uint8 numbers from 0 to 255."""
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
«LAYERS»        ]
    )
'''

START = '''

def set_initial_weights(network, seed):
    """Give each layer random weights from its initializer, with a seed of its own."""
    for layer in network.layers:
        for argument, name in «WEIGHT_PAIRS»:
            initializer, variable = getattr(layer, argument, None), getattr(layer, name, None)
            if variable is None or "seed" not in getattr(initializer, "get_config", dict)():
                continue
            number = int(layer.name.rsplit("_", 1)[1])
            settings = initializer.get_config() | {"seed": derive_seed(seed, argument, number)}
            variable.assign(type(initializer)(**settings)(variable.shape))
'''

DROPOUT = '''

def repeat_dropout(network, seed, epoch):
    """Start the random numbers of each layer anew: an epoch does not depend on the one before."""
    for layer in network.layers:
        if hasattr(layer, "seed_generator"):
            layer.seed_generator.state.assign([derive_seed(seed, layer.name, epoch), 0])
'''

MAIN = '''«READ»
«SPLIT»«AUGMENT»

def build_network():
    """Build the network; a comment has the shape after each layer, without the batch."""
«NETWORK»
«START»«DROPOUT»«ONE_CYCLE»

def compile_network(network, steps):
    """Choose the optimizer, the loss and the metrics; an epoch has `steps` steps."""
«OPTIMIZER»
    network.compile(
        optimizer=optimizer,
        loss=«LOSS»,
        metrics=[«METRICS»],
        jit_compile=False,
    )


def prepare(images, labels):
    """Scale images, and turn labels into one-hot rows«WEIGHTS_COMMENT»."""
    rows = tf.one_hot(labels, CLASSES)
    return («SCALED»)


def build_training_batches(images, labels, seed, epoch):
    """Build batches in an order that depends only on the seed and the variable `epoch`."""
    images, labels = tf.constant(images), tf.constant(labels)
«MAKE_CHANGES»
    def shuffle(_):
        pair = tf.stack([tf.constant(derive_seed(seed, "shuffle"), tf.int64), epoch])
        order = tf.random.experimental.stateless_shuffle(tf.range(len(labels)), seed=pair)
        return tf.data.Dataset.from_tensor_slices(order).batch(BATCH_SIZE)

    def gather(places):
        chosen = tf.cast(tf.gather(images, places), tf.float32)
«CHANGE»        return prepare(chosen, tf.gather(labels, places))

    steps = -(-len(labels) // BATCH_SIZE)
    batches = tf.data.Dataset.from_tensors(0).flat_map(shuffle).map(gather)
    return batches.apply(tf.data.experimental.assert_cardinality(steps)).prefetch(4)


def build_batches(images, labels):
    """Build batches in the stored order, for validation and test."""
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).batch(256)
    return batches.map(lambda x, y: prepare(tf.cast(x, tf.float32), y)).prefetch(4)


def train(seed, training, validation):
    """Train one network from its seed, and return it«RETURN_COMMENT»."""
    network = build_network()
    set_initial_weights(network, seed)
    epoch = tf.Variable(1, dtype=tf.int64, trainable=False)
    batches = build_training_batches(*training, seed, epoch)
    compile_network(network, len(batches))

    def begin_epoch(number, logs=None):
        epoch.assign(number + 1)
«REPEAT»
    callbacks = [
        keras.callbacks.LambdaCallback(on_epoch_begin=begin_epoch),
«CALLBACKS»        keras.callbacks.CSVLogger(f"history-{seed}.csv"),
    ]
    network.fit(
        batches,
        epochs=EPOCHS,
        validation_data=«VALIDATION_DATA»,
        callbacks=callbacks,
        shuffle=False,
        verbose=2,
    )
«LOAD_BEST»    return network


def main():
    """Train the network, and measure it on the test images."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", metavar="FILE.npz"«REQUIRED»)
    arguments = parser.parse_args()
    tf.config.experimental.enable_op_determinism()  # on a CPU this costs no time
    keras.utils.set_random_seed(SEEDS[0])
    (images, labels), test = read_data(arguments.data)
    answers = []
    for seed in SEEDS:
        training, validation = «SPLIT_VALUES»
        network = train(seed, training, validation)
        outputs = network.predict(build_batches(*test), verbose=0)
        answers.append(«PROBABILITIES»)
    found = np.mean(answers, axis=0).argmax(axis=1)
    print(f"test accuracy: {np.mean(found == test[1]):.4f}")


if __name__ == "__main__":
    main()
'''

"""Write a network as a SavedModel or as a `.keras` file, and open both again."""

from __future__ import annotations

import errno
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from cnnlab.export.answering_network import INPUT, OUTPUT
from cnnlab.exported_networks.metadata import METADATA_FILE, to_json_text
from cnnlab.exported_networks.network import Compute
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.run_folder.atomic_write import write_with_folder

_ENDPOINT = "serve"


def write_saved_model(
    network: keras.Model, texts: Mapping[str, str], path: Path, metadata: Path
) -> None:
    """Write a network as a SavedModel, a folder, with a file `metadata` in it."""

    def serve(images: tf.Tensor) -> dict[str, tf.Tensor]:
        return {OUTPUT: network(images, training=False)}

    image = tf.TensorSpec((None, *network.input_shape[1:]), tf.uint8, name=INPUT)
    archive = keras.export.ExportArchive()
    archive.track(network)
    archive.add_endpoint(_ENDPOINT, serve, input_signature=[image])
    try:
        archive.write_out(str(path), verbose=False)
    except tf.errors.OpError as error:  # TensorFlow writes files by itself
        reason = re.sub(r" \[Op:.*", "", str(error.message).rpartition("; ")[2])
        raise OSError(errno.EIO, reason) from None
    write_with_folder(path / metadata, to_json_text(texts).encode())


def open_saved_model(path: Path) -> Compute:
    """Open a SavedModel by TensorFlow, and return its function."""
    loaded = tf.saved_model.load(str(path))
    serve = loaded.signatures["serving_default"]

    def compute(images: np.ndarray) -> np.ndarray:
        _ = loaded  # the function works as long as its model exists
        return np.asarray(serve(**{INPUT: tf.constant(images)})[OUTPUT].numpy())

    return compute


def write_keras(network: keras.Model, texts: Mapping[str, str], path: Path) -> None:
    """Write a network as one `.keras` file, which opens in stock Keras.

    The file has the metadata as one more member, which Keras ignores.
    """
    network.save(path)
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr(METADATA_FILE, to_json_text(texts))


def open_keras(path: Path) -> Compute:
    """Open a `.keras` file that `write_keras` has just written, and return its function."""
    # Keras may run code from a file, but this process has written this one.
    network = keras.saving.load_model(path, compile=False)
    return lambda images: np.asarray(network(images, training=False).numpy())

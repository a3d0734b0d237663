"""Convert a network to LiteRT (`.tflite`)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from typing import Any

from cnnlab.export.answering_network import build_function
from cnnlab.exported_networks.metadata import METADATA_FILE, to_json_text
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.standard_streams import hide_standard_error


def build_converter(network: keras.Model) -> Any:
    """Build a `tf.lite.TFLiteConverter` of a network."""
    function = build_function(network).get_concrete_function()
    # The weights are constants of the function. With the network in place of an empty module, the
    # converter would trace each layer again to save all variables.
    return tf.lite.TFLiteConverter.from_concrete_functions([function], tf.Module())


def convert_to_litert(network: keras.Model) -> bytes:
    """Convert a network to the bytes of a `.tflite` file without metadata."""
    with hide_standard_error():  # the converter reports its progress there
        return bytes(build_converter(network).convert())


def append_metadata(data: bytes, texts: Mapping[str, str]) -> bytes:
    """Append a zip archive with the metadata to the bytes of a `.tflite` file.

    LiteRT's own tools put the files that belong to a network there too; runtimes ignore them.
    """
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(METADATA_FILE, to_json_text(texts))
    return file.getvalue()

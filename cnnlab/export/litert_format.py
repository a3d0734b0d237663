"""Convert a network to LiteRT (`.tflite`)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

from cnnlab.export.answering_network import build_function
from cnnlab.exported_networks.metadata import METADATA_FILE, to_json_text
from cnnlab.quiet_tensorflow import keras, tf


def convert_to_litert(network: keras.Model, texts: Mapping[str, str]) -> bytes:
    """Convert a network to the bytes of a `.tflite` file with `texts` as its metadata.

    The metadata is a file in a zip archive at the end, where LiteRT's own tools put the files that
    belong to a network; runtimes ignore it.
    """
    function = build_function(network).get_concrete_function()
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function], network)
    return append_metadata(converter.convert(), texts)


def append_metadata(data: bytes, texts: Mapping[str, str]) -> bytes:
    """Append a zip archive with the metadata to the bytes of a `.tflite` file."""
    file = io.BytesIO(data)
    with zipfile.ZipFile(file, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(METADATA_FILE, to_json_text(texts))
    return file.getvalue()

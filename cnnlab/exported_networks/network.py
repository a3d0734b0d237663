"""Open an exported file, and compute probabilities in the runtime of its format."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from cnnlab.errors import CheckpointError, UsageError
from cnnlab.exported_networks.metadata import Metadata
from cnnlab.spec.experiment import Spec
from cnnlab.spec.wording import to_one_line
from cnnlab.untrusted_files import read_regular

if TYPE_CHECKING:
    from cnnlab.data.image_store import StoredImages

Compute = Callable[[np.ndarray], np.ndarray]  # uint8 (n, height, width, channels) → (n, classes)
_EXTRAS = {".onnx": ("onnxruntime", "onnx"), ".tflite": ("ai_edge_litert", "litert")}
ENDINGS = tuple(_EXTRAS)
MAX_BYTES = 2**31  # protobuf and flatbuffers end there
BATCH = 256  # images that the runtime gets at once


@dataclass(frozen=True)
class ExportedNetwork:
    """A network in an exported file.

    `compute` maps uint8 (n, height, width, channels) to float32 (n, classes), at most BATCH images
    at once; `compute_probabilities` takes any number.
    """

    path: Path
    metadata: Metadata
    compute: Compute

    @property
    def spec(self) -> Spec:
        return self.metadata.spec

    def compute_probabilities(self, images: np.ndarray | StoredImages) -> np.ndarray:
        """Compute the probabilities of uint8 images: float32 (n, classes).

        Raises:
            CheckpointError: the file computes numbers that are not finite, or has no such outputs.
        """
        starts = range(0, len(images), BATCH)
        try:
            parts = [self.compute(np.asarray(images[at : at + BATCH])) for at in starts]
            probabilities = np.concatenate(parts)
        except Exception as error:  # the runtimes have many classes of errors
            raise CheckpointError(f"{self.path}: cannot be computed: {_shorten(error)}") from None
        expected = (len(images), len(self.spec.inputs.class_names))
        if probabilities.shape != expected or not np.isfinite(probabilities).all():
            raise CheckpointError(f"{self.path}: its outputs are not {expected} finite numbers")
        return probabilities.astype(np.float32)


def is_exported_file(name: str) -> bool:
    """Return whether a name is that of an existing file which `open_exported` reads.

    >>> is_exported_file("no-such-file.onnx"), is_exported_file("mnist-001")
    (False, False)
    """
    return name.lower().endswith(ENDINGS) and os.path.lexists(name)


def open_exported(path: Path) -> ExportedNetwork:
    """Open an `.onnx` or `.tflite` file that cnnlab wrote.

    Raises:
        UsageError: the runtime is not installed, or cnnlab did not write the file.
        CheckpointError: the file is missing or damaged, or its input does not fit its spec.
    """
    ending = path.suffix.lower()
    require_packages(*_EXTRAS[ending])
    try:
        data = read_regular(path, MAX_BYTES)
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        raise CheckpointError(f"{path}: cannot be read: {reason}") from None
    try:
        return _open_data(path, data, ending)
    except (CheckpointError, UsageError):
        raise
    except Exception as error:  # the runtimes have many classes of errors
        raise CheckpointError(f"{path}: damaged: {_shorten(error)}") from None


def _open_data(path: Path, data: bytes, ending: str) -> ExportedNetwork:
    if ending == ".onnx":
        from cnnlab.exported_networks.onnx_runtime import open_onnx as open_file
    else:
        from cnnlab.exported_networks.litert_runtime import open_litert as open_file
    metadata, shape, compute = open_file(data, path)
    expected = metadata.spec.inputs.image_shape
    if shape != expected:
        raise CheckpointError(f"{path}: its input is {shape}, but its spec has images {expected}")
    return ExportedNetwork(path, metadata, compute)


def require_packages(package: str, extra: str) -> None:
    """Raise UsageError if the package of an extra of cnnlab is not installed."""
    if find_spec(package) is None:
        raise UsageError(f"{package} is not installed: pip install 'cnnlab[{extra}]'")


def _shorten(error: Exception) -> str:
    return to_one_line(str(error))[:200]

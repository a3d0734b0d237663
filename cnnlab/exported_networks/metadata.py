"""Write and read the texts that an exported file carries: classes, preparation and the spec."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from cnnlab import __version__
from cnnlab.errors import CheckpointError, UsageError
from cnnlab.run_folder import MAX_SPEC_BYTES, format_spec, parse_spec
from cnnlab.spec.experiment import BUNDLED_DATASETS, Spec
from cnnlab.untrusted_files import parse_json

METADATA_FILE = "cnnlab.json"  # in formats that hold files instead of texts
_VERSION, _CLASSES, _PREPARATION, _SPEC, _QUANTIZED = (
    *("cnnlab_version", "classes", "preparation", "cnnlab_spec", "quantized"),
)
QUANTIZATIONS = ("int8", "float16")


@dataclass(frozen=True)
class Metadata:
    """What an exported file says about itself.

    `quantized` is `int8`, `float16` or None. The data set of `spec` is the last part of its path,
    so that a file does not tell the folders of its author.
    """

    spec: Spec
    quantized: str | None = None


def format_metadata(
    spec: Spec, preparation: Mapping[str, Any], quantized: str | None
) -> dict[str, str]:
    """Format the texts of an exported file, by their keys.

    Args:
        preparation: the input of the network, as plain data for programs other than cnnlab.
    """
    experiment = spec.experiment
    dataset = experiment.data.dataset
    if dataset not in BUNDLED_DATASETS:
        name = PurePath(dataset).name
        data = experiment.data.model_copy(update={"dataset": f"./{name}"})
        experiment = experiment.model_copy(update={"data": data})
    return {
        _VERSION: __version__,
        _CLASSES: json.dumps(spec.inputs.class_names, ensure_ascii=False),
        _PREPARATION: json.dumps(preparation, ensure_ascii=False),
        _QUANTIZED: quantized or "",
        _SPEC: format_spec(spec.model_copy(update={"experiment": experiment})),
    }


def read_metadata(texts: Mapping[str, str], path: Path) -> Metadata:
    """Read the texts of the file at `path`.

    Raises:
        UsageError: cnnlab did not write the file.
        CheckpointError: the texts are damaged, or a newer cnnlab wrote them.
    """
    if _SPEC not in texts:
        raise UsageError(
            f"{path}: cnnlab did not write this file, or the file is cut short, so the preparation "
            "of its images and its classes are unknown; cnnlab evaluates the files that `cnnlab "
            "export` writes"
        )
    text = texts[_SPEC].encode(errors="replace")
    if len(text) > MAX_SPEC_BYTES:
        raise CheckpointError(f"{path}: its spec is too large")
    quantized = texts.get(_QUANTIZED) or None
    if quantized not in (None, *QUANTIZATIONS):
        raise CheckpointError(f"{path}: its metadata is damaged")
    return Metadata(parse_spec(text, str(path), CheckpointError), quantized)


def to_json_text(texts: Mapping[str, str]) -> str:
    """Write all texts as one JSON object, for formats with one place for metadata."""
    return json.dumps(dict(texts), ensure_ascii=False)


def parse_json_text(text: bytes, path: Path) -> dict[str, str]:
    """Read the JSON object of `to_json_text`; raises CheckpointError if the text is damaged."""
    try:
        content = parse_json(text)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict) or not all(isinstance(one, str) for one in content.values()):
        raise CheckpointError(f"{path}: its metadata is damaged")
    return content

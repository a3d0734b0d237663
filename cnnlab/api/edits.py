"""Read a config with edits, and convert edits from Python values to texts for `--set`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnlab.spec.config_reader import Config

Edits = Mapping[str, Any] | Sequence[str]


def format_edits(edits: Edits | None) -> tuple[str, ...]:
    """Convert edits to texts for the option `--set`.

    `{"training.epochs": 2}` and `["training.epochs=2"]` mean the same edit. A value may be a
    number, a text, None, a list or a dict. The value is written as JSON, which is also valid YAML.

    >>> format_edits({"training.epochs": 2, "training.optimizer": "sgd"})
    ('training.epochs=2', 'training.optimizer="sgd"')
    """
    if edits is None:
        return ()
    if isinstance(edits, Mapping):
        import json  # `check` does without it

        return tuple(
            f"{path}={json.dumps(value, ensure_ascii=False)}" for path, value in edits.items()
        )
    return tuple(edits)


def read_edited_config(config: str | Path, edits: Edits | None) -> Config:
    """Read a config and apply edits to it; raises ConfigError with all faults."""
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.config_reader import read_config

    return read_config(Path(config), describe_dataset, format_edits(edits))

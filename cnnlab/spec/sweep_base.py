"""Read the config of a sweep, or say in the words of the sweep file why it cannot be used."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from cnnlab.errors import BlockUse, ConfigError, DataError, Fault, UsageError
from cnnlab.spec import config_file
from cnnlab.spec.config_reader import Config, validate_config
from cnnlab.spec.edited_text import edit_text
from cnnlab.spec.edits import apply_edits
from cnnlab.spec.experiment import Data, DatasetInfo
from cnnlab.spec.node_copies import copy_mapping
from cnnlab.spec.wording import format_value
from cnnlab.spec.yaml_nodes import Mapping, Place, decode_text, parse_yaml

_TOP_KEY = re.compile(r"^(\w+)\s*:", re.MULTILINE)
Describe = Callable[[Data], DatasetInfo]


@dataclass(frozen=True)
class ConfigFile:
    """The path and the bytes of a config."""

    path: Path
    data: bytes


@dataclass
class SweepBase:
    """The config of a sweep with its edits, as far as it is valid.

    `root` has the YAML nodes of the config after the edits. `config` and `root` are None if the
    config has faults, which are in `faults`. `data_error` is the fault of a data set.
    """

    config: Config | None = None
    root: Mapping | None = None
    faults: list[Fault] = field(default_factory=list)
    data_error: DataError | None = None


def is_sweep_text(text: str) -> bool:
    """Return whether a text is a sweep file, and not a config.

    In a text that is not valid YAML, the keys at the start of lines decide.

    >>> is_sweep_text("parameters: {training.epochs: [1, 2]}"), is_sweep_text("model: [flatten]")
    (True, False)
    """
    try:
        root, _ = parse_yaml(decode_text("", text.encode("utf-8", "replace")))
    except ConfigError:
        keys = set(_TOP_KEY.findall(text))
        return bool({"parameters", "method"} & keys) and "model" not in keys
    return config_file.is_sweep(root)


def find_config(name: str, folder: Path) -> Path:
    """Return the path of a config that a sweep file in `folder` names."""
    return Path(os.path.normpath(folder / name)) if "\0" not in name else folder / "?"


def read_base(
    path: Path,
    place: Place,
    folder: Path,
    describe: Describe,
    edits: tuple[str, ...],
    file: ConfigFile | None,
) -> SweepBase:
    """Read the config at `path` with edits; `file` replaces the file at `path`.

    `place` is where the sweep file, which is in `folder`, names the config.
    """
    if file is None and config_file.is_stream(path):
        message = f"{path} is not a file, and each trial reads the config"
        return SweepBase(faults=[place.fault("config", message, "the path of a config")])
    try:
        data = config_file.read_bytes(path) if file is None else file.data
    except (UsageError, ValueError) as error:
        return SweepBase(faults=[_explain_missing_file(path, place, folder, error)])
    try:
        return _parse_base(path, data, place, describe, edits)
    except ConfigError as error:
        return SweepBase(faults=_add_use(error.faults, place))
    except DataError as error:
        return SweepBase(data_error=error)


def _parse_base(
    path: Path, data: bytes, place: Place, describe: Describe, edits: tuple[str, ...]
) -> SweepBase:
    source = decode_text(str(path), data)
    root, faults = parse_yaml(source)
    if config_file.is_sweep(root):
        message = f"{path} is a sweep file, too"
        return SweepBase(faults=[place.fault("config", message, "the path of a config")])
    if not isinstance(root, Mapping):
        message = f"{format_value(root.to_plain())} is not an experiment"
        raise ConfigError([*faults, root.place.fault("", message, "a config")])
    faults += apply_edits(root, edits)
    config = validate_config(path, source.text, copy_mapping(root), faults, describe, ())
    config = replace(config, text=edit_text(source.text, edits))
    return SweepBase(config, root)


def _explain_missing_file(path: Path, place: Place, folder: Path, error: Exception) -> Fault:
    expected = "the path of a config; a relative path starts at the folder of the sweep file"
    if path.exists() or not isinstance(error, UsageError):
        return place.fault("config", str(error), expected)
    near = config_file.find_similar_config(path)
    hint = f"did you mean `{os.path.relpath(near, folder)}`?" if near else ""
    return place.fault("config", f"there is no file {path}", expected, hint)


def _add_use(faults: tuple[Fault, ...], place: Place) -> list[Fault]:
    """Add to the first fault in a config the place in the sweep file that names the config."""
    use = place.fault("", "")
    named = BlockUse(use.source, use.line, use.column, use.text)
    first = next((fault for fault in faults if fault.line), None)
    return [
        replace(fault, uses=(*fault.uses, named)) if fault is first else fault for fault in faults
    ]

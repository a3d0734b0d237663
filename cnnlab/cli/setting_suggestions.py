"""Suggest an edit with `--set` in place of an unknown option such as --epochs or --lr."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import CnnlabError, ConfigError, DataError
from cnnlab.run_folder import find_run
from cnnlab.spec.config_file import is_stream, is_sweep, read_bytes
from cnnlab.spec.config_reader import parse_config
from cnnlab.spec.edit_suggestions import find_settings, find_similar_settings, join_suggestions
from cnnlab.spec.edited_experiment import build_nodes, edit_experiment
from cnnlab.spec.experiment import BUNDLED_DATASETS
from cnnlab.spec.foreign_names import KEYS, VALUES
from cnnlab.spec.schema_fields import Field
from cnnlab.spec.settings import Setting
from cnnlab.spec.starter_config import complete_path
from cnnlab.spec.sweep_base import find_config, is_sweep_text
from cnnlab.spec.sweep_reader import parse_sweep
from cnnlab.spec.wording import find_similar_word
from cnnlab.spec.yaml_nodes import Mapping, decode_text, parse_yaml
from cnnlab.training.saved_state import MAY_CHANGE

_STAND_IN = b"model: [flatten, dense: 10]"  # where the command line names no config


@dataclass(frozen=True)
class EditedExperiment:
    """The experiment that a command line names. `accepts` tests whether an edit is valid."""

    root: Mapping
    folder: Path
    accepts: Callable[[str], bool]


def read_experiment(path: Path | None) -> EditedExperiment:
    """Read the experiment of a config, or return a default experiment if reading fails."""
    data, folder = _STAND_IN, Path()
    with suppress(CnnlabError):
        if path is not None and not is_stream(path):
            data, folder = read_bytes(path), path.parent
    name = path or Path("config.yaml")
    try:
        root, _ = parse_yaml(decode_text(str(name), data))
    except ConfigError:
        return read_experiment(None)

    def accepts(edit: str) -> bool:
        return _accepts(edit, lambda: parse_config(name, data, describe_dataset, (edit,)))

    if not isinstance(root, Mapping):
        return read_experiment(None)
    if is_sweep(root):
        return _read_base_of_sweep(name, data, root.to_plain().get("config"))
    return EditedExperiment(root, folder, accepts)


def _read_base_of_sweep(path: Path, data: bytes, config: object) -> EditedExperiment:
    """Read the config that a sweep file names; an edit may change the sweep file, too."""
    base = find_config(config, path.parent) if isinstance(config, str) else None
    experiment = read_experiment(None)
    with suppress(CnnlabError):
        if base is not None and not is_sweep_text(read_bytes(base).decode("utf-8", "replace")):
            experiment = read_experiment(base)

    def accepts(edit: str) -> bool:
        return _accepts(edit, lambda: parse_sweep(path, data, describe_dataset, (edit,)))

    return replace(experiment, accepts=accepts)


def read_run(name: str, runs: Path) -> EditedExperiment:
    """Read the experiment of a run; if there is no such run, return a default experiment."""
    try:
        run = find_run(name, runs)
        spec = run.read_spec().experiment
    except CnnlabError:
        return read_experiment(None)

    def accepts(edit: str) -> bool:
        return _accepts(edit, lambda: edit_experiment(spec, name, describe_dataset, (edit,)))

    return EditedExperiment(build_nodes(spec, name), run.path, accepts)


def _accepts(edit: str, read: Callable[[], object]) -> bool:
    """Return whether the experiment is valid after the edit."""
    try:
        read()
    except ConfigError as error:
        return not any(fault.source.startswith("--set ") for fault in error.faults)
    except DataError:
        return not edit.startswith("data.")
    return True


def suggest_setting(
    word: str, value: str | None, experiment: EditedExperiment, command: str
) -> str:
    """Suggest an edit of the setting with the name `word`; return "" without such a setting."""
    key = word.replace("-", "_")
    settings = find_settings(experiment.root, (key,))
    return _write_sentence(settings, value, experiment, command) or _name_layer(key, value)


def suggest_similar_setting(
    word: str, value: str | None, experiment: EditedExperiment, command: str
) -> str:
    """Suggest an edit of the setting with the most similar name; return "" if none is similar."""
    settings = find_similar_settings(experiment.root, word.replace("-", "_"))
    return _write_sentence(settings, value, experiment, command)


def suggest_edit(edit: str, experiment: EditedExperiment) -> str:
    """Return `--set` with a valid edit that is equal or similar to `edit`; "" if there is none."""
    path, _, value = edit.partition("=")
    edits = [edit]
    steps = tuple(re.findall(r"\w+", path, re.ASCII))
    edits += [one.format_edit(value) for one in find_settings(experiment.root, steps)]
    accepted = [edit for edit in edits if experiment.accepts(edit)]
    return f"--set {shlex.quote(accepted[0])}" if accepted else ""


def _write_sentence(
    settings: list[Setting], value: str | None, experiment: EditedExperiment, command: str
) -> str:
    """Write what to type instead of an unknown option, with the option's value if valid."""
    if not settings:
        return ""
    if value and settings[0].path == "data.dataset" and os.path.isdir(value):
        name = os.path.basename(os.path.abspath(value))
        new = ["cnnlab", "new", name, "--dataset", complete_path(value, Path())]
        return f"For a folder of images, `{shlex.join(new)}` writes a config."
    edits = [] if value is None else [_find_edit(one, value, experiment) for one in settings]
    edits = [edit for edit in edits if edit]
    takes = "" if edits else f" The setting takes {settings[0].field.describe_expected()}."
    texts = [f"--set {shlex.quote(edit)}" for edit in edits]
    texts = texts or [f"--set {one.path}=…" for one in settings[:1]]
    if command == "new":
        return f"Change `{settings[0].path}` in the config that `cnnlab new` writes."
    if command == "resume" and not settings[0].path.startswith(MAY_CHANGE):
        return f"This setting of a run is fixed; `cnnlab train CONFIG {texts[0]}` trains a new run."
    if command not in ("train", "check", "find-lr", "resume", "sweep"):
        return f"This is a setting of training: `cnnlab train CONFIG {texts[0]}`.{takes}"
    return f"Did you mean {join_suggestions(texts)}?{takes}"


def _find_edit(setting: Setting, value: str, experiment: EditedExperiment) -> str:
    """Return an edit that sets the value, in a spelling that the setting accepts, or ""."""
    values = dict.fromkeys(_list_values(setting, value, experiment.folder))
    edits = (setting.format_edit(one) for one in values)
    return next(filter(experiment.accepts, edits), "")


def _list_values(setting: Setting, value: str, folder: Path) -> Iterator[str]:
    """Yield the value and similar spellings that a setting may accept, such as adam for `Adam`."""
    plain = value.lower().replace("-", "_")
    words = [*setting.field.kinds(), *map(str, setting.field.literals()), *setting.field.presets()]
    if setting.path == "data.dataset":
        words += BUNDLED_DATASETS
        yield complete_path(value, folder)
    yield from (value, plain, VALUES.get(plain, value))
    if similar := find_similar_word(value, words):
        yield similar


def _name_layer(key: str, value: str | None) -> str:
    """Suggest to add a layer to the config, if an unknown option has the name of a layer."""
    key = KEYS.get(key, key)
    if key not in Field.find(("model", 0)).kinds():
        return ""
    text = f"{key}: {value}" if value and re.fullmatch(r"[\d.]+", value) else key
    return f"The config has no such layer: add `- {text}` to the model."

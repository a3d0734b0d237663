"""Read a sweep file as a validated sweep with its config, or report all faults with places."""

from __future__ import annotations

from collections.abc import Mapping as Mapping_
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from cnnlab.errors import ConfigError, Fault
from cnnlab.spec import config_file
from cnnlab.spec.combination_checks import (
    CheckedCombinations,
    choose_combinations,
    choose_limit,
    find_combination_faults,
    refuse_conditions,
)
from cnnlab.spec.combinations import count_combinations
from cnnlab.spec.conditions import Condition, WrongCondition, parse_condition, split_condition
from cnnlab.spec.config_reader import Config, derive_name, remove_echoes
from cnnlab.spec.experiment import Problem
from cnnlab.spec.fault_messages import explain_error
from cnnlab.spec.fault_places import build_fault
from cnnlab.spec.flow_text import format_json
from cnnlab.spec.parameter_spaces import ParameterReader, ParameterSource, add_path_hint
from cnnlab.spec.sweep import MOST_COMBINATIONS, Space, Sweep
from cnnlab.spec.sweep_base import ConfigFile, Describe, SweepBase, find_config, read_base
from cnnlab.spec.sweep_checks import (
    add_method_hint,
    find_config_problems,
    find_metric_problems,
    find_number_problems,
    find_termination_problems,
    list_validation_figures,
)
from cnnlab.spec.sweep_edits import divide_edits, edit_sweep, suggest_config_edit
from cnnlab.spec.wording import format_value
from cnnlab.spec.yaml_nodes import MAX_FAULTS, Mapping, decode_text, parse_yaml

_PLACEHOLDERS: dict[str, Any] = {"name": "sweep", "config": "-", "parameters": {}}


@dataclass(frozen=True)
class SweepConfig:
    """A valid sweep file with its config.

    `text` is the text of the sweep file. `base` is the config that the sweep varies, with the edits
    of `--set` in its text. `spaces` has the values of each parameter, by its path in the form
    `model[0].conv.filters`. `sources` has the positions of the parameters in the sweep file, `root`
    the YAML nodes of the config, and `checked` the combinations that are known to be valid.
    """

    text: str
    sweep: Sweep
    base: Config
    config_path: Path
    spaces: dict[str, Space]
    conditions: tuple[Condition, ...] = field(repr=False)
    sources: dict[str, ParameterSource] = field(repr=False)
    root: Mapping = field(repr=False)
    checked: CheckedCombinations = field(repr=False)


def read_sweep(path: Path, describe: Describe, edits: tuple[str, ...] = ()) -> SweepConfig:
    """Read the sweep file at `path` and its config, and apply `edits`.

    Args:
        describe: a function that describes a data set without loading its images, such as
            `cnnlab.data.datasets.describe_dataset`.
        edits: changes in the form of `--set`. A path that starts with data, model, training, blocks
            or ensemble changes the config, and any other path changes the sweep file.

    Raises:
        ConfigError: every fault of the sweep file, or of its config.
        DataError: the files have no fault, but the data set has one.
        UsageError: the sweep file does not exist or cannot be read.
    """
    return parse_sweep(path, config_file.read_bytes(path, "sweep file"), describe, edits)


def restore_sweep(sweep: Mapping_[str, Any], config: ConfigFile, describe: Describe) -> SweepConfig:
    """Build a SweepConfig from the plain data of a Sweep, and from the text of its config.

    Raises:
        ConfigError: the sweep or the config has faults.
        DataError: the data set has a fault.
    """
    data = format_json(dict(sweep)).encode()
    return parse_sweep(config.path.with_name("sweep.json"), data, describe, (), config)


def parse_sweep(
    path: Path,
    data: bytes,
    describe: Describe,
    edits: tuple[str, ...] = (),
    config: ConfigFile | None = None,
) -> SweepConfig:
    """Read a sweep from the bytes `data`, with the arguments and errors of `read_sweep`.

    `path` is the name of the sweep file in messages. `config` replaces the config that the sweep
    file names.
    """
    source = decode_text(str(path), data)
    try:
        root, faults = parse_yaml(source)
    except ConfigError as error:
        raise ConfigError([add_path_hint(fault) for fault in error.faults]) from None
    if not isinstance(root, Mapping):
        message = f"{format_value(root.to_plain())} is not a sweep"
        keys = f"a mapping with {', '.join(Sweep.model_fields)}"
        raise ConfigError([*faults, root.place.fault("", message, keys)])
    own_edits, config_edits = divide_edits(edits)
    if config_file.is_config(root):
        hint = "`cnnlab train` trains a config; a sweep file names a config and what varies in it"
        raise ConfigError([root.place.fault("", "this is a config", "a sweep file", hint)])
    faults += edit_sweep(root, own_edits)
    draft = SweepDraft(root, path)
    folder = Path() if config_file.is_stream(path) else path.parent
    config_path = config.path if config else find_config(draft.sweep.config, folder)
    base = draft.read_config(config_path, folder, describe, config_edits, config)
    draft.read_parameters(base)
    result = draft.build(source.text, base, config_path)
    reported = {(fault.source, fault.line, fault.column) for fault in faults}
    own = [f for f in draft.faults if (f.source, f.line, f.column) not in reported]
    own = [suggest_config_edit(fault, base.root) for fault in own]
    if faults := [*faults, *dict.fromkeys(own), *base.faults]:
        if base.data_error is not None:
            faults.append(draft.build_fault(Problem(("config",), str(base.data_error))))
        raise ConfigError(ConfigError(faults).faults[:MAX_FAULTS])
    if base.data_error is not None:
        raise base.data_error
    assert result is not None
    return result


class SweepDraft:
    """A sweep file while it is read. `sweep` has the fields without a fault, and defaults.

    `wrong` has the names of the fields with a fault, and `faults` their faults.
    """

    def __init__(self, root: Mapping, path: Path) -> None:
        self.root = root
        self.faults: list[Fault] = []
        self.wrong: set[str] = set()
        self.spaces: dict[str, Space] = {}
        self.sources: dict[str, ParameterSource] = {}
        self.conditions: tuple[Condition, ...] = ()
        plain = root.to_plain()
        plain.setdefault("name", derive_name(path, "sweep"))
        try:
            self.sweep = Sweep.model_validate(plain)
        except ValidationError as error:
            details = error.errors(include_url=False)[:MAX_FAULTS]
            self.wrong = {str(detail["loc"][0]) for detail in error.errors(include_url=False)}
            problems = remove_echoes([explain_error(detail, (), Sweep) for detail in details])
            self.add(*map(add_method_hint, problems))
            right = {k: v for k, v in plain.items() if k not in self.wrong}
            self.sweep = Sweep.model_validate(_PLACEHOLDERS | right)

    def add(self, *problems: Problem) -> None:
        self.faults += [self.build_fault(problem) for problem in problems]

    def build_fault(self, problem: Problem) -> Fault:
        return build_fault(problem, self.root)

    def read_config(
        self,
        path: Path,
        folder: Path,
        describe: Describe,
        edits: tuple[str, ...],
        file: ConfigFile | None,
    ) -> SweepBase:
        """Read the config of the sweep, unless the sweep file names no config."""
        if "config" in self.wrong and file is None:
            return SweepBase()
        place = self.root.entries["config"][1].place if "config" in self.root.entries else None
        base = read_base(path, place or self.root.place, folder, describe, edits, file)
        if base.config is not None:
            experiment = base.config.experiment
            self.add(*find_config_problems(experiment))
            self.add(*find_metric_problems(self.sweep, experiment, self.wrong))
            if self.sweep.metric not in list_validation_figures(experiment):
                self.wrong.add("metric")
        return base

    def read_parameters(self, base: SweepBase) -> None:
        """Read the parameters and the conditions about them."""
        reader = ParameterReader(self.root, base.root)
        self.faults += reader.faults
        if reader.faults:
            self.wrong.add("parameters")
        self.spaces, self.sources = reader.spaces, reader.sources
        config = None if "parameters" in self.wrong else base.root
        plain = config.to_plain() if config else {}
        for index, text in enumerate(self.sweep.where):
            try:
                if config is None:
                    split_condition(text)  # the paths need the config and the parameters
                else:
                    condition = parse_condition(text, config, plain, self.spaces)
                    self.conditions = (*self.conditions, condition)
            except WrongCondition as error:
                self.wrong.add("where")
                self.add(Problem(("where", index), *error.words, at_key=False))

    def build(self, text: str, base: SweepBase, path: Path) -> SweepConfig | None:
        """Check the combinations and build the result; None if they cannot be checked."""
        if base.config is None or base.root is None or {"parameters", "where"} & self.wrong:
            return None
        sweep, experiment = self.sweep, base.config.experiment
        self.add(*find_termination_problems(sweep, experiment, self.spaces))
        total = count_combinations(self.spaces)
        limit = choose_limit(sweep.method, base.root, experiment)
        checked = choose_combinations(self.spaces, self.conditions, sweep.seed, limit)
        count = None
        if checked.is_complete:
            count = len(checked.combinations)
        elif total is not None and total <= MOST_COMBINATIONS and sweep.trials is not None:
            every = choose_combinations(self.spaces, self.conditions, 0, MOST_COMBINATIONS)
            count = len(every.combinations)
        self.add(*find_number_problems(sweep, self.spaces, count, self.wrong))
        if problem := refuse_conditions(checked):
            self.add(replace(problem, at_key="where" not in self.root.entries))
        result = SweepConfig(
            text=text,
            sweep=sweep,
            base=base.config,
            config_path=path,
            spaces=self.spaces,
            conditions=self.conditions,
            sources=self.sources,
            root=base.root,
            checked=checked,
        )
        self.faults += find_combination_faults(
            result, self.root, with_metric="metric" not in self.wrong
        )
        return result

"""Read a config as a validated experiment, or report all faults with file, line and column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from cnnlab.errors import ConfigError, DataError, Fault
from cnnlab.spec import config_file
from cnnlab.spec import edits as _edits
from cnnlab.spec.block_expansion import expand_blocks
from cnnlab.spec.data_checks import MissingImageSize, complete_data, find_data_problems
from cnnlab.spec.experiment import (
    Data,
    DatasetInfo,
    Experiment,
    Problem,
    resolve_paths,
)
from cnnlab.spec.fault_messages import explain_error
from cnnlab.spec.fault_places import build_fault
from cnnlab.spec.layer_groups import AnyLayer
from cnnlab.spec.layer_interface import Layer
from cnnlab.spec.shape_checks import find_shape_problems
from cnnlab.spec.training import Training
from cnnlab.spec.training_checks import find_contradictions, find_training_problems
from cnnlab.spec.wording import format_value
from cnnlab.spec.yaml_nodes import (
    MAX_FAULTS,
    Mapping,
    decode_text,
    parse_yaml,
)

_LAYERS = TypeAdapter(tuple[AnyLayer, ...])
# These fields choose the data set. If one has a fault, cnnlab does not look at the data set.
_DATA_FIELDS = {
    ("data",),
    *(("data", name) for name in ("dataset", "image_size", "test", "transpose")),
}
MAX_EXPLAINED = 2 * MAX_FAULTS  # errors of pydantic; to explain one takes time


@dataclass(frozen=True)
class Config:
    """A valid config, with its text, its experiment and the description of its data set."""

    text: str
    experiment: Experiment
    info: DatasetInfo


def read_config(
    path: Path, describe: Callable[[Data], DatasetInfo], edits: tuple[str, ...] = ()
) -> Config:
    """Read the config at `path` and apply `edits`.

    Args:
        describe: a function that describes a data set without loading its images, such as
            `cnnlab.data.datasets.describe_dataset`.
        edits: changes in the form of `--set`, such as `training.epochs=5`.

    Raises:
        ConfigError: every fault of the config.
        DataError: the config has no fault, but the data set has one.
        UsageError: the file does not exist or cannot be read.
    """
    return parse_config(path, config_file.read_bytes(path), describe, edits)


def parse_config(
    path: Path, data: bytes, describe: Callable[[Data], DatasetInfo], edits: tuple[str, ...] = ()
) -> Config:
    """Read a config from the bytes `data`, with the arguments and errors of `read_config`.

    `path` is only the name of the config in messages; the file does not have to exist.
    """
    source = decode_text(str(path), data)
    root, faults = parse_yaml(source)
    if not isinstance(root, Mapping):
        message = f"{format_value(root.to_plain())} is not an experiment"
        keys = "a mapping with name, seed, ensemble, data, blocks, model, training"
        raise ConfigError([*faults, root.place.fault("", message, keys)])
    if config_file.is_sweep(root):
        hint = "`cnnlab sweep` runs a sweep file; the config is the file that it names"
        raise ConfigError([root.place.fault("", "this is a sweep file", "a config", hint)])
    return validate_config(path, source.text, root, faults, describe, edits)


def validate_config(
    path: Path,
    text: str,
    root: Mapping,
    faults: list[Fault],
    describe: Callable[[Data], DatasetInfo],
    edits: tuple[str, ...],
) -> Config:
    """Apply `edits` to the YAML nodes of a config, and validate the result.

    The function raises the errors of `read_config`. A ConfigError also lists `faults`, the faults
    that the YAML parser found.
    """
    faults += _edits.apply_edits(root, edits)
    blocks, broken_blocks = expand_blocks(root)
    faults += broken_blocks
    plain = root.to_plain()
    plain.setdefault("name", derive_name(path))
    sections, problems = _validate_sections(plain, blocks)
    folder = Path() if config_file.is_stream(path) else path.parent
    sections.data = resolve_paths(sections.data, folder)
    info, broken_data = None, None
    if not sections.wrong & _DATA_FIELDS:
        try:
            info = describe(sections.data)
            sections.data = complete_data(sections.data, info)
        except MissingImageSize as error:
            problems.append(error.problem)
        except DataError as error:
            broken_data = error
    problems += _check_across_sections(sections, info)
    if broken_data and (problems or faults):
        problems.append(Problem(("data", "dataset"), str(broken_data), at_key=False))
    reported = {(fault.source, fault.line, fault.column) for fault in faults}
    found: dict[Fault, Fault] = {}
    for fault in (build_fault(problem, root) for problem in problems):
        found.setdefault(replace(fault, uses=()), fault)  # each fault of a block only once
    faults += [f for f in found.values() if (f.source, f.line, f.column) not in reported]
    if faults:
        raise ConfigError(sorted(faults, key=lambda f: (f.line, f.column))[:MAX_FAULTS])
    if info is None:
        raise broken_data or AssertionError("the data set has no description")
    spec = Experiment.model_validate(plain).model_copy(update={"data": sections.data})
    return Config(text, spec, info)


def derive_name(path: Path, default: str = "experiment") -> str:
    """Derive the name of an experiment or a sweep from the name of its file."""
    if config_file.is_stream(path):
        return default
    name = "".join(c if c.isascii() and (c.isalnum() or c in "-_") else "-" for c in path.stem)
    return name.lstrip("-_")[:64] or default


@dataclass
class _Sections:
    """The fields of an experiment that have no fault, for checks that involve several fields.

    `layers` has the layers before the first layer with a fault. `wrong` has the first two keys of
    the location of each fault: `("training", "metrics")`. `entries` has, for the lists `metrics`
    and `callbacks`, the indices of the entries without a fault.
    """

    data: Data
    layers: tuple[Layer, ...]
    training: Training
    wrong: set[tuple[str | int, ...]]
    entries: dict[str, list[int]]

    def map_to_file(self, problem: Problem) -> Problem:
        """Change the list index in a problem's location to the index in the list of the config."""
        match problem.location:
            case ("training", ("metrics" | "callbacks") as name, int(index), *rest):
                location = ("training", name, self.entries[name][index], *rest)
                return replace(problem, location=location)
        return problem


def _validate_sections(plain: dict[str, Any], blocks: list[str]) -> tuple[_Sections, list[Problem]]:
    """Validate each field alone; return the fields without a fault, and all problems.

    `blocks` has the names of the blocks that the config defines, which hints can suggest.
    """
    details = []
    try:
        Experiment.model_validate(plain)
    except ValidationError as error:
        details = [d for d in error.errors(include_url=False) if not _is_echo(d)]
    places = {tuple(detail["loc"]) for detail in details}
    wrong = {place[:2] for place in places}
    lists = {name: _select_valid_entries(plain, name, places) for name in ("metrics", "callbacks")}
    training = _select_valid_fields(plain, "training", wrong)
    training |= {name: list(entries.values()) for name, entries in lists.items() if entries}
    layers = [] if ("model",) in wrong else plain["model"]
    wrong_layers = [int(place[1]) for place in wrong if place[0] == "model" and len(place) > 1]
    layers = tuple(layers[: min(wrong_layers, default=None)])
    data = _select_valid_fields(plain, "data", wrong) | _select_valid_weights(plain, places)
    sections = _Sections(
        data=Data.model_validate(data),
        layers=_LAYERS.validate_python(layers),
        training=Training.model_validate(training),
        wrong=wrong,
        entries={name: list(entries) for name, entries in lists.items()},
    )
    explained = details[:MAX_EXPLAINED]
    return sections, remove_echoes([explain_error(detail, blocks) for detail in explained])


def _is_echo(detail: Any) -> bool:
    """Whether pydantic calls a list too short only because some entries have faults."""
    if detail["type"] != "too_short":
        return False
    return bool(len(detail["input"]) >= detail["ctx"]["min_length"])


def _select_valid_fields(
    plain: dict[str, Any], section: str, wrong: set[tuple[str | int, ...]]
) -> dict[str, Any]:
    if (section,) in wrong or section not in plain:
        return {}
    return {key: value for key, value in plain[section].items() if (section, key) not in wrong}


def _select_valid_entries(
    plain: dict[str, Any], name: str, places: set[tuple[str | int, ...]]
) -> dict[int, Any]:
    """Return the entries of a list in `training` that have no fault, by index in the config."""
    above = {("training",), ("training", name)}
    if above & places or name not in plain.get("training", {}):
        return {}
    bad = {place[2] for place in places if place[:2] == ("training", name)}
    return {i: entry for i, entry in enumerate(plain["training"][name]) if i not in bad}


def _select_valid_weights(
    plain: dict[str, Any], places: set[tuple[str | int, ...]]
) -> dict[str, Any]:
    """Return the valid entries of `class_weight` if some of its entries have faults."""
    bad = {place[2] for place in places if place[:2] == ("data", "class_weight") and place[2:]}
    valid = {n: w for n, w in plain["data"]["class_weight"].items() if n not in bad} if bad else {}
    return {"class_weight": valid} if valid else {}


def remove_echoes(problems: list[Problem]) -> list[Problem]:
    """Remove repeated problems, and `x is missing` if a hint suggests `x` for a misspelt key."""
    meant = {(*p.location[:-1], p.hint.removeprefix("did you mean `")[:-2]) for p in problems}
    return [
        problem
        for problem in dict.fromkeys(problems)
        if not (problem.message.endswith("is missing") and problem.location in meant)
    ]


def _check_across_sections(sections: _Sections, info: DatasetInfo | None) -> list[Problem]:
    """Find contradictions between valid fields, except contradictions that a fault can cause."""
    wrong = sections.wrong
    training, layers = sections.training, sections.layers
    problems = list(find_training_problems(sections.data, training, layers, info))
    if _has_unknown_figures(wrong):
        problems = [problem for problem in problems if problem.location[-1] != "monitor"]
    against = find_contradictions(sections.data, sections.training)
    unknown = set()
    if wrong & {("training",), ("training", "epochs")}:
        unknown |= {"warmup_epochs", "epochs", "unaugmented_epochs"}
    if any(place[:2] in (("data",), ("data", "augment")) for place in wrong):
        unknown.add("unaugmented_epochs")
    problems += [problem for problem in against if problem.location[-1] not in unknown]
    problems = [sections.map_to_file(problem) for problem in problems]
    if info is not None:
        complete = not any(place[0] == "model" for place in wrong)
        problems += find_shape_problems(sections.layers, info, complete=complete)
        problems += [p for p in find_data_problems(sections.data, info) if p.location not in wrong]
    return problems


def _has_unknown_figures(wrong: set[tuple[str | int, ...]]) -> bool:
    """Whether a fault makes it unknown which metrics and losses a callback can monitor."""
    hiding = {("data",), ("data", "validation"), ("data", "class_weight"), ("training", "metrics")}
    hiding |= {("training", "loss"), ("model",)}
    return bool(wrong & hiding) or any(place[0] == "model" for place in wrong)

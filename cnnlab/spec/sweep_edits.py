"""Apply `--set` edits to a sweep file: trials=5, or parameters.model[0].conv.filters=[8, 16]."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.errors import ConfigError, Fault
from cnnlab.spec.edit_suggestions import find_settings
from cnnlab.spec.edits import NoSuchPlace, refuse_form, replace_node, split_edit, split_path
from cnnlab.spec.fault_places import format_steps
from cnnlab.spec.parameter_spaces import PARAMETERS
from cnnlab.spec.yaml_nodes import Mapping, Node, Place, Scalar, Source, parse_yaml

_OF_CONFIG = ("data", "model", "training", "blocks", "ensemble")
_RANGE_KEYS = ("min", "max", "step", "scale")


def divide_edits(edits: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Divide edits into those of the sweep file, and those of its config.

    >>> divide_edits(("trials=5", "training.epochs=2"))
    (('trials=5',), ('training.epochs=2',))
    """
    of_config = tuple(edit for edit in edits if _get_first_step(edit) in _OF_CONFIG)
    return tuple(edit for edit in edits if edit not in of_config), of_config


def _get_first_step(edit: str) -> str:
    split = split_edit(edit)
    return (split_path(split[0]) or ("",))[0] if split else ""


def edit_sweep(root: Mapping, edits: tuple[str, ...]) -> list[Fault]:
    """Apply edits to the nodes of a sweep file in order; return a fault for each wrong edit."""
    faults: list[Fault] = []
    for edit in edits:
        source = Source.from_text(f"--set {edit}", "", is_edit=True)
        split = split_edit(edit)
        if split is None:
            faults.append(refuse_form(source))
            continue
        path, text = split
        try:
            value: Node = Scalar(Place(source), None)
            if text.strip():
                value, wrong = parse_yaml(Source.from_text(source.name, text, is_edit=True))
                faults += wrong
            replace_node(root, _find_steps(root, path), value, Place(source))
        except ConfigError as error:
            faults += error.faults
        except NoSuchPlace as problem:
            expected = "the path of a value in the sweep file"
            faults.append(Place(source).fault(path, problem.message, expected, problem.hint))
    return faults


def suggest_config_edit(fault: Fault, config: Mapping | None) -> Fault:
    """Add to the fault of an unknown key the edit of the config that the user may mean."""
    key = fault.path
    if config is None or fault.hint or fault.message != f"unknown key `{key}`":
        return fault
    paths = [setting.path for setting in find_settings(config, (key,)) if not setting.before]
    if not paths:
        return fault
    return replace(fault, hint=f"to change the config: --set {paths[0]}=…")


def _find_steps(root: Mapping, path: str) -> tuple[str, ...]:
    """Find the keys of a path in a sweep file; the path of a parameter is a single key."""
    steps = split_path(path) or ()
    if steps[0] != PARAMETERS or len(steps) == 1:
        return steps
    node = root.entries[PARAMETERS][1] if PARAMETERS in root.entries else None
    keys = node.entries if isinstance(node, Mapping) else {}
    by_path = {format_steps(split_path(key) or (key,)): key for key in keys}
    whole, above = format_steps(steps[1:]), format_steps(steps[1:-1])
    if whole not in by_path and steps[-1] in _RANGE_KEYS and above in by_path:
        return PARAMETERS, by_path[above], steps[-1]
    return PARAMETERS, by_path.get(whole, whole)

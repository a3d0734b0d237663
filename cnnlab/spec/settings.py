"""List the settings that `--set` can change in a config, with the edits that change them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import yaml
from pydantic_core import PydanticUndefined

from cnnlab.spec.experiment import Experiment
from cnnlab.spec.kinds import Kind, OneOf, Section
from cnnlab.spec.schema_fields import Field
from cnnlab.spec.wording import format_short
from cnnlab.spec.yaml_nodes import Mapping, Node, Scalar, Sequence

Steps = tuple[str, ...]


@dataclass(frozen=True)
class Setting:
    """One value that a `--set` edit can change.

    `steps` is the full path of the value, even if the config uses a short form: if layer 6 is
    `dropout: 0.5`, the steps are model, 6, dropout, rate. `path` is the path in the edit:
    model[6].dropout. `before` and `after` are the texts before and after the value in the edit.
    `is_present` is false for a field of a kind that the config does not use.
    """

    steps: Steps
    path: str
    field: Field
    before: str = ""
    after: str = ""
    is_present: bool = True

    def format_edit(self, value: str) -> str:
        """Format the `--set` edit that sets this setting to a value."""
        return f"{self.path}={self.before}{value}{self.after}"


def list_settings(root: Mapping) -> list[Setting]:
    """List the settings of a config, including the defaults of missing sections."""
    return [*_walk_section(Experiment, root, "", ())]


def _walk_section(
    cls: type[Section], node: Node | None, path: str, steps: Steps
) -> Iterator[Setting]:
    for name, info in cls.model_fields.items():
        inner = None
        if isinstance(node, Mapping) and name in node.entries:
            inner = node.entries[name][1]
        below = f"{path}.{name}" if path else name
        yield from _walk_field(Field.from_info(info), inner, info.default, below, (*steps, name))


def _walk_field(
    field: Field, node: Node | None, default: Any, path: str, steps: Steps
) -> Iterator[Setting]:
    """List the settings of a field, which has the value `default` if the config lacks it."""
    node = None if isinstance(node, Scalar) and node.value is None else node
    section, one_of = field.section(), field.one_of()
    if one_of is not None:
        yield Setting(steps, path, field)
        yield from _walk_kind(one_of, node, default, path, steps)
    elif section is not None:
        yield from _walk_section(section, node, path, steps)
    else:
        yield Setting(steps, path, field)
    if field.is_list():
        yield from _walk_list(field.entry_field(), node, default, path, steps)


def _walk_list(
    entry: Field, node: Node | None, default: Any, path: str, steps: Steps
) -> Iterator[Setting]:
    """List the settings of each entry of a list, and of each kind that a user could add."""
    for place, item in enumerate(node.items if isinstance(node, Sequence) else []):
        yield from _walk_field(entry, item, None, f"{path}[{place}]", (*steps, str(place)))
    one_of = entry.one_of()
    if steps[0] == "model" or one_of is None:
        return
    if isinstance(node, Sequence):
        text = _format_flow(node.to_plain())
        used = [_read_kind(item, None)[0] for item in node.items]
    elif node is None and isinstance(default, tuple):
        text, used = format_short(default), [kind.kind for kind in default]
    else:  # a preset, whose entries the config does not name
        return
    before = text[:-1] + (", " if text != "[]" else "")
    yield from _list_other_kinds(one_of, used, path, steps, (before, "]"))


def _format_flow(values: list[Any]) -> str:
    """Format a list as YAML in one line."""
    return yaml.safe_dump(
        values, default_flow_style=True, allow_unicode=True, width=10**6, sort_keys=False
    ).strip()


def _walk_kind(
    one_of: OneOf, node: Node | None, default: Any, path: str, steps: Steps
) -> Iterator[Setting]:
    """List the settings of the kind in the config, and of the kinds that could replace it."""
    word, fields = _read_kind(node, default)
    if steps[0] != "model" and not steps[-1].isdecimal():
        yield from _list_other_kinds(one_of, [word], path, steps)
    cls = one_of.kinds.get(word)
    if cls is None:
        return
    path, steps, main = f"{path}.{word}", (*steps, word), cls.main
    main_field = Field.from_info(cls.model_fields[main]) if main else None
    if main is None or main_field is None or not _is_abbreviated(fields, cls):
        if main and main_field:
            yield Setting(steps, f"{path}.{main}", main_field)
        yield from _walk_section(cls, fields, path, steps)
        return
    yield Setting(steps, path, main_field)
    yield from _walk_field(main_field, fields, None, path, (*steps, main))
    if isinstance(fields, Scalar):
        before = f"{{{main}: {_format_flow([fields.value])[1:-1]}, "
        for name, info in cls.model_fields.items():
            if name != main:
                field = Field.from_info(info)
                yield Setting((*steps, name), path, field, f"{before}{name}: ", "}")


def _read_kind(node: Node | None, default: Any) -> tuple[str, Node | None]:
    """Read the name of a kind and the node of its fields; without a kind, the name is ""."""
    match node:
        case None if isinstance(default, Kind):
            return default.kind, None
        case Scalar(value=str(word)):
            return word, None
        case Mapping(entries=entries) if len(entries) == 1:
            [(word, (_, inner))] = entries.items()
            return word, None if isinstance(inner, Scalar) and inner.value is None else inner
    return "", None


def _is_abbreviated(fields: Node | None, cls: type[Kind]) -> bool:
    """Return whether a kind has the short form, with only the main field: `dropout: 0.5`."""
    if isinstance(fields, Mapping):
        return len(fields.entries) == 1 and not fields.entries.keys() & cls.model_fields.keys()
    return fields is not None


def _list_other_kinds(
    one_of: OneOf, used: list[str], path: str, steps: Steps, around: tuple[str, str] = ("", "")
) -> Iterator[Setting]:
    """List the fields of kinds that the config does not use, if one field is enough for a kind."""
    first, last = around
    for kind, cls in one_of.kinds.items():
        if kind in used:
            continue
        for name, info in cls.model_fields.items():
            others = [other for key, other in cls.model_fields.items() if key != name]
            if any(other.default is PydanticUndefined for other in others):
                continue
            field, below = Field.from_info(info), (*steps, kind)
            before, after = f"{first}{{{kind}: {{{name}: ", f"}}}}{last}"
            yield Setting((*below, name), path, field, before, after, is_present=False)
            if name == cls.main:
                before, after = f"{first}{{{kind}: ", f"}}{last}"
                yield Setting(below, path, field, before, after, is_present=False)

"""Write edits into the text of a config, and keep its comments and its layout."""

from __future__ import annotations

import re
from typing import Any

from cnnlab.errors import ConfigError
from cnnlab.spec.edits import apply_edits, split_edit, split_path
from cnnlab.spec.flow_text import format_flow
from cnnlab.spec.node_copies import copy_mapping
from cnnlab.spec.text_tree import TextNode, parse_text
from cnnlab.spec.yaml_nodes import Mapping, Node, Scalar, Source, parse_yaml

_COMMENT = re.compile(r"\A[ \t]+#[^\n]*")


def edit_text(text: str, edits: tuple[str, ...]) -> str:
    """Return the text of a config with edits in the form of `--set` in place.

    A value changes where it stands, and the text around it stays as it is. A new value is on one
    line. A missing key becomes a new line, or a new entry inside braces. The nodes of the result
    are those of the original after `apply_edits`.

    Raises:
        ConfigError: an edit is not possible.

    Example:
        >>> edit_text("data: {batch_size: 32}  # small", ("data.batch_size=64",))
        'data: {batch_size: 64}  # small'
    """
    root = _read_root(text)
    for edit in edits:
        edited = copy_mapping(root)
        if faults := apply_edits(edited, (edit,)):
            raise ConfigError(faults)
        if edited.to_plain() != root.to_plain():
            text = _edit_once(text, edit, edited)
        root = edited
    return text


def _read_root(text: str) -> Mapping:
    root, faults = parse_yaml(Source.from_text("the config", text))
    if faults or not isinstance(root, Mapping):
        raise ConfigError(faults or [root.place.fault("", "the config is not a mapping")])
    return root


def _edit_once(text: str, edit: str, edited: Mapping) -> str:
    """Write one edit into a text; `edited` has the nodes of the result."""
    split = split_edit(edit)
    assert split is not None
    steps = split_path(split[0]) or ()
    result = _write_value(text, steps, edited)
    return result if _has_nodes(result, edited) else format_block(edited.to_plain())


def _has_nodes(text: str, expected: Mapping) -> bool:
    try:
        return repr(_read_root(text).to_plain()) == repr(expected.to_plain())
    except ConfigError:
        return False


def _write_value(text: str, steps: tuple[str, ...], edited: Mapping) -> str:
    """Write the value at `steps` of the mapping `edited` into a text without this value."""
    above, node = None, parse_text(text)
    result: Node = edited
    for step in steps:
        inner = node.find(step)
        if inner is None and not (node.is_mapping and node.children):
            break  # an empty or single value becomes a mapping
        result = _get_inner(result, step)
        if inner is None:
            return _add_key(text, node, step, result.to_plain())
        above, node = node, inner
    return _replace(text, above, node, format_flow(result.to_plain()))


def _get_inner(node: Node, step: str) -> Node:
    assert not isinstance(node, Scalar)
    return node.entries[step][1] if isinstance(node, Mapping) else node.items[int(step)]


def _replace(text: str, above: TextNode | None, node: TextNode, value: str) -> str:
    """Replace the text of `node`, which is inside the list or mapping `above`."""
    before, after = text[: node.start], text[node.end :]
    if node.is_empty:
        is_key_alone = before and before[-1] not in ":- "
        return f"{before}{':' if is_key_alone else ''} {value}{after}"
    comment = ""
    if node.is_block and above is not None and above.is_mapping:
        key = above.keys[above.children.index(node)]
        colon = text.index(":", key.end) + 1
        # The comment on the line of the key stays; the other lines belong to the old value.
        before, comment = f"{text[:colon]} ", text[colon : node.start].split("\n")[0].rstrip()
    if node.is_block and "\n" in text[len(before) - 1 : node.end]:
        after = _COMMENT.sub("", after, count=1)  # on the last line of the old value
    return f"{before}{value}{comment}{after}"


def _add_key(text: str, node: TextNode, key: str, value: Any) -> str:
    """Add a key after the last value of a mapping that is not empty."""
    entry, end = f"{format_flow(key)}: {format_flow(value)}", node.children[-1].end
    if not node.is_block:
        empty = "null".rjust(5 - text[:end].endswith(" ")) if node.children[-1].is_empty else ""
        return f"{text[:end]}{empty}, {entry}{text[end:]}"
    column = node.start - (text.rfind("\n", 0, node.start) + 1)
    line_end = text.find("\n", end)
    before, after = (text, "") if line_end < 0 else (text[:line_end], text[line_end:])
    return f"{before.rstrip()}\n{' ' * column}{entry}{after}"


def format_block(plain: dict[str, Any]) -> str:
    """Format a config with one line for each setting of a section and each layer."""
    lines: list[str] = []
    for key, value in plain.items():
        if isinstance(value, dict) and value:
            lines += [f"{format_flow(key)}:"]
            lines += [f"  {format_flow(name)}: {format_flow(one)}" for name, one in value.items()]
        elif isinstance(value, list) and value:
            lines += [f"{format_flow(key)}:", *(f"  - {format_flow(one)}" for one in value)]
        else:
            lines.append(f"{format_flow(key)}: {format_flow(value)}")
    return "\n".join(lines) + "\n"

"""Parse the text of a config into a tree of values with the positions where each value stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import yaml

from cnnlab.spec.yaml_nodes import PARSER

_ENDS = (yaml.MappingEndEvent, yaml.SequenceEndEvent)


@dataclass
class TextNode:
    """A value in the text of a config: it stands in `text[start:end]`.

    `word` is the text of a scalar. `keys` has the keys of a mapping, and `children` the values of a
    mapping or the entries of a list. `is_block` is true for a list or mapping without brackets.
    `is_plain` is true for a scalar without quotes.
    """

    kind: Literal["scalar", "list", "mapping"]
    start: int
    end: int
    word: str = ""
    keys: list[TextNode] = field(default_factory=list)
    children: list[TextNode] = field(default_factory=list)
    is_block: bool = False
    is_plain: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the text has nothing for this value, as in `training:`."""
        return self.kind == "scalar" and self.is_plain and not self.word

    @property
    def is_mapping(self) -> bool:
        return self.kind == "mapping"

    def find(self, step: str) -> TextNode | None:
        """Return the value of a key, or the entry of a list; None if there is none."""
        if self.is_mapping:
            words = [key.word for key in self.keys]
            return self.children[words.index(step)] if step in words else None
        if self.kind == "list" and step.isdecimal() and int(step) < len(self.children):
            return self.children[int(step)]
        return None


def parse_text(text: str) -> TextNode:
    """Parse a text that the reader of configs accepts."""
    events: Iterator[Any] = yaml.parse(text, Loader=PARSER)
    next(events)  # stream start
    next(events)  # document start
    return _read_node(next(events), events, text)


def _read_node(event: Any, events: Iterator[Any], text: str) -> TextNode:
    start, end = event.start_mark.index, event.end_mark.index
    if isinstance(event, yaml.ScalarEvent):
        end = start + len(text[start:end].rstrip())
        return TextNode("scalar", start, end, event.value, is_plain=event.implicit[0])
    is_mapping = isinstance(event, yaml.MappingStartEvent)
    kind: Literal["list", "mapping"] = "mapping" if is_mapping else "list"
    node = TextNode(kind, start, start, is_block=not event.flow_style)
    while not isinstance(event := next(events), _ENDS):
        if is_mapping:
            node.keys.append(_read_node(event, events, text))
            event = next(events)
        node.children.append(_read_node(event, events, text))
    # The end of a list or mapping without brackets is the end of its last value: the parser would
    # count the comments and the empty lines after it.
    node.end = node.children[-1].end if node.is_block else _get_end(event)
    return node


def _get_end(event: Any) -> int:
    return int(event.end_mark.index)

"""Parse YAML text strictly into nodes with line and column, and find every fault.

The language is YAML 1.2 with its core schema (https://yaml.org/spec/1.2.2/, chapter 10.3). Tags,
anchors, aliases, merge keys, directives and second documents are faults, as no config needs them.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from cnnlab.errors import BlockUse, ConfigError, Fault

MAX_BYTES = 64 * 1024
MAX_DEPTH = 40  # groups of layers can be eight deep, with four levels of text each
MAX_NODES = 5000
MAX_FAULTS = 50  # a page or two; later faults often follow from the first ones
MAX_DIGITS = 30  # more than any config needs, and few enough for a fast int()

# PyYAML's C parser, which all its wheels have, or its Python parser, with the same events.
PARSER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_LINE_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")  # the line breaks of both parsers

# The characters that YAML forbids. The two parsers report different places for them.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_NULL = re.compile(r"~|null|Null|NULL|")
_BOOL = re.compile(r"true|True|TRUE|false|False|FALSE")
_INT = re.compile(r"[-+]?[0-9]+")
_OCTAL_OR_HEX = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]+")


@dataclass(frozen=True)
class Source:
    """A YAML text with the name that messages show; messages about an edit have no line number."""

    name: str
    text: str = ""
    is_edit: bool = False
    lines: list[str] = field(default_factory=list)

    @staticmethod
    def from_text(name: str, text: str, *, is_edit: bool = False) -> Source:
        return Source(name, text, is_edit, _LINE_BREAK.split(text))

    def fault(
        self, mark: Any, path: str, message: str, expected: str = "", hint: str = ""
    ) -> Fault:
        """Build a fault at the position `mark`, whose `line` and `column` count from 0."""
        path, message, hint = (_make_readable(text) for text in (path, message, hint))
        if self.is_edit:
            return Fault(_make_readable(self.name), 0, 0, path, message, expected, hint)
        line = self.lines[mark.line] if mark.line < len(self.lines) else ""
        return Fault(self.name, mark.line + 1, mark.column + 1, path, message, expected, hint, line)


def _make_readable(text: str, longest: int = 1000) -> str:
    """Replace control characters in a text, and cut a long text, to protect the terminal."""
    text = text if len(text) <= longest else text[:longest] + "…"
    return "".join(c if c.isprintable() or c == "\n" else "\ufffd" for c in text)


@dataclass(frozen=True)
class Place:
    """The position where a node starts: source, line and column; line and column count from 0.

    For a node inside a block, `used_at` is the position in the config that uses the block.
    """

    source: Source
    line: int = 0
    column: int = 0
    used_at: Place | None = None

    def fault(self, path: str, message: str, expected: str = "", hint: str = "") -> Fault:
        fault = self.source.fault(self, path, message, expected, hint)
        uses, place = [], self.used_at
        while place is not None:
            use = place.fault("", "")
            uses.append(BlockUse(use.source, use.line, use.column, use.text))
            place = place.used_at
        return replace(fault, uses=tuple(uses)) if uses else fault


@dataclass
class Scalar:
    """A single YAML value: a word, a number, true, false or null."""

    place: Place
    value: Any

    def to_plain(self) -> Any:
        return self.value


@dataclass
class Sequence:
    """A YAML list; `path` is its path in the config if the list has the layers of a block."""

    place: Place
    items: list[Node]
    path: str = ""

    def to_plain(self) -> list[Any]:
        return [item.to_plain() for item in self.items]


@dataclass
class Mapping:
    """A YAML mapping; for each key, `entries` has the key's position and the value's node."""

    place: Place
    entries: dict[str, tuple[Place, Node]]

    def to_plain(self) -> dict[str, Any]:
        return {key: node.to_plain() for key, (_, node) in self.entries.items()}


Node = Scalar | Sequence | Mapping


def decode_text(name: str, data: bytes) -> Source:
    """Decode the bytes of a config; raise ConfigError if it is too large or not UTF-8."""
    if len(data) > MAX_BYTES:
        message = f"the file has {len(data):,} bytes or more"
        raise ConfigError([Fault(name, 1, 1, "", message, f"at most {MAX_BYTES:,} bytes")])
    try:
        return Source.from_text(name, data.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        lines = _LINE_BREAK.split(before)
        message = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        fault = Fault(name, len(lines), len(lines[-1]) + 1, "", message, "a text file in UTF-8")
        raise ConfigError([fault]) from None


def parse_yaml(source: Source) -> tuple[Node, list[Fault]]:
    """Parse the YAML text of `source`; return the root node and all faults.

    A scalar with a fault has the value None.

    Raises:
        ConfigError: the text is not YAML, or exceeds a limit. The error has all faults so far.
    """
    if unprintable := _UNPRINTABLE.search(source.text):
        lines = _LINE_BREAK.split(source.text[: unprintable.start()])
        place = Place(source, len(lines) - 1, len(lines[-1]))
        message = f"the character U+{ord(unprintable[0]):04X} is not allowed in YAML"
        raise ConfigError([place.fault("", message, "printable text")])
    composer = _Composer(source)
    try:
        return composer.document(), composer.faults
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        composer.faults.append(source.fault(mark, "", *_explain_syntax_error(error, source, mark)))
    except _Abort:
        pass  # the composer has the fault
    raise ConfigError(composer.faults)


def _explain_syntax_error(
    error: yaml.MarkedYAMLError, source: Source, mark: Any
) -> tuple[str, str, str]:
    """Return the message, the expected text and the hint for a syntax error."""
    problem = error.problem or "not YAML"
    here = source.lines[mark.line][mark.column :][:1] if mark.line < len(source.lines) else ""
    if here == "\t":
        return "a tab is where YAML expects spaces", "spaces", "replace the tab by two spaces"
    if "cannot start any token" in problem:
        return f"a value cannot start with `{here}`", "", "put quotes around the text"
    if "mapping values are not allowed" in problem:
        return (
            "a second `:` on one line, or a line indented too far",
            "one `key: value` on each line; the keys of a mapping start in the same column",
            'a text with a colon needs quotes: "a: b"',
        )
    text = f"not valid YAML: {problem} {error.context or ''}".rstrip()
    return text, "", "check indentation, brackets and quotes here and in the line above"


class _Abort(Exception):
    """Raised to stop reading a text that has too many faults or exceeds a limit."""


class _Composer:
    """Builds nodes from the YAML parser's events, and stops if the text exceeds a limit."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self.count = 0
        self.events: Iterator[Any] = iter(yaml.parse(source.text, Loader=PARSER))

    def document(self) -> Node:
        next(self.events)  # stream start
        event = next(self.events)
        if isinstance(event, yaml.StreamEndEvent):
            message, expected = "the file is empty", "an experiment"
            self.fault(event, "", message, expected, "`cnnlab new` writes one to start from")
            raise _Abort
        if event.version or event.tags:
            self.fault(event, "", "a `%` directive is not allowed", "a config without directives")
        node = self.node(next(self.events), "", 1)
        next(self.events)  # document end
        event = next(self.events)
        if not isinstance(event, yaml.StreamEndEvent):
            self.fault(event, "", "a second document starts here", "one experiment in a file")
        return node

    def fault(
        self, event: Any, path: str, message: str, expected: str = "", hint: str = ""
    ) -> None:
        self.faults.append(self.source.fault(event.start_mark, path, message, expected, hint))
        if len(self.faults) >= MAX_FAULTS:
            raise _Abort

    def node(self, event: Any, path: str, depth: int) -> Node:
        self.count += 1
        if self.count > MAX_NODES:
            self.fault(event, path, f"more than {MAX_NODES:,} values", "a shorter config")
            raise _Abort
        if depth > MAX_DEPTH:
            self.fault(event, path, f"nested more than {MAX_DEPTH} levels deep", "fewer levels")
            raise _Abort
        place = Place(self.source, event.start_mark.line, event.start_mark.column)
        if isinstance(event, yaml.AliasEvent):
            self.fault(event, path, f"`*{event.anchor}` is an alias", "the value itself")
            return Scalar(place, None)
        if event.anchor:
            self.fault(event, path, f"`&{event.anchor}` is an anchor", "a value without anchor")
        if event.tag:
            self.fault(event, path, f"`{event.tag}` is a tag", "a value without tag")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(place, self.scalar(event, path))
        if isinstance(event, yaml.SequenceStartEvent):
            return self.sequence(place, path, depth)
        return self.mapping(place, path, depth)

    def sequence(self, place: Place, path: str, depth: int) -> Sequence:
        items: list[Node] = []
        while not isinstance(event := next(self.events), yaml.SequenceEndEvent):
            items.append(self.node(event, f"{path}[{len(items)}]", depth + 1))
        return Sequence(place, items)

    def mapping(self, place: Place, path: str, depth: int) -> Mapping:
        entries: dict[str, tuple[Place, Node]] = {}
        while not isinstance(event := next(self.events), yaml.MappingEndEvent):
            key_node = self.node(event, path, depth + 1)
            text = event.value if isinstance(event, yaml.ScalarEvent) else None
            key = text if text is not None else f"?{len(entries)}"
            inner = f"{path}.{key}" if path else key
            if text is None:
                self.fault(event, path, "a key must be a word", "`key: value`")
            elif text == "<<":
                self.fault(event, inner, "`<<` is a merge key", "the keys themselves")
            elif text in entries:
                first = entries[text][0].line + 1
                message = f"the key `{text}` occurs twice, first on line {first}"
                self.fault(event, inner, message, "each key once")
            value = self.node(next(self.events), inner, depth + 1)
            entries.setdefault(key, (key_node.place, value))
        return Mapping(place, entries)

    def scalar(self, event: Any, path: str) -> Any:
        """Convert a scalar by the core schema of YAML 1.2; quoted text stays text."""
        text: str = event.value
        if not event.implicit[0]:
            return text
        if _NULL.fullmatch(text):
            return None
        if _BOOL.fullmatch(text):
            return text.lower() == "true"
        if _LEADING_ZERO.fullmatch(text):
            digits = text.lstrip("+-").lstrip("0") or "0"
            hint = f'write {digits}, or "{text}" for a text, or 0o… for an octal number'
            self.fault(event, path, f"`{text}` starts with a zero", "no leading zero", hint)
            return None
        if _INT.fullmatch(text) or _OCTAL_OR_HEX.fullmatch(text):
            if len(text) > MAX_DIGITS:
                self.fault(event, path, f"a number of {len(text)} digits", "a shorter number")
                return None
            return int(text, 0) if text[:2] in ("0o", "0x") else int(text)
        if _FLOAT.fullmatch(text):
            number = float(text)
            if not math.isfinite(number):
                self.fault(event, path, "a number too large to compute with", "a smaller number")
                return None
            return number
        if _NOT_FINITE.fullmatch(text):
            self.fault(event, path, f"`{text}` is not a finite number", "a finite number")
            return None
        return text

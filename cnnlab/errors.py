"""The errors that users see. Each error has a message for the user and an exit code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.counts import format_count
from cnnlab.text_width import measure_width


@dataclass(frozen=True)
class BlockUse:
    """A position in a config that uses a named block of layers. The block contains a fault.

    `line` and `column` count from 1. If the block is used in an edit (`--set …`), `line` is 0.
    """

    source: str
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Fault:
    """One fault of a config: its line and column, what is wrong, and what was expected.

    `line` and `column` count from 1. `source` is the path of the config, or the edit (`--set …`)
    with the value; an edit has no lines, so `line` is 0. `path` leads to the value, such as
    `model[0].filters`. If the fault is inside named blocks of layers, `uses` lists where the config
    uses these blocks, the innermost block first.
    """

    source: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""
    hint: str = ""
    text: str = ""
    uses: tuple[BlockUse, ...] = ()

    def __str__(self) -> str:
        lines = [": ".join(part for part in (_format_place(self), self.path, self.message) if part)]
        lines += _format_excerpt(self)
        for use in self.uses:
            lines += [f"       used at {_format_place(use)}", *_format_excerpt(use)]
        if self.expected:
            lines.append(f"       expected: {self.expected}")
        lines += [f"       {line}" for line in self.hint.split("\n") if line]
        return "\n".join(lines)


def _format_place(place: Fault | BlockUse) -> str:
    return f"{place.source}:{place.line}:{place.column}" if place.line else place.source


def _format_excerpt(place: Fault | BlockUse, width: int = 100) -> list[str]:
    """Return the text around the column of a fault, and a line with a caret below this column."""
    if not place.line or not place.text.strip():
        return []
    start = max(0, place.column - 1 - width // 2) if len(place.text) > width else 0
    excerpt = "".join(c if c.isprintable() else " " for c in place.text[start : start + width])
    gutter = f"{place.line:>6} | "
    before = gutter + excerpt[: place.column - 1 - start]
    return [gutter + excerpt, " " * measure_width(before) + "^"]


class CnnlabError(Exception):
    """The base class of the errors that users see. The failed command exits with `exit_code`."""

    exit_code = 1


class UsageError(CnnlabError):
    """The options or arguments of a command or function are wrong, or contradict each other."""

    exit_code = 2


class ConfigError(CnnlabError):
    """A config or a sweep file has faults. `faults` lists all faults, in the order of the lines.

    The faults of edits come first. If two files have faults, the faults of a file are together.
    """

    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        files = {fault.source: place for place, fault in reversed([*enumerate(faults, start=1)])}
        self.faults = tuple(
            sorted(
                faults,
                key=lambda fault: (fault.line and files[fault.source], fault.line, fault.column),
            )
        )
        total = format_count(len(self.faults), "fault")
        super().__init__("\n\n".join([*map(str, self.faults), total]))


class DataError(CnnlabError):
    """A data set or an image is missing or damaged, or does not have the expected form."""

    exit_code = 3


class CheckpointError(CnnlabError):
    """A checkpoint is missing or damaged, or its weights do not fit the layers of its network."""

    exit_code = 4


class RunError(CnnlabError):
    """A run folder is missing or damaged, or the given name fits several run folders."""

    exit_code = 4


class ExportError(CnnlabError):
    """An exported file does not compute what the run computes, or a format cannot hold the run."""

    exit_code = 4


class DiskError(CnnlabError):
    """A file cannot be written: the disk is full, or the folder is not writable."""

    exit_code = 5


class TrainingError(CnnlabError):
    """Training failed, because the loss diverged or memory ran out."""

    exit_code = 6


class MemoryShortageError(CnnlabError):
    """A library such as TensorFlow could not get enough memory."""

    exit_code = 6


class InUseError(CnnlabError):
    """Another process is training the network of this run folder."""

    exit_code = 7


class Interruption(CnnlabError):
    """A signal such as Ctrl-C stopped the training. The run folder keeps the finished epochs."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number


_MEMORY_WORDS = ("failed to map segment", "cannot allocate memory", "can't start new thread")


def find_memory_error(error: BaseException) -> MemoryShortageError | None:
    """Return a MemoryShortageError if an error means that memory ran out; otherwise None."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    says_so = any(word in str(error).lower() for word in _MEMORY_WORDS)
    if kinds & {"MemoryError", "ResourceExhaustedError"} or says_so:
        first_line = (str(error).splitlines() or [type(error).__name__])[0][:200]
        return MemoryShortageError(
            f"memory ran out: {first_line}; close other programs, or raise the limit with "
            "`ulimit -v`"
        )
    return None

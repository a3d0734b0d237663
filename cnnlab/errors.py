"""The errors that users see: each has a sentence for the user and an exit code for the shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class BlockUse:
    """Where a config uses the block that contains a fault; `line` is 0 in an edit."""

    source: str
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Fault:
    """One fault of a config: its place, what is wrong, and what was expected.

    `line` and `column` count from 1. `source` is the path of the config, or the edit (`--set …`)
    with the value; an edit has no lines, so its `line` is 0. `uses` lists the uses of the blocks
    around the place, the innermost first.
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
        if self.hint:
            lines.append(f"       {self.hint}")
        return "\n".join(lines)


def _format_place(place: Fault | BlockUse) -> str:
    return f"{place.source}:{place.line}:{place.column}" if place.line else place.source


def _format_excerpt(place: Fault | BlockUse, width: int = 100) -> list[str]:
    """The part of a line around its column, and a caret under the column."""
    if not place.line or not place.text.strip():
        return []
    start = max(0, place.column - 1 - width // 2) if len(place.text) > width else 0
    excerpt = "".join(c if c.isprintable() else " " for c in place.text[start : start + width])
    gutter = f"{place.line:>6} | "
    return [gutter + excerpt, " " * (len(gutter) + place.column - 1 - start) + "^"]


class CnnlabError(Exception):
    """The parent of all errors for users; the shell gets `exit_code`."""

    exit_code = 1


class UsageError(CnnlabError):
    """A command line that the command cannot use."""

    exit_code = 2


class ConfigError(CnnlabError):
    """A config with faults; `faults` has all of them, in the order of the file."""

    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.column)))
        count = len(self.faults)
        total = f"{count} fault{'s' if count > 1 else ''}"
        super().__init__("\n\n".join([*map(str, self.faults), total]))


class DataError(CnnlabError):
    """A data set that is missing, broken, or in another form than expected."""

    exit_code = 3


class CheckpointError(CnnlabError):
    """A checkpoint that is missing, damaged, or contradicts its spec."""

    exit_code = 4


class RunError(CnnlabError):
    """A run folder that is missing, ambiguous or damaged."""

    exit_code = 4


class DiskError(CnnlabError):
    """A failed write: the disk is full or not writable."""

    exit_code = 5


class TrainingError(CnnlabError):
    """Training failed: it diverged, or memory ran out."""

    exit_code = 6


class MemoryShortageError(CnnlabError):
    """A library could not get the memory that it needs."""

    exit_code = 6


class InUseError(CnnlabError):
    """Another process trains into the run folder."""

    exit_code = 7


class Interruption(CnnlabError):
    """A signal stopped the training; the run folder has the finished epochs."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number


_MEMORY_WORDS = ("failed to map segment", "cannot allocate memory", "can't start new thread")


def find_memory_error(error: BaseException) -> MemoryShortageError | None:
    """The message for an error with which a library says that it got no memory; else None."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    says_so = any(word in str(error).lower() for word in _MEMORY_WORDS)
    if kinds & {"MemoryError", "ResourceExhaustedError"} or says_so:
        first_line = (str(error).splitlines() or [type(error).__name__])[0][:200]
        return MemoryShortageError(
            f"memory ran out: {first_line}; close other programs, or raise the limit (`ulimit -v`)"
        )
    return None

"""What a user may be told: each error is a sentence for them and an exit code for their shell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Use:
    """Where a config uses the block that a fault is in; `line` is 0 in an edit."""

    source: str
    line: int
    column: int
    text: str


@dataclass(frozen=True)
class Fault:
    """One thing wrong in a config: where it stands, what is wrong, what was expected.

    `line` and `column` count from 1. `source` is the config's path, or the edit (`--set …`) that
    brought the value; an edit has no lines, so `line` is 0 there. `uses` are those of the blocks
    that the place is in, the innermost first.
    """

    source: str
    line: int
    column: int
    path: str
    message: str
    expected: str = ""
    hint: str = ""
    text: str = ""
    uses: tuple[Use, ...] = ()

    def __str__(self) -> str:
        lines = [": ".join(part for part in (_place(self), self.path, self.message) if part)]
        lines += _excerpt(self)
        for use in self.uses:
            lines += [f"       used at {_place(use)}", *_excerpt(use)]
        if self.expected:
            lines.append(f"       expected: {self.expected}")
        if self.hint:
            lines.append(f"       {self.hint}")
        return "\n".join(lines)


def _place(told: Fault | Use) -> str:
    return f"{told.source}:{told.line}:{told.column}" if told.line else told.source


def _excerpt(told: Fault | Use, width: int = 100) -> list[str]:
    """The part of a line around its column, fit for a terminal, and a caret under that column."""
    if not told.line or not told.text.strip():
        return []
    start = max(0, told.column - 1 - width // 2) if len(told.text) > width else 0
    shown = "".join(c if c.isprintable() else " " for c in told.text[start : start + width])
    gutter = f"{told.line:>6} | "
    return [gutter + shown, " " * (len(gutter) + told.column - 1 - start) + "^"]


class CnnlabError(Exception):
    """The parent of all that a user may be told; `exit_code` is what the shell gets."""

    exit_code = 1


class UsageError(CnnlabError):
    """The command was given something that it cannot use."""

    exit_code = 2


class ConfigError(CnnlabError):
    """A config with at least one fault; all of them are in `faults`, in the order of the file."""

    exit_code = 2

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(sorted(faults, key=lambda fault: (fault.line, fault.column)))
        count = len(self.faults)
        total = f"{count} fault{'s' if count > 1 else ''}"
        super().__init__("\n\n".join([*map(str, self.faults), total]))


class DataError(CnnlabError):
    """A data set that is missing, broken or not of the promised form."""

    exit_code = 3


class CheckpointError(CnnlabError):
    """A checkpoint that is missing, damaged, or not what its spec promises."""

    exit_code = 4


class RunError(CnnlabError):
    """A run folder that is missing, ambiguous or damaged."""

    exit_code = 4


class DiskError(CnnlabError):
    """The disk refused a write: it is full, or may not be written to."""

    exit_code = 5


class TrainingError(CnnlabError):
    """Training could not go on: it diverged, or memory ran out."""

    exit_code = 6


class InUseError(CnnlabError):
    """Another process writes the run folder."""

    exit_code = 7


class Stopped(CnnlabError):
    """Training was stopped by a signal; what was learned until then is in the run folder."""

    def __init__(self, message: str, signal_number: int) -> None:
        super().__init__(message)
        self.exit_code = 128 + signal_number

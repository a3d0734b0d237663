"""Read the file of a config: a regular file, standard input, or the pipe of a shell's `<(…)`."""

from __future__ import annotations

import os
import re
import stat
import sys
from pathlib import Path

from cnnlab.errors import UsageError

STANDARD_INPUT = "-"
# The shell passes `<(…)` as one of these paths. A pipe of any other name may have no writer.
_DESCRIPTOR = re.compile(r"/dev/fd/\d+|/proc/self/fd/\d+|/dev/stdin")


def is_stream(path: Path) -> bool:
    """Whether a config comes from another process, so that its path says nothing about it."""
    return str(path) == STANDARD_INPUT or bool(_DESCRIPTOR.fullmatch(str(path)))


def read_bytes(path: Path, most: int) -> bytes:
    """Read a config, at most `most` bytes; raises UsageError if that fails."""
    try:
        if str(path) == STANDARD_INPUT:
            return _read_standard_input(most)
        with open(path, "rb", opener=None if is_stream(path) else _open_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not is_stream(path) and not stat.S_ISREG(mode):
                raise UsageError(_describe_other_file(path, mode))
            return file.read(most)
    except FileNotFoundError:
        message = f"{path}: there is no such config; `cnnlab new` writes one to start from"
        raise UsageError(message) from None
    except IsADirectoryError:
        raise UsageError(f"{path}: this is a folder, not a config") from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # a pipe without a writer would block


def _read_standard_input(most: int) -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("-: standard input is closed, so it has no config")
    return sys.stdin.buffer.read(most)


def _describe_other_file(path: Path, mode: int) -> str:
    if stat.S_ISDIR(mode):
        return f"{path}: this is a folder, not a config"
    kind = "a pipe" if stat.S_ISFIFO(mode) else "a device"
    return f"{path}: {kind}, not a file; for the output of another command, write `-` and a pipe"

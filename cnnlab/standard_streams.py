"""Keep commands running when standard output or standard error is closed or full.

A message that cannot be written to standard error is dropped. A result that cannot be written to
standard output raises an OSError whose file name is "standard output".
"""

from __future__ import annotations

import errno
import io
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

STANDARD_OUTPUT = "standard output"


def open_closed_descriptors() -> None:
    """Open /dev/null, for reading only, in place of each closed file descriptor 0, 1 or 2.

    Without this, the next file that the process opens could get the number of standard error, and
    a library that writes to standard error would write into that file. Writing to a replaced
    descriptor fails, because /dev/null is open for reading only.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # takes the lowest free number, this one


@contextmanager
def hide_standard_error() -> Iterator[None]:
    """Drop what libraries, also those in C++, write to standard error inside the `with` block."""
    open_closed_descriptors()
    if sys.stderr is not None:
        sys.stderr.flush()
    original, nothing = os.dup(2), os.open(os.devnull, os.O_WRONLY)
    os.dup2(nothing, 2)
    try:
        yield
    finally:
        os.dup2(original, 2)
        os.close(original)
        os.close(nothing)


def replace_standard_streams() -> None:
    """Replace sys.stdout and sys.stderr by streams that work if the output is closed or full.

    A character that the terminal cannot show becomes a question mark. If a program has already
    replaced sys.stdout or sys.stderr, this function leaves that stream as it is.
    """
    open_closed_descriptors()
    sys.stdout = _wrap(sys.stdout, _AnswerFile, 1)
    sys.stderr = _wrap(sys.stderr, _MessageFile, 2)


def _wrap(stream: TextIO | None, form: type[io.FileIO], descriptor: int) -> TextIO:
    if stream is not None and stream is not (sys.__stdout__, sys.__stderr__)[descriptor - 1]:
        return stream
    raw = form(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding if stream else "utf-8",
        errors="replace",
        line_buffering=descriptor == 2 or raw.isatty(),
    )


class _MessageFile(io.FileIO):
    """The file of standard error. A message that cannot be written is dropped."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


class _AnswerFile(io.FileIO):
    """The file of standard output. Its write errors have the file name "standard output".

    If the program at the other end of a pipe has ended, the error is a BrokenPipeError as usual.
    """

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = "it is closed" if error.errno == errno.EBADF else error.strerror
            raise OSError(error.errno, reason, STANDARD_OUTPUT) from None

"""Standard output and error that may be closed or full: neither costs a training.

Messages on standard error that nobody can read are dropped. An answer that cannot be written to
standard output raises an OSError that names it.
"""

from __future__ import annotations

import errno
import io
import os
import sys
from typing import TextIO

STANDARD_OUTPUT = "standard output"


def open_closed_descriptors() -> None:
    """Open the standard descriptors that are closed.

    Otherwise the next files that the process opens get their numbers, and what libraries write to
    standard error lands in these files. Writing to them still fails: they are open to read only.
    """
    for descriptor in range(3):
        try:
            os.fstat(descriptor)
        except OSError:
            os.open(os.devnull, os.O_RDONLY)  # gets the lowest free number, this one


def replace_standard_streams() -> None:
    """Replace sys.stdout and sys.stderr by streams that survive a closed or full descriptor.

    A terminal without ⌊ shows a question mark. Streams that a caller has put in place of the
    standard ones stay.
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
    """Standard error; it drops what cannot be written."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        try:
            return super().write(data) or 0
        except OSError:
            return len(data)


class _AnswerFile(io.FileIO):
    """Standard output; its errors name it. A reader that is gone stays a BrokenPipeError."""

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        try:
            return super().write(data) or 0
        except BrokenPipeError:
            raise
        except OSError as error:
            reason = "it is closed" if error.errno == errno.EBADF else error.strerror
            raise OSError(error.errno, reason, STANDARD_OUTPUT) from None

"""Run cnnlab in a pseudo-terminal of a given width, and read what a person would see there."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import sys
import termios
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from forked_processes import PythonProcess

END = "(the end of this run)"  # separates the runs of `terminal_widths`
CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def open_terminal(columns: int) -> tuple[int, int]:
    """Open a pseudo-terminal of 24 rows: the end of the test, and the end of the program."""
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    return main, terminal


def read_terminal(main: int) -> str:
    """Read until the program closes its end; the text with its control characters."""
    data = bytearray()
    with os.fdopen(main, "rb", buffering=0) as file:
        while True:
            try:
                part = file.read(65536)
            except OSError:  # the other end is closed
                part = b""
            if not part:
                return data.decode()
            data += part


def run_in_terminal(
    *arguments: str | Path, cwd: Path, columns: int = 80, stdout: Any = None
) -> str:
    """Run a command in a terminal: its text with control characters. `stdout` can go elsewhere."""
    return _run_module("cnnlab", *arguments, cwd=cwd, columns=columns, stdout=stdout)


def run_in_widths(
    widths: Sequence[int], *arguments: str | Path, cwd: Path, stdout: Any
) -> dict[int, str]:
    """Run a command in a terminal of each width: the texts with control characters."""
    program = ("terminal_widths", ",".join(map(str, widths)), END)
    text = _run_module(*program, *arguments, cwd=cwd, columns=widths[0], stdout=stdout)
    *texts, rest = text.split(END)
    assert rest == ""
    return dict(zip(widths, texts, strict=True))


def _run_module(module: str, *arguments: str | Path, cwd: Path, columns: int, stdout: Any) -> str:
    """Run a module of Python in a terminal: its text with control characters."""
    main, terminal = open_terminal(columns)
    given = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES")}
    process = PythonProcess(
        [sys.executable, "-m", module, *map(str, arguments)],
        cwd=cwd,
        env=given | {"TERM": "xterm", "PYTHONPATH": str(Path(__file__).parent)},
        stdin=terminal,
        stdout=terminal if stdout is None else stdout,
        stderr=terminal,
    )
    os.close(terminal)
    text = read_terminal(main)
    assert process.wait() == 0, text
    return text


def list_lines(text: str) -> list[str]:
    """The lines that a person sees one after another, a redrawn line once for each drawing."""
    return [line for line in re.split(r"[\r\n]+", CONTROL.sub("", text)) if line]

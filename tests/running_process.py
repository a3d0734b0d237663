"""Processes of cnnlab: one that runs to its end, and one that runs while a test watches it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from forked_processes import PythonProcess


def _restore_signals() -> None:
    """Give signals their default effect, also where the tests run under `nohup` or in a script.

    A shell lets a command that it starts in the background ignore SIGINT.
    """
    for number in (signal.SIGHUP, signal.SIGINT):
        signal.signal(number, signal.SIG_DFL)


class RunningProcess:
    """A process of `cnnlab train` that runs while the test watches it."""

    def __init__(
        self,
        arguments: tuple[str | Path, ...],
        cwd: Path,
        stderr: Any = None,
        popen: type[subprocess.Popen[bytes]] = PythonProcess,
    ) -> None:
        self.errors = cwd / "stderr.txt"
        with self.errors.open("wb") as file:
            self.process = popen(
                [sys.executable, "-m", "cnnlab", *map(str, arguments)],
                cwd=cwd,
                stdout=subprocess.PIPE,
                stderr=file if stderr is None else stderr,
                preexec_fn=_restore_signals,
            )

    def wait_for(self, condition: Callable[[], bool]) -> None:
        """Return as soon as `condition` holds; fail if the process ends first."""
        while not condition():
            assert self.process.poll() is None, self.read_stderr()
            time.sleep(0.005)

    def wait_for_line(self, text: str) -> None:
        self.wait_for(lambda: text in self.read_stderr())

    def read_stderr(self) -> str:
        return self.errors.read_text()

    def maps(self, library: str) -> bool:
        """Whether the process has loaded a shared library of this name."""
        return library in Path(f"/proc/{self.process.pid}/maps").read_text()

    def end(self) -> int:
        self.process.communicate()
        return self.process.returncode


def run_cnnlab(
    *arguments: str | Path, cwd: Path, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run `cnnlab` as a real process to its end, with stdout and stderr in pipes.

    With variables that Python reads when it starts, it starts anew.
    """
    is_forked = not any(name.startswith("PYTHON") for name in environment)
    popen = PythonProcess if is_forked else subprocess.Popen
    command = [sys.executable, "-m", "cnnlab", *map(str, arguments)]
    pipe = subprocess.PIPE
    with popen(command, cwd=cwd, env=os.environ | environment, stdout=pipe, stderr=pipe) as process:
        out, err = process.communicate()
    return subprocess.CompletedProcess(command, process.returncode, out.decode(), err.decode())

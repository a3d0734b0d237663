"""Run cnnlab under a shell that closes or redirects its standard streams."""

from __future__ import annotations

import subprocess
import sys
from contextlib import ExitStack

from forked_processes import PythonProcess

CNNLAB = [sys.executable, "-m", "cnnlab"]
_FULL = {">/dev/full": "stdout", "2>/dev/full": "stderr"}


def run_in_shell(redirection, *arguments, cwd):
    """Run cnnlab under bash with a redirection such as `2>&-`: (code, stdout, stderr)."""
    if set(redirection.split()) <= _FULL.keys():
        return _run_with_full_streams(redirection.split(), arguments, cwd)
    done = subprocess.run(
        ["bash", "-c", f'"$@" {redirection}', "bash", *CNNLAB, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr


def _run_with_full_streams(redirections, arguments, cwd):
    """Do the same without bash, whose commands import TensorFlow anew."""
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with ExitStack() as files:
        for redirection in redirections:
            streams[_FULL[redirection]] = files.enter_context(open("/dev/full", "w"))
        process = PythonProcess([*CNNLAB, *map(str, arguments)], cwd=cwd, **streams)
    with process:
        out, err = (text.decode() if text else "" for text in process.communicate())
    return process.returncode, out, err

"""Run the command line in the process of the tests, which has loaded TensorFlow already."""

from __future__ import annotations

import io
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest


def call_cnnlab(*arguments: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run `cnnlab` in this process, and return the same answer as a process of its own gives."""
    from cnnlab.cli.main import main

    command = ["cnnlab", *map(str, arguments)]
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    with pytest.MonkeyPatch.context() as patched, redirect_stdout(out), redirect_stderr(err):
        patched.chdir(cwd)
        patched.setattr(sys, "argv", command)
        with pytest.raises(SystemExit) as end:
            main()
    texts = [stream.buffer.getvalue().decode() for stream in (out, err)]
    return subprocess.CompletedProcess(command, int(end.value.code or 0), *texts)

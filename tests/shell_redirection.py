"""Run cnnlab under a shell that closes or redirects its standard streams."""

from __future__ import annotations

import subprocess
import sys

CNNLAB = [sys.executable, "-m", "cnnlab"]


def run_in_shell(redirection, *arguments, cwd):
    """Run cnnlab under bash with a redirection such as `2>&-`: (code, stdout, stderr)."""
    done = subprocess.run(
        ["bash", "-c", f'"$@" {redirection}', "bash", *CNNLAB, *map(str, arguments)],
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout, done.stderr

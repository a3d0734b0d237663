"""Read the error of a wrong command line."""

from __future__ import annotations

import shlex


def find_error(run_cli, folder, line):
    """The message of a wrong command line, without the usage above it; its exit code is 2."""
    code, out, err = run_cli(*shlex.split(line), cwd=folder)
    assert (code, out) == (2, "")
    assert err.startswith("Usage: cnnlab ")
    return err.partition("\nError: ")[2]

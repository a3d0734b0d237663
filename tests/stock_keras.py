"""Run a program with stock Keras in a process that cannot import cnnlab."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

# Keras imports scikit-learn, matplotlib and IPython only for its extras. Without them, and without
# garbage collection, its import takes two thirds of the time.
_START = """\
import gc, sys
gc.disable()
for name in ("cnnlab", "sklearn", "matplotlib", "matplotlib.pyplot", "IPython"):
    sys.modules[name] = None  # its import fails from here on
import keras, numpy
"""


def run_stock_keras(program: str, *arguments: str | Path, cwd: Path | None = None) -> str:
    """Run a program that may use `keras`, `numpy` and `sys`, and return its standard output.

    The warnings of Keras are errors.
    """
    options = ("-W", "error::UserWarning", "-c", _START + program)
    command = [sys.executable, *options, *map(str, arguments)]
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout

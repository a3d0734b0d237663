"""Import TensorFlow without its chatter."""

from __future__ import annotations

import gc
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

# Keras imports them for its scikit-learn wrappers and its picture galleries, if they are there;
# they take more than a quarter of the time (seen on Keras 3.15).
_UNNEEDED = ("sklearn", "matplotlib.pyplot")


@contextmanager
def _hide_modules(*modules: str) -> Iterator[None]:
    """While entered, modules look as if they were not installed, and no garbage is collected.

    An import makes many objects and hardly any garbage; looking for it takes a fifth of the time.
    What is there afterwards stays, and is not looked at again.
    """
    absent = [name for name in modules if name not in sys.modules]
    for name in absent:
        sys.modules[name] = None  # type: ignore[assignment]  # an import of it fails
    collects = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        for name in absent:
            del sys.modules[name]
        if collects:
            gc.freeze()
            gc.enable()


def import_tensorflow() -> None:
    """Import TensorFlow and Keras with stderr set aside; told after all if the import fails.

    TensorFlow's C++ writes to the file descriptor before its own log level counts, so that no
    setting silences it (seen on 2.21: two lines at least, more where CUDA libraries are missing).
    Ctrl-C ends the process at once: nothing is written yet, and among all that is imported there
    is code that swallows a KeyboardInterrupt.
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        stderr = os.dup(2)

        def stop(number: int, frame: FrameType | None) -> None:
            os.write(stderr, b"cnnlab: stopped\n")
            os._exit(130)

        before = signal.signal(signal.SIGINT, stop)
        os.dup2(aside.fileno(), 2)
        try:
            with _hide_modules(*_UNNEEDED):
                import keras  # noqa: F401
                import tensorflow  # noqa: F401
        except Exception:
            aside.seek(0)
            os.write(stderr, aside.read())
            raise
        finally:
            os.dup2(stderr, 2)
            signal.signal(signal.SIGINT, before)
            os.close(stderr)

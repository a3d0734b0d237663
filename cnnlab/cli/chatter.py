"""Import TensorFlow without its chatter."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
from types import FrameType


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

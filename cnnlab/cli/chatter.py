"""Import TensorFlow without its chatter."""

from __future__ import annotations

import os
import sys
import tempfile


def import_tensorflow() -> None:
    """Import TensorFlow and Keras with stderr set aside; told after all if the import fails.

    TensorFlow's C++ writes to the file descriptor before its own log level counts, so that no
    setting silences it (seen on 2.21: two lines at least, more where CUDA libraries are missing).
    """
    sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        stderr = os.dup(2)
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
            os.close(stderr)

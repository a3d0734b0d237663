"""Import TensorFlow and Keras without the log lines that they usually print."""

from __future__ import annotations

import gc
import logging
import os
import resource
import signal
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from cnnlab.errors import MemoryShortageError, find_memory_error
from cnnlab.standard_streams import open_closed_descriptors

# Keras imports these for its scikit-learn wrappers, its image galleries and its file editor, which
# cnnlab does not use. They take more than a quarter of the import time (Keras 3.15).
_UNNEEDED = ("sklearn", "matplotlib", "matplotlib.pyplot", "IPython")
_ADDRESS_SPACE = 3 * 2**30  # bytes that TensorFlow needs


@contextmanager
def _hide_modules(*modules: str) -> Iterator[None]:
    """Make imports faster inside the `with` block: hide `modules`, and stop garbage collection.

    Python treats hidden modules as if they were not installed. Garbage collection would take a
    fifth of the import time, although an import creates hardly any garbage. After the block, the
    garbage collector ignores the objects that the imports created.
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


def _require_address_space() -> None:
    """Raise MemoryShortageError if the memory limit of the process is too low for TensorFlow.

    With a limit of 2.4 GiB, TensorFlow 2.21 cannot start its threads and aborts the process. With a
    limit of 3.3 GiB, TensorFlow can train a network.
    """
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    if limit != resource.RLIM_INFINITY and limit < _ADDRESS_SPACE:
        raise MemoryShortageError(
            f"the limit of address space is {limit / 2**30:.1f} GiB, and TensorFlow needs "
            f"{_ADDRESS_SPACE / 2**30:.0f} GiB; raise the limit with `ulimit -v unlimited`"
        )


def import_tensorflow() -> None:
    """Import TensorFlow and Keras. Their output on stderr is shown only if the import fails.

    No setting of TensorFlow 2.21 hides this output, because its C++ code writes to stderr before
    the setting applies. During the import, Ctrl-C ends the process at once: no file is written yet,
    and some imported code would swallow a KeyboardInterrupt.

    Raises:
        MemoryShortageError: the process may not get the memory that TensorFlow needs.
    """
    if "tensorflow" in sys.modules and "keras" in sys.modules:
        return
    _require_address_space()
    open_closed_descriptors()
    if sys.stderr is not None:
        sys.stderr.flush()
    with tempfile.TemporaryFile() as aside:
        stderr = os.dup(2)

        def stop(number: int, frame: FrameType | None) -> None:
            erase_line = b"\r\x1b[K" if os.isatty(stderr) else b""  # of `show_waiting`
            os.write(stderr, erase_line + b"cnnlab: stopped\n")
            os._exit(130)

        is_main = threading.current_thread() is threading.main_thread()
        before = signal.signal(signal.SIGINT, stop) if is_main else None
        os.dup2(aside.fileno(), 2)
        try:
            with _hide_modules(*_UNNEEDED):
                import keras  # noqa: F401
                import tensorflow
        except Exception as error:
            if memory_error := find_memory_error(error):
                raise memory_error from error
            aside.seek(0)
            os.write(stderr, aside.read())
            raise
        else:
            # TensorFlow warns of repeated tracing when a process trains several networks.
            tensorflow.get_logger().setLevel(logging.ERROR)
        finally:
            os.dup2(stderr, 2)
            if is_main:
                signal.signal(signal.SIGINT, before)
            os.close(stderr)

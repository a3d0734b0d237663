"""Ctrl-C and SIGTERM in training: the batch at hand is finished, then everything is written."""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from cnnlab.errors import Stopped

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Interrupt:
    """While entered, a first signal is only noted, for `check` to raise; a second ends at once.

    The second raises KeyboardInterrupt wherever the program is. Then Ctrl-C is deaf, for the run
    folder to be closed in peace; SIGTERM has its own meaning again.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        if threading.current_thread() is threading.main_thread():  # others may not set handlers
            self._before = {number: signal.signal(number, self._note_signal) for number in _SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        if self.number is None:
            self.number = number
            return
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise Stopped if a signal has come."""
        if self.number is not None:
            raise Stopped(f"stopped by {signal.Signals(self.number).name}", self.number)

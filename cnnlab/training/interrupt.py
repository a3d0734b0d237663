"""Stop training at Ctrl-C, SIGTERM or SIGHUP, after the current batch.

The system sends SIGHUP when the terminal or the connection closes. A training that the user started
with `nohup` ignores SIGHUP.
"""

from __future__ import annotations

import signal
import threading
from types import FrameType
from typing import Any

from cnnlab.errors import Interruption

_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Interrupt:
    """Inside the `with` block, a first signal stops training after the batch, a second at once.

    After a first signal, `check` raises Interruption. A second signal raises KeyboardInterrupt at
    any point of the program. After a second signal, Ctrl-C has no effect, so that the program can
    still write run.json, and SIGTERM ends the program. SIGHUP does not count as a second signal,
    because the system and the shell each send SIGHUP when a terminal closes.
    """

    def __init__(self) -> None:
        self.number: int | None = None
        self._before: dict[int, Any] = {}

    def __enter__(self) -> Interrupt:
        if (
            threading.current_thread() is threading.main_thread()
        ):  # only the main thread can set handlers
            self._before = {
                number: signal.signal(number, self._note_signal)
                for number in _SIGNALS
                if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN
            }
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _note_signal(self, number: int, frame: FrameType | None) -> None:
        if self.number is None:
            self.number = number
            return
        if number == signal.SIGHUP:
            return
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        raise KeyboardInterrupt

    def check(self) -> None:
        """Raise Interruption if the process has received a signal in the `with` block."""
        if self.number is not None:
            raise Interruption(f"stopped by {signal.Signals(self.number).name}", self.number)

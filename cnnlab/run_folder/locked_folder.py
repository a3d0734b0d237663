"""The class LockedFolder: a folder that one process at a time writes, with its lock."""

from __future__ import annotations

import shlex
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from cnnlab.errors import InUseError, RunError
from cnnlab.run_folder import lock


class Owner(Protocol):
    """The record of the process that writes a folder, or wrote it last."""

    pid: int
    host: str
    started: str
    command: list[str]


class LockedFolder(ABC):
    """A folder that one process at a time writes; messages name this process by its record."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @abstractmethod
    def read_record(self) -> Owner:
        """Read the record; raises RunError if it is missing or damaged."""

    @contextmanager
    def lock_for_writing(self) -> Iterator[None]:
        """Lock the folder inside the `with` block, so that no other process writes it.

        The lock of an ensemble also protects its members. Each member has its own lock too: the
        worker that trains the member may live a moment longer than the process that has locked the
        ensemble.

        Raises:
            InUseError: another process has locked the folder; the message names that process.
            DiskError: the folder cannot be written.
        """
        try:
            with lock.hold_lock(self.path):
                yield
        except lock.LockHeld:
            raise InUseError(self._describe_lock_owner()) from None

    def require_unlocked(self) -> None:
        """Raise InUseError if another process has locked the folder."""
        if lock.is_locked(self.path):
            raise InUseError(self._describe_lock_owner())

    def _describe_lock_owner(self) -> str:
        who = "another process"
        with suppress(RunError):
            record = self.read_record()
            command = f" ({shlex.join(record.command)})" if record.command else ""
            who = f"process {record.pid} on {record.host}{command}, since {record.started}"
        return f"{self.path}: in use by {who}; wait until that process ends, or stop it"

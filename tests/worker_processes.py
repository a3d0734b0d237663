"""Find the worker processes of a sweep, and wait until they have ended."""

from __future__ import annotations

import os
import select
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from forked_processes import name_forks

MOST_SECONDS = 60  # for the batch at hand, on a machine with much to do


def count_workers(coordinator: int) -> int:
    """Count the processes that a process has started."""
    return len(_read_children(coordinator))


def list_workers(coordinator: int) -> list[int]:
    """List the processes that a process has started; each one as a file that tells of its end."""
    return [os.pidfd_open(child) for child in _read_children(coordinator)]


def all_end(workers: Sequence[int]) -> bool:
    """Wait until all worker processes have ended; return False if one of them does not end."""
    try:
        return all(select.select([worker], [], [], MOST_SECONDS)[0] for worker in workers)
    finally:
        for worker in workers:
            os.close(worker)


def _read_children(process: int) -> list[int]:
    """List the children of a process, and the forks that it requested of `forked_processes`."""
    children = [*map(int, Path(f"/proc/{process}/task/{process}/children").read_text().split())]
    for path in Path("/proc").glob("[0-9]*/comm"):
        with suppress(FileNotFoundError, ProcessLookupError):  # the process has ended
            if path.read_text().strip() == name_forks(process):
                children.append(int(path.parent.name))
    return children

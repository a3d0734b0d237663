"""Watch the runs in a folder: which runs there are, which of them train, and how far these are."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from cnnlab.run_folder import lock
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.record import TrainingProgress
from cnnlab.run_folder.run_names import MEMBERS, TRIALS
from cnnlab.run_folder.sweep_folder import is_sweep_folder


@dataclass(frozen=True)
class Activity:
    """What happens in a folder of runs at one moment.

    `states` has a pair for each run and sweep: its name, and whether a process works on it.
    `progress` maps the name of each run that trains to its progress.
    """

    states: frozenset[tuple[str, bool]] = frozenset()
    progress: dict[str, TrainingProgress] = field(default_factory=dict)


class RunWatcher:
    """Reads the activity in a folder of runs. A look costs a few system calls for each run."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def look(self) -> Activity:
        """Read the present activity."""
        states: set[tuple[str, bool]] = set()
        progress: dict[str, TrainingProgress] = {}
        for path in self._list_folders():
            is_sweep = is_sweep_folder(path)
            is_active = is_sweep and lock.is_locked(path)
            for run in _list_watched_runs(path, is_sweep):
                if one := run.read_progress():
                    progress[run.name] = one
                    is_active = True
            states.add((path.name, is_active))
        return Activity(frozenset(states), progress)

    def _list_folders(self) -> list[Path]:
        try:
            with os.scandir(self.root) as entries:
                return [Path(entry.path) for entry in entries if entry.is_dir()]
        except OSError:  # there is no such folder before the first training
            return []


def _list_watched_runs(path: Path, is_sweep: bool) -> Iterator[RunFolder]:
    """Yield the run at `path`, or the members of an ensemble or the trials of a sweep there."""
    yield RunFolder(path)
    inner = path / (TRIALS if is_sweep else MEMBERS)
    if os.path.isdir(inner):
        yield from (RunFolder(file.parent) for file in inner.glob("*/progress.json"))

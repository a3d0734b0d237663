"""The state that the requests to one server share: its settings, its watcher, its processes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from starlette.requests import Request

from cnnlab.api.run import Run
from cnnlab.api.sweep_result import SweepResult
from cnnlab.run_folder import find_exact_run, find_exact_sweep
from cnnlab.run_folder.run_watcher import RunWatcher
from cnnlab.web.settings import LabSettings


@dataclass
class Lab:
    """What the requests to one server share. `is_closing` says whether the server ends now."""

    settings: LabSettings
    watcher: RunWatcher = field(init=False)
    is_closing: Callable[[], bool] = lambda: False
    heavy_work: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self.watcher = RunWatcher(self.settings.runs)

    @contextmanager
    def use_heavy_libraries(self) -> Iterator[None]:
        """Let one request at a time import and use TensorFlow, matplotlib and scikit-learn.

        While cnnlab imports TensorFlow, it hides other libraries from the whole process.
        """
        with self.heavy_work:
            yield

    def find_run(self, name: str) -> Run:
        """Find a run by its whole name; raises RunError."""
        return Run(find_exact_run(name, self.settings.runs))

    def find_sweep(self, name: str) -> SweepResult:
        """Find a sweep by its whole name; raises RunError."""
        return SweepResult(find_exact_sweep(name, self.settings.runs))


def get_lab(request: Request) -> Lab:
    """Return the state that all requests share."""
    lab: Lab = request.app.state.lab
    return lab


def get_run(request: Request) -> Run:
    """Find the run that the address of a request names; raises RunError."""
    return get_lab(request).find_run(request.path_params["name"])

"""Training in this process on data so small that an epoch takes no time."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tiny_training import StopAfter, read_tiny, save_tiny, train_in


@pytest.fixture(autouse=True)
def leave_out_curves(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Write a constant as curves.png, except in tests that are marked `draws_curves`.

    To draw the curves takes a fifth of the CPU time of a training on tiny.npz.
    """
    if request.node.get_closest_marker("draws_curves") is None:
        from cnnlab.training import pictures

        monkeypatch.setattr(
            pictures, "save_curves", lambda run, *history: run.write_curves(b"no curves")
        )


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A folder with tiny.npz."""
    return save_tiny(tmp_path)


@pytest.fixture
def read(tiny: Path) -> Callable[..., Any]:
    """Read the config of an experiment on tiny.npz."""
    return partial(read_tiny, tiny)


@pytest.fixture
def train(tiny: Path) -> Callable[..., Any]:
    """Train such an experiment here: (run, record)."""
    return partial(train_in, tiny)


@pytest.fixture(scope="session")
def finished_runs(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """Return the run of an experiment, which is trained at its first use; no test writes to it.

    With `stopped_after`, Ctrl-C stopped its training after so many epochs.
    """
    folder = save_tiny(tmp_path_factory.mktemp("finished"))
    runs: dict[str, Any] = {}

    def find_run(stopped_after: int | None = None, **experiment: Any) -> Any:
        from cnnlab.errors import Interruption
        from cnnlab.run_folder import list_runs

        key = json.dumps([stopped_after, experiment], sort_keys=True)
        if key not in runs and stopped_after is None:
            runs[key], _ = train_in(folder, **experiment)
        elif key not in runs:
            with pytest.raises(Interruption):
                train_in(folder, StopAfter(stopped_after), **experiment)
            runs[key] = list_runs(folder / "runs")[-1]
        return runs[key]

    return find_run


@pytest.fixture
def copy_run(finished_runs: Callable[..., Any], tmp_path: Path) -> Callable[..., Any]:
    """Copy the run of an experiment to runs/, where a test may change it: (run, record).

    The data of the copies is that of all other tests.
    """
    from cnnlab.run_folder import RunFolder

    def copy(**experiment: Any) -> Any:
        root = tmp_path / "runs"
        number = len(list(root.iterdir())) + 1 if root.exists() else 1
        source = finished_runs(**experiment).path
        run = RunFolder(Path(shutil.copytree(source, root / f"tiny-{number:03}")))
        return run, run.read_record()

    return copy

"""Training in this process on data so small that an epoch takes no time."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tiny_training import read_tiny, save_tiny


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A folder with tiny.npz."""
    return save_tiny(tmp_path)


@pytest.fixture
def read(tiny: Path) -> Callable[..., Any]:
    """Read the config of an experiment on tiny.npz."""
    return partial(read_tiny, tiny)


@pytest.fixture
def train(read: Callable[..., Any], tiny: Path) -> Callable[..., Any]:
    """Train such an experiment here: (run, record)."""
    from cnnlab import run_folder
    from cnnlab.training import single_run
    from cnnlab.training.device import choose_device
    from cnnlab.training.progress import SilentProgress

    def run(progress: Any = None, **experiment: Any) -> Any:
        config = read(**experiment)
        folder = run_folder.create_run(tiny / "runs", config.experiment.name)
        return folder, single_run.train(
            config, folder, progress or SilentProgress(), choose_device("cpu")
        )

    return run

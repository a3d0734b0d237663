"""Find the trained checkpoint of a run, and check that the file is unchanged since training."""

from __future__ import annotations

import shlex
from pathlib import Path

from cnnlab.counts import format_count
from cnnlab.errors import RunError
from cnnlab.run_folder import safe_reading
from cnnlab.run_folder.folder import RunFolder


def find_trained_checkpoint(run: RunFolder) -> Path:
    """Return the path of the checkpoint that `evaluate` uses.

    If state.json exists, it names this checkpoint. Otherwise cnnlab uses the checkpoint best,
    averaged or last: the first of the three that exists.

    Raises:
        RunError: no epoch was finished, the checkpoints are missing, or the files of the run
            contradict each other.
    """
    if run.has_members():
        message = f"{run.path}: an ensemble, whose members have the checkpoints"
        raise RunError(f"{message}; name a member: {run.member_run(1).path}")
    if (run.path / "run.json").exists():
        run.read_record()  # raises RunError if the file is damaged
    names = ["best", "averaged", "last"]
    state = run.read_state()
    if state:
        weights = state.record.weights
        names.sort(key=lambda name: not weights.startswith(f"{name}.keras: "))
    for name in names:
        if run.checkpoint_path(name).exists():
            run.require_recorded(f"checkpoints/{name}.keras")
            with safe_reading.open_own_path(run.path, f"checkpoints/{name}.keras") as path:
                return path
    if state:
        epochs = format_count(state.record.epochs, "epoch")
        message = f"{run.path}/checkpoints: the files of a training of {epochs} are missing"
        raise RunError(f"{message}; copy them here, or train the config again")
    run.require_started()
    message = f"{run.path}: no epoch was finished, so there is no trained checkpoint"
    raise RunError(f"{message}; train the run: cnnlab resume {shlex.quote(str(run.path))}")

"""Take up a run again that was stopped, killed or failed, or train a finished one further."""

from __future__ import annotations

from cnnlab.run_folder import Record, Run
from cnnlab.training import fit
from cnnlab.training.device import Device, choose
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.left import (
    Wish,
    changed,
    is_left,
    left,
    nothing_left,
    state_for,
    taken_up,
)
from cnnlab.training.progress import SILENT, Progress


def resume(
    run: Run,
    wish: Wish,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> Record:
    """Train on where `run` left off; returns what run.json says.

    Raises:
        UsageError: there is nothing left to train, or a change would make it another experiment.
        RunError, CheckpointError: the folder is not what was written.
        InUseError: another process trains it.
        And what `cnnlab.training.fit.train` raises.
    """
    with run.writing(), Interrupt() as interrupt:
        found = left(run)
        edits = wish.edits_after(found.record.epochs)
        config = changed(run, found, edits)
        if not is_left(found, config.spec):
            raise nothing_left(run, found.record)
        record = taken_up(found, edits, str(device or choose("auto")), command)
        state = state_for(found, config.spec)
        with fit.told(config, run, record, interrupt):
            fit.learn(config, run, record, progress, interrupt, state=state)
    return record

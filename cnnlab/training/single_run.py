"""Train one run, or resume a run that was stopped, was killed, failed or finished."""

from __future__ import annotations

from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.config_reader import Config
from cnnlab.training.device import Device, choose_device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.job import TrainingJob, new_record
from cnnlab.training.progress import SILENT, Progress
from cnnlab.training.saved_state import (
    ResumeRequest,
    apply_resume_edits,
    build_nothing_left_error,
    has_epochs_left,
    recover_saved_run,
    resume_record,
    select_state,
    set_saved_place,
)
from cnnlab.training.stages import train_job
from cnnlab.training.stop_messages import report_failure


def train(
    config: Config,
    run: RunFolder,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> Record:
    """Train the experiment of `config`, save the run in the folder `run`, and return its record.

    Args:
        device: the device of this process, from `choose_device`; None chooses one.
        command: the command line, for run.json.

    Raises:
        Interruption: a signal stopped the training; the folder has the finished epochs.
        TrainingError: the loss became NaN or infinite, or memory ran out.
        DiskError: cnnlab cannot write into the folder.
    """
    with run.lock_for_writing(), Interrupt() as interrupt:
        device = device or choose_device("auto")
        record = new_record(config, device, command)
        job = TrainingJob(
            config, record, progress, interrupt, lambda: run, replicas=device.replicas
        )
        with report_failure(job):
            train_job(job)
    return job.record


def resume(
    run: RunFolder,
    request: ResumeRequest,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> Record:
    """Continue to train `run` after its last finished epoch, and return the record of the run.

    Raises:
        UsageError: the run has no epochs left to train, or an edit changes a setting other than
            the epochs and the callbacks.
        RunError, CheckpointError: a file of the run is missing or damaged.
        InUseError: another process trains the run.
        Interruption, TrainingError, DiskError: as in `train`.
    """
    with run.lock_for_writing(), Interrupt() as interrupt:
        saved = set_saved_place(recover_saved_run(run), request.dataset)
        edits = request.to_edits(saved.record.epochs)
        config = apply_resume_edits(run, saved, edits)
        if not has_epochs_left(saved, config.experiment, edits):
            raise build_nothing_left_error(run, saved.record)
        device = device or choose_device("auto")
        job = TrainingJob(
            config,
            resume_record(saved, edits, str(device), command),
            progress,
            interrupt,
            open_run=lambda: run,
            state=select_state(saved, config.experiment),
            replicas=device.replicas,
        )
        with report_failure(job):
            train_job(job)
    return job.record

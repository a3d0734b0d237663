"""Train several runs one after another in one process. If a run fails, finished runs stay."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from cnnlab.quiet_tensorflow import keras
from cnnlab.run_folder import RunFolder, Series
from cnnlab.spec.config_reader import Config
from cnnlab.training.data_split import DataSplit
from cnnlab.training.device import Device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.job import TrainingJob, new_record
from cnnlab.training.progress import Progress
from cnnlab.training.saved_state import recover_saved_run, resume_record, select_state
from cnnlab.training.stages import train_job
from cnnlab.training.stop_messages import report_failure


@dataclass(frozen=True)
class PlannedRun:
    """A run that cnnlab still has to train or to continue.

    `title` names the run in messages. `open_run` returns the run folder; for a new run, `open_run`
    creates the folder first. `resumes` is True if the training of an existing run continues.
    `edits` make the config of this run out of the config that all runs have in common.
    """

    title: str
    config: Config
    open_run: Callable[[], RunFolder]
    resumes: bool = False
    edits: tuple[str, ...] = ()


@dataclass(frozen=True)
class SeriesContext:
    """The data and settings that all runs of a series have in common.

    If the runs have different validation images, `split` is None. For an ensemble, `ensemble` is
    the run folder of the ensemble; for runs over seeds, `series` lists the seeds. `edits` are the
    edits with which the user resumes the runs.
    """

    progress: Progress
    device: Device
    command: tuple[str, ...]
    interrupt: Interrupt
    split: DataSplit | None = None
    ensemble: RunFolder | None = None
    series: Series | None = None
    edits: tuple[str, ...] = ()


def train_series(plans: Iterable[PlannedRun], context: SeriesContext) -> Iterator[TrainingJob]:
    """Train several runs one after another, and yield the job of each run that is finished.

    Raises:
        Interruption, TrainingError, DiskError: training ended early, as in
            `cnnlab.training.single_run.train`; the message names the runs that are finished.
    """
    finished: tuple[RunFolder, ...] = ()
    for plan in plans:
        # Keras numbers layers across models; each model must get the layer names of a first one.
        keras.utils.clear_session()
        job = _start_job(plan, finished, context)
        with report_failure(job):
            context.interrupt.check()
            run = job.run
            context.progress.part(plan.title)
            with run.lock_for_writing():
                if plan.resumes:
                    _resume_job(job, context)
                train_job(job)
        finished += (run,)
        yield job


def _start_job(
    plan: PlannedRun, finished: tuple[RunFolder, ...], context: SeriesContext
) -> TrainingJob:
    record = new_record(plan.config, context.device, context.command)
    record.series = context.series
    return TrainingJob(
        plan.config,
        record,
        context.progress,
        context.interrupt,
        plan.open_run,
        split=context.split,
        title=plan.title,
        finished=finished,
        ensemble=context.ensemble,
        replicas=context.device.replicas,
    )


def _resume_job(job: TrainingJob, context: SeriesContext) -> None:
    """Load the record and state of a run, so that training continues after the last epoch."""
    saved = recover_saved_run(job.run)
    job.record = resume_record(saved, context.edits, str(context.device), context.command)
    job.state = select_state(saved, job.config.experiment)

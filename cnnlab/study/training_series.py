"""Train several runs in one process, one after another; finished runs stay if a later one fails."""

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
    """One run of a series, before it is trained.

    `title` is what a person calls it, `open_run` returns its folder and creates a new one, and
    `resumes` says whether the run exists and continues.
    """

    title: str
    config: Config
    open_run: Callable[[], RunFolder]
    resumes: bool = False


@dataclass(frozen=True)
class SeriesContext:
    """The data and settings that all trainings of a series share.

    `split` is None where each run has a split of its own. `ensemble` is the run whose members are
    trained, `series` describes runs over seeds. `edits` are those of a request to resume.
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
    """Train one run after another, and yield the job of each when it is finished.

    Raises:
        Interruption, TrainingError, DiskError: as `cnnlab.training.single_run.train` does; the
            message names the runs that are finished.
    """
    finished: tuple[RunFolder, ...] = ()
    for plan in plans:
        # Keras numbers layers across models; each model is to have the names of a single run.
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
    )


def _resume_job(job: TrainingJob, context: SeriesContext) -> None:
    """Resume a job from the last epoch in its run folder."""
    saved = recover_saved_run(job.run)
    job.record = resume_record(saved, context.edits, str(context.device), context.command)
    job.state = select_state(saved, job.config.experiment)

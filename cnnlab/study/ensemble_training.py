"""Train and resume an ensemble. Each member of the ensemble is a run in a common run folder."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial

from cnnlab.data.moved_data import set_place
from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import Spec
from cnnlab.study.ensemble_members import list_member_configs, list_member_edits
from cnnlab.study.training_series import PlannedRun, SeriesContext, train_series
from cnnlab.training.data_split import DataSplit, describe_data
from cnnlab.training.device import Device, choose_device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.job import TrainingJob, new_record
from cnnlab.training.progress import SILENT, Progress
from cnnlab.training.saved_state import (
    ResumeRequest,
    apply_resume_edits,
    build_nothing_left_error,
    recover_saved_run,
    resume_record,
    set_saved_place,
)
from cnnlab.training.stages import close_record, prepare_data
from cnnlab.training.stop_messages import describe_ending, report_failure


def train(
    config: Config,
    run: RunFolder,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> Record:
    """Train the ensemble of a config into a new run folder; return the contents of run.json.

    The arguments and errors are those of `cnnlab.training.single_run.train`. If the training of a
    member fails, the finished members stay in the folder.
    """
    with run.lock_for_writing(), Interrupt() as interrupt:
        device = device or choose_device("auto")
        record = start_record(config, device, command)
        job = TrainingJob(config, record, progress, interrupt, lambda: run)
        _train_members(job, SeriesContext(progress, device, command, interrupt, ensemble=run))
    return record


def start_record(config: Config, device: Device, command: tuple[str, ...]) -> Record:
    """Build the content of run.json for an ensemble that starts now."""
    record = new_record(config, device, command)
    record.seeds = list(config.experiment.ensemble or ())
    return record


def resume(
    run: RunFolder,
    request: ResumeRequest,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> Record:
    """Continue to train each unfinished member of an ensemble.

    The arguments and errors are those of `cnnlab.training.single_run.resume`. A number of epochs in
    the request applies to each member.
    """
    with run.lock_for_writing(), Interrupt() as interrupt:
        saved = set_saved_place(recover_saved_run(run), request.dataset)
        edits = request.to_edits(saved.spec.experiment.training.epochs)
        config = apply_resume_edits(run, saved, edits)
        if saved.record.status == "finished" and not plan_members(config, run, edits):
            raise build_nothing_left_error(run, saved.record)
        device = device or choose_device("auto")
        record = resume_record(saved, edits, str(device), command)
        job = TrainingJob(config, record, progress, interrupt, lambda: run)
        context = SeriesContext(
            progress,
            device,
            command,
            interrupt,
            ensemble=run,
            edits=edits or saved.interrupted_edits,
        )
        _train_members(job, context)
    return record


def _train_members(job: TrainingJob, context: SeriesContext) -> None:
    """Train the unfinished members; after each member, write run.json of the ensemble."""
    with record_ensemble(job) as split:
        plans = plan_members(job.config, job.run, context.edits)
        for _ in train_series(plans, replace(context, split=split)):
            write_sums(job.run, job.record)


@contextmanager
def record_ensemble(job: TrainingJob) -> Iterator[DataSplit]:
    """Record in run.json how the members of an ensemble, which train in the `with` block, ended.

    Before the block, this function reads the images, and writes spec.json of the ensemble.
    """
    run, record = job.run, job.record
    started = time.perf_counter() - record.seconds
    job.owns_folder = not record.resumed
    try:
        yield _introduce_ensemble(job)
        _add_up_members(run, record)
        record.status, record.ended = "finished", f"all {len(record.seeds)} members trained"
    except BaseException as error:
        record.status, record.ended = describe_ending(error.__cause__ or error)
        raise
    finally:
        if job.owns_folder:
            close_record(run, record, started)


def _introduce_ensemble(job: TrainingJob) -> DataSplit:
    """Read the images of all members, and write run.json and spec.json of the ensemble."""
    with report_failure(job):
        split = prepare_data(job)
        job.owns_folder = True
        spec = Spec(experiment=job.config.experiment, inputs=split.inputs)
        job.record.data = describe_data(spec, split)
        job.run.write_record(job.record)
        job.run.write_spec(spec)
    return split


def write_sums(run: RunFolder, record: Record) -> None:
    """Write run.json of an ensemble, with the sums of its members' epochs and parameters."""
    _add_up_members(run, record)
    run.write_record(record)


def _add_up_members(run: RunFolder, record: Record) -> None:
    members = [run.member_run(number) for number in range(1, len(record.seeds) + 1)]
    records = [member.read_record() for member in members if member.is_started()]
    record.epochs = sum(member.epochs for member in records)
    record.parameters = sum(member.parameters for member in records)


def plan_members(config: Config, run: RunFolder, edits: tuple[str, ...] = ()) -> list[PlannedRun]:
    """List the members of an ensemble that are still to be trained or continued.

    If `edits` ask for more epochs, a member that stopped early is continued too.
    """
    members, member_edits = list_member_configs(config), list_member_edits(config.experiment)
    return [
        PlannedRun(
            title=f"member {number} of {len(members)}, seed {member.experiment.seed}",
            config=member,
            open_run=partial(run.member_run, number),
            resumes=run.member_run(number).is_started(),
            edits=member_edits[number - 1],
        )
        for number, member in enumerate(members, 1)
        if not _is_finished(run.member_run(number), member, edits)
    ]


def _is_finished(member: RunFolder, config: Config, edits: tuple[str, ...]) -> bool:
    if not member.is_started() or (record := member.read_record()).status != "finished":
        return False
    if edits and record.epochs < config.experiment.training.epochs:
        return False
    spec = set_place(member.read_spec(), config.experiment.data.dataset)  # it may have been moved
    return spec.experiment == config.experiment

"""Train the runs over several seeds, or the members of an ensemble, at once in workers."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.config_reader import Config
from cnnlab.study.ensemble_training import plan_members, record_ensemble, start_record, write_sums
from cnnlab.study.planned_tasks import ParallelContext, train_plans
from cnnlab.study.seed_training import TrainedRun, plan_seed, read_trained_run, start_series
from cnnlab.training.device import Device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.job import TrainingJob
from cnnlab.training.progress import SILENT


def train_seeds(
    config: Config, count: int, root: Path, context: ParallelContext
) -> list[TrainedRun]:
    """Train a config with `count` seeds, and several of them at once.

    The runs and the errors are those of `cnnlab.study.seed_training.train`.
    """
    series = start_series(config, count)
    plans = [
        plan_seed(config, number, series, None, root) for number in range(1, len(series.seeds) + 1)
    ]
    with Interrupt() as interrupt:
        runs = train_plans(plans, replace(context, series=series), interrupt)
    return [read_trained_run(run) for run in runs]


def train_ensemble(
    config: Config, run: RunFolder, context: ParallelContext, device: Device
) -> Record:
    """Train the ensemble of a config, and several members at once.

    The files and the errors are those of `cnnlab.study.ensemble_training.train`. This process reads
    the images too: their description is in spec.json of the ensemble.
    """
    with run.lock_for_writing(), Interrupt() as interrupt:
        record = start_record(config, device, context.command)
        job = TrainingJob(config, record, SILENT, interrupt, lambda: run)
        with record_ensemble(job):
            members = train_plans(
                plan_members(config, run),
                replace(context, ensemble=run),
                interrupt,
                partial(write_sums, run, record),
            )
            record.device = members[0].read_record().device  # on a cluster, that of a node
    return record

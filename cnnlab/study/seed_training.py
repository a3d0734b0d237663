"""Train an experiment with several seeds, one run for each seed, and resume such a series."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from cnnlab.data.moved_data import set_place
from cnnlab.errors import RunError
from cnnlab.run_folder import Record, RunFolder, Series, create_run, list_runs, utc_now
from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import list_following_seeds
from cnnlab.study.ensemble_members import set_seed
from cnnlab.study.statistics import Spread, compute_spread
from cnnlab.study.training_series import PlannedRun, SeriesContext, train_series
from cnnlab.training.device import Device, choose_device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.progress import SILENT, Progress
from cnnlab.training.saved_state import (
    apply_resume_edits,
    build_nothing_left_error,
    read_saved_run,
    set_saved_place,
)

_NOT_METRICS = ("epoch", "learning_rate", "seconds", "images_per_second")


@dataclass(frozen=True)
class TrainedRun:
    """A finished run with one of several seeds, and its loss and metrics.

    `figures` maps the names of loss and metrics to the values on the validation images. Without
    validation images, these are the values on the training images. The values belong to the epoch
    whose weights `evaluate` uses.
    """

    run: RunFolder
    record: Record
    figures: dict[str, float]


def train(
    config: Config,
    count: int,
    root: Path,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> list[TrainedRun]:
    """Train a config with `count` seeds: the seed of the config and the next whole numbers.

    Each seed has a separate run in the folder `root`. If a run fails, the finished runs stay.
    Raises the errors of `cnnlab.training.single_run.train`.
    """
    series = start_series(config, count)
    device = device or choose_device("auto")
    with Interrupt() as interrupt:
        context = SeriesContext(progress, device, command, interrupt, series=series)
        return _train_seeds(config, series, {}, root, context)


def start_series(config: Config, count: int) -> Series:
    """Name a new series of `count` runs, and list its seeds: that of the config and the next."""
    seeds = list(list_following_seeds(config.experiment.seed, count))
    return Series(f"{utc_now()} {platform.node()} {os.getpid()}", seeds)


def resume(
    run: RunFolder,
    dataset: str | None = None,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> list[TrainedRun]:
    """Resume a series of runs over seeds: train the runs of the series that are not finished.

    `dataset` is the new place of their data, if it was moved.

    Raises the errors of `cnnlab.training.single_run.resume`.
    """
    series = run.read_record().series
    assert series is not None
    with Interrupt() as interrupt:
        saved = set_saved_place(read_saved_run(run), dataset)
        root = run.path.parent
        existing = {**_find_series_runs(root, series), saved.record.seed: run}
        if all(seed in existing and _is_finished(existing[seed]) for seed in series.seeds):
            raise build_nothing_left_error(run, saved.record)
        config = apply_resume_edits(run, saved, ())
        device = device or choose_device("auto")
        context = SeriesContext(progress, device, command, interrupt, series=series)
        return _train_seeds(config, series, existing, root, context)


def _train_seeds(
    config: Config,
    series: Series,
    existing: dict[int, RunFolder],
    root: Path,
    context: SeriesContext,
) -> list[TrainedRun]:
    """Train the runs of a series that are not finished; return all runs, in the order of the seeds.

    `existing` maps each seed that has a run already to that run.
    """
    finished = {seed: run for seed, run in existing.items() if _is_finished(run)}
    plans = [
        plan_seed(config, number, series, existing.get(seed), root)
        for number, seed in enumerate(series.seeds, 1)
        if seed not in finished
    ]
    finished |= {job.record.seed: job.run for job in train_series(plans, context)}
    return [read_trained_run(finished[seed]) for seed in series.seeds]


def plan_seed(
    config: Config, number: int, series: Series, run: RunFolder | None, root: Path
) -> PlannedRun:
    """Plan the run of one seed in a series of seeds; `number` counts the seeds from 1.

    A run that is already started keeps the experiment in its spec.json.
    """
    seed = series.seeds[number - 1]
    is_started = run is not None and run.is_started()
    if run is not None and is_started:
        saved = read_saved_run(run)
        place = config.experiment.data.dataset  # the data of all runs may have been moved
        saved = replace(saved, spec=set_place(saved.spec, place))
        seed_config = apply_resume_edits(run, saved, ())
    else:
        seed_config = replace(config, experiment=set_seed(config.experiment, seed))
    return PlannedRun(
        title=f"run {number} of {len(series.seeds)}, seed {seed}",
        config=seed_config,
        open_run=lambda: run or create_run(root, config.experiment.name),
        resumes=is_started,
        edits=(f"seed={seed}",),
    )


def _find_series_runs(root: Path, series: Series) -> dict[int, RunFolder]:
    """Find the runs of a series in the folder `root`; return a dictionary from seeds to runs."""
    runs = {}
    for run in list_runs(root):
        with suppress(RunError):  # nobody knows the series of a damaged run
            record = run.read_record()
            if record.series == series:
                runs[record.seed] = run
    return runs


def _is_finished(run: RunFolder) -> bool:
    return run.read_record().status == "finished"


def read_trained_run(run: RunFolder) -> TrainedRun:
    """Read the record of a finished run, and its loss and metrics from history.csv."""
    record, history = run.read_record(), run.read_history()
    epoch = history[(record.best_epoch or len(history)) - 1]
    return TrainedRun(run, record, select_figures(epoch))


def select_figures(row: Mapping[str, float]) -> dict[str, float]:
    """Select loss and metrics from a row of history.csv: those of validation, if there are any."""
    metrics = {name: value for name, value in row.items() if name not in _NOT_METRICS}
    validation = {name: value for name, value in metrics.items() if name.startswith("val_")}
    return validation or metrics


def compute_spreads(runs: Sequence[TrainedRun]) -> dict[str, Spread]:
    """Compute the mean, standard deviation and interval of loss and metrics over several runs."""
    return {name: compute_spread([run.figures[name] for run in runs]) for name in runs[0].figures}

"""The same experiment over seeds: ordinary runs, and the spread of their figures."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cnnlab.errors import RunError
from cnnlab.run_folder import Record, Run, Series, all_runs, create, utc_now
from cnnlab.spec.ensemble import following
from cnnlab.spec.reader import Config
from cnnlab.study import series
from cnnlab.study.members import with_seed
from cnnlab.study.spread import Spread, spread
from cnnlab.training.device import Device, choose
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.left import changed, nothing_left, told
from cnnlab.training.progress import SILENT, Progress

_NO_FIGURES = ("epoch", "learning_rate", "seconds", "images_per_second")


@dataclass(frozen=True)
class Row:
    """One run of several: its `figures` are those of the epoch whose weights `evaluate` takes.

    They are figures on the validation split, or of training where nothing was held out.
    """

    run: Run
    record: Record
    figures: dict[str, float]


def train(
    config: Config,
    count: int,
    root: Path,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> list[Row]:
    """Train the experiment of `config` with its own seed and the following ones, `count` in all.

    Raises what `cnnlab.training.fit.train` does; runs that are finished stay.
    """
    seeds = following(config.spec.seed, count)
    known = Series(f"{utc_now()} {platform.node()} {os.getpid()}", list(seeds))
    with Interrupt() as interrupt:
        shared = series.Circumstances(
            progress, device or choose("auto"), command, interrupt, series=known
        )
        return _train(config, {}, root, shared)


def resume(
    run: Run,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> list[Row]:
    """Train what is not finished of the runs over seeds that `run` is one of.

    Takes and raises what `cnnlab.training.resume.resume` does.
    """
    known = run.read_record().series
    assert known is not None
    with Interrupt() as interrupt:
        found = told(run)
        there = {**_of_series(run.path.parent, known), found.record.seed: run}
        if all(seed in there and _is_finished(there[seed]) for seed in known.seeds):
            raise nothing_left(run, found.record)
        config = changed(run, found, ())
        shared = series.Circumstances(
            progress, device or choose("auto"), command, interrupt, series=known
        )
        return _train(config, there, run.path.parent, shared)


def _train(
    config: Config, there: dict[int, Run], root: Path, shared: series.Circumstances
) -> list[Row]:
    """Train the seeds of a series that are not finished; returns all, in the order of the seeds."""
    assert shared.series is not None
    done = {seed: run for seed, run in there.items() if _is_finished(run)}
    seeds = shared.series.seeds
    parts = [
        series.Part(
            title=f"run {number} of {len(seeds)}, seed {seed}",
            config=_config(config, seed, there.get(seed)),
            folder=partial(_folder, there.get(seed), root, config.spec.name),
            again=seed in there and there[seed].is_begun(),
        )
        for number, seed in enumerate(seeds, 1)
        if seed not in done
    ]
    done |= {record.seed: run for run, record in series.train(parts, shared)}
    return [row(done[seed], done[seed].read_record()) for seed in seeds]


def _config(config: Config, seed: int, run: Run | None) -> Config:
    """The experiment of a seed: that of its own run, where it was begun."""
    if run is None or not run.is_begun():
        return replace(config, spec=with_seed(config.spec, seed))
    return changed(run, told(run), ())


def _folder(run: Run | None, root: Path, name: str) -> Run:
    return run or create(root, name)


def _of_series(root: Path, known: Series) -> dict[int, Run]:
    """The runs of a series by their seeds."""
    found = {}
    for run in all_runs(root):
        with suppress(RunError):  # a damaged one is of no series
            record = run.read_record()
            if record.series == known:
                found[record.seed] = run
    return found


def _is_finished(run: Run) -> bool:
    return run.read_record().status == "finished"


def row(run: Run, record: Record) -> Row:
    """What a finished run says of itself, from its history."""
    rows = run.read_history()
    taken = rows[(record.best_epoch or len(rows)) - 1]
    figures = {name: value for name, value in taken.items() if name not in _NO_FIGURES}
    held_out = {name: value for name, value in figures.items() if name.startswith("val_")}
    return Row(run, record, held_out or figures)


def spreads(rows: Sequence[Row]) -> dict[str, Spread]:
    """The spread of each figure over the runs."""
    return {name: spread([row.figures[name] for row in rows]) for name in rows[0].figures}

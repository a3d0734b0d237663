"""The same experiment over seeds: ordinary runs, and the spread of their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from cnnlab.runs import Record, Run, create
from cnnlab.spec.ensemble import following
from cnnlab.spec.reader import Config
from cnnlab.study import series
from cnnlab.study.members import with_seed
from cnnlab.study.spread import Spread, spread
from cnnlab.training.device import Device, choose
from cnnlab.training.interrupt import Interrupt
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
    parts = [
        series.Part(
            title=f"run {number} of {count}, seed {seed}",
            config=replace(config, spec=with_seed(config.spec, seed)),
            folder=partial(create, root, config.spec.name),
        )
        for number, seed in enumerate(following(config.spec.seed, count), 1)
    ]
    with Interrupt() as interrupt:
        device = device or choose("auto")
        shared = series.Circumstances(progress, device, command, interrupt)
        return [row(run, record) for run, record in series.train(parts, shared)]


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

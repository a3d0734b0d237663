"""Several trainings, one after another in one process; what is finished stays."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import keras

from cnnlab.errors import TrainingError
from cnnlab.run_folder import Record, Run, Series
from cnnlab.spec.reader import Config
from cnnlab.training import endings, fit
from cnnlab.training.device import Device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.left import left, state_for, taken_up
from cnnlab.training.prepared import Prepared
from cnnlab.training.progress import Progress


@dataclass(frozen=True)
class Part:
    """One of several trainings: what a person calls it, and how it comes to its folder."""

    title: str
    config: Config
    folder: Callable[[], Run]
    again: bool = False  # whether its run is there, and goes on


@dataclass(frozen=True)
class Circumstances:
    """What all trainings of a series share."""

    progress: Progress
    device: Device
    command: tuple[str, ...]
    interrupt: Interrupt
    data: Prepared | None = None  # None where each has a split of its own
    whole: Run | None = None  # the ensemble whose members they are
    series: Series | None = None  # the runs over seeds that they are


def train(parts: Iterable[Part], shared: Circumstances) -> Iterator[tuple[Run, Record]]:
    """Train one part after another, and yield each when it is finished.

    Raises:
        Stopped, TrainingError, DiskError: as in `fit.train`; the parts before are told.
    """
    done: list[Run] = []
    for part in parts:
        # Keras numbers names on from one model to the next; each shall be as in its own process.
        keras.utils.clear_session()
        record = fit.begun(part.config, shared.device, shared.command)
        record.series, run, state = shared.series, None, None
        try:
            shared.interrupt.check()
            run = part.folder()
            shared.progress.part(part.title)
            with run.writing():
                if part.again:
                    found = left(run)
                    record = taken_up(found, (), str(shared.device), shared.command)
                    state = state_for(found, part.config.spec)
                fit.learn(
                    part.config, run, record, shared.progress, shared.interrupt, shared.data, state
                )
        except BaseException as error:
            told = _told(error, part, done, run, record, shared)
            if told is error:
                raise
            raise told from error
        done.append(run)
        yield run, record


def _told(
    error: BaseException,
    part: Part,
    done: list[Run],
    run: Run | None,
    record: Record,
    shared: Circumstances,
) -> BaseException:
    """The error as the user is told it: in which part, what is kept, and what to type next."""
    paths = ", ".join(shlex.quote(str(one.path)) for one in done)
    finished = [f"finished: {paths}"] if done else []
    if isinstance(error, TrainingError):  # it says itself what to try
        return TrainingError("; ".join([f"{part.title}: {error}", *finished]))
    kept = endings.kept_epochs(run, record) if run else ""
    before = [kept] if kept else [] if done else ["no epoch was finished"]
    begun = run if run and run.is_begun() else None
    last = shared.whole or begun or (done[-1] if done else None)
    again = ["cnnlab", "resume", str(last.path)] if last else record.command
    kept = "; ".join([*before, *finished, f"next: {shlex.join(again)}"])
    where = endings.where(record, part.config.spec.training.epochs) if begun else "at the beginning"
    return endings.told(error, where, kept, shared.interrupt.number, part.title)

"""Several trainings, one after another in one process; what is finished stays."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import keras

from cnnlab.errors import TrainingError
from cnnlab.runs import Record, Run
from cnnlab.spec.reader import Config
from cnnlab.training import endings, fit
from cnnlab.training.device import Device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.progress import Progress


@dataclass(frozen=True)
class Part:
    """One of several trainings: what a person calls it, and how it comes to its folder."""

    title: str
    config: Config
    folder: Callable[[], Run]


@dataclass(frozen=True)
class Circumstances:
    """What all trainings of a series share."""

    progress: Progress
    device: Device
    command: tuple[str, ...]
    interrupt: Interrupt
    data: fit.Prepared | None = None  # None where each has a split of its own


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
        run = None
        try:
            shared.interrupt.check()
            run = part.folder()
            shared.progress.part(part.title)
            fit.learn(part.config, run, record, shared.progress, shared.interrupt, shared.data)
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
    paths = [shlex.quote(str(one.path)) for one in done]
    finished = f"finished: {', '.join(paths)}; next: cnnlab evaluate {' '.join(paths)}"
    if isinstance(error, TrainingError):  # it says itself what to try
        return TrainingError("; ".join([f"{part.title}: {error}", *([finished] if done else [])]))
    kept = endings.kept_epochs(run, record) if run else ""
    if done:
        left = f"{kept}; {finished}" if kept else finished
    elif run and kept:
        left = f"{kept}; next: cnnlab evaluate {shlex.quote(str(run.path))}"
    else:
        left = f"no epoch was finished; next: {shlex.join(record.command)}"
    return endings.told(error, record, left, shared.interrupt.number, part.title)

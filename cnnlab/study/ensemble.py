"""Train an ensemble: its members one after another, as ordinary runs inside one run folder."""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial

from cnnlab.run_folder import Record, Run
from cnnlab.spec.experiment import Spec
from cnnlab.spec.reader import Config
from cnnlab.study import series
from cnnlab.study.members import configs
from cnnlab.training import endings, fit
from cnnlab.training.device import Device, choose
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.left import Wish, changed, left, nothing_left, taken_up
from cnnlab.training.prepared import described, prepare
from cnnlab.training.progress import SILENT, Progress


def train(
    config: Config,
    run: Run,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> Record:
    """Train the ensemble of `config` into the new folder `run`; returns what its run.json says.

    Takes and raises what `cnnlab.training.fit.train` does; members that are finished stay.
    """
    with run.writing(), Interrupt() as interrupt:
        device = device or choose("auto")
        record = fit.begun(config, device, command)
        record.seeds = list(config.spec.ensemble or ())
        shared = series.Circumstances(progress, device, command, interrupt, whole=run)
        _train(config, run, record, shared)
    return record


def resume(
    run: Run,
    wish: Wish,
    progress: Progress = SILENT,
    device: Device | None = None,
    command: tuple[str, ...] = (),
) -> Record:
    """Train the members of an ensemble that are not finished, each from where it left off.

    Takes and raises what `cnnlab.training.resume.resume` does; epochs are those of each member.
    """
    with run.writing(), Interrupt() as interrupt:
        found = left(run)
        edits = wish.edits_after(found.spec.experiment.training.epochs)
        config = changed(run, found, edits)
        finished = [_is_finished(run, *one) for one in enumerate(configs(config), 1)]
        if all(finished) and found.record.status == "finished":
            raise nothing_left(run, found.record)
        device = device or choose("auto")
        record = taken_up(found, edits, str(device), command)
        shared = series.Circumstances(progress, device, command, interrupt, whole=run)
        _train(config, run, record, shared)
    return record


def _train(config: Config, run: Run, record: Record, shared: series.Circumstances) -> None:
    started = time.perf_counter() - record.seconds
    introduced = not record.resumed  # what was there before is left alone until training goes on
    try:
        with fit.told(config, run, record, shared.interrupt):
            if introduced:
                run.write_config(config.text)
            data = prepare(config, shared.progress, shared.interrupt)
            introduced = True
            spec = Spec(experiment=config.spec, inputs=data.inputs)
            record.data = described(spec, data)
            run.write_record(record)
            run.write_spec(spec)
        for _ in series.train(_parts(config, run), replace(shared, data=data)):
            _count(run, record)
            run.write_record(record)
        _count(run, record)
        record.status, record.ended = "finished", f"all {len(record.seeds)} members trained"
    except BaseException as error:
        record.status, record.ended = endings.ending(error.__cause__ or error)
        raise
    finally:
        if introduced:
            fit.close(run, record, started)


def _count(run: Run, record: Record) -> None:
    """Add up what the members that are there have trained."""
    members = [run.member(number) for number in range(1, len(record.seeds) + 1)]
    records = [member.read_record() for member in members if member.path.is_dir()]
    record.epochs = sum(one.epochs for one in records)
    record.parameters = sum(one.parameters for one in records)


def _parts(config: Config, run: Run) -> list[series.Part]:
    """The members that are not finished."""
    members = configs(config)
    return [
        series.Part(
            title=f"member {number} of {len(members)}, seed {member.spec.seed}",
            config=member,
            folder=partial(run.member, number),
            again=run.member(number).is_begun(),
        )
        for number, member in enumerate(members, 1)
        if not _is_finished(run, number, member)
    ]


def _is_finished(run: Run, number: int, config: Config) -> bool:
    member = run.member(number)
    if not member.is_begun() or member.read_record().status != "finished":
        return False
    return member.read_spec().experiment == config.spec

"""Train an ensemble: its members one after another, as ordinary runs inside one run folder."""

from __future__ import annotations

import time
from functools import partial

from cnnlab.runs import Record, Run
from cnnlab.spec.experiment import Spec
from cnnlab.spec.reader import Config
from cnnlab.study import series
from cnnlab.study.members import configs
from cnnlab.training import endings, fit
from cnnlab.training.device import Device, choose
from cnnlab.training.interrupt import Interrupt
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
    with Interrupt() as interrupt:
        started = time.perf_counter()
        device = device or choose("auto")
        record = fit.begun(config, device, command)
        record.seeds = list(config.spec.ensemble or ())
        try:
            run.write_config(config.text)
            data = fit.prepare(config)
            spec = Spec(experiment=config.spec, inputs=data.inputs)
            record.data = fit.described(spec, data)
            run.write_spec(spec)
            run.write_record(record)
            shared = series.Circumstances(progress, device, command, interrupt, data)
            for _, member in series.train(_parts(config, run), shared):
                record.epochs += member.epochs
                record.parameters += member.parameters
                run.write_record(record)
            record.status, record.ended = "finished", f"all {len(record.seeds)} members trained"
        except BaseException as error:
            record.status, record.ended = endings.ending(error.__cause__ or error)
            raise
        finally:
            fit.close(run, record, started)
    return record


def _parts(config: Config, run: Run) -> list[series.Part]:
    members = configs(config)
    return [
        series.Part(
            title=f"member {number} of {len(members)}, seed {member.spec.seed}",
            config=member,
            folder=partial(run.member, number),
        )
        for number, member in enumerate(members, 1)
    ]

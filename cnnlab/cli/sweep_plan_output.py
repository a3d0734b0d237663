"""Print the plan and the results of `cnnlab sweep`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from cnnlab.cli.options import echo_json
from cnnlab.cli.text import format_duration, print_table
from cnnlab.counts import format_count

if TYPE_CHECKING:
    from cnnlab.study.sweep_plan import SweepPlan


def print_plan(plan: SweepPlan, as_json: bool) -> None:
    """Print what a sweep would do: combinations, examples, and the expected time."""
    from cnnlab.spec.wording import format_short

    if as_json:
        echo_json(asdict(plan))
        return
    count = "more than can be listed" if plan.combinations is None else f"{plan.combinations:,}"
    click.echo(
        f"combinations: {count}; trials: {plan.trials} of {format_count(plan.epochs, 'epoch')}"
    )
    click.echo()
    paths = list(plan.examples[0].values)
    rows = [
        [
            *(format_short(one.values[path]) for path in paths),
            f"{one.parameters:,}",
            f"{one.multiply_adds:,}",
        ]
        for one in plan.examples
    ]
    print_table([*paths, "parameters", "multiply-adds"], rows, {*range(len(paths))})
    trainings = format_count(plan.trainings, "training")
    if plan.trainings > plan.trials:
        trainings += f" ({plan.trainings - plan.trials} of them in the confirmation)"
    workers = format_count(plan.workers, "worker")
    click.echo(
        f"an epoch of the config takes {format_duration(plan.epoch_seconds)} (measured, "
        f"{workers} at once)"
    )
    click.echo(
        f"expected time: {format_duration(plan.seconds)} for {trainings}, if each takes as long "
        "and none ends early"
    )

"""Print the plan of `cnnlab sweep --dry-run`."""

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
    """Print what a sweep would do: its combinations, their sizes, and the expected time."""
    if as_json:
        echo_json({**asdict(plan), "seconds": plan.seconds})
        return
    trials = f"{format_count(plan.trials, 'trial')} of {format_count(plan.epochs, 'epoch')}"
    if plan.combinations is None:
        click.echo(f"too many combinations to list; {trials}")
    else:
        click.echo(f"{format_count(plan.combinations, 'combination')}; {trials}")
    if len(plan.examples) != plan.combinations:
        click.echo(f"{len(plan.examples)} of the combinations are:")
    click.echo()
    _print_examples(plan)
    _print_times(plan)


def _print_examples(plan: SweepPlan) -> None:
    from cnnlab.spec.wording import format_short
    from cnnlab.study.sweep_results import shorten_paths

    paths = list(plan.examples[0].values)
    rows = [
        [
            str(number),
            *(format_short(one.values[path]) for path in paths),
            f"{one.parameters:,}",
            f"{one.multiply_adds:,}",
        ]
        for number, one in enumerate(plan.examples, start=1)
    ]
    heads = ["no.", *shorten_paths(paths).values(), "parameters", "multiply-adds"]
    print_table(heads, rows, range(1 + len(paths)))


def _print_times(plan: SweepPlan) -> None:
    """Print the expected time of the search and of the confirmation, and what it depends on."""
    epoch = format_duration(plan.epoch_seconds)
    click.echo(f"an epoch of the config takes {epoch} (measured, {plan.workers} at once)")
    times = [("search", plan.trials, plan.search_seconds)]
    if again := plan.confirmation_trainings:
        times += [("confirmation", again, plan.confirmation_seconds)]
        times += [("together", plan.trainings, plan.seconds)]
    for name, count, seconds in times:
        trainings = format_count(count, "training")
        click.echo(f"{name + ':':<14}{trainings:<15}about {format_duration(seconds)}")
    shares = [one.multiply_adds / plan.multiply_adds for one in plan.examples]
    click.echo(
        "\nThis is the time if each trial takes as long as the config. The time of a trial\n"
        f"varies with its size: the combinations above have {min(shares):.2g} to {max(shares):.2g} "
        "times the\nmultiply-adds of the config. Trials that end early make the search shorter."
    )

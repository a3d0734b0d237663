"""`cnnlab compare`: show how runs differ, and whether a difference in accuracy is real."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run
from cnnlab.cli.options import echo_json, file_option, json_option, runs_option

if TYPE_CHECKING:
    from cnnlab.study.comparison import Comparison


@click.command(cls=SuggestingCommand, short_help="Compare runs: is the difference real?")
@click.argument("names", nargs=-1, required=True, metavar="RUN RUN...", shell_complete=complete_run)
@file_option("--save", ".png", "Draw the curves and accuracies of all runs.")
@file_option("--page", ".html", "Write the comparison as one HTML page, which opens offline.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV: one row for each run.")
@runs_option
@json_option
def compare(
    names: tuple[str, ...],
    save: Path | None,
    page: Path | None,
    as_csv: bool,
    root: Path,
    as_json: bool,
) -> None:
    """Compare RUNs: the settings that differ, the results, and whether a difference is real.

    RUN is the path of a run folder, its name, a unique prefix of its name, or the word `last`. A
    name without a number means all finished runs with that name. cnnlab compares each run with the
    first run, image by image on the test set, by McNemar's exact test. Runs that differ only in
    their seed form a group. If each group has two or more seeds, cnnlab also compares the mean
    accuracies of the groups.

    If the present weights of a run are not evaluated yet, cnnlab evaluates the run first.

    \b
      cnnlab compare runs/kernels-16-001 runs/kernels-64-001
      cnnlab compare kernels-16 kernels-64 --page kernels.html
    """
    from cnnlab.api import trained_networks
    from cnnlab.errors import UsageError

    if as_json and as_csv:
        raise UsageError("--json and --csv: cnnlab prints only one format; choose one")
    result = trained_networks.compare(
        *names, runs=root, report=lambda line: click.echo(line, err=True)
    )
    if save:
        result.save_picture(save)
    if page:
        result.save_page(page)
    if as_json:
        echo_json(result.to_dict())
    elif as_csv:
        click.echo(result.to_csv(), nl=False)
    else:
        _print_comparison(result.comparison, [str(path) for path in (save, page) if path])


def _print_comparison(result: Comparison, files: list[str]) -> None:
    from cnnlab.cli.text import print_table
    from cnnlab.study import comparison_tables
    from cnnlab.study.comparison_text import write_notes, write_sentence

    heads, rows = comparison_tables.list_settings(result)
    wide = 90 * len(heads)  # a value may be 60 characters long
    if rows:
        print_table(heads, rows, range(len(heads)), wide)
    else:
        has_repeats_alone = len(result.groups[0].samples) == 1
        equal = "all settings and seeds" if has_repeats_alone else "all settings but the seed"
        click.echo(f"{equal} are equal\n")
    print_table(*comparison_tables.list_results(result), (0,), wide)
    for heading, (heads, rows) in list(comparison_tables.list_tests(result).items())[:1]:
        click.echo(heading)
        print_table(heads, rows, (0,), wide)
    click.echo(write_sentence(result))
    for note in write_notes(result):
        click.echo(f"  * {note}")
    if files:
        click.echo(f"written: {', '.join(files)}")

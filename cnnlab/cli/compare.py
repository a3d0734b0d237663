"""`cnnlab compare`: what differs between runs, and whether the difference is real."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnlab.cli.options import echo_json, file_option, json_option, runs_option

if TYPE_CHECKING:
    from cnnlab.run_folder import Run
    from cnnlab.study.comparison import Comparison


@click.command()
@click.argument("names", nargs=-1, required=True, metavar="RUN RUN...")
@file_option("--save", ".png", "Draw the curves of all runs, and their accuracies.")
@file_option("--page", ".html", "Write all of it as one page, which needs no network.")
@click.option("--csv", "as_csv", is_flag=True, help="Answer in CSV, on stdout: a row for each run.")
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

    RUN is a run folder, its name or a unique prefix of it, or the word `last`; a name without its
    number is all finished runs of that name. All others are held against the first, image by image
    on the test set, by McNemar's exact test. Runs that differ in nothing but their seed belong
    together; where each setting has two seeds or more, their means are compared too.

    A run that was not evaluated since it was trained is evaluated first.

    \b
      cnnlab compare runs/kernels-16-001 runs/kernels-64-001
      cnnlab compare kernels-16 kernels-64 --page kernels.html
    """
    from cnnlab import run_folder
    from cnnlab.errors import UsageError
    from cnnlab.study import candidates, comparison, tables

    if as_json and as_csv:
        raise UsageError("--json and --csv: one answer at a time; give one of the two")
    found = candidates.named(names, root)
    for run in found:
        _evaluated(run)
    result = comparison.compare(found)
    if save or page:
        from cnnlab.study import comparison_page

        if save:
            run_folder.save(save, comparison_page.png(result))
        if page:
            run_folder.save(page, comparison_page.html(result).encode())
    if as_json:
        from cnnlab.study.verdict import notes, sentence

        words = {"answer": sentence(result), "notes": notes(result)}
        echo_json({**words, **comparison.as_dict(result)})
    elif as_csv:
        click.echo(tables.as_csv(result), nl=False)
    else:
        _tell(result, [str(path) for path in (save, page) if path])


def _evaluated(run: Run) -> None:
    """Evaluate a run on the test set, as `cnnlab evaluate` does, unless that was done."""
    from cnnlab.errors import RunError
    from cnnlab.study import candidates, networks

    try:
        candidates.answers(run)
    except RunError as reason:
        network = networks.of_run(run)
        click.echo(f"{reason}: evaluating it", err=True)
        from cnnlab.cli.chatter import import_tensorflow

        import_tensorflow()
        from cnnlab import evaluation
        from cnnlab.study import together

        evaluation.write(run, *together.evaluate([network]))


def _tell(result: Comparison, written: list[str]) -> None:
    from cnnlab.cli.tables import show
    from cnnlab.study import tables
    from cnnlab.study.verdict import notes, sentence

    heads, rows = tables.settings(result)
    wide = 90 * len(heads)  # a value may be 60 characters long
    if rows:
        show(heads, rows, range(len(heads)), wide)
    else:
        click.echo("no settings differ but the seed\n")
    show(*tables.results(result), (0,), wide)
    for heading, (heads, rows) in list(tables.against(result).items())[:1]:
        click.echo(heading)
        show(heads, rows, (0,), wide)
    click.echo(sentence(result))
    for note in notes(result):
        click.echo(f"  * {note}")
    if written:
        click.echo(f"written: {', '.join(written)}")

"""`cnnlab report`: a run on one page."""

from __future__ import annotations

from pathlib import Path

import click

from cnnlab.cli.options import json_option, runs_option


@click.command()
@click.argument("name", metavar="RUN")
@runs_option
@json_option
def report(name: str, root: Path, as_json: bool) -> None:
    """Write RUN on one page: report.html, and architecture.svg, in its folder.

    The page has the result, a diagnosis in words, the architecture as a drawing, curves, what the
    test set shows, the config, and how to repeat it. It opens anywhere, without a network. A run
    that was not evaluated since it was trained is evaluated first.

    RUN is a run folder, its name or a unique prefix of it, or the word `last`.
    """
    from cnnlab.cli.reported import reported, tell
    from cnnlab.run_folder import find

    run = find(name, root)
    tell(run, reported(run), as_json)

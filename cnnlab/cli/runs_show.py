"""`cnnlab runs show`: print everything about one run or sweep."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.completion import complete_run_or_sweep
from cnnlab.cli.options import echo_json, json_option, runs_option
from cnnlab.counts import format_count

if TYPE_CHECKING:
    from cnnlab.api.run import Run
    from cnnlab.run_folder.overview import Overview

# Folders with many files: the list of files shows this many parts of each path below them.
_FOLDED_FOLDERS = {"members": 2, "tensorboard": 1}


@click.command(cls=SuggestingCommand, short_help="Show everything about one run or sweep.")
@click.argument("name", metavar="RUN|SWEEP", shell_complete=complete_run_or_sweep)
@click.option(
    "--follow", is_flag=True, help="First show the training of RUN until it ends; Ctrl-C leaves it."
)
@runs_option
@json_option
def show(name: str, root: Path, as_json: bool, follow: bool) -> None:
    """Show the state, data, network, results and files of RUN, and commands to type next.

    For a SWEEP, show what it searches, how far it is, and its trials, the best first.
    """
    from cnnlab.api import actions
    from cnnlab.api.run_description import overview_to_dict
    from cnnlab.api.sweep_result import SweepResult
    from cnnlab.cli.sweep_output import show_sweep
    from cnnlab.cli.text import format_size
    from cnnlab.errors import UsageError

    run = actions.load_run_or_sweep(name, root)
    if isinstance(run, SweepResult):
        if follow:
            raise UsageError(f"--follow: {run.path} is a sweep; name one of its trials")
        show_sweep(run, as_json)
        return
    if follow:
        _follow(run)
    if as_json:
        echo_json(overview_to_dict(run))
        return
    overview = run.overview()
    click.echo(f"{run.path}\n")
    for word, text in _format_lines(overview):
        if text:
            click.echo(f"{word:<11} {text}".rstrip())
    click.echo("\nfiles")
    for path, size_bytes in _fold_folders(overview.files).items():
        click.echo(f"  {format_size(size_bytes):>10}  {path}")
    click.echo("".join(f"\nnext: {command}" for command in overview.following))


def _follow(run: Run) -> None:
    """Show the training of a run until it ends, or until Ctrl-C."""
    from cnnlab.progress_display.run_follower import follow_run

    try:
        follow_run(run.folder)
    except KeyboardInterrupt:
        click.echo(f"\ncnnlab: {run.path} trains on", err=True)
        raise SystemExit(130) from None


def _format_lines(overview: Overview) -> Iterator[tuple[str, str]]:
    """Yield the lines that describe a run, each line as a pair of label and text."""
    from cnnlab.cli.text import format_duration

    record = overview.record
    yield "state", f"{record.status}: {record.ended}" if record.ended else record.status
    if record.started:
        yield "started", f"{record.started}, took {format_duration(record.seconds)}"
    yield "command", shlex.join(record.command)
    yield "seed", ", ".join(map(str, record.seeds or [record.seed]))
    yield "device", record.device
    yield "versions", ", ".join(f"{name} {version}" for name, version in record.versions.items())
    yield "commit", record.git_commit or ""
    shape = " × ".join(map(str, overview.image_shape))
    images = [f"{shape}, {format_count(len(overview.class_names), 'class')}"]
    for name in ("training", "validation"):
        if f"{name}_images" in record.data:
            images.append(format_count(record.data[f"{name}_images"], f"{name} image"))
    yield "data", ", ".join([str(record.data.get("dataset", "unknown")), *images])
    members = f" in {len(record.seeds)} members" if record.seeds else ""
    yield "network", f"{format_count(record.parameters, 'parameter')}{members}"
    additions = format_count(overview.multiply_adds, "multiply-add")
    yield "", f"{additions} for one image{' and member' * bool(members)}"
    for layer in overview.layers:
        yield "", f"  {layer}"
    best = ""
    if record.best_epoch is not None and record.best_value is not None:
        best = f", best {record.best_epoch} ({record.best_monitor} {record.best_value:.4f})"
    yield (
        "epochs",
        f"{record.epochs} of {overview.planned_epochs * max(1, len(record.seeds))}{best}",
    )
    yield "weights", record.weights
    for split, figures in overview.evaluations.items():
        low, high = figures["accuracy_interval"]
        yield (
            split,
            f"accuracy {figures['accuracy']:.2%} (95% interval {low:.2%} to {high:.2%}), "
            f"cross-entropy {figures['cross_entropy']:.4f}, "
            f"{format_count(figures['images'], 'image')}",
        )


def _fold_folders(files: dict[str, int]) -> dict[str, int]:
    """Shorten the list of files: a folder with many files becomes one entry with its size."""
    sizes: dict[str, int] = {}
    for path, size_bytes in files.items():
        parts = path.split("/")
        depth = _FOLDED_FOLDERS.get(parts[0], len(parts))
        name = "/".join(parts[:depth]) + ("/" if depth < len(parts) else "")
        sizes[name] = sizes.get(name, 0) + size_bytes
    return sizes

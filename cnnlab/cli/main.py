"""The command `cnnlab`: the groups of its subcommands, and the exit codes of errors."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

import click
from click.shell_completion import add_completion_class

from cnnlab import __version__
from cnnlab.cli.check import check
from cnnlab.cli.command_classes import SuggestingGroup
from cnnlab.cli.compare import compare
from cnnlab.cli.completion import BashCompletion
from cnnlab.cli.data import data
from cnnlab.cli.evaluate import evaluate
from cnnlab.cli.explain import explain
from cnnlab.cli.export import export
from cnnlab.cli.find_lr import find_learning_rate
from cnnlab.cli.lab import lab
from cnnlab.cli.new import create_config
from cnnlab.cli.predict import predict
from cnnlab.cli.report import report
from cnnlab.cli.resume import resume
from cnnlab.cli.runs import runs
from cnnlab.cli.schema import schema
from cnnlab.cli.sweep import sweep
from cnnlab.cli.train import train
from cnnlab.errors import CnnlabError, DiskError, Interruption, find_memory_error
from cnnlab.standard_streams import STANDARD_OUTPUT, replace_standard_streams

GROUPS = {
    "Make a config": (create_config, check, schema),
    "Look at the data": (data,),
    "Train": (find_learning_rate, train, resume, sweep),
    "Look": (lab, evaluate, predict, explain, report, export),
    "Compare": (compare,),
    "Manage": (runs,),
}


class _GroupedCommands(SuggestingGroup):
    """A group of commands whose `--help` lists the commands under several headings."""

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        for heading, commands in GROUPS.items():
            with formatter.section(heading):
                rows = [(f"{command.name:<8}", command.short_help or "") for command in commands]
                formatter.write_dl(rows)


@click.group(
    cls=_GroupedCommands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="cnnlab")
@click.pass_context
def cnnlab(context: click.Context) -> None:
    """A laboratory for convolutional networks: experiments in YAML, explained runs.

    \b
      cnnlab new digits                 write a first config, digits.yaml
      cnnlab train digits.yaml          train it into runs/digits-001/
      cnnlab evaluate last              measure it on the test set

    Exit codes: 0 done, 1 a bug in cnnlab, 2 usage or config, 3 data, 4 checkpoint or run folder,
    5 disk, 6 training failed or memory ran out, 7 the run is in use, 129, 130 and 143 stopped by
    a signal.

    `cnnlab COMMAND --help` explains a command. Start with docs/tutorial.md.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


for _commands in GROUPS.values():
    for _command in _commands:
        cnnlab.add_command(_command)


def main() -> None:
    """Run a command line. An expected error prints one message on stderr and sets the exit code."""
    replace_standard_streams()
    add_completion_class(BashCompletion)
    with _note_ctrl_c() as stops:
        try:
            code = cnnlab.main(prog_name="cnnlab", standalone_mode=False)
        except click.ClickException as error:
            error.show()
            code = error.exit_code
        except (KeyboardInterrupt, click.Abort):
            code = _report_stop()
        except SystemExit as end:
            # click and rich exit with 1 if the reader of a pipe is gone; nothing else here does.
            code = 0 if end.code == 1 else end.code
        except Exception as error:
            # TensorFlow turns KeyboardInterrupt into errors of its own.
            is_stopped = bool(stops) and not isinstance(error, Interruption)
            code = _report_stop() if is_stopped else _report_error(error)
    sys.exit(code)


@contextmanager
def _note_ctrl_c() -> Iterator[list[int]]:
    """Yield a list that gets an item if Ctrl-C raises KeyboardInterrupt inside the `with` block."""
    stops: list[int] = []

    def stop(number: int, frame: FrameType | None) -> NoReturn:
        stops.append(number)
        raise KeyboardInterrupt

    before = signal.getsignal(signal.SIGINT)
    if before is signal.default_int_handler:  # a shell lets a job in the background ignore Ctrl-C
        signal.signal(signal.SIGINT, stop)
    try:
        yield stops
    finally:
        signal.signal(signal.SIGINT, before)


def _report_stop() -> int:
    click.echo("cnnlab: stopped", err=True)
    return 130


def _report_error(error: Exception) -> int:
    """Print an expected error, or that memory ran out or the system failed; return the exit code.

    The function raises any other error again, because such an error is a bug in cnnlab.
    """
    if isinstance(error, CnnlabError):
        click.echo(f"cnnlab: {error}" if "\n" not in str(error) else str(error), err=True)
        return error.exit_code
    if memory_error := find_memory_error(error):
        click.echo(f"cnnlab: {memory_error}", err=True)
        return memory_error.exit_code
    if not isinstance(error, OSError):
        raise error
    # For example a path that is too long, a folder that cannot be listed, or a full disk.
    place = f"{error.filename}: " if error.filename else ""
    click.echo(f"cnnlab: {place}{(error.strerror or str(error)).lower()}", err=True)
    if error.filename == STANDARD_OUTPUT:
        sys.stdout = None  # otherwise Python would write the rest once more when it exits, and fail
    return DiskError.exit_code

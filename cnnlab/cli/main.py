"""The command `cnnlab`: its group, and what the shell gets when something goes wrong."""

from __future__ import annotations

import io
import sys

import click

from cnnlab import __version__
from cnnlab.cli.check import check
from cnnlab.cli.compare import compare
from cnnlab.cli.evaluate import evaluate
from cnnlab.cli.explain import explain
from cnnlab.cli.new import new
from cnnlab.cli.predict import predict
from cnnlab.cli.report import report
from cnnlab.cli.resume import resume
from cnnlab.cli.runs import runs
from cnnlab.cli.schema import schema
from cnnlab.cli.train import train
from cnnlab.errors import CnnlabError, DiskError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="cnnlab")
def cnnlab() -> None:
    """A laboratory for convolutional networks: experiments in YAML, explained runs.

    \b
      cnnlab new digits                  write a first experiment
      cnnlab check digits.yaml           its faults, or its shapes and arithmetic
      cnnlab train digits.yaml           train it, into runs/digits-001/
      cnnlab resume runs/digits-001      train it on, after a stop or for more epochs
      cnnlab evaluate runs/digits-001    measure it on the test set
      cnnlab predict runs/digits-001 seven.png   what it says of a picture
      cnnlab explain runs/digits-001 --all       what it looks at
      cnnlab report runs/digits-001      all of it on one page

    Exit codes: 0 done, 1 a bug in cnnlab, 2 usage or config, 3 data, 4 checkpoint or run folder,
    5 disk, 6 training failed, 7 the run is in use, 130 and 143 stopped by a signal.
    """


for command in (
    new,
    check,
    train,
    resume,
    evaluate,
    explain,
    predict,
    report,
    compare,
    runs,
    schema,
):
    cnnlab.add_command(command)


def main() -> None:
    """Run the command line; known errors end in one message on stderr and their exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no ⌊ gets a question mark
    try:
        code = cnnlab.main(prog_name="cnnlab", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except CnnlabError as error:
        click.echo(f"cnnlab: {error}" if "\n" not in str(error) else str(error), err=True)
        code = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo("cnnlab: stopped", err=True)
        code = 130
    except SystemExit as end:
        # Where the reader of a pipe has gone, click and rich end with 1, as nothing else here does.
        code = 0 if end.code == 1 else end.code
    except OSError as error:  # a path too long, a folder that may not be listed
        click.echo(f"cnnlab: {error.filename}: {(error.strerror or str(error)).lower()}", err=True)
        code = DiskError.exit_code
    sys.exit(code)

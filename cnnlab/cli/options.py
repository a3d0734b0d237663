"""Options and arguments that several commands share."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from cnnlab.cli.completion import complete_config

Command = TypeVar("Command", bound=Callable[..., Any])
config_argument = click.argument(
    "config", type=click.Path(path_type=Path), shell_complete=complete_config
)
set_option = click.option(
    "--set",
    "edits",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change the config for this command alone, for example --set training.epochs=5 or "
    "--set model[0].conv.filters=16. Can be repeated.",
)
device_option = click.option(
    "--device",
    type=click.Choice(["auto", "cpu", "gpu"]),
    default="auto",
    show_default=True,
    help="The device to train on; auto uses a GPU if TensorFlow finds one.",
)
quiet_option = click.option("--quiet", is_flag=True, help="Show no progress.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
runs_option = click.option(
    "--runs",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="The folder that holds the runs.",
)
dataset_option = click.option(
    "--dataset",
    metavar="DATA",
    help="The new place of the data of RUN, if it was moved. Or the data set of a .keras file that "
    "cnnlab did not write: mnist, fashion_mnist, an .npz file, or a folder of images.",
)
moved_dataset_option = click.option(
    "--dataset",
    metavar="PATH",
    help="The new place of the data of RUN, if it was moved.",
)
scaling_option = click.option(
    "--scaling",
    type=click.Choice(["unit", "none"]),
    help="The pixel values that a .keras file of another program expects: unit, from 0 to 1; none, "
    "from 0 to 255.",
)


def file_option(flag: str, ending: str, text: str) -> Callable[[Command], Command]:
    """Build the option `flag` for a file to write, whose name must end in `ending`.

    The name is checked at the start, so that no result is computed and then lost.
    """

    def check_path(
        context: click.Context, option: click.Parameter, path: Path | None
    ) -> Path | None:
        if path is not None and path.suffix.lower() != ending:
            raise click.BadParameter(f"{path}: give it a name that ends in {ending}")
        if path is not None and not path.parent.is_dir():
            raise click.BadParameter(f"{path}: there is no folder {path.parent}")
        return path

    kind = click.Path(dir_okay=False, path_type=Path)
    return click.option(flag, type=kind, callback=check_path, metavar=f"FILE{ending}", help=text)


def echo_json(answer: Any) -> None:
    """Print a result as JSON. NaN and infinity become null, since JSON has neither."""
    import json

    click.echo(
        json.dumps(_replace_non_finite(answer), indent=2, ensure_ascii=False, allow_nan=False)
    )


def _replace_non_finite(answer: Any) -> Any:
    if isinstance(answer, dict):
        return {key: _replace_non_finite(value) for key, value in answer.items()}
    if isinstance(answer, list | tuple):
        return [_replace_non_finite(value) for value in answer]
    return None if isinstance(answer, float) and not math.isfinite(answer) else answer

"""Define the options and arguments that several commands have in common."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.shell_completion import CompletionItem

from cnnlab.cli.completion import complete_config

if TYPE_CHECKING:
    from cnnlab.api.workers import Parallel

Command = TypeVar("Command", bound=Callable[..., Any])


class NumberList(click.ParamType):  # type: ignore[type-arg]  # older clicks have no such argument
    """The type of an option whose value is one number, or several separated by commas."""

    name = "N[,N,N]"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[float, ...]:
        try:
            return tuple(float(part) for part in str(value).strip("[]() ").split(","))
        except ValueError:
            self.fail(f"{value!r}: expected a number, or numbers like 0.485,0.456,0.406")


class DeviceNames(click.ParamType):  # type: ignore[type-arg]  # as above
    """The type of an option whose value names the CPU, one GPU, or all GPUs."""

    name = "auto|cpu|gpu|gpu:N"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        from cnnlab.errors import UsageError
        from cnnlab.training.device_names import EXPECTED, read_device_name

        try:
            read_device_name(value)
        except UsageError:
            self.fail(f"{value!r}: {EXPECTED}", param, ctx)
        return str(value)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        names = ("auto", "cpu", "gpu")
        return [CompletionItem(name) for name in names if name.startswith(incomplete)]


config_argument = click.argument(
    "config", type=click.Path(path_type=Path), shell_complete=complete_config
)
set_option = click.option(
    "--set",
    "edits",
    multiple=True,
    metavar="PATH=VALUE",
    help="Change the config only for this command, for example --set training.epochs=5 or "
    "--set model[0].conv.filters=16. Can be repeated.",
)
device_option = click.option(
    "--device",
    type=DeviceNames(),
    metavar=DeviceNames.name,
    default="auto",
    show_default=True,
    help="The device to train on: cpu, gpu for all GPUs, or gpu:0, gpu:1, … for one of them; auto "
    "uses the first GPU if TensorFlow finds one.",
)


def _read_parallel(
    context: click.Context, option: click.Parameter, value: str | None
) -> Parallel | None:
    """Convert a value other than `auto` to a number of workers."""
    if value is None or value == "auto":
        return "auto" if value else None
    if not value.isdecimal() or not 1 <= int(value[:6]) <= _MOST_WORKERS:
        raise click.BadParameter(f"{value}: expected a number from 1 to {_MOST_WORKERS}, or auto")
    return int(value)


_MOST_WORKERS = 1024
parallel_option = click.option(
    "--parallel",
    metavar="N|auto",
    callback=_read_parallel,
    help="How many networks train at once; auto means one for each processor core.",
)
ray_option = click.option(
    "--ray",
    metavar="auto|ADDRESS",
    help="Train on the machines of a Ray cluster; auto finds the cluster of this machine.",
)
quiet_option = click.option("--quiet", is_flag=True, help="Show no progress.")
json_option = click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
runs_option = click.option(
    "--runs",
    "root",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs"),
    show_default=True,
    help="The folder that contains the runs.",
)
moved_dataset_option = click.option(
    "--dataset", metavar="PATH", help="The new path of the data of RUN, if the data was moved."
)
_foreign_options = (
    click.option(
        "--dataset",
        metavar="DATA",
        help="The new path of the data of RUN, if the data was moved. For a .keras file that "
        "cnnlab did not write, the data set: mnist, fashion_mnist, a file or a folder of images.",
    ),
    click.option(
        "--scaling",
        type=click.Choice(["unit", "symmetric", "none", "standard"]),
        help="The pixel values that a .keras file of another program expects: unit means from 0 to "
        "1, symmetric from -1 to 1, none from 0 to 255, and standard (pixel - mean) / deviation.",
    ),
    *(
        click.option(
            f"--{name}",
            type=NumberList(),
            help=f"The {name} for --scaling standard: one number, or one for each channel. "
            "Numbers up to 1 mean pixels from 0 to 1, larger numbers mean pixels from 0 to 255.",
        )
        for name in ("mean", "deviation")
    ),
    click.option(
        "--resize",
        type=click.Choice(["stretch", "pad"]),
        help="How the program that trained the network of a .keras file fitted pictures into the "
        "image size of the network: stretch them, or pad them with black.",
    ),
    click.option(
        "--exif",
        type=click.Choice(["ignore", "turn"]),
        help="Whether the program that trained the network of a .keras file ignored the EXIF "
        "orientation of photos, or turned photos upright.",
    ),
)


_FOREIGN_NAMES = ("dataset", "scaling", "mean", "deviation", "resize", "exif")


def foreign_options(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that name the data of a foreign `.keras` file, and its image preparation.

    The command gets the values of these options as one mapping, `foreign`, by option name.
    """

    @wraps(command)
    def collect(**values: Any) -> None:
        foreign = {name: values.pop(name) for name in _FOREIGN_NAMES}
        command(**values, foreign=foreign)

    for option in reversed(_foreign_options):
        collect = option(collect)
    return collect


def file_option(
    flag: str, ending: str, text: str, default_name: str = ""
) -> Callable[[Command], Command]:
    """Build an option for the path of a file to write. The path must end in `ending`.

    With `default_name`, the option may stand without a path, and then means this file.
    The command checks the path before it computes the result, so that a wrong path loses no result.
    """

    def check_path(
        context: click.Context, option: click.Parameter, path: Path | None
    ) -> Path | None:
        if path is not None and path.suffix.lower() != ending:
            raise click.BadParameter(f"{path}: the name must end in {ending}")
        if path is not None and not path.parent.is_dir():
            raise click.BadParameter(f"{path}: there is no folder {path.parent}")
        return path

    kind = click.Path(dir_okay=False, path_type=Path)
    metavar, usage = f"FILE{ending}", dict[str, Any]()
    if default_name:
        metavar, usage = f"[{metavar}]", {"is_flag": False, "flag_value": default_name}
    return click.option(flag, type=kind, callback=check_path, metavar=metavar, help=text, **usage)


def echo_json(answer: Any) -> None:
    """Print a result as JSON, with null for NaN and infinity, which JSON cannot represent."""
    import json

    from cnnlab.run_folder.serialization import replace_non_finite

    click.echo(
        json.dumps(replace_non_finite(answer), indent=2, ensure_ascii=False, allow_nan=False)
    )

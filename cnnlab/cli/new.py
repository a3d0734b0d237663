"""`cnnlab new`: a commented config to start from."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("name", default="experiment")
@click.option(
    "--dataset",
    default="mnist",
    show_default=True,
    help="mnist, fashion_mnist, an .npz file, or a folder of images, written with a slash "
    "(paths from the config's folder).",
)
def new(name: str, dataset: str) -> None:
    """Write a commented starter config, NAME.yaml, and the schema that editors read beside it.

    It goes to configs/ if there is such a folder here, else to this folder; NAME may also be a
    path. A config is never overwritten; the schema is always written anew.
    """
    from cnnlab.data.sources import describe
    from cnnlab.errors import ConfigError, UsageError
    from cnnlab.spec.reader import parse_config
    from cnnlab.spec.schema import SCHEMA_FILE, schema_text
    from cnnlab.spec.starter import starter

    path = Path(name if name.endswith((".yaml", ".yml")) else f"{name}.yaml")
    if path.parent == Path() and Path("configs").is_dir():
        path = Path("configs") / path
    if path.exists():
        raise UsageError(f"{path}: is there already; choose another name")
    text = starter(path, dataset, describe)
    try:
        parse_config(path, text.encode("utf-8", "replace"), describe)
    except ConfigError as error:  # of our own text only NAME and the data set can be wrong
        said = [
            f"{fault.path}: {fault.message}; expected {fault.expected}"
            + (f"; {fault.hint}" if fault.hint else "")
            for fault in error.faults
        ]
        raise UsageError("\n".join(said)) from None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
        (path.parent / SCHEMA_FILE).write_text(schema_text(), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{error.filename}: cannot be written: {error.strerror}") from None
    click.echo(f"{path}\nnext: cnnlab check {path}")

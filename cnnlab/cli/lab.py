"""`cnnlab lab`: serve a page in which the user draws, looks into networks, and trains them."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

import click

from cnnlab.cli.command_classes import SuggestingCommand
from cnnlab.cli.options import runs_option

_PACKAGES = ("starlette", "uvicorn")  # of the extra `lab`


@click.command(cls=SuggestingCommand, short_help="Open a page: draw, look inside, change, train.")
@runs_option
@click.option(
    "--port",
    type=click.IntRange(0, 65535),
    default=8432,
    show_default=True,
    help="The port of the page; 0 means any free port.",
)
@click.option(
    "--host",
    metavar="ADDRESS",
    default="127.0.0.1",
    show_default=True,
    help="The address of this machine at which the page is reached. The default is for this "
    "machine alone; 0.0.0.0 is for all machines in the network.",
)
@click.option("--no-browser", is_flag=True, help="Print the address, and open no browser.")
def lab(root: Path, port: int, host: str, no_browser: bool) -> None:
    """Serve the lab: a page about your runs, in a browser.

    Draw, and see what every layer computes; look at each number; change a config, train it, and
    compare runs. The address that cnnlab prints has a token: the page opens only with this address.
    Trainings that the page starts are processes of their own, and go on when the lab ends.

    \b
      cnnlab lab
      cnnlab lab --runs results --port 0 --no-browser
    """
    from cnnlab.errors import UsageError

    if any(find_spec(name) is None for name in _PACKAGES):
        message = "the lab needs starlette and uvicorn: pip install 'cnnlab[lab]'"
        raise UsageError(message)
    from cnnlab.web.server import LabServer

    server = LabServer(root, port, host)
    settings = server.settings
    click.echo(f"the lab is open: {settings.address}")
    if not settings.is_local():
        click.echo(
            "every machine that reaches this address can open the page with the token, train and "
            "save configs; the connection is not encrypted",
            err=True,
        )
    click.echo("Ctrl-C closes it; trainings go on", err=True)
    if not no_browser:
        server.on_start = lambda: _open_browser(settings.address)
    with suppress(KeyboardInterrupt):
        server.serve_until_signal()
    click.echo("cnnlab: the lab is closed; trainings go on", err=True)
    raise SystemExit(130)


def _open_browser(address: str) -> None:
    """Open an address in the browser of the desktop; without a desktop, do nothing."""
    has_desktop = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    if sys.platform == "linux" and not has_desktop:
        return  # a browser for the terminal would take the terminal
    import threading
    import webbrowser

    threading.Thread(target=webbrowser.open, args=[address], daemon=True).start()

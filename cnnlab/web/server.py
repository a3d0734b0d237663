"""Run the server of the lab until a signal ends it."""

from __future__ import annotations

import errno
import logging
import socket
from collections.abc import Callable
from pathlib import Path

import uvicorn

from cnnlab.errors import UsageError
from cnnlab.web.app import build_app
from cnnlab.web.lab import Lab
from cnnlab.web.settings import LabSettings

_SECONDS_TO_END = 2  # for requests that are not answered yet


class LabServer(uvicorn.Server):
    """A server of the lab that listens already, so that its port is certain."""

    def __init__(self, runs: Path, port: int, host: str) -> None:
        """Bind the port; 0 means any free port.

        Raises:
            UsageError: the port is in use, or this machine has no such address.
        """
        self.socket = _bind(host, port)
        self.settings = LabSettings(Path.cwd(), runs, self.socket.getsockname()[1], host)
        # Strangers can send nonsense, but they shall not fill the terminal with warnings about it.
        logging.getLogger("uvicorn.error").setLevel(logging.ERROR)
        lab = Lab(self.settings, is_closing=lambda: self.should_exit)
        config = uvicorn.Config(
            build_app(lab),
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # nobody may claim another address
            http="h11",
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=_SECONDS_TO_END,
        )
        super().__init__(config)
        self.on_start: Callable[[], None] = lambda: None

    def serve_until_signal(self) -> None:
        """Answer requests; raises KeyboardInterrupt after Ctrl-C."""
        self.run(sockets=[self.socket])

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.on_start()


def _bind(host: str, port: int) -> socket.socket:
    """Open a socket that listens at an address; raises UsageError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)
    except OSError as error:
        listener.close()
        raise UsageError(_describe_bind_error(error, host, port)) from None
    return listener


def _describe_bind_error(error: OSError, host: str, port: int) -> str:
    if error.errno == errno.EADDRINUSE:
        remedy = f"choose another with --port {port + 1}, or any free one with --port 0"
        return f"--port {port}: another program uses this port, perhaps `cnnlab lab`; {remedy}"
    if error.errno == errno.EACCES:
        return f"--port {port}: the system keeps this port for itself; choose one from 1024 on"
    return (
        f"--host {host}: this machine has no such address: {(error.strerror or str(error)).lower()}"
    )

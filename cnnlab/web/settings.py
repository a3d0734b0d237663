"""The settings of a server of the lab: its folders, its address, and its secrets."""

from __future__ import annotations

import ipaddress
import secrets
import socket
from dataclasses import dataclass, field
from pathlib import Path

_LOCAL_HOST = "127.0.0.1"


def _create_secret() -> str:
    return secrets.token_urlsafe(24)  # 192 random bits


@dataclass(frozen=True)
class LabSettings:
    """What a server of the lab serves, and who may read it.

    `folder` is the folder in which the server started, and `runs` the folder with the runs. `token`
    is part of the address that the command prints. The server exchanges the token for a cookie with
    the value `session`, so that the cookie stays secret when an address is shown or shared.
    """

    folder: Path
    runs: Path
    port: int
    host: str
    token: str = field(default_factory=_create_secret, repr=False)
    session: str = field(default_factory=_create_secret, repr=False)

    @property
    def cookie_name(self) -> str:
        """The name of the cookie; browsers send the cookies of one host to all of its ports."""
        return f"cnnlab-{self.port}"

    @property
    def address(self) -> str:
        """The address that the user opens in a browser, with the token."""
        host = socket.gethostname() if self.is_open_to_all() else self.host
        return f"http://{_format_host(host)}:{self.port}/?token={self.token}"

    def is_open_to_all(self) -> bool:
        """Whether the server listens on all addresses of this machine."""
        return self.host in ("", "0.0.0.0", "::")  # noqa: S104  # compared, not bound

    def is_local(self) -> bool:
        """Whether only programs on this machine reach the server."""
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return self.host == "localhost"

    def list_hosts(self, local_address: str) -> set[str]:
        """List the values of the header `Host` that requests may have, in lower case.

        A web page elsewhere can give its own name any IP address, also the one of this machine (DNS
        rebinding), but its requests then have that name in `Host`. `local_address` is the address
        of this machine at which a request arrived.
        """
        names = {self.host, "localhost", _LOCAL_HOST} if self.is_local() else {self.host}
        if self.is_open_to_all():
            # A socket for IPv6 also accepts IPv4, and writes its addresses with this prefix.
            local_address = local_address.removeprefix("::ffff:")
            names = {local_address, socket.gethostname(), "localhost", _LOCAL_HOST}
        return {f"{_format_host(name)}:{self.port}".lower() for name in names}


def _format_host(host: str) -> str:
    """Write a host as in an address: an IPv6 address stands in brackets."""
    return f"[{host}]" if ":" in host else host

"""A real `cnnlab lab` for tests: its process, and requests to it as a browser sends them."""

from __future__ import annotations

import http.client
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from forked_processes import PythonProcess


@dataclass(frozen=True)
class Answer:
    """The answer to one request."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


class LabProcess:
    """A process of `cnnlab lab` in a folder, on a free port."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        self.folder = folder
        self.errors = folder / "lab-stderr.txt"
        command = [sys.executable, "-m", "cnnlab", "lab", "--port", "0", "--no-browser"]
        with self.errors.open("wb") as errors:
            self.process = PythonProcess(
                [*command, *arguments],
                cwd=folder,
                stdout=subprocess.PIPE,
                stderr=errors,
                env=os.environ | {"PYTHONUNBUFFERED": "1"},
            )
        assert self.process.stdout is not None
        self.first_line = self.process.stdout.readline().decode()
        found = re.search(r"http://([^/]+)/\?token=(\S+)", self.first_line)
        if not found:
            self.end()
            raise AssertionError(self.errors.read_text())
        self.host, self.token = found[1], found[2]
        self.port = int(self.host.rpartition(":")[2])
        self.address = f"http://{self.host}/?token={self.token}"
        self.cookie = self._get_cookie()

    def _get_cookie(self) -> str:
        answer = self.request("GET", f"/?token={self.token}", cookie=False)
        assert answer.status == 303, answer
        return answer.headers["set-cookie"].partition(";")[0]

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: dict[str, str] | None = None,
        cookie: bool = True,
    ) -> Answer:
        """Send a request over a connection of its own; a body other than bytes becomes JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        data = body if isinstance(body, bytes | None) else json.dumps(body).encode()
        sent = {"Host": self.host, **({"Cookie": self.cookie} if cookie else {}), **(headers or {})}
        try:
            connection.request(method, path, data, sent)
            answer = connection.getresponse()
            found = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, found, answer.read())
        finally:
            connection.close()

    def get(self, path: str) -> Any:
        """Read JSON; fails if the server refuses."""
        answer = self.request("GET", path)
        assert answer.status == 200, answer
        return answer.content

    def post(self, path: str, body: Any) -> Any:
        """Send a value, and read JSON; fails if the server refuses."""
        answer = self.request("POST", path, body)
        assert answer.status == 200, answer
        return answer.content

    def read_events(self) -> Iterator[tuple[str, Any]]:
        """Listen to the server from now on; yield each event as its type and its data."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        headers = {"Host": self.host, "Cookie": self.cookie}
        connection.request("GET", "/api/events", headers=headers)
        return _parse_events(connection, connection.getresponse())

    def end(self) -> None:
        """End the process, if it still runs."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        self.process.communicate()


def _parse_events(
    connection: http.client.HTTPConnection, stream: http.client.HTTPResponse
) -> Iterator[tuple[str, Any]]:
    kind = "message"
    with closing(connection):
        while line := stream.readline():
            name, _, value = line.decode().strip().partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)
                kind = "message"


@contextmanager
def open_lab(folder: Path, *arguments: str) -> Iterator[LabProcess]:
    """Run a lab inside the `with` block."""
    lab = LabProcess(folder, *arguments)
    try:
        yield lab
    finally:
        lab.end()

"""Connect to a running Ray cluster, quietly, and without the telemetry of Ray."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

from cnnlab.errors import UsageError
from cnnlab.study.workers.interface import Resources
from cnnlab.study.workers.ray_tasks import RayTasks

_CONNECT_SECONDS = 5.0
_START = "start a cluster on this machine with `ray start --head`"


def connect_ray(address: str, resources: Resources) -> RayTasks:
    """Connect to a running Ray cluster; `address` is `auto` or HOST:PORT.

    If `resources.workers` is 0, as many tasks train at once as the cluster has room for. If
    `resources.threads` is None, each task has one thread.

    Raises:
        UsageError: Ray is not installed, nothing answers at the address, or no node has the
            processors or the GPU that a task needs.
    """
    if find_spec("ray") is None:
        raise UsageError("--ray needs Ray: pip install 'cnnlab[ray]'")
    ray = import_ray()
    owns_connection = not ray.is_initialized()
    if owns_connection:
        _connect(ray, address)
    workers = RayTasks(ray, resources, owns_connection)
    if not workers.count_capacity():
        workers.close()
        raise UsageError(f"--ray {address}: {_describe_shortage(workers)}")
    return workers


def import_ray() -> Any:
    """Import Ray without its telemetry, and without the log lines of the cluster."""
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    # Ray prints the errors of nodes also with log_to_driver=False, unless a pattern skips them.
    os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", "^")
    import ray
    import ray.util.scheduling_strategies

    return ray


def _connect(ray: Any, address: str) -> None:
    if address != "auto":
        _require_server(address)
    try:
        with _keep_signal_handlers():
            ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
    except (ConnectionError, RuntimeError, ValueError) as error:
        reason = str(error).partition("\n")[0] or type(error).__name__
        remedy = "check that this machine is a node of the cluster, and has its RAY_AUTH_TOKEN"
        if reason.startswith("Could not find"):
            reason, remedy = "no Ray cluster runs on this machine", _START
        raise UsageError(f"--ray {address}: {reason}; {remedy}") from None


def _require_server(address: str) -> None:
    """Raise UsageError if no program listens at the address; Ray itself waits over a minute."""
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 2**16 or "/" in host:
        raise UsageError(f"--ray {address}: expected `auto` or HOST:PORT, such as 10.0.0.1:6379")
    try:
        socket.create_connection((host, int(port)), _CONNECT_SECONDS).close()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        message = f"no Ray cluster answers there: {reason}"
        raise UsageError(f"--ray {address}: {message}; {_START}, and join it from others") from None


@contextmanager
def _keep_signal_handlers() -> Iterator[None]:
    """Restore the handler of SIGTERM after the `with` block: `ray.init` replaces it."""
    is_main = threading.current_thread() is threading.main_thread()
    before = signal.getsignal(signal.SIGTERM)
    try:
        yield
    finally:
        if is_main and before is not None:  # None: a handler that Python cannot restore
            signal.signal(signal.SIGTERM, before)


def _describe_shortage(workers: RayTasks) -> str:
    processors = "1 processor" if workers.threads == 1 else f"{workers.threads} processors"
    gpu = " and a GPU" if workers.resources.device == "gpu" else ""
    return f"no node of the cluster has {processors}{gpu} for a task"

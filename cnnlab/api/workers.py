"""Open the workers that train several networks at once: processes, or tasks of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Literal

from cnnlab.errors import UsageError
from cnnlab.training.device_names import read_device_name

if TYPE_CHECKING:
    from cnnlab.study.workers.interface import Resources, Workers

Parallel = int | Literal["auto"]


@contextmanager
def open_workers(
    parallel: Parallel | None, ray: str | None, device: str, tasks: int
) -> Iterator[tuple[Workers, Resources]]:
    """Choose and open the workers for so many tasks, and close them after the `with` block.

    `parallel` is the number of workers; None and `auto` mean one for each processor core, or as
    many as fit on the cluster at the address `ray`.
    """
    from cnnlab.study.workers.interface import Resources
    from cnnlab.study.workers.resources import choose_resources

    number = _read_number(parallel)
    if ray is not None:
        resources = Resources(number or 0, None, device)  # 0: as many as fit on the cluster
    else:
        resources = choose_resources(number, device, tasks)
    with start_workers(resources, ray) as workers:
        yield workers, resources


def _read_number(parallel: Parallel | None) -> int | None:
    if parallel is None or parallel == "auto":
        return None
    if not isinstance(parallel, int) or parallel < 1:
        raise UsageError(f"parallel: expected a number from 1 on, or 'auto', not {parallel!r}")
    return parallel


@contextmanager
def start_workers(resources: Resources, ray: str | None) -> Iterator[Workers]:
    """Open worker processes, or a connection to a Ray cluster, and close them after the block."""
    if ray is not None:
        if read_device_name(resources.device).number is not None:
            message = f"--device {resources.device}: Ray chooses the GPU of each training"
            raise UsageError(f"{message}; use --device gpu")
        from cnnlab.study.workers.ray_connection import connect_ray

        opened: Workers = connect_ray(ray, resources)
    else:
        from cnnlab.study.workers.local_processes import LocalProcesses
        from cnnlab.study.workers.resources import require_gpus

        require_gpus(resources.device)
        opened = LocalProcesses(resources)
    with closing(opened) as workers:
        yield workers


def format_worker_options(parallel: Parallel | None, ray: str | None) -> list[str]:
    """Format the options --parallel and --ray of a command line.

    >>> format_worker_options(2, None), format_worker_options(None, "auto")
    (['--parallel', '2'], ['--ray', 'auto'])
    """
    options = {"--parallel": parallel, "--ray": ray}
    given = {name: str(value) for name, value in options.items() if value is not None}
    return [part for pair in given.items() for part in pair]

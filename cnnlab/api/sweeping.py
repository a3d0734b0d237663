"""The functions of the Python API that search architectures and settings: sweeps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.api.edits import Edits, format_edits
from cnnlab.api.sweep_result import SweepResult
from cnnlab.api.workers import Parallel, format_worker_options, open_workers, start_workers
from cnnlab.errors import UsageError

if TYPE_CHECKING:
    from cnnlab.run_folder import SweepFolder, SweepRecord
    from cnnlab.spec.sweep_reader import SweepConfig
    from cnnlab.study.sweep_plan import SweepPlan
    from cnnlab.study.workers.interface import Resources, Workers


def sweep(
    file: str | Path,
    edits: Edits | None = None,
    *,
    parallel: Parallel | None = None,
    ray: str | None = None,
    runs: str | Path = "runs",
    device: str = "auto",
    quiet: bool = False,
    command: Sequence[str] = (),
) -> SweepResult:
    """Run the sweep of a sweep file into a new folder; its trials are ordinary runs there.

    Args:
        file: the path of the sweep file.
        edits: changes for this sweep: `{"trials": 10, "training.epochs": 2}`. A path of the config
            changes the config, any other path the sweep file.
        parallel: how many networks train at once; None or `auto` means one for each processor
            core.
        ray: the address of a Ray cluster that trains, or `auto`; None means this machine.
        runs: the folder that holds the runs.
        device: auto, cpu, gpu, or gpu:N; each worker uses one GPU.
        quiet: show no progress.
        command: the command line that sweep.json records.

    Raises:
        ConfigError: the sweep file or its config has faults; the error lists all faults.
        DataError: the data set is missing or broken.
        Interruption, DiskError: the sweep ended early; the message says what is saved.
    """
    config = _read(file, edits)
    from cnnlab.run_folder import SweepFolder, create_run
    from cnnlab.study.sweep import start_record

    with _open_workers(config, parallel, ray, device) as (workers, resources):
        engine = "processes" if ray is None else "ray"
        command = command or _format_command(file, edits, parallel, ray, runs, device)
        record = start_record(config, engine, resources, tuple(command))
        folder = SweepFolder(create_run(Path(runs), config.sweep.name).path)
        with folder.lock_for_writing():
            folder.write_sweep_file(config.text)
            _run(folder, record, config, workers, quiet)
    return SweepResult(folder)


def resume_sweep(
    sweep: SweepResult,
    *,
    ray: str | None = None,
    quiet: bool = False,
) -> SweepResult:
    """Go on with a sweep that ended early, with as many workers and threads as before.

    Trials that were interrupted continue after their last finished epoch.

    Raises:
        UsageError: the sweep is finished.
        InUseError: another process coordinates the sweep.
        ConfigError, DataError, Interruption, DiskError: as in `sweep`.
    """
    folder = sweep.folder
    with folder.lock_for_writing():
        record = folder.read_record()
        if record.status == "finished":
            raise UsageError(
                f"{folder.path}: the sweep is finished: {record.ended}; "
                f"to see what it found: cnnlab report {folder.path}"
            )
        config = _restore(record.sweep, Path(record.config_path), record.config)
        from cnnlab.study.workers.interface import Resources

        resources = Resources(record.workers, record.threads, record.device)
        ray = ray or ("auto" if record.engine == "ray" else None)
        record.engine = "processes" if ray is None else "ray"
        with start_workers(resources, ray) as workers:
            _run(folder, record, config, workers, quiet)
    return sweep


def plan_sweep(
    file: str | Path,
    edits: Edits | None = None,
    *,
    parallel: Parallel | None = None,
    ray: str | None = None,
    device: str = "auto",
    quiet: bool = False,
) -> SweepPlan:
    """Count the combinations of a sweep, list examples, and estimate its time.

    Each worker trains two epochs of the config for this, in a folder that is removed afterwards.
    The arguments and errors are those of `sweep`.
    """
    config = _read(file, edits)
    from cnnlab.progress_display.workers_table import show_workers
    from cnnlab.study.sweep_plan import plan_sweep

    with (
        _open_workers(config, parallel, ray, device) as (workers, _),
        show_workers(quiet) as progress,
    ):
        return plan_sweep(config, workers, workers.count_free(), progress)


def _read(file: str | Path, edits: Edits | None) -> SweepConfig:
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.sweep_reader import read_sweep

    return read_sweep(Path(file), describe_dataset, format_edits(edits))


def _restore(sweep: dict[str, object], path: Path, text: str) -> SweepConfig:
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.sweep_base import ConfigFile
    from cnnlab.spec.sweep_reader import restore_sweep

    return restore_sweep(sweep, ConfigFile(path, text.encode()), describe_dataset)


def _run(
    folder: SweepFolder, record: SweepRecord, config: SweepConfig, workers: Workers, quiet: bool
) -> None:
    from cnnlab.progress_display.workers_table import show_workers
    from cnnlab.study.sweep import run_sweep

    with show_workers(quiet) as progress:
        run_sweep(folder, record, config, workers, progress)


@contextmanager
def _open_workers(
    config: SweepConfig, parallel: Parallel | None, ray: str | None, device: str
) -> Iterator[tuple[Workers, Resources]]:
    """Open the workers of a sweep, if the packages that it needs are installed."""
    from cnnlab.study.optuna_study import require_packages
    from cnnlab.study.sweep import count_trials

    require_packages(config.sweep)
    with open_workers(parallel, ray, device, count_trials(config)) as opened:
        yield opened


def _format_command(
    file: str | Path,
    edits: Edits | None,
    parallel: Parallel | None,
    ray: str | None,
    runs: str | Path,
    device: str,
) -> list[str]:
    """Format the command line that does the same as a call of `sweep`."""
    command = ["cnnlab", "sweep", str(file)]
    for edit in format_edits(edits):
        command += ["--set", edit]
    command += format_worker_options(parallel, ray)
    options = {
        "--runs": None if Path(runs) == Path("runs") else runs,
        "--device": None if device == "auto" else device,
    }
    for option, value in options.items():
        command += [option, str(value)] if value is not None else []
    return command

"""The functions of the Python API that train a run, or several runs with different seeds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cnnlab.api.actions import Reference, load
from cnnlab.api.edits import Edits, format_edits, read_edited_config
from cnnlab.api.run import Run
from cnnlab.api.run_list import RunList
from cnnlab.api.workers import Parallel, format_worker_options, open_workers
from cnnlab.errors import UsageError

if TYPE_CHECKING:
    from cnnlab.spec.config_reader import Config
    from cnnlab.training.device import Device


def train(
    config: str | Path,
    edits: Edits | None = None,
    *,
    parallel: Parallel | None = None,
    ray: str | None = None,
    runs: str | Path = "runs",
    device: str = "auto",
    quiet: bool = False,
    command: Sequence[str] = (),
) -> Run:
    """Train the experiment of a config into a new run folder.

    Args:
        config: the path of the config, a YAML file.
        edits: changes of the config for this run, `{"training.epochs": 2}`.
        parallel: how many members of an ensemble train at once, in processes of their own; `auto`
            means one for each processor core. None means one after another in this process.
        ray: the address of a Ray cluster that trains the members of an ensemble, or `auto`.
        runs: the folder that holds the runs.
        device: auto, cpu, gpu for all GPUs, or gpu:N for the GPU with the number N.
        quiet: show no progress.
        command: the command line that run.json records; by default, the command line that
            trains the same run.

    Raises:
        ConfigError: the config has faults; the error lists all faults.
        DataError: the data set is missing or broken.
        UsageError: the config has no ensemble, so that there is nothing to train at once.
        Interruption, TrainingError, DiskError: training ended early; the message says which
            epochs are saved.
    """
    experiment_config = read_edited_config(config, edits)
    members = experiment_config.experiment.ensemble
    options = format_worker_options(parallel, ray)
    if options and not members:
        message = "the config describes one network, so there is nothing to train at once"
        remedy = "add --seeds, or an ensemble such as --set ensemble=3"
        raise UsageError(f"{options[0]}: {message}; {remedy}")
    command = tuple(command or format_command(config, edits, runs, device, *options))
    _import_for_training(experiment_config)
    from cnnlab.progress_display import show_progress
    from cnnlab.progress_display.workers_table import show_workers
    from cnnlab.run_folder import create_run
    from cnnlab.study import ensemble_training, parallel_training
    from cnnlab.study.planned_tasks import ParallelContext
    from cnnlab.training import single_run
    from cnnlab.training.device import choose_device

    chosen = choose_device("auto" if ray else device)  # nodes of a cluster choose their own
    if options:
        with (
            open_workers(parallel, ray, device, len(members or ())) as (workers, _),
            show_workers(quiet) as shown,
        ):
            if ray is None:
                _hint_at_precision(experiment_config, chosen, shown.message)
            context = ParallelContext(workers, shown, Path(config), format_edits(edits), command)
            folder = create_run(Path(runs), experiment_config.experiment.name)
            parallel_training.train_ensemble(experiment_config, folder, context, chosen)
        return Run(folder)
    with show_progress(quiet) as progress:
        _hint_at_precision(experiment_config, chosen, progress.note)
        # Create the folder last, so that an error before this line leaves no empty folder.
        folder = create_run(Path(runs), experiment_config.experiment.name)
        start = ensemble_training.train if members else single_run.train
        start(experiment_config, folder, progress, chosen, command)
    return Run(folder)


def train_seeds(
    config: str | Path,
    seeds: int,
    edits: Edits | None = None,
    *,
    parallel: Parallel | None = None,
    ray: str | None = None,
    runs: str | Path = "runs",
    device: str = "auto",
    quiet: bool = False,
    command: Sequence[str] = (),
) -> RunList:
    """Train a config with several seeds, one run for each seed.

    `seeds` is the number of seeds: the first seed is that of the config, the next seeds are the
    following whole numbers. With `parallel` or `ray`, several runs train at once. All other
    arguments and the errors are those of `train`.
    """
    experiment_config = read_edited_config(config, edits)
    if experiment_config.experiment.ensemble:
        message = "--seeds: the config describes an ensemble, whose members have different seeds"
        raise UsageError(f"{message}; leave out --seeds, or the ensemble with --set ensemble=")
    options = format_worker_options(parallel, ray)
    more = ("--seeds", str(seeds), *options)
    command = tuple(command or format_command(config, edits, runs, device, *more))
    _import_for_training(experiment_config)
    from cnnlab.progress_display import show_progress
    from cnnlab.progress_display.workers_table import show_workers
    from cnnlab.study import parallel_training, seed_training
    from cnnlab.study.planned_tasks import ParallelContext
    from cnnlab.training.device import choose_device

    chosen = choose_device("auto" if ray else device)
    if options:
        with (
            open_workers(parallel, ray, device, seeds) as (workers, _),
            show_workers(quiet) as shown,
        ):
            if ray is None:
                _hint_at_precision(experiment_config, chosen, shown.message)
            context = ParallelContext(workers, shown, Path(config), format_edits(edits), command)
            trained = parallel_training.train_seeds(experiment_config, seeds, Path(runs), context)
        return RunList(Run(one.run) for one in trained)
    with show_progress(quiet) as progress:
        _hint_at_precision(experiment_config, chosen, progress.note)
        trained = seed_training.train(
            experiment_config, seeds, Path(runs), progress, chosen, command
        )
    return RunList(Run(one.run) for one in trained)


def resume_seeds(
    run: Reference,
    *,
    runs: str | Path = "runs",
    device: str = "auto",
    quiet: bool = False,
    command: Sequence[str] = (),
    dataset: str | None = None,
) -> RunList:
    """Continue all unfinished runs that `train_seeds` started together with the run `run`.

    `dataset` is the new place of the data, if the data was moved.
    """
    from cnnlab.training.saved_state import ResumeRequest, check_resume_request

    folder = load(run, runs).folder
    check_resume_request(folder, ResumeRequest(dataset=dataset))
    if folder.read_record().series is None:
        raise UsageError(
            f"{folder.path}: the run was not trained with --seeds; use Run.resume for this run"
        )
    from cnnlab.quiet_import import import_tensorflow

    import_tensorflow()
    from cnnlab.progress_display import show_progress
    from cnnlab.study import seed_training
    from cnnlab.training.device import choose_device

    chosen = choose_device(device)
    with show_progress(quiet) as progress:
        trained = seed_training.resume(folder, dataset, progress, chosen, tuple(command))
    return RunList(Run(one.run) for one in trained)


def _import_for_training(config: Config) -> None:
    """Import TensorFlow; raises UsageError if a package that the config needs is not installed."""
    from cnnlab.quiet_import import import_tensorflow

    import_tensorflow()
    from cnnlab.training.callbacks import require_extras

    require_extras(config.experiment.training)


def _hint_at_precision(config: Config, device: Device, show: Callable[[str], None]) -> None:
    """Show a sentence if mixed_bfloat16 is likely to make the training of a config faster."""
    from cnnlab.training.precision_hint import find_precision_hint, read_cpu_flags

    hint = find_precision_hint(config, device.kind, read_cpu_flags(), device.compute_capability)
    if hint is not None:
        show(hint)


def format_command(
    config: str | Path, edits: Edits | None, runs: str | Path, device: str, *more: str
) -> list[str]:
    """Format the command line that does the same as a call of `train` or `train_seeds`."""
    command = ["cnnlab", "train", str(config)]
    for edit in format_edits(edits):
        command += ["--set", edit]
    if Path(runs) != Path("runs"):
        command += ["--runs", str(runs)]
    if device != "auto":
        command += ["--device", device]
    return [*command, *more]

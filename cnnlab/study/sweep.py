"""Run a sweep: search, confirm the best trials, and write what was found into its folder."""

from __future__ import annotations

import os
import platform
import shlex
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version

from cnnlab import __version__
from cnnlab.counts import format_count
from cnnlab.errors import CnnlabError, DiskError, Interruption, RunError, TrainingError
from cnnlab.run_folder import utc_now
from cnnlab.run_folder.sweep_folder import SweepFolder, SweepRecord
from cnnlab.spec.combinations import build_trial_config, count_combinations
from cnnlab.spec.sweep import Sweep
from cnnlab.spec.sweep_reader import SweepConfig
from cnnlab.study.confirmation import Confirmation
from cnnlab.study.trial_search import TrialSearch
from cnnlab.study.trial_table import Goal, rank_trials, read_trials
from cnnlab.study.trial_text import write_trial_text
from cnnlab.study.workers.interface import Resources, Workers
from cnnlab.study.workers.progress import WorkersProgress
from cnnlab.study.workers.task_loop import run_tasks
from cnnlab.training.interrupt import Interrupt


def start_record(
    config: SweepConfig, engine: str, resources: Resources, command: tuple[str, ...]
) -> SweepRecord:
    """Build the content of sweep.json for a sweep that starts now."""
    return SweepRecord(
        sweep=config.sweep.model_dump(mode="json"),
        config=config.base.text,
        config_path=str(config.config_path),
        started=utc_now(),
        engine=engine,
        workers=resources.workers,
        threads=resources.threads,
        device=resources.device,
        command=[*command],
        versions={
            "cnnlab": __version__,
            "python": platform.python_version(),
            "optuna": version("optuna"),
        },
    )


def get_goal(sweep: Sweep) -> Goal:
    """Return what a sweep searches."""
    return Goal(sweep.metric, sweep.at_least)


def count_trials(config: SweepConfig) -> int:
    """Count the trials of a sweep; a grid has all combinations unless the sweep names a number."""
    if config.sweep.trials is not None:
        return config.sweep.trials
    count = count_combinations(config.spaces)
    assert count is not None  # the reader of the sweep demands `trials` otherwise
    return count


def run_sweep(
    folder: SweepFolder,
    record: SweepRecord,
    config: SweepConfig,
    workers: Workers,
    progress: WorkersProgress,
) -> SweepRecord:
    """Run a new sweep, or go on with one that ended early; return the content of sweep.json.

    The calling process has locked the folder.

    Raises:
        Interruption: a signal stopped the sweep; the folder has all finished epochs.
        DataError, DiskError: the data or the disk does not let the sweep go on.
        RunError: a file of the sweep is damaged.
        TrainingError: the sweep is finished, and each trial failed or ended early.
    """
    with Interrupt() as interrupt, _record_outcome(folder, record):
        search = TrialSearch(folder, config, get_goal(config.sweep), count_trials(config), progress)
        progress.message(_introduce(record, search))
        search.recover_interrupted_trials(interrupt)
        _note_best_trial(search)
        run_tasks(search, workers, interrupt)
        if config.sweep.confirm is not None and record.confirmation is None:
            _confirm(folder, record, config, workers, progress, interrupt)
        write_best_config(folder, record, config)
    _require_finished_trial(folder)
    return record


def _introduce(record: SweepRecord, search: TrialSearch) -> str:
    """Say in which folder a sweep is, how many trials it trains, and how many of them at once."""
    planned = f"{format_count(search.trials, 'trial')} of {format_count(search.epochs, 'epoch')}"
    if done := search.monitor.state.done_count:
        planned += f", {done} of them done before"
    if not record.workers:  # the Ray cluster decides
        return f"{search.folder.path}: {planned}"
    threads = "" if record.threads is None else f", {format_count(record.threads, 'thread')} each"
    return f"{search.folder.path}: {planned}; {record.workers} at once{threads}"


def _note_best_trial(search: TrialSearch) -> None:
    """Show the best trial of an earlier process."""
    for one in rank_trials(read_trials(search.folder, search.goal), search.goal)[:1]:
        assert one.value is not None  # `rank_trials` leaves out other trials
        search.note_best(one.number, one.value, one.multiply_adds, one.values)


def _require_finished_trial(folder: SweepFolder) -> None:
    """Raise TrainingError if no trial of a sweep was trained to its end."""
    trials = folder.read_trials()
    if not trials or any(trial.status == "finished" for trial in trials):
        return
    first = next((one for one in trials if one.status == "failed"), trials[0])
    raise TrainingError(
        f"{folder.path}: no trial was trained to its end; trial {first.number} {first.status}: "
        f"{first.reason}; next: cnnlab runs show {shlex.quote(str(folder.path))}"
    )


@contextmanager
def _record_outcome(folder: SweepFolder, record: SweepRecord) -> Iterator[None]:
    """Record in sweep.json how the sweep inside the `with` block ended."""
    started = time.perf_counter() - record.seconds
    record.status, record.ended = "running", ""
    record.pid, record.host = os.getpid(), platform.node()
    folder.write_record(record)
    try:
        yield
        trials = folder.read_trials()
        done = sum(trial.status == "finished" for trial in trials)
        record.status = "finished"
        record.ended = f"{format_count(len(trials), 'trial')} done, {done} of them to the end"
    except BaseException as error:
        stopped = isinstance(error, Interruption | KeyboardInterrupt)
        record.status = "stopped" if stopped else "failed"
        record.ended = str(error).splitlines()[0] if str(error) else type(error).__name__
        message = _describe_failure(folder, error)
        if message is error:
            raise
        raise message from error
    finally:
        record.finished = utc_now()
        record.seconds = round(time.perf_counter() - started, 3)
        try:
            folder.write_record(record)
        except DiskError:
            if record.status == "finished":
                raise


def _describe_failure(folder: SweepFolder, error: BaseException) -> BaseException:
    """Add to an error which trials are done and what to type next."""
    if isinstance(error, RunError):  # a damaged file, about which `resume` can do nothing
        return error
    trials = folder.read_trials()
    done = sum(trial.status in ("finished", "pruned", "failed") for trial in trials)
    saved = f"{format_count(done, 'trial')} done, and the finished epochs of the others are saved"
    following = f"next: cnnlab resume {shlex.quote(str(folder.path))}"
    match error:
        case Interruption():
            return Interruption(f"{error}; {saved}; {following}", error.exit_code - 128)
        case KeyboardInterrupt():
            return Interruption(f"stopped by a second signal; {saved}; {following}", 2)
        case DiskError():
            return DiskError(f"{error}; {saved}; {following}")
        case CnnlabError():
            return type(error)(f"{error}; {saved}; {following}")
    return error


def _confirm(
    folder: SweepFolder,
    record: SweepRecord,
    config: SweepConfig,
    workers: Workers,
    progress: WorkersProgress,
    interrupt: Interrupt,
) -> None:
    """Train the best trials and the base config with new seeds, and record the comparison."""
    goal, confirm = get_goal(config.sweep), config.sweep.confirm
    assert confirm is not None
    best = rank_trials(read_trials(folder, goal), goal)[: confirm.best]
    if not best:
        return
    confirmation = Confirmation(folder, config, goal, best, confirm, progress)
    progress.message(confirmation.introduce())
    run_tasks(confirmation, workers, interrupt)
    record.confirmation = confirmation.compare()
    folder.write_record(record)


def write_best_config(folder: SweepFolder, record: SweepRecord, config: SweepConfig) -> None:
    """Write best.yaml: the config of the winner of the confirmation, or else of the best trial."""
    goal = get_goal(config.sweep)
    ranked = rank_trials(read_trials(folder, goal), goal)
    if not ranked:
        return
    number = ranked[0].number
    if record.confirmation is not None and record.confirmation["seeds"]:
        number = record.confirmation["winner"]
    if number is None:
        best, what = config.base, "the config that it started from, which no trial beats"
    else:
        trial = next(one for one in ranked if one.number == number)
        best, what = build_trial_config(config, trial.values), f"trial {number}"
    text = write_trial_text(best, f"The result of the sweep {folder.name}: {what}.")
    folder.write_file("best.yaml", text.encode())

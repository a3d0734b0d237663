"""Give the runs of a series to workers, which train several of them at once."""

from __future__ import annotations

import shlex
import signal
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from cnnlab.errors import CnnlabError, Interruption, TrainingError
from cnnlab.run_folder import RunFolder, Series, removal
from cnnlab.study.seed_training import select_figures
from cnnlab.study.training_series import PlannedRun
from cnnlab.study.workers.interface import EpochReport, Event, Task, TaskStart, Workers
from cnnlab.study.workers.progress import TaskMonitor, WorkersProgress, WorkersState
from cnnlab.study.workers.task_loop import run_tasks
from cnnlab.training.interrupt import Interrupt


@dataclass(frozen=True)
class ParallelContext:
    """The workers that train a series, and what all its runs have in common.

    `config_path` and `edits` are those of the common config. For an ensemble, `ensemble` is its run
    folder; for runs over seeds, `series` lists the seeds.
    """

    workers: Workers
    progress: WorkersProgress
    config_path: Path
    edits: tuple[str, ...]
    command: tuple[str, ...]
    series: Series | None = None
    ensemble: RunFolder | None = None


def train_plans(
    plans: Sequence[PlannedRun],
    context: ParallelContext,
    interrupt: Interrupt,
    note_finished: Callable[[], None] = lambda: None,
) -> list[RunFolder]:
    """Train several new runs at once, and return their folders; none may resume.

    After each finished run, this function calls `note_finished`. If a run fails, no other run
    begins, and those that workers train at that moment go on to their end.

    Raises:
        Interruption, TrainingError: training ended early; the message names the finished runs.
        DataError, DiskError: as in `cnnlab.training.single_run.train`.
    """
    source = PlannedTasks(plans, context, note_finished)
    try:
        run_tasks(source, context.workers, interrupt)
        if source.failure is not None:
            raise source.failure
    except BaseException as error:
        source.remove_runs_without_training()
        message = source.describe_failure(error)
        if message is error:
            raise
        raise message from error
    return [source.runs[plan.title] for plan in plans]


class PlannedTasks:
    """Gives planned runs to workers in their order, and notes which of them end."""

    def __init__(
        self,
        plans: Sequence[PlannedRun],
        context: ParallelContext,
        note_finished: Callable[[], None],
    ) -> None:
        self.left, self.context, self.note_finished = [*plans], context, note_finished
        self.runs: dict[str, RunFolder] = {}  # by the titles of the plans
        self.titles: dict[Path, str] = {}
        self.failure: CnnlabError | None = None
        self.failed_title = ""
        self.notes: set[str] = set()
        name = plans[0].config.experiment.name if plans else ""
        state = WorkersState(name, "training", len(plans), "loss")
        self.monitor = TaskMonitor(context.progress, state)

    def next_task(self) -> Task | None:
        """Return the next run, unless a run has failed."""
        if not self.left or self.failure is not None:
            return None
        plan, context = self.left.pop(0), self.context
        run = self.runs[plan.title] = plan.open_run()
        self.titles[run.path] = plan.title
        task = Task(
            run.path,
            plan.config.text,
            context.config_path,
            context.command,
            (*context.edits, *plan.edits),
            context.series,
        )
        self.monitor.begin(task, plan.title)
        return task

    def note(self, event: Event | None) -> None:
        """Show an event of a worker."""
        if isinstance(event, TaskStart):
            self._show_notes(RunFolder(event.task.run))
        if isinstance(event, EpochReport):
            self.monitor.state.metric = [*select_figures(event.row)][:2][-1]  # accuracy, or loss
        self.monitor.note(event)

    def _show_notes(self, run: RunFolder) -> None:
        """Show the sentences about the data that no other run of the series has."""
        for note in run.read_record().data["notes"]:
            if note not in self.notes:
                self.notes.add(note)
                self.context.progress.message(note)

    def judge_epoch(self, task: Task, row: Mapping[str, float]) -> str | None:
        """Let every training go on to its last epoch."""
        return None

    def finish(self, task: Task, failure: CnnlabError | None) -> None:
        """Show the result of a run that ended; after a failure, no other run begins."""
        title = self.titles[task.run]
        if failure is not None:
            if self.failure is None:
                self.failure, self.failed_title = failure, title
            self.monitor.end(task.run, "failed", f"{title}: failed: {failure}")
            return
        self.note_finished()
        run = RunFolder(task.run)
        history, record = run.read_history(), run.read_record()
        figures = select_figures(history[(record.best_epoch or len(history)) - 1])
        result = ", ".join(f"{name} {value:.4f}" for name, value in [*figures.items()][:2])
        self.monitor.end(task.run, "finished", f"{title}: {result}")

    def remove_runs_without_training(self) -> None:
        """Remove the folders of the runs whose training had not begun."""
        for run in self.runs.values():
            if not run.is_started():
                with suppress(CnnlabError):  # the first error is the one that the user sees
                    run.require_unlocked()
                    removal.remove_run(run)

    def describe_failure(self, error: BaseException) -> BaseException:
        """Build the error that the user sees; return `error` itself if its message is complete."""
        match error:
            case Interruption():
                message = "; ".join([str(error), *self._describe_saved_work()])
                return Interruption(message, error.exit_code - 128)
            case KeyboardInterrupt():
                message = "; ".join(["stopped by a second signal", *self._describe_saved_work()])
                return Interruption(message, signal.SIGINT)
            case TrainingError() if error is self.failure:
                finished = self._list_finished_runs()
                return TrainingError("; ".join([f"{self.failed_title}: {error}", *finished]))
            case TrainingError():  # the connection to a cluster is lost
                return TrainingError("; ".join([str(error), *self._describe_saved_work()]))
        return error

    def _describe_saved_work(self) -> list[str]:
        """Say which epochs and runs are saved, and which command the user can type next."""
        unfinished = [run for run in self._list_started_runs() if not _is_finished(run)]
        paths = [str(run.path) for run in unfinished if run.read_record().epochs]
        finished = self._list_finished_runs()
        saved = [f"the finished epochs are saved in {_join(paths)}"] if paths else []
        if not saved and not finished:
            saved = ["no epoch was finished"]
        return [*saved, *finished, f"next: {shlex.join(self._choose_next_command(unfinished))}"]

    def _list_finished_runs(self) -> list[str]:
        """Return a list with one text that names the finished runs, or an empty list if none is."""
        paths = [str(run.path) for run in self._list_started_runs() if _is_finished(run)]
        return [f"finished: {_join(paths)}"] if paths else []

    def _list_started_runs(self) -> list[RunFolder]:
        return [run for run in self.runs.values() if run.is_started()]

    def _choose_next_command(self, unfinished: Sequence[RunFolder]) -> Sequence[str]:
        if self.context.ensemble is not None:
            return ["cnnlab", "resume", str(self.context.ensemble.path)]
        started = [*unfinished, *self._list_started_runs()]
        return ["cnnlab", "resume", str(started[0].path)] if started else self.context.command


def _is_finished(run: RunFolder) -> bool:
    return run.read_record().status == "finished"


def _join(paths: Sequence[str]) -> str:
    return ", ".join(shlex.quote(path) for path in paths)

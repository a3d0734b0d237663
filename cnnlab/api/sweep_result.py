"""The class SweepResult of the Python API: the trials, the best one, and the report of a sweep."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnlab.api.run import Run
    from cnnlab.run_folder import SweepFolder, SweepRecord
    from cnnlab.study.sweep_page import SweepReport
    from cnnlab.study.sweep_results import SweepResults
    from cnnlab.study.trial_table import Trial


class SweepResult:
    """A sweep, finished or running. Every property and method reads the folder again."""

    def __init__(self, folder: SweepFolder) -> None:
        self.folder = folder

    @property
    def path(self) -> Path:
        """The path of the sweep's folder."""
        return self.folder.path

    @property
    def name(self) -> str:
        """The name of the sweep, such as `kernels-001`."""
        return self.folder.name

    @property
    def record(self) -> SweepRecord:
        """The contents of sweep.json: what the sweep searches, its status, times and command."""
        return self.folder.read_record()

    @property
    def status(self) -> str:
        """The status of the sweep: running, finished, stopped, failed or killed."""
        return self.record.status

    @property
    def trials(self) -> list[Trial]:
        """All trials in the order of their numbers, with values, status, metric and cost."""
        return self.read().trials

    @property
    def best(self) -> Run | None:
        """The run of the best finished trial; None if no trial is finished."""
        from cnnlab.api.run import Run

        best = self.read().best
        return Run(best.run) if best else None

    def read(self) -> SweepResults:
        """Read all results: trials, ranks, Pareto front, and which settings matter."""
        from cnnlab.study.sweep_results import read_sweep_results

        return read_sweep_results(self.folder)

    def report(self) -> SweepReport:
        """Write report.html, trials.csv and the pictures into the folder; return their paths.

        A running sweep has a report too, about the trials until now.
        """
        from cnnlab.study.sweep_page import write_sweep_report

        return write_sweep_report(self.read())

    def remove(self) -> None:
        """Remove the folder with all trials for good; raises InUseError while the sweep runs."""
        from cnnlab.run_folder import removal

        removal.require_removable(self.folder)
        removal.remove_run(self.folder)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SweepResult) and self.path.resolve() == other.path.resolve()

    def __hash__(self) -> int:
        return hash(self.path.resolve())

    def __repr__(self) -> str:
        from cnnlab.study.sweep_text import write_status

        return f"<Sweep {self.path}: {write_status(self.read())}>"

    def _repr_html_(self) -> str:
        from cnnlab.html_page import build_table, to_html
        from cnnlab.study.sweep_text import list_trials, write_best_sentence

        results = self.read()
        heads, rows = list_trials(results, results.ranked_trials)
        table = build_table("trials", heads, rows, range(len(heads) - 6))
        return f"<p>{to_html(write_best_sentence(results))}.</p>{table}"


def to_dict(results: SweepResults) -> dict[str, Any]:
    """Convert the results of a sweep to the dictionary that `cnnlab report SWEEP --json` prints."""
    from cnnlab.study import sweep_text

    found, best = results.importances, results.best
    return {
        "sweep": str(results.folder.path),
        "status": results.record.status,
        "trials": {"planned": results.planned_trials, **results.counts},
        "metric": results.goal.metric,
        "answer": sweep_text.write_best_sentence(results),
        "best": trial_to_dict(best) if best else None,
        "front": [trial.number for trial in results.front],
        "what_matters": sweep_text.write_sentence_of_importance(results),
        "importances": [asdict(one) for one in found.of],
        "confirmation": results.record.confirmation,
        "next": sweep_text.list_next_commands(results),
    }


def describe_sweep(sweep: SweepResult) -> dict[str, Any]:
    """Describe a sweep with all its trials as plain data, for the page of the lab.

    The runs of the trials are named as in `cnnlab runs show`: `kernels-001/trials/007`.
    """
    from cnnlab.study import sweep_text

    results = sweep.read()
    goal, best = results.goal, results.best
    return {
        "name": sweep.name,
        "status": results.record.status,
        "planned_trials": results.planned_trials,
        "counts": results.counts,
        "goal": {"metric": goal.metric, "at_least": goal.at_least, "direction": goal.direction},
        "parameters": results.parameters,
        "short_names": results.short_names,
        "trials": [{**vars(trial), "run": trial.run.name} for trial in results.trials],
        "ranking": [trial.number for trial in results.ranked_trials],
        "front": [trial.number for trial in results.front],
        "best": best.number if best else None,
        "sentence": sweep_text.write_best_sentence(results),
    }


def describe_importances(sweep: SweepResult) -> dict[str, Any]:
    """Describe which settings of a sweep matter, as plain data; this takes seconds."""
    from cnnlab.study import sweep_text

    results = sweep.read()
    return {
        "importance": sweep_text.write_sentence_of_importance(results),
        "importances": [asdict(one) for one in results.importances.of],
    }


def trial_to_dict(trial: Trial) -> dict[str, Any]:
    """Convert a trial to plain data; `run` is the path of its run folder."""
    return {**vars(trial), "run": str(trial.run.path)}

"""Describe a sweep in words: what it searches, its best trial, and what to type next."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cnnlab.counts import format_count
from cnnlab.plots import shorten_name
from cnnlab.run_folder.run_names import BASE, CONFIRMATION
from cnnlab.study.importance import Importance, Importances, write_importance_sentence
from cnnlab.study.sweep_results import SweepResults
from cnnlab.study.trial_csv import format_cell
from cnnlab.study.trial_table import Trial

Table = tuple[list[str], list[list[str]]]  # headings and rows
METHODS = {
    "grid": "a grid of all combinations",
    "random": "random values",
    "tpe": "a tree-structured Parzen estimator (tpe)",
    "gp": "a Gaussian process (gp)",
}
_STATUSES = ("finished", "pruned", "failed", "running", "waiting")
_LONGEST = 40  # characters of a value in a table


def write_status(results: SweepResults) -> str:
    """Say how far a sweep is: its status, and the number of trials with each status."""
    counts = results.counts
    trials = [f"{counts[status]} {status}" for status in _STATUSES if counts.get(status)]
    detail = f": {', '.join(trials)}" if trials else ""
    planned = format_count(results.planned_trials, "trial")
    return f"{results.record.status}; {len(results.trials)} of {planned}{detail}"


def describe_space(parameter: Any) -> str:
    """Describe the values of a parameter in a few words.

    >>> describe_space({"min": 0.0001, "max": 0.1, "step": None, "scale": "log"})
    '0.0001 to 0.1, logarithmic'
    >>> describe_space([8, 16, 32])
    '8, 16, 32'
    """
    if not isinstance(parameter, Mapping):
        return ", ".join(map(format_cell, parameter))
    text = f"{format_cell(parameter['min'])} to {format_cell(parameter['max'])}"
    if parameter.get("step") not in (None, 1):
        text += f" in steps of {format_cell(parameter['step'])}"
    return f"{text}, logarithmic" if parameter.get("scale") == "log" else text


def describe_goal(results: SweepResults) -> str:
    """Say what the sweep searches, such as `the largest val_accuracy`."""
    goal = results.goal
    if goal.at_least is None:
        return f"the {'largest' if goal.direction == 'max' else 'smallest'} {goal.metric}"
    sign = "≥" if goal.direction == "max" else "≤"
    return f"the fewest multiply-adds with {goal.metric} {sign} {goal.at_least:g}"


def write_best_sentence(results: SweepResults) -> str:
    """Say which trial is the best and what its values are, or that no trial is finished."""
    best = results.best
    if best is None or best.value is None:
        is_over = results.record.status == "finished"
        return "no trial was trained to its end" if is_over else "no trial is finished yet"
    values = ", ".join(
        f"{results.short_names[path]} {format_cell(best.values[path])}"
        for path in results.parameters
        if path in best.values
    )
    text = f"trial {best.number} is the best: {results.goal.metric} {best.value:.4f} "
    text += f"in epoch {best.best_epoch}, {format_count(best.multiply_adds, 'multiply-add')}"
    if results.goal.at_least is not None and not results.goal.reaches(best.value):
        text += f", which does not reach {results.goal.at_least:g}"
    return f"{text}, with {values}" if values else text


def write_sentence_of_importance(results: SweepResults) -> str:
    """Say which settings matter, by the short names of the parameters."""
    found, names = results.importances, results.short_names
    short = tuple(
        Importance(names[one.parameter], one.share, one.interval, one.is_certain)
        for one in found.of
    )
    shortened = Importances(short, found.trials, found.refusal)
    return write_importance_sentence(shortened, results.goal.metric)


def get_confirmation_sentence(results: SweepResults) -> str:
    """Return the sentence of the confirmation over seeds; "" without a confirmation."""
    sentence = (results.record.confirmation or {}).get("sentence", "")
    return sentence if isinstance(sentence, str) else ""


def list_trials(results: SweepResults, trials: list[Trial]) -> Table:
    """Build a table of trials, with a column for each parameter."""
    heads = ["trial", "status", *results.short_names.values(), results.goal.metric]
    heads += ["best epoch", "epochs", "multiply-adds", "parameters", "seconds"]
    rows = [
        [
            str(trial.number),
            trial.status,
            *(
                shorten_name(format_cell(trial.values[path]), _LONGEST)
                if path in trial.values
                else ""
                for path in results.parameters
            ),
            "" if trial.value is None else f"{trial.value:.4f}",
            "" if trial.best_epoch is None else str(trial.best_epoch),
            str(trial.epochs),
            f"{trial.multiply_adds:,}",
            f"{trial.parameters:,}",
            f"{trial.seconds:,.1f}",
        ]
        for trial in trials
    ]
    return heads, rows


def list_confirmation(results: SweepResults) -> Table:
    """Build the table of means over seeds, with Student's 95% intervals."""
    heads = ["config", "seeds", "mean", "95% interval"]
    rows = []
    for one in results.confirmation:
        spread = one.spread
        low, high = spread.interval
        interval = f"{low:.4f} to {high:.4f}"
        rows.append([one.name, str(spread.runs), f"{spread.mean:.4f}", interval])
    return heads, rows


def list_next_commands(results: SweepResults) -> list[str]:
    """List the commands that the user may type next."""
    path = shlex.quote(str(results.folder.path))
    status, best = results.record.status, results.best
    if status == "running":
        return [f"cnnlab report {path}"]
    if status != "finished":
        return [f"cnnlab resume {path}", f"cnnlab report {path}"]
    if best is None:
        return []
    if (winner := find_winner(results)) is not None:
        runs = [f"{path}/{CONFIRMATION}/{name}/*" for name in (BASE, f"{winner:03d}")]
        return [f"cnnlab compare {' '.join(runs)}"]
    config = find_best_config(results.folder.path)
    again = [f"cnnlab train {shlex.quote(str(config))} --seeds 5"] if config else []
    return [*again, f"cnnlab evaluate {shlex.quote(str(best.run.path))}"]


def find_winner(results: SweepResults) -> int | None:
    """Return the number of the trial that won the confirmation; None without such a trial."""
    winner = (results.record.confirmation or {}).get("winner")
    return winner if isinstance(winner, int) else None


def describe_best_config(results: SweepResults, config: Path) -> str:
    """Say which trial best.yaml at the path `config` has: the best one, or the confirmed one."""
    if results.record.confirmation is None or results.best is None:
        return f"Its config is {config}."
    winner = find_winner(results)
    if winner is None:
        return f"{config} has the base config, which no trial beats over several seeds."
    if winner == results.best.number:
        return f"Its config is {config}."
    return f"{config} has the config of trial {winner}, which won the confirmation."


def find_best_config(folder: Path) -> Path | None:
    """Return the path of best.yaml, the config of the best trial; None if it is not written."""
    path = folder / "best.yaml"
    return path if path.is_file() else None

"""Write the report of a sweep: one HTML page, the table of trials as CSV, and the pictures."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from cnnlab.counts import format_count
from cnnlab.html_page import (
    build_code,
    build_details,
    build_facts,
    build_page,
    build_paragraph,
    build_section,
    build_table,
)
from cnnlab.run_folder import RunFolder
from cnnlab.study import sweep_pictures, sweep_text
from cnnlab.study.sweep_results import SweepResults
from cnnlab.study.trial_csv import format_cell, to_csv
from cnnlab.study.trial_table import Trial

SHOWN_TRIALS = 20
_METHODS = (
    "The shares are those of fANOVA (Hutter, Hoos, Leyton-Brown 2014): a random forest learns the "
    "metric from the values, and a share is the part of its variance that one setting explains "
    "alone. The intervals come from 40 resamples of the trials. A setting counts as more than "
    "chance if it explains more than each of the shuffled copies of all settings in 95% of 40 "
    "rounds (Kursa, Rudnicki 2010). Means over seeds have Student's 95% intervals."
)
_LUCK = (
    "The value of the best trial is too good on average, because it was chosen as the best of {}. "
    "Other seeds show what is real: write `confirm` into the sweep file, or train best.yaml with "
    "--seeds 5."
)


@dataclass(frozen=True)
class SweepReport:
    """The paths of the files that a report of a sweep has, the page first."""

    page: Path
    table: Path
    pictures: tuple[Path, ...]


def write_sweep_report(results: SweepResults) -> SweepReport:
    """Write report.html, trials.csv and the pictures into the folder of a sweep.

    Raises:
        DiskError: cnnlab cannot write into the folder.
    """
    folder = results.folder
    table = to_csv(results.trials, list(results.parameters), results.goal.metric)
    csv_path = folder.write_file("trials.csv", table.encode())
    pngs = sweep_pictures.draw_pngs(results)
    pictures = tuple(folder.write_file(name, data) for name, data in pngs.items())
    page = folder.write_file("report.html", format_html(results).encode())
    return SweepReport(page, csv_path, pictures)


def format_html(results: SweepResults) -> str:
    """Format the report of a sweep as one HTML page that loads no other file."""
    body = [
        _format_answer(results),
        _format_search(results),
        _format_best(results),
        _format_importance(results),
        _format_pictures(results),
        _format_confirmation(results),
        _format_trials(results),
        _format_commands(results),
        build_paragraph(_METHODS, "faint"),
    ]
    return build_page(results.name, "".join(body))


def _format_answer(results: SweepResults) -> str:
    sentences = [
        sweep_text.get_confirmation_sentence(results),
        sweep_text.write_sentence_of_importance(results),
    ]
    answer = _end_sentence(results, sweep_text.write_best_sentence(results))
    rest = [build_paragraph(_end_sentence(results, text)) for text in sentences if text]
    status = _end_sentence(results, f"the sweep is {sweep_text.write_status(results)}")
    return "".join([build_paragraph(answer, "result"), *rest, build_paragraph(status, "faint")])


def _end_sentence(results: SweepResults, text: str) -> str:
    """Capitalize the first letter, but not that of a setting, and end with a full stop."""
    if not text.startswith(tuple(results.short_names.values())):
        text = text[:1].upper() + text[1:]
    return f"{text.rstrip('.')}."


def _format_search(results: SweepResults) -> str:
    record, sweep = results.record, results.record.sweep
    method, ends_early = str(sweep.get("method", "")), sweep.get("early_terminate") is not None
    workers = format_count(record.workers, "worker")
    threads = f" with {format_count(record.threads, 'thread')} each" if record.threads else ""
    facts = [
        ("searched", sweep_text.describe_goal(results)),
        ("base config", record.config_path),
        ("method", f"{sweep_text.METHODS.get(method, method)}, seed {sweep.get('seed', 0)}"),
        ("conditions", "; ".join(map(str, sweep.get("where") or ()))),
        ("early end", format_cell([sweep["early_terminate"]]).strip("[]") if ends_early else ""),
        ("trials", sweep_text.write_status(results)),
        ("engine", f"{record.engine}, {workers}{threads}, {record.device}"),
        ("time", _describe_time(results)),
    ]
    rows = [
        [path, sweep_text.describe_space(parameter)]
        for path, parameter in results.parameters.items()
    ]
    return build_section(
        "The search",
        build_facts([fact for fact in facts if fact[1]]),
        build_table("The parameters", ["setting", "values"], rows, (0, 1)),
    )


def _describe_time(results: SweepResults) -> str:
    trained = sum(trial.seconds for trial in results.trials)
    text = f"{trained:,.0f} s of training in all trials"
    record = results.record
    if record.seconds:
        text = f"{record.seconds:,.0f} s; {text}"
    return f"{text}; started {record.started}" if record.started else text


def _format_best(results: SweepResults) -> str:
    best = results.best
    if best is None:
        return ""
    differences = results.find_best_differences()
    rows = [[one.path, *one.values] for one in differences]
    heads = ["setting", "base config", f"trial {best.number}"]
    same = build_paragraph("The best trial has the values of the base config.")
    table = build_table("Settings that differ", heads, rows, (0, 1, 2)) if rows else same
    config = sweep_text.find_best_config(results.folder.path)
    where = build_paragraph(sweep_text.describe_best_config(results, config)) if config else ""
    luck = "" if results.confirmation or len(results.ranked_trials) < 2 else _LUCK
    note = build_paragraph(luck.format(format_count(len(results.ranked_trials), "trial")), "faint")
    return build_section("The best trial", table, where, note if luck else "")


def _format_importance(results: SweepResults) -> str:
    sentence = _end_sentence(results, sweep_text.write_sentence_of_importance(results))
    picture = sweep_pictures.draw_importance(results)
    return build_section("Which settings matter", build_paragraph(sentence), picture)


def _format_pictures(results: SweepResults) -> str:
    metric = results.goal.metric
    search = sweep_pictures.draw_search(
        results, f"Each line is a finished trial; its colour is its rank by {metric}."
    )
    values = sweep_pictures.draw_parameter_values(
        results,
        "Dots: finished trials; hollow: pruned trials; star: the best trial; triangles: trials "
        "beyond the axis.",
    )
    return build_section("The trials in pictures", search, values) if search else ""


def _format_confirmation(results: SweepResults) -> str:
    if not results.confirmation:
        return ""
    heads, rows = sweep_text.list_confirmation(results)
    sentence = sweep_text.get_confirmation_sentence(results)
    return build_section(
        "Over several seeds",
        build_paragraph(_end_sentence(results, sentence)) if sentence else "",
        sweep_pictures.draw_seeds(results),
        build_table(f"{results.goal.metric} over seeds", heads, rows),
    )


def _format_trials(results: SweepResults) -> str:
    if not results.trials:
        return ""
    best = results.ranked_trials[:SHOWN_TRIALS]
    count = format_count(len(best), "trial")
    title = f"The best {count}" if len(best) > 1 else "The best trial"
    parts = [f"<h3>{title}</h3>", _build_trial_table(results, best, title)] if best else []
    if len(results.trials) > len(best):
        everything = _build_trial_table(results, results.trials, "All trials")
        summary = f"All {format_count(len(results.trials), 'trial')}, in their order"
        parts.append(build_details(summary, everything))
    return build_section("Trials", *parts)


def _build_trial_table(results: SweepResults, trials: list[Trial], about: str) -> str:
    """Build a table of trials, each with a link to its report, or else to its folder."""
    heads = ["trial", "values", results.goal.metric, "best epoch", "multiply-adds", "seconds"]
    rows = []
    for trial in trials:
        names = results.short_names
        values = [f"{names[path]} {format_cell(one)}" for path, one in trial.values.items()]
        state = "" if trial.status == "finished" else f"{trial.status}: {trial.reason}".rstrip(": ")
        rows.append(
            [
                str(trial.number),
                "; ".join([*values, *([state] if state else [])]),
                "" if trial.value is None else f"{trial.value:.4f}",
                "" if trial.best_epoch is None else f"{trial.best_epoch} of {trial.epochs}",
                f"{trial.multiply_adds:,}",
                f"{trial.seconds:,.1f}",
            ]
        )
    links = [_build_link(results.folder.path, trial.run) for trial in trials]
    return f'<div class="trials">{build_table(about, heads, rows, (0, 1), links)}</div>'


def _build_link(folder: Path, run: RunFolder) -> str:
    path = quote(run.path.relative_to(folder).as_posix())
    return f"{path}/report.html" if (run.path / "report.html").is_file() else f"{path}/"


def _format_commands(results: SweepResults) -> str:
    commands = sweep_text.list_next_commands(results)
    if results.record.command:
        commands = [*commands, f"# the sweep itself: {shlex.join(results.record.command)}"]
    return build_section("What to type next", build_code("\n".join(commands), "Commands"))

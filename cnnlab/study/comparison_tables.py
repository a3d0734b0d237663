"""Build the tables of a comparison of runs: for the terminal, for the HTML page, and as CSV."""

from __future__ import annotations

import csv
import io

from cnnlab.study.compared_runs import list_figures
from cnnlab.study.comparison import Comparison
from cnnlab.study.comparison_text import format_interval, format_p_value, format_percent

Table = tuple[list[str], list[list[str]]]  # headings and rows


def list_settings(comparison: Comparison) -> Table:
    """Build the table of the settings that differ, with a column for each group of runs."""
    heads = ["setting", *(group.label for group in comparison.groups)]
    return heads, [[one.path, *one.values] for one in comparison.settings]


def list_results(comparison: Comparison) -> Table:
    """Build the table of results, with one row for each run.

    Below a group of several runs, an extra row shows the mean and the standard deviation of the
    accuracies in the group.
    """
    heads = ["run", "seed", "accuracy", "95% interval", "cross-entropy", "parameters"]
    rows = []
    for group in comparison.groups:
        for one in group.runs:
            seeds = one.record.seeds or [one.record.seed]
            rows.append(
                [
                    one.label,
                    ", ".join(map(str, seeds)),
                    format_percent(one.accuracy),
                    format_interval(one.accuracy_interval),
                    f"{one.cross_entropy:.4f}",
                    f"{one.parameters:,}",
                    f"{one.multiply_adds:,}",
                    f"{one.record.seconds:,.1f}",
                    str(one.record.epochs),
                ]
            )
        if accuracy := group.accuracy:
            mean = f"{100 * accuracy.mean:.2f} ± {format_percent(accuracy.standard_deviation)}"
            rows.append(
                [
                    f"mean of {accuracy.runs}",
                    "",
                    mean,
                    format_interval(accuracy.interval),
                    *[""] * 5,
                ]
            )
    return [*heads, "multiply-adds", "seconds", "epochs"], rows


def list_tests(comparison: Comparison) -> dict[str, Table]:
    """Build the tables of significance tests; return a dictionary from headings to tables.

    One table compares the mean accuracy of each group with the first group. The other table
    compares each run with the first run on the same images.
    """
    test = ["difference", "95% interval", "p", "corrected p", "real"]
    tests: dict[str, Table] = {}
    if comparison.over_seeds:
        first = comparison.over_seeds[0].first
        tests[f"Against {first.label}, over seeds"] = (
            ["setting", "seeds", *test],
            [
                [
                    one.second.label,
                    str(len(one.second.samples)),
                    format_percent(one.means.difference),
                    format_interval(one.means.interval),
                    *_format_test(one.means.p, one.corrected_p, one.is_real),
                ]
                for one in comparison.over_seeds
            ],
        )
    if comparison.pairs:
        first_run = comparison.pairs[0].first
        tests[f"Against {first_run.label}, on the same images"] = (
            ["run", "only this run is right", f"only {first_run.label} is right", *test],
            [
                [
                    one.second.label,
                    f"{one.pairs.only_second:,}",
                    f"{one.pairs.only_first:,}",
                    format_percent(one.pairs.difference),
                    format_interval(one.interval),
                    *_format_test(one.p, one.corrected_p, one.is_real),
                ]
                for one in comparison.pairs
            ],
        )
    return tests


def _format_test(p: float, corrected: float, real: bool) -> list[str]:
    """Format the last cells of a row: the p value, the corrected p value, and `yes` or `no`."""
    return [
        format_p_value(p).removeprefix("p ").removeprefix("= "),
        format_p_value(corrected).removeprefix("p ").removeprefix("= "),
        "yes" if real else "no",
    ]


def to_csv(comparison: Comparison) -> str:
    """Format a comparison as CSV, with one row for each run.

    A row has the results of a run, the significance test against the first run, and the settings
    that differ. Numbers are not rounded. If a run has no such value, the cell is empty.
    """
    tests = {one.second.label: one for one in comparison.pairs}
    rows = []
    for place, group in enumerate(comparison.groups):
        for one in group.runs:
            row = list_figures(one)
            row["accuracy_low"], row["accuracy_high"] = row.pop("accuracy_interval")
            if test := tests.get(one.label):
                row["difference"] = test.pairs.difference
                row["difference_low"], row["difference_high"] = test.interval
                row |= {"p": test.p, "p_corrected": test.corrected_p}
            row |= {setting.path: setting.values[place] for setting in comparison.settings}
            rows.append(row)
    columns = max((list(row) for row in rows), key=len)
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()

"""Format a comparison of runs as an HTML page, and draw it as a picture."""

from __future__ import annotations

from cnnlab import plots
from cnnlab.html_page import build_page, build_paragraph, build_picture, build_section, build_table
from cnnlab.plots.comparison import Curve
from cnnlab.plots.comparison import draw_comparison as drawn
from cnnlab.study.comparison import Comparison
from cnnlab.study.comparison_tables import list_results, list_settings, list_tests
from cnnlab.study.comparison_text import METHODS, write_notes, write_sentence


def draw_png(comparison: Comparison) -> bytes:
    """Draw the training curves and test accuracies of all runs, with one colour for each group."""
    groups = [group.label for group in comparison.groups]
    curves = [
        Curve(one.label, place, one.history, one.accuracy, one.accuracy_interval)
        for place, group in enumerate(comparison.groups)
        for one in group.runs
    ]
    if len(groups) == 1:  # only seeds differ: each run gets its own colour
        groups = [curve.label for curve in curves]
        curves = [
            Curve(c.label, place, c.history, c.accuracy, c.interval)
            for place, c in enumerate(curves)
        ]
    return plots.to_png(drawn(curves, groups, format_title(comparison)))


def format_title(comparison: Comparison) -> str:
    """Format a short title that names the compared groups of runs."""
    labels = [group.label for group in comparison.groups]
    if len(labels) == 1:
        return f"{labels[0]}, {len(comparison.runs)} seeds"
    return " and ".join(labels) if len(labels) == 2 else f"{labels[0]} and {len(labels) - 1} more"


def format_html(comparison: Comparison) -> str:
    """Format the whole comparison as one HTML page, which loads nothing from elsewhere."""
    parts = [build_paragraph(_capitalize(write_sentence(comparison), comparison) + ".", "result")]
    parts += [
        build_paragraph(_capitalize(note, comparison) + ".", "faint")
        for note in write_notes(comparison)
    ]
    for heading, (heads, rows) in {
        "Settings that differ": list_settings(comparison),
        "Results": list_results(comparison),
        **list_tests(comparison),
    }.items():
        if rows:
            words = range(len(heads)) if heading == "Settings that differ" else (0,)
            parts.append(build_section(heading, build_table(heading, heads, rows, words)))
    described = "Curves of loss and metrics by epoch, and test accuracies with their intervals"
    parts.append(build_section("Curves", build_picture(draw_png(comparison), described)))
    parts.append(build_paragraph(METHODS, "faint"))
    return build_page(format_title(comparison), "".join(parts))


def _capitalize(text: str, comparison: Comparison) -> str:
    """Capitalize a sentence, unless it starts with the name of a run."""
    names = tuple(run.label for run in comparison.runs)
    names += tuple(group.label for group in comparison.groups)
    return text if text.startswith(names) else text[0].upper() + text[1:]

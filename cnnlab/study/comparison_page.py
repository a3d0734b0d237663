"""Format a comparison of runs as an HTML page, and draw it as a picture."""

from __future__ import annotations

from dataclasses import replace

from cnnlab import plots
from cnnlab.counts import format_count
from cnnlab.html_page import build_page, build_panels, build_paragraph, build_section, build_table
from cnnlab.plots.comparison import (
    Curve,
    draw_comparison,
    draw_comparison_panels,
    list_comparison_keys,
)
from cnnlab.plots.page_svg import to_svg
from cnnlab.study.comparison import Comparison
from cnnlab.study.comparison_tables import list_results, list_settings, list_tests
from cnnlab.study.comparison_text import METHODS, write_notes, write_sentence


def draw_png(comparison: Comparison) -> bytes:
    """Draw a PNG of the training curves and test accuracies of all runs, in a colour per group."""
    curves, groups = _list_curves(comparison)
    return plots.to_png(draw_comparison(curves, groups, format_title(comparison)))


def _list_curves(comparison: Comparison) -> tuple[list[Curve], list[str]]:
    """List the training curves of all runs, and the labels of the colours of the curves."""
    groups = [group.label for group in comparison.groups]
    curves = [
        Curve(one.label, place, one.history, one.accuracy, one.accuracy_interval)
        for place, group in enumerate(comparison.groups)
        for one in group.runs
    ]
    if len(groups) > 1:
        return curves, groups
    # Only seeds differ: each run gets its own colour.
    groups = [curve.label for curve in curves]
    return [replace(curve, group=place) for place, curve in enumerate(curves)], groups


def format_title(comparison: Comparison) -> str:
    """Format a short title that names the compared groups of runs."""
    labels = [group.label for group in comparison.groups]
    if len(labels) == 1:
        return f"{labels[0]}, {format_count(len(comparison.groups[0].samples), 'seed')}"
    return " and ".join(labels) if len(labels) == 2 else f"{labels[0]} and {len(labels) - 1} more"


def format_html(comparison: Comparison) -> str:
    """Format the whole comparison as one HTML page that loads no other file."""
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
    curves, groups = _list_curves(comparison)
    panels = [
        to_svg(axes, f"{axes.get_title()}, of all runs") for axes in draw_comparison_panels(curves)
    ]
    pictures = build_panels(panels, keys=list_comparison_keys(groups))
    parts.append(build_section("Curves", pictures))
    parts.append(build_paragraph(METHODS, "faint"))
    return build_page(format_title(comparison), "".join(parts))


def _capitalize(text: str, comparison: Comparison) -> str:
    """Capitalize the first letter of a sentence. The name of a run at the start stays as it is."""
    names = tuple(run.label for run in comparison.runs)
    names += tuple(group.label for group in comparison.groups)
    return text if text.startswith(names) else text[0].upper() + text[1:]

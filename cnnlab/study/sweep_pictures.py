"""Draw the pictures of a sweep, as PNG files and as SVG for its page."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

from cnnlab import plots
from cnnlab.html_page import build_panels
from cnnlab.plots.confirmation import SeedValues, draw_confirmation, draw_confirmation_panel
from cnnlab.plots.importance import (
    ShareBar,
    draw_importance_panel,
    draw_importances,
    list_importance_keys,
)
from cnnlab.plots.page_svg import to_svg
from cnnlab.plots.parallel_coordinates import (
    draw_parallel_coordinates,
    draw_parallel_panel,
    list_parallel_keys,
)
from cnnlab.plots.parameter_panels import draw_parameter_panels, draw_parameters
from cnnlab.plots.pareto_front import draw_pareto, draw_pareto_panel, list_pareto_keys
from cnnlab.plots.trial_points import TrialPoint, TrialPoints, ValueAxis
from cnnlab.study.sweep_results import SweepResults
from cnnlab.study.trial_csv import format_cell
from cnnlab.study.trial_table import Trial


def draw_pngs(results: SweepResults) -> dict[str, bytes]:
    """Draw the pictures of a sweep; return the PNG files by their names."""
    found: dict[str, bytes] = {}
    points, name = build_points(results), results.name
    if points.finished_trials:
        count = len(points.finished_trials)
        title = f"{name}, {count} finished trials" if count > 1 else f"{name}, 1 finished trial"
        found["parallel.png"] = plots.to_png(draw_parallel_coordinates(points, title))
        found["parameters.png"] = plots.to_png(draw_parameters(points, title))
        found["pareto.png"] = plots.to_png(draw_pareto(points, title))
    if bars := _list_bars(results):
        title = f"{name}: which settings matter"
        found["importance.png"] = plots.to_png(draw_importances(bars, title))
    if rows := _list_seed_values(results):
        title = f"{name}: the best trials and the base config over seeds"
        found["confirmation.png"] = plots.to_png(
            draw_confirmation(rows, results.goal.metric, title)
        )
    return found


def draw_search(results: SweepResults, caption: str) -> str:
    """Draw the trials across all parameters and against their cost, as HTML; "" without trials."""
    points = build_points(results)
    if not points.finished_trials:
        return ""
    svgs = [
        to_svg(draw_parallel_panel(points), f"{results.name}: the values of each trial. {caption}"),
        to_svg(draw_pareto_panel(points), f"{results.name}: metric and multiply-adds. {caption}"),
    ]
    return build_panels(svgs, caption, [*list_parallel_keys(), *list_pareto_keys()])


def draw_parameter_values(results: SweepResults, caption: str) -> str:
    """Draw the metric against each parameter, as HTML; "" without finished trials."""
    points = build_points(results)
    if not points.finished_trials:
        return ""
    panels = zip(points.axes, draw_parameter_panels(points), strict=True)
    svgs = [
        to_svg(axes, f"{results.goal.metric} of each trial by {one.name}") for one, axes in panels
    ]
    return build_panels(svgs, caption)


def draw_importance(results: SweepResults) -> str:
    """Draw how much each setting explains, as HTML; "" if that is unknown."""
    bars = _list_bars(results)
    if not bars:
        return ""
    texts = ", ".join(f"{bar.name} {bar.share:.0%}" for bar in bars)
    svg = to_svg(draw_importance_panel(bars), f"Which settings matter: {texts}")
    return build_panels([svg], keys=list_importance_keys())


def draw_seeds(results: SweepResults) -> str:
    """Draw the confirmation over seeds, as HTML; "" without a confirmation."""
    rows = _list_seed_values(results)
    if not rows:
        return ""
    texts = ", ".join(f"{row.name} {row.mean:.4f}" for row in rows)
    panel = draw_confirmation_panel(rows, results.goal.metric)
    return build_panels([to_svg(panel, f"Means over seeds: {texts}")])


def build_points(results: SweepResults) -> TrialPoints:
    """Collect the numbers of the trials that have a metric, for the pictures."""
    trials = [
        trial
        for trial in results.trials
        if trial.value is not None
        and math.isfinite(trial.value)
        and trial.status in ("finished", "pruned")
        and trial.values.keys() >= results.parameters.keys()
    ]
    shown = {trial.number for trial in trials}
    axes = {path: _build_axis(results, path, trials) for path in results.parameters}
    best = results.best
    return TrialPoints(
        results.goal.metric,
        results.goal.direction == "max",
        tuple(axes.values()),
        tuple(_build_point(results.parameters, axes, trial) for trial in trials),
        best.number if best and best.number in shown else None,
        tuple(trial.number for trial in results.front if trial.number in shown),
    )


def _build_axis(results: SweepResults, path: str, trials: Sequence[Trial]) -> ValueAxis:
    parameter, name = results.parameters[path], results.short_names[path]
    values = [trial.values[path] for trial in trials]
    if not isinstance(parameter, Mapping):
        categories = tuple(map(format_cell, _list_choices(parameter, values)))
        return ValueAxis(name, 0, len(categories) - 1, categories=categories)
    low, high = min([parameter["min"], *values]), max([parameter["max"], *values])
    return ValueAxis(name, float(low), float(high), parameter.get("scale") == "log")


def _list_choices(parameter: Sequence[Any], values: Sequence[Any]) -> list[Any]:
    """List the different values of a choice; numbers are in their order."""
    different = {json.dumps(value, sort_keys=True): value for value in [*parameter, *values]}
    choices = [*different.values()]
    if all(isinstance(one, int | float) and not isinstance(one, bool) for one in choices):
        return sorted(choices)
    return choices


def _build_point(
    parameters: Mapping[str, Any], axes: Mapping[str, ValueAxis], trial: Trial
) -> TrialPoint:
    assert trial.value is not None
    values = []
    for path, axis in axes.items():
        value = trial.values[path]
        is_range = isinstance(parameters[path], Mapping)
        values.append(float(value) if is_range else axis.categories.index(format_cell(value)))
    is_finished = trial.status == "finished"
    return TrialPoint(trial.number, tuple(values), trial.value, trial.multiply_adds, is_finished)


def _list_bars(results: SweepResults) -> list[ShareBar]:
    return [
        ShareBar(results.short_names[one.parameter], one.share, one.interval, one.is_certain)
        for one in results.importances.of
    ]


def _list_seed_values(results: SweepResults) -> list[SeedValues]:
    return [
        SeedValues(one.name, one.values, one.spread.mean, one.spread.interval, one.trial is None)
        for one in results.confirmation
    ]

"""The numbers of the charts and of the pictures of sweeps: columns of curves, places on axes."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from project_files import PACKAGE

RUNS = [
    {
        "name": "one",
        "history": [
            {"epoch": 1, "loss": 2.0, "val_loss": 2.5, "learning_rate": 0.1, "seconds": 3.0},
            {"epoch": 2, "loss": 1.0, "val_loss": None, "learning_rate": 0.1, "seconds": 3.0},
        ],
        "batches": [{"x": 0.5, "figures": {"loss": 2.2}}],
    },
    {"name": "two", "history": [{"epoch": 2, "loss": 3.0, "accuracy": 0.5}], "batches": []},
]
LOG = {"min": 0.0001, "max": 0.1, "step": None, "scale": "log"}
LINEAR = {"min": 16, "max": 128, "step": 16, "scale": "linear"}
ODD = {"min": 1, "max": 7, "step": 2, "scale": "linear"}
ANY = {"min": 0.1, "max": 0.5, "step": None, "scale": "linear"}
SCRIPT = """
import { readFileSync } from "node:fs";
const { folder, runs, log, linear, odd, any } = JSON.parse(readFileSync(0, "utf8"));
const curves = await import(`${folder}/curve_data.js`);
const axes = await import(`${folder}/trial_axes.js`);
const figures = await import(`${folder}/figures.js`);
const { suggestRuns } = await import(`${folder}/run_suggestion.js`);
const row = (name, dataset, accuracy) => ({ name, kind: "run", dataset, epochs: 1, accuracy });
const pets = row("pets", "photos/", 0.9);
const digits = [row("new", "mnist", null), row("old", "mnist", null)];
const step = (epoch, done) => ({ epoch, step: done, steps: 4, figures: { loss: epoch + done } });
const add = (list, progress) => curves.addBatch(list, progress);
const place = (axis, values) => [axis.ticks.map((tick) => tick.label), values.map(axis.place)];
console.log(JSON.stringify({
  metrics: curves.listMetrics(runs),
  loss: curves.buildColumns(runs, "loss"),
  batches: [step(1, 2), step(1, 2), step(2, 1), step(2, 3), step(2, 1)].reduce(add, []).map((one) => one.x),
  log: place(axes.buildAxis(log), [0.0001, 0.01, 0.1, undefined]),
  linear: place(axes.buildAxis(linear), [16, 44, 128]),
  odd: place(axes.buildAxis(odd), [3]),
  any: place(axes.buildAxis(any), [0.2]),
  choices: place(axes.buildAxis([4, ["flatten"], "relu"]), [4, ["flatten"], "relu", "gelu"]),
  best: place(axes.buildMetricAxis([0.9, 0.8, 0.85], "val_accuracy", "max"), [0.9, 0.8]),
  least: place(axes.buildMetricAxis([0.5, 0.3], "val_loss", "min"), [0.5, 0.3]),
  settings: [0.0047431786810463224, 64, ["flatten"], "relu", null].map(figures.formatSetting),
  pairs: [[pets, ...digits], [...digits, row("best", "mnist", 0.9)], [pets, digits[0]], [pets], []]
    .map((runs) => suggestRuns(runs, "new")),
  times: [0.44, 52, 200, 7500, null].map(figures.formatDuration),
  values: [["accuracy", 0.98731], ["loss", 0.123456], ["loss", null]].map((pair) => figures.formatMetric(...pair)),
}));
"""  # noqa: E501


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """What the modules compute, from one process of node."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    folder = (PACKAGE / "page/views").as_uri()
    question = {
        "folder": folder,
        "runs": RUNS,
        "log": LOG,
        "linear": LINEAR,
        "odd": ODD,
        "any": ANY,
    }
    command = ["node", "--no-warnings", "--input-type=module", "-e", SCRIPT]
    done = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_the_curves_of_all_runs_share_one_column_of_epochs(answers):
    assert answers["metrics"] == ["loss", "accuracy"]
    assert answers["loss"] == {
        "columns": [
            [0.5, 1, 2],
            [2.2, None, None],
            [None, 2.0, 1.0],
            [None, 2.5, None],
            [None, None, 3.0],
        ],
        "curves": [
            {"run": 0, "split": "batches"},
            {"run": 0, "split": "training"},
            {"run": 0, "split": "validation"},
            {"run": 1, "split": "training"},
        ],
    }


def test_an_epoch_that_starts_again_after_a_resumption_replaces_its_batches(answers):
    assert answers["batches"] == [0.5, 1.25]


def test_a_value_has_its_place_on_the_axis_of_its_parameter(answers):
    assert answers["log"] == [
        ["1e-4", "0.001", "0.01", "0.1"],
        [0, pytest.approx(2 / 3), 1, None],
    ]
    assert answers["linear"] == [["16", "80", "128"], [0, 0.25, 1]]
    assert answers["odd"] == [["1", "3", "5", "7"], [pytest.approx(1 / 3)]]
    assert answers["any"] == [["0.1", "0.3", "0.5"], [pytest.approx(0.25)]]
    assert answers["choices"] == [["4", "[flatten]", "relu"], [0, 0.5, 1, None]]


def test_the_best_value_of_the_metric_is_at_the_top(answers):
    ticks, places = answers["best"]
    assert (ticks, places) == (["80.00%", "85.00%", "90.00%"], [1, 0])
    assert answers["least"] == [["0.3", "0.4", "0.5"], [0, 1]]


def test_figures_are_written_as_in_the_terminal(answers):
    assert answers["times"] == ["0.4 s", "52 s", "3 min 20 s", "2 h 5 min", "–"]
    assert answers["values"] == ["98.73%", "0.1235", "–"]


def test_a_setting_has_six_digits_that_count(answers):
    assert answers["settings"] == ["0.00474318", "64", "[flatten]", "relu", "–"]


def test_compare_suggests_a_run_of_the_same_data_set_if_there_is_one(answers):
    assert answers["pairs"] == [["new", "old"], ["new", "best"], ["new", "pets"], ["pets"], []]

"""The results of a sweep: the best trial, the words, the table, and the report."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import pytest
from sweep_folder_builders import FILTERS, PARAMETERS, RATE, confirm, make_sweep

from cnnlab.errors import RunError
from cnnlab.study import sweep_text
from cnnlab.study.sweep_page import format_html, write_sweep_report
from cnnlab.study.sweep_results import read_sweep_results, shorten_paths
from cnnlab.study.sweep_rows import read_sweep_row
from cnnlab.study.trial_csv import to_csv

FEW = {3: "pruned", 4: "failed", 5: "waiting"}


@pytest.fixture
def folder(tmp_path):
    return make_sweep(tmp_path / "runs", count=6, statuses=FEW)


@pytest.fixture
def results(folder):
    return read_sweep_results(folder)


STOPPED = {"status": "stopped"}


def test_the_best_trial_and_its_values_are_one_sentence(results):
    assert sweep_text.write_best_sentence(results) == (
        "trial 2 is the best: val_accuracy 0.9499 in epoch 3, 5,472 multiply-adds, with "
        "learning_rate 0.00164, filters 8, batch_size 128"
    )


def test_a_bound_that_no_trial_reaches_is_said(tmp_path):
    results = read_sweep_results(make_sweep(tmp_path, count=2, sweep={"at_least": 0.99}))
    sentence = sweep_text.write_best_sentence(results)
    assert ", which does not reach 0.99, with " in sentence
    assert sweep_text.describe_goal(results) == "the fewest multiply-adds with val_accuracy ≥ 0.99"


def test_without_a_finished_trial_there_is_no_best(tmp_path):
    waiting = {1: "waiting", 2: "running"}
    results = read_sweep_results(make_sweep(tmp_path, count=2, statuses=waiting, record=STOPPED))
    assert results.best is None
    assert sweep_text.write_best_sentence(results) == "no trial is finished yet"
    assert results.find_best_differences() == []


def test_the_status_counts_the_trials(results):
    assert sweep_text.write_status(results) == (
        "finished; 6 of 6 trials: 3 finished, 1 pruned, 1 failed, 1 waiting"
    )


def test_the_best_trial_is_compared_with_the_base_config(results):
    assert [(one.path, one.values) for one in results.find_best_differences()] == [
        (FILTERS, ("4", "8"))
    ]


def test_a_short_name_is_the_shortest_end_that_differs():
    paths = ["model[0].conv.filters", "model[2].conv.filters", "seed"]
    assert list(shorten_paths(paths).values()) == [paths[0], paths[1], "seed"]


def test_the_csv_has_a_row_for_each_trial(results):
    rows = list(csv.reader(io.StringIO(to_csv(results.trials, [*PARAMETERS], "val_accuracy"))))
    assert rows[0] == [
        *("trial", "status", RATE, FILTERS, "data.batch_size", "val_accuracy"),
        *("best_epoch", "epochs", "seconds", "parameters", "multiply_adds", "run", "reason"),
    ]
    assert len(rows) == 7
    assert rows[2][:5] == ["2", "finished", "0.00164", "8", "128"]
    assert rows[2][6:11] == ["3", "3", "15.0", "650", "5472"]
    assert rows[2][11].endswith("runs/kernels-001/trials/002")
    assert rows[3][12] == "worse than most trials after epoch 1"
    assert rows[5][5:] == ["", "", "0", "0.0", "0", "0", rows[5][11], ""]


def test_the_next_commands_depend_on_the_status(tmp_path):
    for status, expected in {
        "finished": ["cnnlab evaluate {}/trials/002"],
        "stopped": ["cnnlab resume {}", "cnnlab report {}"],
    }.items():
        folder = make_sweep(tmp_path, count=2, record={"status": status})
        commands = sweep_text.list_next_commands(read_sweep_results(folder))
        assert commands == [command.format(folder.path) for command in expected]


def test_best_yaml_is_the_next_config_to_train(folder):
    folder.write_file("best.yaml", b"name: best\n")
    path = folder.path
    assert sweep_text.list_next_commands(read_sweep_results(folder)) == [
        f"cnnlab train {path}/best.yaml --seeds 5",
        f"cnnlab evaluate {path}/trials/002",
    ]


def test_the_report_writes_a_page_a_table_and_pictures(results):
    written = write_sweep_report(results)
    names = [path.name for path in (written.page, written.table, *written.pictures)]
    assert names == ["report.html", "trials.csv", "parallel.png", "parameters.png", "pareto.png"]
    assert all(path.read_bytes().startswith(b"\x89PNG") for path in written.pictures)


def test_the_page_has_the_answer_the_search_and_links_to_the_trials(folder, results):
    (folder.path / "trials/002/report.html").touch()
    html = format_html(results)
    assert re.findall("<h2>(.*)</h2>", html) == [
        *("The search", "The best trial", "Which settings matter", "The trials in pictures"),
        *("Trials", "What to type next"),
    ]
    assert f"{sweep_text.write_best_sentence(results)[1:]}." in html
    assert "3 finished trials are too few to say which settings matter." in html
    assert '<a href="trials/002/report.html">2</a>' in html
    assert '<a href="trials/001/">1</a>' in html
    assert "<dt>searched</dt><dd>the largest val_accuracy</dd>" in html
    assert "0.0001 to 0.1, logarithmic" in html
    assert "<summary>All 6 trials, in their order</summary>" in html
    assert "the best of 3 trials" in html


def test_the_page_says_how_trials_end_early(tmp_path):
    early = {"hyperband": {"min_epochs": 1, "reduction_factor": 3}}
    folder = make_sweep(tmp_path, count=1, sweep={"early_terminate": early, "where": ["seed > 1"]})
    html = format_html(read_sweep_results(folder))
    text = "hyperband: {min_epochs: 1, reduction_factor: 3}"
    assert f"<dt>early end</dt><dd>{text}</dd>" in html
    assert "<dt>conditions</dt><dd>seed &gt; 1</dd>" in html


def test_the_page_of_a_sweep_without_results_says_so(tmp_path):
    folder = make_sweep(tmp_path, count=1, statuses={1: "waiting"}, record={"status": "stopped"})
    html = format_html(read_sweep_results(folder))
    assert "No trial is finished yet." in html
    assert "<svg" not in html


def test_a_confirmation_has_its_own_section(folder):
    confirm(folder, 2, {2: [0.93, 0.94, 0.95]})
    results = read_sweep_results(folder)
    assert sweep_text.list_confirmation(results)[1] == [
        ["base config", "3", "0.9000", "0.8752 to 0.9248"],  # 0.01 · 4.303 / √3 to each side
        ["trial 2", "3", "0.9400", "0.9152 to 0.9648"],
    ]
    html = format_html(results)
    assert "<h2>Over several seeds</h2>" in html
    assert "Trial 7 is better than the base config by 3.00%: a real difference." in html
    assert "confirmation.png" in [path.name for path in write_sweep_report(results).pictures]


def test_a_damaged_confirmation_is_refused(folder):
    record = folder.read_record()
    record.confirmation = {"base": {}}
    folder.write_record(record)
    with pytest.raises(RunError) as error:
        _ = read_sweep_results(folder).confirmation
    path = folder.path / "sweep.json"
    assert str(error.value) == f"{path}: damaged: the confirmation is not complete"


def test_a_sweep_without_its_parameters_is_damaged(folder):
    record = folder.read_record()
    del record.sweep["parameters"]
    folder.write_record(record)
    with pytest.raises(RunError) as error:
        read_sweep_results(folder)
    expected = "damaged: `sweep` is not the content of a sweep file"
    assert str(error.value) == f"{folder.path / 'sweep.json'}: {expected}"


def test_the_row_of_a_sweep_has_its_best_value(folder):
    row = read_sweep_row(folder)
    assert (row.status, row.config, row.trained, row.planned) == ("finished", "kernels", 5, 6)
    assert (row.metric, row.value and round(row.value, 4)) == ("val_accuracy", 0.9499)


def test_the_row_of_a_damaged_sweep_has_its_fault(folder):
    (folder.path / "trials.json").write_text("[")
    row = read_sweep_row(folder)
    assert row.status == "damaged"
    assert row.fault.startswith(f"{folder.path}/trials.json: damaged: ")


@pytest.mark.parametrize(
    ("confirmation", "sentence"),
    [
        (None, "Its config is best.yaml."),
        ({"winner": 2}, "Its config is best.yaml."),
        ({"winner": 1}, "best.yaml has the config of trial 1, which won the confirmation."),
        (
            {"winner": None},
            "best.yaml has the base config, which no trial beats over several seeds.",
        ),
    ],
)
def test_the_page_says_which_trial_best_yaml_has(tmp_path, confirmation, sentence):
    record = {"confirmation": confirmation}
    results = read_sweep_results(make_sweep(tmp_path, count=2, record=record))
    assert results.best.number == 2
    assert sweep_text.describe_best_config(results, Path("best.yaml")) == sentence

"""A comparison as tables, and as CSV."""

from __future__ import annotations

import csv
import io

from run_builders import MODEL, make_run, seeds

from cnnlab.study import comparison, comparison_tables

MORE = [{"conv": 8}, *MODEL[1:]]


def test_csv_has_a_row_for_each_run(tmp_path):
    few, many = make_run(tmp_path, "few", wrong=[1]), make_run(tmp_path, "many", model=MORE)
    rows = list(
        csv.DictReader(io.StringIO(comparison_tables.to_csv(comparison.compare([few, many]))))
    )
    assert [row["run"] for row in rows] == ["few-001", "many-001"]
    assert [row["model[0].conv.filters"] for row in rows] == ["4", "8"]
    assert [row["difference"] for row in rows] == ["", "0.01"]
    assert [(row["accuracy"], row["p"]) for row in rows] == [("0.99", ""), ("1.0", "1.0")]


def test_the_tables_of_a_comparison(tmp_path):
    more = seeds(tmp_path, "more", [3, 4], model=MORE)
    found = comparison.compare([*seeds(tmp_path, "few", [10, 12]), *more])
    assert comparison_tables.list_settings(found) == (
        ["setting", "few", "more"],
        [["model[0].conv.filters", "4", "8"]],
    )
    heads, rows = comparison_tables.list_results(found)
    assert dict(zip(heads, rows[0], strict=True)) == {
        "run": "few-001",
        "seed": "0",
        "accuracy": "90.00%",
        "95% interval": "82.56% to 94.48%",  # Wilson's of 90 of 100
        "cross-entropy": "0.2500",
        "parameters": "1,490",
        "multiply-adds": "2,736",  # 9 · 36 · 4 + 144 · 10
        "seconds": "60.0",
        "epochs": "2",
    }
    assert rows[2][:3] == ["mean of 2", "", "89.00 ± 1.41%"]
    over, pairs = comparison_tables.list_tests(found).items()
    assert over[0] == "Against few, over seeds"
    assert over[1][1][0][:3] == ["more", "2", "7.50%"]
    assert pairs[0] == "Against few-001, on the same images"
    assert [row[0] for row in pairs[1][1]] == ["few-002", "more-001", "more-002"]

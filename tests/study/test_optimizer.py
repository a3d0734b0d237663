"""The optimizer: Optuna's own suggestions, and the same ones after its process was killed."""

from __future__ import annotations

import optuna
import pytest

from cnnlab.errors import RunError
from cnnlab.spec.sweep import Choice, Hyperband, IntegerRange, Median, NumberRange, Sweep
from cnnlab.study.optimizer import Optimizer

SPACES = {
    "x": NumberRange(min=0.0, max=1.0),
    "k": IntegerRange(min=1, max=9, step=2),
    "c": Choice(values=("a", "b", {"c": 1})),
    "rate": NumberRange(min=1e-5, max=1e-1, scale="log"),
}
BONUS = {"a": 0.0, "b": 0.2, "{'c': 1}": 0.1}


def build_sweep(**fields):
    return Sweep(name="s", config="c.yaml", parameters={"x": [1, 2]}, **{"trials": 30} | fields)


def compute_score(values):
    distance = (values["x"] - 0.3) ** 2 + abs(values["k"] - 5) * 0.1 + values["rate"]
    return BONUS[str(values["c"])] - distance


def open_optimizer(folder, sweep, spaces=SPACES, epochs=2, **options):
    return Optimizer(folder / "study.journal", sweep, spaces, epochs, **options)


def run_trials(folder, sweep, count, killed_at=(), spaces=SPACES, score=compute_score):
    """Suggest `count` trials; at each number in `killed_at`, a new process takes over."""
    found, optimizer = [], open_optimizer(folder, sweep, spaces)
    for number in range(count):
        suggestion = optimizer.suggest()
        found.append(suggestion.values)
        for epoch in (1, 2):
            optimizer.report(suggestion.number, epoch, score(suggestion.values) - 1 / epoch)
            if number in killed_at:
                optimizer = open_optimizer(folder, sweep, spaces)
        optimizer.finish(suggestion.number, "finished", score(suggestion.values))
        if number in killed_at:
            optimizer = open_optimizer(folder, sweep, spaces)
    return found


def suggest_with_optuna_alone(seed, count):
    found = []

    def objective(trial):
        values = {
            "x": trial.suggest_float("x", 0.0, 1.0),
            "k": trial.suggest_int("k", 1, 9, step=2),
            "c": trial.suggest_categorical("c", ['"a"', '"b"', '{"c": 1}']),
            "rate": trial.suggest_float("rate", 1e-5, 1e-1, log=True),
        }
        values["c"] = {'"a"': "a", '"b"': "b", '{"c": 1}': {"c": 1}}[values["c"]]
        found.append(values)
        return compute_score(values)

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler = optuna.samplers.TPESampler(seed=seed)
    study = optuna.create_study(direction="maximize", sampler=sampler)
    study.optimize(objective, count)
    optuna.logging.set_verbosity(before)
    return found


@pytest.mark.parametrize("seed", [11, 12])
def test_30_trials_of_tpe_are_those_of_optuna_alone(tmp_path, seed):
    found = run_trials(tmp_path, build_sweep(seed=seed), 30)
    assert found == suggest_with_optuna_alone(seed, 30)


@pytest.mark.parametrize("method", ["tpe", "random"])
def test_a_killed_process_changes_no_suggestion(tmp_path, method):
    for name in ("whole", "killed"):
        (tmp_path / name).mkdir()
    sweep = build_sweep(method=method, seed=3)
    whole = run_trials(tmp_path / "whole", sweep, 20)
    killed = run_trials(tmp_path / "killed", sweep, 20, killed_at=(0, 5, 9, 10, 11, 15))
    assert killed == whole


def test_a_suggestion_that_was_recorded_in_part_is_made_again(tmp_path):
    sweep = build_sweep(seed=4)
    whole = run_trials(tmp_path, sweep, 12)
    journal = tmp_path / "study.journal"
    lines = journal.read_bytes().splitlines(keepends=True)
    begins = [number for number, line in enumerate(lines) if b'"op_code":4' in line]
    for kept in (begins[11] + 1, begins[11] + 3):  # created, and with two of its four values
        journal.write_bytes(b"".join(lines[:kept]))
        assert open_optimizer(tmp_path, sweep).suggest().values == whole[11]


def test_a_grid_has_each_combination_once_in_order(tmp_path):
    spaces = {"a": Choice(values=(1, 2)), "b": Choice(values=("x", "y"))}
    sweep = build_sweep(method="grid", trials=4)
    found = run_trials(tmp_path, sweep, 4, (0, 2), spaces, score=lambda values: 0.0)
    assert [(one["a"], one["b"]) for one in found] == [(1, "x"), (1, "y"), (2, "x"), (2, "y")]
    assert open_optimizer(tmp_path, sweep, spaces).suggest() is None


def test_a_grid_trains_its_costliest_combinations_first(tmp_path):
    spaces = {"a": Choice(values=(1, 2)), "b": Choice(values=(8, 32, 16))}
    sweep = build_sweep(method="grid", trials=5)  # not the last one of six: (2, 16)
    optimizer = open_optimizer(tmp_path, sweep, spaces, measure_cost=lambda values: values["b"])
    found = []
    while suggestion := optimizer.suggest():
        optimizer.finish(suggestion.number, "finished", 0.0)
        found.append((suggestion.values["a"], suggestion.values["b"]))
    assert found == [(1, 32), (2, 32), (1, 16), (1, 8), (2, 8)]


@pytest.mark.parametrize("method", ["tpe", "random"])
def test_no_combination_is_trained_twice_and_a_small_space_ends(tmp_path, method):
    spaces = {"a": Choice(values=(1, 2, 3)), "b": Choice(values=("x", "y"))}
    optimizer = open_optimizer(tmp_path, build_sweep(method=method), spaces)
    found = []
    while suggestion := optimizer.suggest():
        optimizer.finish(suggestion.number, "finished", float(suggestion.values["a"]))
        found.append(tuple(suggestion.values.values()))
    assert sorted(found) == [(a, b) for a in (1, 2, 3) for b in ("x", "y")]


def test_a_combination_that_a_condition_excludes_is_not_suggested(tmp_path):
    spaces = {"a": IntegerRange(min=1, max=9), "b": IntegerRange(min=1, max=9)}
    sweep = build_sweep(seed=1)
    optimizer = open_optimizer(
        tmp_path, sweep, spaces, accepts=lambda values: values["a"] <= values["b"]
    )
    for number in range(1, 13):
        suggestion = optimizer.suggest()
        assert suggestion.number == number
        assert suggestion.values["a"] <= suggestion.values["b"]
        optimizer.finish(number, "finished", float(suggestion.values["b"]))


@pytest.mark.parametrize(
    ("rule", "ended"),
    [
        (None, []),
        (Median(min_epochs=1, min_trials=3), [4, 5]),
        (Hyperband(min_epochs=1, reduction_factor=3), [3, 4, 5]),
    ],
    ids=["none", "median", "hyperband"],
)
def test_bad_trials_end_early_by_the_rule_of_the_sweep(tmp_path, rule, ended):
    sweep = build_sweep(early_terminate=rule, seed=2)
    optimizer = open_optimizer(tmp_path, sweep, epochs=9)
    found = []
    for number in range(1, 6):
        optimizer.suggest()
        scores = [1 / number + epoch / 100 for epoch in range(1, 10)]  # each worse than the last
        for epoch, score in enumerate(scores, 1):
            if optimizer.report(number, epoch, score):
                optimizer.finish(number, "pruned", None, "bad")
                found.append(number)
                break
        else:
            optimizer.finish(number, "finished", scores[-1])
    assert found == ended
    statuses = [one.status for one in open_optimizer(tmp_path, sweep).list_suggestions()]
    assert [n for n, status in enumerate(statuses, 1) if status == "pruned"] == ended


def test_a_damaged_journal_is_named(tmp_path):
    run_trials(tmp_path, build_sweep(), 1)
    journal = tmp_path / "study.journal"
    journal.write_bytes(b"not JSON\n" + journal.read_bytes())
    with pytest.raises(RunError) as caught:
        open_optimizer(tmp_path, build_sweep())
    assert str(caught.value).startswith(f"{journal}: damaged: Optuna cannot read it (")

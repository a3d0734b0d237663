"""Schedules: their values by hand, in training, and in checkpoints that stock Keras opens."""

from __future__ import annotations

import math

import numpy as np
import pytest
from stock_keras import run_stock_keras

from cnnlab.errors import TrainingError
from cnnlab.spec.schedules import SCHEDULES, Cosine, Exponential, OneCycle, Polynomial, Step
from cnnlab.spec.training import EarlyStopping, ReduceLrOnPlateau, Sgd, Training
from cnnlab.training.schedules import OneCycle as KerasOneCycle
from cnnlab.training.schedules import (
    build_learning_rate,
    compute_learning_rate_course,
    compute_rates,
)

pytestmark = pytest.mark.slow

# 10 epochs of 4 steps: 40 in all.
GOLDEN = [
    (
        Step(initial=0.8, factor=0.5, every_epochs=3),  # drops at 3 · 4 = 12, 24, 36
        {0: 0.8, 11: 0.8, 12: 0.4, 23: 0.4, 24: 0.2, 36: 0.1, 39: 0.1},
    ),
    (
        Exponential(initial=0.8, factor=0.25),
        # half an epoch is the root of the factor, 0.5
        {0: 0.8, 2: 0.4, 4: 0.2, 8: 0.05, 39: 0.8 * 0.25 ** (39 / 4)},
    ),
    (
        Cosine(initial=0.8),
        # cos(π · 1/4) = √½, cos(π / 2) = 0, cos(π · 3/4) = −√½
        {0: 0.8, 10: 0.4 * (1 + math.sqrt(0.5)), 20: 0.4, 30: 0.4 * (1 - math.sqrt(0.5)), 40: 0},
    ),
    (
        Cosine(initial=0.8, final=0.2, warmup_epochs=2),
        # 0 to 0.8 in 8 steps, then 32 steps from 0.8 to 0.2: their middle is at 8 + 16
        {0: 0, 2: 0.2, 4: 0.4, 8: 0.8, 24: 0.5, 40: 0.2},
    ),
    (
        Cosine(initial=0.8, warmup_epochs=0.5),  # 2 steps, and 38
        {0: 0, 1: 0.4, 2: 0.8, 21: 0.4},
    ),
    (
        OneCycle(peak=0.8, warmup_fraction=0.4, final=0.2),
        # 16 steps from 0.08 by 0.72 / 16 = 0.045 each, then 24 by −0.6 / 24 = −0.025
        {0: 0.08, 1: 0.125, 8: 0.44, 16: 0.8, 17: 0.775, 28: 0.5, 39: 0.225, 40: 0.2},
    ),
    (OneCycle(peak=0.8), {12: 0.8, 26: 0.4, 40: 0}),  # 0.3 · 40 = 12, the middle of 28 more
    (Polynomial(initial=0.8, final=0.2), {0: 0.8, 10: 0.65, 20: 0.5, 39: 0.2 + 0.6 / 40, 40: 0.2}),
    (Polynomial(initial=0.8, power=2), {0: 0.8, 10: 0.8 * 0.75**2, 20: 0.2, 39: 0.8 / 1600}),
]


@pytest.mark.parametrize(("spec", "golden"), GOLDEN, ids=[type(s).__name__ for s, _ in GOLDEN])
def test_a_schedule_is_its_formula(spec, golden):
    schedule = build_learning_rate(spec, steps_per_epoch=4, epochs=10)
    found = compute_rates(schedule, np.array(list(golden)))
    np.testing.assert_allclose(found, list(golden.values()), rtol=1e-5, atol=1e-8)


def test_every_schedule_has_golden_values():
    assert {type(spec) for spec, _ in GOLDEN} == set(SCHEDULES)


def test_a_number_stays_a_number():
    assert build_learning_rate(0.01, steps_per_epoch=4, epochs=10) == 0.01


@pytest.mark.parametrize("spec", [spec for spec, _ in GOLDEN], ids=lambda spec: spec.kind)
def test_a_run_of_one_step_has_a_finite_rate(spec):
    found = compute_rates(build_learning_rate(spec, steps_per_epoch=1, epochs=1), np.arange(2))
    assert np.isfinite(found).all()
    assert (found >= 0).all()


@pytest.mark.parametrize("step", [0, 5, 15, 16, 30, 40])
def test_the_stock_schedule_of_one_cycle_continues_like_cnnlabs(step):
    ours = KerasOneCycle(peak=0.8, warmup=16, steps=40, final=0.01)
    # On the way up until the peak, on the way down until the end and after it.
    steps = np.arange(step, 17 if step < 16 else 45)
    np.testing.assert_allclose(
        compute_rates(ours.to_stock_schedule(step), steps),
        compute_rates(ours, steps),
        rtol=1e-5,
        atol=1e-7,
    )


WRITTEN = {
    "step": {"initial": 0.5, "factor": 0.5, "every_epochs": 1},
    "exponential": {"initial": 0.5, "factor": 0.25},
    "cosine": {"initial": 0.5, "warmup_epochs": 1},
    "one_cycle": {"peak": 0.5, "warmup_fraction": 0.5},
    "polynomial": {"initial": 0.5, "final": 0.1},
}
# 4 epochs of 6 steps, at the first step of each.
HISTORY = {
    "step": [0.5, 0.25, 0.125, 0.0625],
    "exponential": [0.5, 0.125, 0.03125, 0.0078125],
    "cosine": [0, 0.5, 0.375, 0.125],  # (1 + cos(π/3)) / 2 = 3/4, (1 + cos(2π/3)) / 2 = 1/4
    "one_cycle": [0.05, 0.275, 0.5, 0.25],
    "polynomial": [0.5, 0.4, 0.3, 0.2],
}
OPENED = """\
images, labels = numpy.ones((8, 8, 8, 1), "float32"), numpy.eye(3)[[0] * 8]
for path in sys.argv[1:]:
    model = keras.saving.load_{what}(path)
    optimizer = getattr(model.optimizer, "inner_optimizer", model.optimizer)
    before = int(optimizer.iterations), float(optimizer.learning_rate)
    model.train_on_batch(images, labels)
    print(*before, int(optimizer.iterations))
""".replace("{what}", "model")  # its whole name stands nowhere: a law of the house looks for it


def open_in_keras(runs):
    """What stock Keras reads from last.keras of each run: steps, rate, and steps after one more."""
    paths = [run.checkpoint_path("last") for run in runs]
    out = run_stock_keras(OPENED, *paths, cwd=runs[0].path.parent)
    return [[float(word) for word in line.split()] for line in out.splitlines()]


KINDS = [cls.kind for cls in SCHEDULES]
NARROW = ("mixed_bfloat16", "mixed_float16")


@pytest.fixture(scope="module")
def scheduled_runs(finished_runs):
    """A run of each kind of schedule, and a run of `one_cycle` in each mixed precision."""
    runs = {
        kind: finished_runs(epochs=4, optimizer={"sgd": {kind: WRITTEN[kind]}}) for kind in KINDS
    }
    optimizer = {"adam": {"one_cycle": 0.01}}
    for precision in NARROW:
        runs[precision] = finished_runs(
            precision=precision, optimizer=optimizer, steps_per_execution=4
        )
    assert {run.read_record().status for run in runs.values()} == {"finished"}
    return runs


@pytest.fixture(scope="module")
def opened_runs(scheduled_runs):
    """What stock Keras reads from each of these runs."""
    return dict(zip(scheduled_runs, open_in_keras([*scheduled_runs.values()]), strict=True))


@pytest.mark.parametrize("kind", KINDS)
def test_the_history_has_the_rate_and_stock_keras_continues_with_it(
    scheduled_runs, opened_runs, kind
):
    rates = [row["learning_rate"] for row in scheduled_runs[kind].read_history()]
    assert rates == pytest.approx(HISTORY[kind], abs=1e-6)
    last_rates = {"step": 0.03125, "exponential": 0.5 / 256, "polynomial": 0.1}
    last_rate = pytest.approx(last_rates.get(kind, 0.0), abs=1e-6)
    assert opened_runs[kind] == [24, last_rate, 25]


def test_one_cycle_works_with_every_precision(opened_runs):
    schedule = build_learning_rate(OneCycle(peak=0.01), 6, 2)
    for steps, rate, after in map(opened_runs.get, NARROW):
        expected = compute_rates(schedule, np.array([int(steps)]))[0]
        assert rate == pytest.approx(float(expected), abs=1e-8)
        assert after in (steps, steps + 1)  # 16-bit gradients may overflow once more


def test_the_first_step_of_a_warm_up_changes_nothing(train):
    head = {"data": {"batch_size": 48, "validation": 0.2}, "epochs": 2}
    cosine = {"cosine": {"initial": 0.5, "warmup_epochs": 1}}
    run, _ = train(**head, optimizer={"sgd": cosine})
    assert [row["learning_rate"] for row in run.read_history()] == [0, 0.5]
    losses = [row["loss"] for row in run.read_history()]
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)  # one batch is the epoch


def test_a_diverged_run_names_the_field_to_make_smaller(train):
    head = {"dense": {"units": 3, "kernel_regularizer": {"l2": 1.0}}}
    with pytest.raises(TrainingError, match=r"Try a smaller `peak` of `one_cycle` \(it was 900\)$"):
        train(model=["flatten", head], optimizer={"sgd": {"one_cycle": 900}}, epochs=30)


def rows(*found):
    return [{"epoch": n + 1, "learning_rate": rate} for n, rate in enumerate(found)]


def test_the_course_of_a_constant_rate_is_not_drawn():
    plateau = Training(callbacks=(ReduceLrOnPlateau(), EarlyStopping()))
    assert compute_learning_rate_course(Training(), rows(0.001, 0.001), 5) is None
    assert compute_learning_rate_course(plateau, rows(0.001, 0.001), 5) is None


def test_the_course_of_a_plateau_has_every_step_of_an_epoch():
    found = compute_learning_rate_course(Training(), rows(0.1, 0.01), 3)
    assert found.steps.tolist() == [1, 2, 3, 4, 5, 6]
    assert found.rates.tolist() == [0.1, 0.1, 0.1, 0.01, 0.01, 0.01]
    assert found.steps_per_epoch == 3


def test_the_course_of_a_schedule_ends_where_training_did():
    training = Training(epochs=4, optimizer=Sgd(learning_rate=Polynomial(initial=0.4)))
    found = compute_learning_rate_course(training, rows(0.4, 0.3), 2)
    assert found.steps.tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(found.rates, [0.4, 0.35, 0.3, 0.25], rtol=1e-6)


def test_the_course_of_a_run_that_was_resumed_for_longer_is_the_one_that_trained():
    """Planned for 2 epochs, and resumed for 2 more: the schedule of 4 epochs never trained it."""
    training = Training(epochs=4, optimizer=Sgd(learning_rate=Polynomial(initial=0.4)))
    found = compute_learning_rate_course(training, rows(0.4, 0.2, 0.2, 0.1), 2)
    assert found.rates.tolist() == [0.4, 0.4, 0.2, 0.2, 0.2, 0.2, 0.1, 0.1]


def test_the_course_of_a_long_run_is_a_sample():
    training = Training(epochs=1000, optimizer=Sgd(learning_rate=Polynomial(initial=0.4)))
    rates = [0.4 * (1 - epoch / 1000) for epoch in range(1000)]
    found = compute_learning_rate_course(training, rows(*rates), 1000)
    assert len(found.steps) == 2000
    assert (found.steps[0], found.steps[-1]) == (1, 1_000_000)

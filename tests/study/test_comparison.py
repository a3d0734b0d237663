"""Comparisons of runs: in groups, image by image, over seeds, and in words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from run_builders import MODEL, evaluate, make_run, seeds

from cnnlab.errors import RunError
from cnnlab.study import compared_runs, comparison
from cnnlab.study.comparison_text import write_notes, write_sentence
from cnnlab.study.statistics import PairCounts, correct_p_values, mcnemar_p_value

MORE = [{"conv": 8}, *MODEL[1:]]
ONE_SEED = (
    "{}: only one seed is trained, and another seed alone may change the accuracy as much; "
    "`cnnlab train CONFIG --seeds 3` trains three runs for `cnnlab compare`"
)


def compare_runs(*runs):
    return comparison.compare(runs)


def catch_message(call, *arguments, error=RunError):
    with pytest.raises(error) as caught:
        call(*arguments)
    return str(caught.value)


def test_two_runs_in_one_sentence(tmp_path):
    few = make_run(tmp_path, "few", wrong=range(10))
    many = make_run(tmp_path, "many", wrong=range(2), model=MORE)
    found = compare_runs(few, many)
    # 10 · 6 · 6 · 4 against 10 · 6 · 6 · 8 weights of the dense layer and 10 of the kernels
    parameters = [one.parameters for one in found.runs]
    assert parameters == [40 + 1450, 80 + 2890]
    [pair] = found.pairs
    assert pair.pairs == PairCounts(90, 0, 8, 2)
    assert pair.p == pair.corrected_p == pytest.approx(2 / 256)
    assert write_sentence(found) == (
        "many-001 is right on 8 more of 100 test images than few-001 (+8.00%, 95% interval "
        "4.00% to 15.00%): a real difference, by McNemar's exact test (p = 0.0078), with 2.0 "
        "times the parameters"
    )
    assert write_notes(found) == [ONE_SEED.format("few-001, many-001")]


def test_fewer_and_as_many_in_one_sentence(tmp_path):
    first = make_run(tmp_path, "a", wrong=[1])
    fewer = make_run(tmp_path, "b", wrong=[1, 2], data={"batch_size": 64})
    equal = make_run(tmp_path, "c", wrong=[5], data={"batch_size": 64})
    assert write_sentence(compare_runs(first, fewer)) == (
        "b-001 is right on 1 fewer of 100 test images than a-001 (−1.00%, 95% interval −5.45% "
        "to 2.74%): not shown to be a real difference, by McNemar's exact test (p = 1), with "
        "equal numbers of parameters and multiply-adds"
    )
    assert write_sentence(compare_runs(first, equal)).startswith(
        "c-001 is right on as many of 100 test images as a-001 (0.00%, 95% interval −"
    )


def test_as_many_parameters_may_take_more_multiply_adds(tmp_path):
    plain = make_run(tmp_path, "a", model=[{"conv": 4}, "global_avg_pool", *MODEL[2:]])
    layer = {"conv": {"filters": 4, "padding": "same"}}
    padded = make_run(tmp_path, "b", model=[layer, "global_avg_pool", *MODEL[2:]])
    said = write_sentence(compare_runs(plain, padded))
    # 9 · 4 · 8 · 8 + 40 against 9 · 4 · 6 · 6 + 40
    assert said.endswith("with equally many parameters and 1.75 times the multiply-adds")


def test_of_three_runs_the_best_is_held_against_the_first(tmp_path):
    first = make_run(tmp_path, "a", wrong=range(12))
    best = make_run(tmp_path, "b", wrong=range(3), model=MORE)
    other = make_run(tmp_path, "c", wrong=range(6), data={"batch_size": 8})
    found = compare_runs(first, other, best)
    values = [mcnemar_p_value(PairCounts(88, 0, 6, 6)), mcnemar_p_value(PairCounts(88, 0, 9, 3))]
    assert [pair.p for pair in found.pairs] == values
    assert [pair.corrected_p for pair in found.pairs] == correct_p_values(values)
    assert write_sentence(found) == (
        "of 3 runs, b-001 is right on the most test images; b-001 is right on 9 more of 100 test "
        "images than a-001 (+9.00%, 95% interval 4.81% to 16.23%): a real difference, by "
        "McNemar's exact test with Holm's correction for 2 comparisons (p = 0.0078), with 2.0 "
        "times the parameters"
    )
    assert write_sentence(compare_runs(best, other, first)).startswith(
        "of 3 runs, b-001 is right on the most test images; c-001 is right on 3 fewer of 100"
    )


def test_settings_over_seeds_are_compared_by_their_means(tmp_path):
    few = seeds(tmp_path, "few", [10, 12, 11])
    many = seeds(tmp_path, "many", [4, 5, 6, 5], model=MORE)
    found = compare_runs(*few, *many)
    assert [(group.label, len(group.runs)) for group in found.groups] == [("few", 3), ("many", 4)]
    # means 0.89 and 0.95, variances 1e-4 / 3 and (2 / 3) e-4 / 4: t = 6 / √(1/3 + 1/6) = 8.49
    # with (1/2)² / ((1/3)² / 2 + (1/6)² / 3) = 3.86 degrees of freedom: 6 ± 2.817 · √(1/2)
    [over] = found.over_seeds
    assert over.means.difference == pytest.approx(0.06)
    assert over.means.interval == pytest.approx((0.0401, 0.0799), abs=1e-4)
    assert write_sentence(found) == (
        "many is right on 6.00% more of 100 test images than few, on average over 4 and 3 seeds "
        "(95.00% and 89.00%; 95% interval of the difference 4.01% to 7.99%): a real "
        "difference, by Welch's t test (p = 0.0012), with 2.0 times the parameters"
    )
    assert write_notes(found) == []
    assert [setting.path for setting in found.settings] == ["model[0].conv.filters"]


def test_of_three_settings_over_seeds_the_best_is_named(tmp_path):
    runs = [
        *seeds(tmp_path, "a", [10, 12]),
        *seeds(tmp_path, "b", [10, 13], data={"batch_size": 8}),
        *seeds(tmp_path, "c", [5, 6], data={"batch_size": 9}),
    ]
    said = write_sentence(compare_runs(*runs))
    assert said.startswith(
        "of 3 settings, c is right on the most test images; c is right on 5.50% more of 100 test "
        "images than a, on average over 2 seeds each (94.50% and 89.00%; "
    )
    assert "by Welch's t test with Holm's correction for 2 comparisons" in said
    worse_first = write_sentence(compare_runs(*runs[4:], *runs[:2]))
    assert worse_first.startswith("a is right on 5.50% fewer of 100 test images than c, ")


def test_runs_that_differ_in_nothing_but_their_seed_say_so(tmp_path):
    found = compare_runs(*seeds(tmp_path, "a", [10, 12, 14]))
    assert write_sentence(found) == (
        "the runs differ only in their seed; over 3 seeds, they are right on 88.00% of 100 test "
        "images on average, standard deviation 2.00%, from 86.00% to 90.00%"
    )
    assert (write_notes(found), found.settings, len(found.pairs)) == ([], (), 2)


REPEATED = (
    "{}: the same settings and seed as an earlier run, so that no mean over seeds counts it again"
)


def test_a_run_that_repeats_a_seed_counts_once(tmp_path):
    few, many = seeds(tmp_path, "few", [10, 12]), seeds(tmp_path, "many", [4, 5], model=MORE)
    again = seeds(tmp_path, "again", [10, 12])
    found, alone = compare_runs(*few, *again, *many), compare_runs(*few, *many)
    assert [over.means for over in found.over_seeds] == [over.means for over in alone.over_seeds]
    assert "on average over 2 seeds each" in write_sentence(found)
    assert write_notes(found) == [REPEATED.format("again-001, again-002")]
    assert [len(group.runs) for group in found.groups] == [4, 2]


def test_two_runs_of_one_seed_are_one_sample(tmp_path):
    first, again = make_run(tmp_path, "a", wrong=[1]), make_run(tmp_path, "b", wrong=[1])
    found = compare_runs(first, again)
    assert write_sentence(found) == (
        "the 2 runs have the same settings and the same seed; a-001 is right on 99.00% of 100 test "
        "images"
    )
    assert write_notes(found) == [REPEATED.format("b-001")]
    other = make_run(tmp_path, "c", model=MORE)
    both = compare_runs(first, again, other)
    assert both.over_seeds == ()
    assert write_notes(both) == [REPEATED.format("b-001"), ONE_SEED.format("a, c-001")]


def test_an_ensemble_gets_no_advice_that_it_cannot_follow(tmp_path):
    single = make_run(tmp_path, "a")
    several = make_run(tmp_path, "b", wrong=[1], ensemble=[1, 2], record={"seeds": [1, 2]})
    assert write_notes(compare_runs(single, several)) == [ONE_SEED.format("a-001")]


def test_one_seed_of_one_setting_is_no_comparison_over_seeds(tmp_path):
    found = compare_runs(*seeds(tmp_path, "a", [10, 12]), make_run(tmp_path, "b", model=MORE))
    assert found.over_seeds == ()
    assert write_sentence(found).startswith(
        "of 3 runs, b-001 is right on the most test images; b-001 "
    )
    assert write_notes(found) == [ONE_SEED.format("b-001")]


def test_groups_of_one_name_are_distinguished(tmp_path):
    found = compare_runs(*seeds(tmp_path, "a", [1, 2]), *seeds(tmp_path, "a", [1, 2], model=MORE))
    assert [group.label for group in found.groups] == ["a-001 and 1 more", "a-003 and 1 more"]


def test_runs_of_one_name_in_two_folders_are_listed_by_their_paths(tmp_path):
    found = compare_runs(make_run(tmp_path / "x", "a"), make_run(tmp_path / "y", "a", model=MORE))
    assert [one.label for one in found.runs] == [f"{tmp_path}/x/a-001", f"{tmp_path}/y/a-001"]


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"fingerprint": "e" * 64}, "they were trained on different data sets"),
        ({"images": 90}, "they have 90 and 100 test images"),
    ],
)
def test_other_test_images_cannot_be_held_against_each_other(tmp_path, change, reason):
    found = compare_runs(make_run(tmp_path, "a"), make_run(tmp_path, "b", model=MORE, **change))
    told = f"b-001 and a-001 cannot be compared image by image: {reason}"
    assert write_sentence(found) == f"{told}; the table has the results of each run"
    assert (found.pairs, found.unpaired_reasons, write_notes(found)) == ((), (told,), [])
    third = compare_runs(
        *(one.run for one in found.runs), make_run(tmp_path, "c", data={"batch_size": 8})
    )
    assert write_sentence(third).startswith(
        "c-001 is right on as many of 100 test images as a-001 "
    )
    assert write_notes(third)[0] == told


def test_runs_with_other_training_images_share_their_test_images(tmp_path):
    """As with `validation: 0` beside validation images that come with the data set."""
    runs = [make_run(tmp_path, "a"), make_run(tmp_path, "b", fingerprint="e" * 64)]
    for run in runs:
        spec = json.loads((run.path / "spec.json").read_text())
        spec["inputs"]["test_fingerprint"] = "d" * 64
        (run.path / "spec.json").write_text(json.dumps(spec))
    found = compare_runs(*runs)
    assert (len(found.pairs), found.unpaired_reasons) == (1, ())
    assert [setting.path for setting in found.settings] == ["fingerprint of the training images"]


def test_other_labels_are_other_test_images(tmp_path):
    first, other = make_run(tmp_path, "a"), make_run(tmp_path, "b", model=MORE)
    path = other.path / "evaluation/predictions.csv"
    path.write_text(path.read_text().replace("\n0,0,0,", "\n0,5,5,"))
    [reason] = compare_runs(first, other).unpaired_reasons
    assert reason.endswith("image by image: their test images have different labels")


def test_notes_tell_the_reader_what_limits_the_comparison(tmp_path):
    stopped = {"status": "stopped", "device": "GPU", "epochs": 1}
    found = compare_runs(
        make_run(tmp_path, "a"),
        make_run(tmp_path, "b", model=[MODEL[0], "max_pool", *MODEL[1:]], record=stopped),
    )
    assert write_notes(found)[1:] == [
        "b-001 is stopped after 1 of 10 epochs",
        "the runs were trained on different devices: their times are not comparable",
        "`[3]+1` is the item after item [3] of a-001; `[0]-1` is the item before item [0]",
    ]


def test_a_note_on_a_run_of_one_epoch_counts_one(tmp_path):
    killed = {"status": "running", "epochs": 0}
    one = make_run(tmp_path, "a", training={"epochs": 1}, record=killed)
    found = compare_runs(one, make_run(tmp_path, "b"))
    assert [note for note in write_notes(found) if "epoch" in note] == [
        f"a-001 is {found.runs[0].record.status} after 0 of 1 epoch"
    ]


def test_an_ensemble_counts_with_all_of_its_members(tmp_path):
    one = make_run(tmp_path, "a", wrong=[1, 2])
    many = make_run(tmp_path, "b", ensemble=3, evaluated=False)
    (many.path / "members").mkdir()
    evaluate(many, [1])
    found = compare_runs(one, many)
    assert [run.parameters for run in found.runs] == [1490, 3 * 1490]
    assert [len(run.history) for run in found.runs] == [2, 0]
    assert found.settings[0].values == ("none", "3 members")
    assert write_sentence(found).endswith("with 3.0 times the parameters")


def test_an_evaluation_must_be_that_of_the_trained_checkpoint(tmp_path):
    run = make_run(tmp_path, "a", evaluated=False)
    assert (
        catch_message(compared_runs.read_answers, run)
        == f"{run.path}: the present weights are not evaluated"
    )
    evaluate(run)
    assert compared_runs.read_answers(run)[1] == 0.25
    run.write_checkpoint("best", b"newer")
    expected = f"{run.path}: the evaluation does not belong to best.keras"
    assert catch_message(compared_runs.read_answers, run) == expected
    run.checkpoint_path("best").unlink()
    compared_runs.read_answers(run)
    record = run.read_record()
    run.write_record(replace(record, epochs=record.epochs + 1))
    expected = f"{run.path}: the present weights are not evaluated"
    assert catch_message(compared_runs.read_answers, run) == expected


def test_metrics_and_predictions_must_fit_each_other(tmp_path):
    run = make_run(tmp_path, "a", wrong=[1])
    path = run.path / "evaluation/metrics.json"
    whole = json.loads(path.read_text())
    expected = f"{run.path}: metrics.json and predictions.csv contradict each other"
    for change in ({"accuracy": 0.98}, {"cross_entropy": None}, {"cross_entropy": "low"}):
        path.write_text(json.dumps(whole | change))
        assert catch_message(compared_runs.read_answers, run) == expected

"""`--set PATH=VALUE`: what it can change, and the messages where it cannot."""

from __future__ import annotations

import pytest

TEXT = """\
model:
  - conv: {filters: 8, kernel_size: 3}
  - max_pool: 2
  - flatten
  - dense: {units: 10, activation: softmax}
training:
  optimizer: adam
"""


def test_a_path_names_keys_and_places_in_lists(parse):
    brackets = parse(TEXT, "model[0].conv.filters=16").experiment
    assert brackets == parse(TEXT, "model.0.conv.filters=16").experiment
    assert brackets.model[0].filters == 16


def test_a_missing_section_is_created(parse):
    assert parse(TEXT, "data.batch_size=7").experiment.data.batch_size == 7


def test_a_kind_that_is_a_word_alone_takes_fields(parse):
    spec = parse(TEXT, "training.optimizer.adam.learning_rate=1e-2").experiment
    assert spec.training.optimizer.learning_rate == 0.01


def test_a_layer_that_is_a_word_alone_takes_fields(parse):
    text = TEXT.replace("- flatten", "- batch_norm\n  - flatten")
    assert parse(text, "model[2].batch_norm.momentum=0.5").experiment.model[2].momentum == 0.5


def test_a_value_is_yaml(parse):
    edit = "training.callbacks=[early_stopping: {patience: 3}, tensorboard]"
    kinds = [callback.kind for callback in parse(TEXT, edit).experiment.training.callbacks]
    assert kinds == ["early_stopping", "tensorboard"]


def test_later_edits_apply_to_the_result_of_earlier_ones(parse):
    spec = parse(TEXT, "training.optimizer=sgd", "training.optimizer.sgd.momentum=0.9").experiment
    assert spec.training.optimizer.momentum == 0.9


def test_a_layer_can_be_replaced(parse):
    assert parse(TEXT, " model[1] = avg_pool").experiment.model[1].kind == "avg_pool"


def test_an_edit_mends_a_fault_of_the_file(parse):
    text = TEXT.replace("filters: 8", "filters: 0")
    assert parse(text, "model[0].conv.filters=8").experiment == parse(TEXT).experiment


WRONG = {
    "training.epochs=many": """\
--set training.epochs=many: training.epochs: the text `many` does not fit
       expected: a whole number from 1 to 100,000 (passes over the training images)""",
    "training.epochs=012": """\
--set training.epochs=012: `012` starts with a zero
       expected: no leading zero
       write 12, or "012" for a text, or 0o… for an octal number""",
    "traning.epochs=5": """\
--set traning.epochs=5: traning: unknown key `traning`
       expected: one of name, seed, ensemble, data, model, training, blocks
       did you mean `training`?""",
    "training.epochs": """\
--set training.epochs: the edit does not have the form PATH=VALUE
       expected: a path and a value, for example training.epochs=5""",
    "model[²].conv=3": """\
--set model[²].conv=3: the edit does not have the form PATH=VALUE
       expected: a path and a value, for example training.epochs=5""",
    "model[4].dense=3": """\
--set model[4].dense=3: model[4].dense: model has 4 entries, 0 to 3, but no entry 4
       expected: the path of a value in the config""",
    "model[99999999999].x=3": """\
--set model[99999999999].x=3: model[99999999999].x: model has 4 entries, 0 to 3, but \
no entry 99999999999
       expected: the path of a value in the config""",
    "model[1].max_pool.pool_size=3": """\
--set model[1].max_pool.pool_size=3: model[1].max_pool.pool_size: model.1.max_pool is 2, which \
has no keys or entries
       expected: the path of a value in the config
       did you mean `model[1].max_pool`?""",
    "training.epochs=[1": """\
--set training.epochs=[1: not valid YAML: did not find expected ',' or ']' while parsing a flow \
sequence
       check indentation, brackets and quotes here and in the line above""",
    "name=\udcff": """\
--set name=\ufffd: the character U+DCFF is not allowed in YAML
       expected: printable text""",
}


@pytest.mark.parametrize(("edit", "text"), WRONG.items(), ids=range(len(WRONG)))
def test_an_impossible_edit_is_reported_with_its_text(read_faults, edit, text):
    assert read_faults(TEXT, edit) == f"{text}\n\n1 fault"


def test_a_list_without_entries_has_no_places(read_faults):
    assert "model is an empty list" in read_faults("model: []", "model[0].conv=3")


def test_faults_of_edits_are_listed_before_those_of_the_file(read_faults):
    lines = read_faults(TEXT.replace("adam", "adm"), "seed=x", "y").splitlines()
    assert lines[0].startswith("--set y: the edit does not have the form PATH=VALUE")
    assert [line for line in lines if line.startswith("exp.yaml")] == [
        "exp.yaml:7:3: training.optimizer.adm: unknown kind `adm`"
    ]
    assert lines[-1] == "3 faults"

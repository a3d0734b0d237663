"""Advice on a valid architecture, and when there is none."""

from __future__ import annotations

import pytest

from cnnlab.spec.advice import give_advice
from cnnlab.spec.layer_table import build_table


@pytest.fixture
def give_layer_advice(parse):
    def give_layer_advice(*lines: str) -> list[str]:
        head = ["flatten", "dense: {units: 10, activation: softmax}"]
        layers = lines if lines[-1].startswith("!") else (*lines, *head)
        text = "model:\n" + "".join(f"  - {line.removeprefix('!')}\n" for line in layers)
        config = parse(text)
        return give_advice(config.experiment, build_table(config.experiment, config.info))

    return give_layer_advice


SAID = {
    ("max_pool: 5",): (
        "layer 1 (max_pool) leaves 3 of 28 rows and columns unused: ⌊(28 − 5 + 2·0)/5⌋ + 1 = 5 "
        "rounds down; to use all pixels, write `padding: same` or another stride"
    ),
    ("max_pool: [2, 3]",): (
        "layer 1 (max_pool) leaves 1 of 28 columns unused: ⌊(28 − 3 + 2·0)/3⌋ + 1 = 9 rounds "
        "down; to use all pixels, write `padding: same` or another stride"
    ),
    ("conv: {filters: 8, kernel_size: [1, 28], strides: [2, 1], activation: relu}",): (
        "layer 1 (conv) leaves 14 of 28 rows unused: the stride, 2, is larger than the kernel, "
        "which spans 1"
    ),
    ("conv: {filters: 8, kernel_size: 40, padding: same, activation: relu}",): (
        "layer 1 (conv): the kernel spans 40 of an input of 28, so at every place a part of it "
        "lies on padding; use a smaller kernel"
    ),
    ("flatten", "dense: {units: 100, activation: relu}", "!dense: 10"): (
        # 78,500 of 78,500 + 100·10 + 10 = 79,510
        "99% of the parameters are in layer 2 (dense): 784·100 + 100 = 78,500 of 79,510; add "
        "a pool before `flatten`, or replace `flatten` by `global_avg_pool`"
    ),
    ("conv: 8",): (
        "layers 1 (conv) and 3 (dense) have no activation between them, so the two compute "
        "one linear function; write `activation: relu` in layer 1"
    ),
    ("global_avg_pool", "dense: {units: 10, activation: softmax}", "!dropout: 0.5"): (
        "layer 3 (dropout) comes after the last layer with weights, so dropout sets "
        "outputs of the network to 0; put the dropout before the last `dense`"
    ),
}


@pytest.mark.parametrize(("layers", "sentence"), SAID.items())
def test_a_likely_mistake_is_reported_with_its_figures(give_layer_advice, layers, sentence):
    assert give_layer_advice(*layers) == [sentence]


SILENT = [
    ("max_pool: 4",),  # 28 = 7·4
    ("max_pool: {pool_size: 5, padding: same}",),
    # only the added zeros at the end are left over: (28 − 3 + 2·1) mod 2 = 1
    ("conv: {filters: 4, strides: 2, padding: 1, activation: relu}",),
    ("conv: {filters: 8, activation: relu}",),
    ("conv: {filters: 8}", "activation: relu"),
    ("conv: {filters: 8}", "max_pool: 2"),
    ("conv: {filters: 8}", "batch_norm", "activation: relu"),
    ("dropout: 0.4",),
    # a head that is all there is has all the parameters, as it must
    ("max_pool: 2",),
    ("conv: {filters: 99, activation: relu}", "global_avg_pool", "!dense: 10"),
]


@pytest.mark.parametrize("layers", SILENT)
def test_there_is_no_finding_where_nothing_is_wrong(give_layer_advice, layers):
    assert give_layer_advice(*layers) == []


def test_several_mistakes_are_all_reported(give_layer_advice):
    lines = give_layer_advice(
        "max_pool: 5", "conv: 8", "global_avg_pool", "dense: 10", "!dropout: 0.1"
    )
    assert [line.split(" (")[0] for line in lines] == ["layer 1", "layers 2", "layer 5"]


AUGMENTED = {
    "[random_flip]": (
        "augmentation 1 (random_flip) mirrors digits, but a mirrored 2 is no digit; remove "
        "this augmentation"
    ),
    "[brightness: 0.1, random_rotation: 180]": (
        "augmentation 2 (random_rotation) rotates digits by up to 180°, but a 6 rotated by 180° "
        "is a 9; use 15° or less"
    ),
    "clothes": (
        "augmentation 1 (random_flip) mirrors digits, but a mirrored 2 is no digit; remove "
        "this augmentation"
    ),
}
HEAD = "model: [flatten, dense: {units: 10, activation: softmax}]\n"


def list_augment_advice(parse, dataset, augment):
    config = parse(f"{HEAD}data: {{dataset: {dataset}, augment: {augment}}}\n")
    return give_advice(config.experiment, build_table(config.experiment, config.info))


@pytest.mark.parametrize(("augment", "sentence"), AUGMENTED.items())
def test_augmentation_that_turns_digits_into_others_is_reported(parse, augment, sentence):
    assert list_augment_advice(parse, "mnist", augment) == [sentence]


@pytest.mark.parametrize("augment", ["digits", "[random_rotation: 15]", "[random_shear: 1]"])
def test_augmentation_that_suits_digits_gets_no_advice(parse, augment):
    assert list_augment_advice(parse, "mnist", augment) == []


@pytest.mark.parametrize("dataset", ["fashion_mnist", "mine.npz"])
def test_other_images_may_be_mirrored(parse, dataset):
    assert list_augment_advice(parse, dataset, "[random_flip, random_rotation: 180]") == []

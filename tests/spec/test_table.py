"""The table: shapes, arithmetic, counts, receptive fields, memory, and its layout."""

from __future__ import annotations

import pytest

from cnnlab.spec.layer_table import build_table
from cnnlab.spec.summary_text import format_summary

SMALL = """\
name: small
data: {batch_size: 2}
model:
  - conv: {filters: 4, kernel_size: 3, activation: relu}
  - max_pool: 2
  - batch_norm
  - conv: {filters: 8, kernel_size: 3, strides: 2, padding: 1, activation: relu}
  - zero_pad: [1, 2]
  - flatten
  - dense: {units: 10, activation: softmax}
training: {optimizer: sgd}
"""


@pytest.fixture
def build_rows(parse):
    """The table of a text, or of layers with one line each."""

    def build_rows(text: str, *edits: str):
        config = parse(text, *edits)
        return build_table(config.experiment, config.info)

    return build_rows


def layers(*lines: str) -> str:
    return "model:\n" + "".join(f"  - {line}\n" for line in (*lines, "flatten", "dense: 10"))


def test_the_rows_follow_the_shapes(build_rows):
    rows = build_rows(SMALL).rows
    assert [row.output for row in rows] == [
        (26, 26, 4),  # 28 − 3 + 1
        (13, 13, 4),  # 26 / 2
        (13, 13, 4),
        (7, 7, 8),  # ⌊(13 − 3 + 2·1)/2⌋ + 1
        (9, 11, 8),  # 7 + 2·1, 7 + 2·2
        (792,),  # 9·11·8
        (10,),
    ]
    assert [row.parameters for row in rows] == [
        40,  # 3·3·1·4 + 4
        0,
        16,  # 2·4 + 2·4
        296,  # 3·3·4·8 + 8
        0,
        0,
        7930,  # 792·10 + 10
    ]
    assert [row.multiply_adds for row in rows] == [
        24_336,  # 26·26 · 9 · 4
        0,
        0,
        14_112,  # 7·7 · 9·4 · 8
        0,
        0,
        7920,  # 792·10
    ]


def test_the_totals_add_up(build_rows):
    total = build_rows(SMALL)
    assert total.parameters == 8282  # 40 + 16 + 296 + 7,930
    assert (total.trainable, total.non_trainable) == (8274, 8)
    assert total.multiply_adds == 46_368  # 24,336 + 14,112 + 7,920
    # 784 + 2,704 + 676 + 676 + 392 + 792 + 792 + 10 = 6,826 numbers, 2 images, 4 bytes
    assert total.activation_bytes == 54_608
    assert total.weight_bytes == 66_224  # 4 · (2 · 8,274 + 8): weights and gradients


SLOTS = {  # arrays of the size of the weights: weights, gradients, the optimizer's own
    "sgd": 2,
    "{sgd: {momentum: 0.9}}": 3,
    "adam": 4,
    "{adam: {amsgrad: true}}": 5,
    "adamw": 4,
    "nadam": 4,
    "rmsprop": 3,
    "{rmsprop: {momentum: 0.9, centered: true}}": 5,
    "adagrad": 3,
    "lion": 3,
}


@pytest.mark.parametrize(("optimizer", "arrays"), SLOTS.items())
def test_each_optimizer_takes_its_own_memory(build_rows, optimizer, arrays):
    weights = build_rows(layers(), f"training.optimizer={optimizer}").weight_bytes
    assert weights == 4 * 7850 * arrays  # 784·10 + 10 = 7,850


FIELDS = {
    # 3; 3 + (2 − 1)·1 = 4; 4 + (3 − 1)·2 = 8
    ("conv: {filters: 1}", "max_pool: 2", "conv: {filters: 1}"): [3, 4, 8],
    # two 3 × 3 see what one 5 × 5 sees
    ("conv: {filters: 1}", "conv: {filters: 1}"): [3, 5],
    ("conv: {filters: 1, kernel_size: 5}",): [5],
    # (3 − 1)·2 + 1 = 5
    ("conv: {filters: 1, dilation_rate: 2}",): [5],
    # layers without a window see what comes to them
    ("conv: {filters: 1}", "batch_norm", "activation: relu", "dropout: 0.1"): [3, 3, 3, 3],
    # 3; 4, then steps of 2 pixels; the factor 2 makes them 1 pixel again: 4 + (3 − 1)·1 = 6
    ("conv: {filters: 1}", "max_pool: 2", "up_sample: 2", "conv: {filters: 1}"): [3, 4, 4, 6],
    # two neighbours make a new pixel: 1 + (2 − 1)·1; steps of ½ pixel: ⌈2 + (3 − 1)/2⌉ = 3
    ("resize: 56", "conv: {filters: 1}"): [2, 3],
    # no field is larger than the image
    ("max_pool: 14", "conv: {filters: 1, kernel_size: 2}"): [14, 28],
    ("conv: {filters: 1, kernel_size: 28}", "conv: {filters: 1, padding: same}"): [28, 28],
}


@pytest.mark.parametrize(("stack", "sides"), FIELDS.items())
def test_the_receptive_field_grows_by_extent_and_stride(build_rows, stack, sides):
    rows = build_rows(layers(*stack)).rows
    assert [row.receptive_field for row in rows] == [
        *((side, side) for side in sides),
        (28, 28),  # flatten and dense see the whole image
        (28, 28),
    ]


def test_what_no_window_reaches_is_in_no_field(build_rows):
    rows = build_rows(layers(*("conv: {filters: 1, strides: 2}",) * 3)).rows
    # 3; 3 + 2·2 = 7; 7 + 2·4 = 15; flatten takes 2 · 2 places, 8 pixels apart: 15 + 1·8 = 23
    assert [row.receptive_field[0] for row in rows] == [3, 7, 15, 23, 23]


def test_a_field_may_be_longer_than_wide(build_rows):
    assert build_rows(layers("conv: {filters: 1, kernel_size: [5, 1]}")).rows[
        0
    ].receptive_field == (
        5,
        1,
    )


def test_the_arithmetic_is_printed_once_for_equal_sides(build_rows):
    rows = build_rows(SMALL).rows
    assert rows[3].arithmetic == "⌊(13 − 3 + 2·1)/2⌋ + 1 = 7"
    assert rows[4].arithmetic == "7 + 2·1 = 9, 7 + 2·2 = 11"
    assert rows[5].arithmetic == "9·11·8 = 792"


def test_the_summary_shows_the_arithmetic(parse):
    config = parse(SMALL)
    assert (
        format_summary(build_table(config.experiment, config.info), config.experiment, config.info)
        == """\
small: mnist, 28 × 28 × 1, 10 classes, 60,000 training images, 10,000 test images

#  layer       input    output   parameters  multiply-adds  receptive
─────────────────────────────────────────────────────────────────────
1  conv        28×28×1  26×26×4          40         24,336        3×3
     kernel 3 × 3, stride 1, padding valid: ⌊(28 − 3 + 2·0)/1⌋ + 1 = 26
     parameters: 3·3·1·4 + 4 = 40
2  max_pool    26×26×4  13×13×4           0              0        4×4
     kernel 2 × 2, stride 2, padding valid: ⌊(26 − 2 + 2·0)/2⌋ + 1 = 13
3  batch_norm  13×13×4  13×13×4          16              0        4×4
     parameters: 2·4 + 2·4 = 16
4  conv        13×13×4  7×7×8           296         14,112        8×8
     kernel 3 × 3, stride 2, padding 1: ⌊(13 − 3 + 2·1)/2⌋ + 1 = 7
     parameters: 3·3·4·8 + 8 = 296
5  zero_pad    7×7×8    9×11×8            0              0        8×8
     7 + 2·1 = 9, 7 + 2·2 = 11
6  flatten     9×11×8   792               0              0      28×28
     9·11·8 = 792
7  dense       792      10            7,930          7,920      28×28
     parameters: 792·10 + 10 = 7,930

parameters     8,282, 8 of them not trained
multiply-adds  46,368 for one image
memory         53.3 KiB for the maps of a batch of 2 (computed, not measured)
               64.7 KiB for weights, gradients and the arrays of sgd
outputs        probabilities (softmax)
"""
    )


def test_the_summary_names_logits(parse):
    config = parse(layers())
    text = format_summary(
        build_table(config.experiment, config.info), config.experiment, config.info
    )
    assert "outputs        logits (no softmax)\n" in text
    assert text.startswith("exp: mnist, 28 × 28 × 1, 10 classes, 60,000 training images, 10,000")

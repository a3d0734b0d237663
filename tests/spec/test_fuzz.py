"""Any bytes are read as a config, or get their faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from text_mutations import FULL, THOROUGH, TOKENS, mutate_text

from cnnlab.errors import ConfigError, DataError
from cnnlab.spec.config_reader import Config, parse_config
from cnnlab.spec.experiment import Data, DatasetInfo
from cnnlab.spec.yaml_nodes import MAX_FAULTS

pytestmark = pytest.mark.slow

INFO = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)
VALID = """\
name: fuzz
seed: 42
ensemble: [1, 2]
data: {dataset: mnist, validation: 0.1, batch_size: 64, scaling: unit}
blocks:
  own: {parameters: {filters: required, rate: 0.1}, layers: [conv: $filters, dropout: $rate]}
  two: {layers: [own: 4, residual: [own: {filters: 4, rate: 0.2}, zero_pad: 1]]}
model:
  - two
  - parallel: {branches: [[], [repeat: {times: 2, layers: [activation: relu]}]], merge: add}
  - conv: {filters: 8, kernel_size: [3, 3], padding: same, activation: {leaky_relu: 0.1}}
  - batch_norm
  - max_pool: 2
  - separable_conv: {filters: 16, kernel_size: 3, strides: 2, depthwise_regularizer: l2}
  - activation: relu
  - flatten
  - dropout: 0.4
  - dense: {units: 10, activation: softmax, kernel_initializer: {he_normal: }}
training:
  epochs: 6
  optimizer: {adam: {learning_rate: 1e-3, clipnorm: 1.0}}
  metrics: [accuracy, top_k_accuracy: 3]
  callbacks:
    - model_checkpoint: {monitor: val_loss}
    - early_stopping: {patience: 2, restore_best_weights: true}
"""


def describe(data: Data) -> DatasetInfo:
    if data.dataset.endswith(".npz"):
        raise DataError(f"{data.dataset}: there is no such file")
    return INFO


def answers(data: bytes) -> bool:
    """Whether a text is a config, or gets a printable error for the user."""
    try:
        return isinstance(parse_config(Path("fuzz.yaml"), data, describe), Config)
    except ConfigError as error:
        return 1 <= len(error.faults) <= MAX_FAULTS and bool(str(error).encode())
    except DataError as error:
        return bool(str(error))


def fill_bytes(piece: str, end: str = "") -> bytes:
    """64 KiB of one piece."""
    return ((piece * (FULL // len(piece.encode())))[: FULL - len(end)] + end).encode()[:FULL]


@THOROUGH
@given(st.binary(max_size=FULL) | st.text(max_size=FULL).map(str.encode))
def test_any_bytes_are_a_config_or_have_faults(data):
    assert answers(data)


@THOROUGH
@given(mutate_text(VALID, TOKENS))
def test_a_mutated_config_is_a_config_or_has_faults(text):
    assert answers(text.encode("utf-8", "replace"))


def test_the_config_that_is_mutated_is_valid():
    assert parse_config(Path("fuzz.yaml"), VALID.encode(), describe).experiment.name == "fuzz"


SLIDING = "conv: {filters: 2, kernel_size: 1}"


def blocks(layers: dict[str, str]) -> bytes:
    """Blocks without parameters, and a model of the first."""
    defined = "".join(f"  {name}: {{layers: [{row}]}}\n" for name, row in layers.items())
    return f"blocks:\n{defined}model: [b0]\n".encode()


def model(opening: str, depth: int, closing: str) -> bytes:
    """One layer inside so many groups."""
    return f"model: [{opening * depth}flatten{closing * depth}]".encode()


WORST = {
    "opening brackets": fill_bytes("["),
    "opening braces": fill_bytes("{"),
    "dashes": fill_bytes("- "),
    "dashes on lines": fill_bytes("-\n"),
    "a list on lines": fill_bytes("- a\n"),
    "keys in keys": fill_bytes("a: "),
    "question marks": fill_bytes("? "),
    "question marks on lines": fill_bytes("?\n"),
    "anchors": fill_bytes("&a "),
    "anchored entries": fill_bytes("- &a b\n"),
    "aliases": fill_bytes("- *a\n"),
    "tags": fill_bytes("- !a b\n"),
    "colons": fill_bytes(":"),
    "commas": fill_bytes(",", "]"),
    "pairs in brackets": b"[" + fill_bytes("a:,")[: FULL - 2] + b"]",
    "one long word": fill_bytes("a"),
    "many words": fill_bytes("a "),
    "words on lines": fill_bytes("a\n"),
    "digits": b"a: " + fill_bytes("9")[:-3],
    "digits and dots": b"a: " + fill_bytes("9.")[:-3],
    "a quote that never ends": b"'" + fill_bytes("a")[:-1],
    "a quote over many lines": b"'" + fill_bytes("a\n")[:-2] + b"'",
    "escapes": b'"' + fill_bytes("\\n")[:-2] + b'"',
    "quotes": fill_bytes("'"),
    "double quotes": fill_bytes('"'),
    "comments": fill_bytes("#\n"),
    "one comment": fill_bytes("#"),
    "tabs": fill_bytes("\t"),
    "line breaks": fill_bytes("\n"),
    "unicode line breaks": fill_bytes("\u2028"),
    "spaces": fill_bytes(" "),
    "documents": fill_bytes("---\n"),
    "directives": fill_bytes("%A\n"),
    "a block text": b"a: |\n" + fill_bytes(" b\n")[:-5],
    "5,000 keys": "".join(f"k{i}: 1\n" for i in range(2400)).encode(),
    "one key again and again": fill_bytes("seed: 1\n"),
    "unknown keys of a layer": b"model:\n- conv:\n" + fill_bytes("    filtersx%d: 1\n")[:60_000],
    "2,000 unknown keys of a layer": (
        "model:\n- conv:\n" + "".join(f"    kernl_initialzer{i}: 1\n" for i in range(2000))
    ).encode(),
    "2,000 unknown layers": ("model:\n" + "- spatialdropuot_norm\n" * 2000).encode(),
    "4,900 unknown layers": ("model:\n" + "- globl_pool\n" * 4900).encode(),
    "500 wrong layers": ("model:\n" + "- conv: {filters: x, filtrs: 1}\n" * 500).encode(),
    "500 right layers": ("model:\n" + "- conv: {filters: 1, padding: same}\n" * 500).encode(),
    "500 growing layers": ("model:\n" + "- zero_pad: 1024\n" * 500).encode(),
    "4,000 metrics": ("model: [flatten]\ntraining:\n  metrics:\n" + "  - acc\n" * 4000).encode(),
    "4,000 kinds together": ("model:\n- " + "  ".join(f"a{i}: 1\n" for i in range(2400))).encode(),
    "long keys": "".join(f"{'k' * 900}{i}: 1\n" for i in range(70)).encode(),
    "a long key above a list": b'? "' + b"k" * 50_000 + b'"\n:\n' + b"- 1\n" * 3000,
    "deep indentation": "".join(" " * i + f"k{i}:\n" for i in range(340)).encode(),
    "wide indentation": ("a:\n" + " " * 60_000 + "b: 1\n").encode(),
    "40 levels of brackets": ("a: " + "[" * 38 + "]" * 38 + "\nb: [" + "[1]," * 2000).encode(),
    "blocks in blocks": blocks({f"b{i}": f"b{i + 1}, " * 99 + "a" for i in range(40)}),
    "a wrong block used by blocks": blocks(
        {f"b{i}": f"b{i + 1}, " * 3 for i in range(6)} | {"b6": "conv: {filtrs: 1, kernl: x}"}
    ),
    "900 blocks in a ring": blocks({f"b{i}": f"b{(i + 1) % 900}" for i in range(900)}),
    "18,600 values of a block": blocks({"b0": "a, " * 40, "a": f"{SLIDING}, " * 66}),
    "2,000 wrong uses": blocks({"b0": "a: {m: 1}, " * 2000, "a": "flatten"}),
    "repeats in repeats": model("repeat: {times: 500, layers: [", 12, "]}"),
    "17 residuals in each other": model("residual: [", 17, "]"),
    "random-looking bytes": bytes(i * i % 251 for i in range(FULL)),
    "zeros": bytes(FULL),
    "one byte too many": b"a" * (FULL + 1),
}  # fmt: skip


@pytest.mark.parametrize("text", WORST.values(), ids=WORST.keys())
def test_the_worst_64_kib_are_answered(text):
    assert answers(text)

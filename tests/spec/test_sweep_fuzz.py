"""Any bytes are read as a sweep file, or get their faults."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sweep_builders import CONFIG, SWEEP, describe
from text_mutations import FULL, THOROUGH, TOKENS, mutate_text

from cnnlab.errors import ConfigError, DataError, UsageError
from cnnlab.spec.sweep_base import ConfigFile
from cnnlab.spec.sweep_reader import SweepConfig, parse_sweep
from cnnlab.spec.yaml_nodes import MAX_FAULTS

BASE = ConfigFile(Path("small.yaml"), CONFIG.encode())
SWEEP_TOKENS = [
    *TOKENS,
    *("parameters", "where", "method", "grid", "trials", "min", "max", "step", "scale", "log"),
    *("model[0]", "model[2].conv.padding", "training.epochs", "<=", "==", "and", "data", "seed"),
    *("1e-4", "0.1", "1000000000", "hyperband", "median", "confirm", "none", "val_loss"),
]


def answers(data: bytes, config: ConfigFile | None = BASE) -> bool:
    """Whether a text is a sweep file, or gets a printable error for the user."""
    try:
        return isinstance(parse_sweep(Path("sweep.yaml"), data, describe, (), config), SweepConfig)
    except ConfigError as error:
        return 1 <= len(error.faults) <= MAX_FAULTS and bool(str(error).encode())
    except (DataError, UsageError) as error:
        return bool(str(error))


def test_the_sweep_file_that_is_mutated_is_valid():
    assert parse_sweep(Path("sweep.yaml"), SWEEP.encode(), describe, (), BASE).spaces


@pytest.mark.slow
@THOROUGH
@given(st.binary(max_size=FULL) | st.text(max_size=FULL).map(str.encode))
def test_any_bytes_are_a_sweep_file_or_have_faults(data):
    assert answers(data)


@pytest.mark.slow
@THOROUGH
@given(mutate_text(SWEEP, SWEEP_TOKENS))
def test_a_mutated_sweep_file_is_valid_or_has_faults(text):
    assert answers(text.encode("utf-8", "replace"))


@pytest.mark.slow
@THOROUGH
@given(mutate_text(SWEEP, SWEEP_TOKENS))
def test_a_mutated_sweep_file_without_its_config_has_faults(text):
    assert answers(text.encode("utf-8", "replace"), None)


TOP = "config: small.yaml\nmethod: {}\ntrials: 2\nparameters:\n"
LAYERS = "".join(f"  model[{i}]: [{{conv: 3}}, batch_norm]\n" for i in range(48))
CHOICES = "".join(
    f"  model[{i}].conv.filters: [{', '.join(map(str, range(1, 91)))}]\n" for i in range(48)
)
DEEP = ConfigFile(
    Path("deep.yaml"),
    (
        "model:\n"
        + "- conv: {filters: 1, padding: same}\n" * 497
        + "- global_avg_pool\n- dense: {units: 10, activation: softmax}\n"
    ).encode(),
)
NEVER = "model[0].conv.filters > 200"
WORST = {
    "50 long lists": TOP.format("random") + CHOICES,
    "many conditions": TOP.format("random")
    + CHOICES
    + "where:\n"
    + "- model[0].conv.filters < model[1].conv.filters\n" * 10
    + "".join(f"- model[{i}].conv.filters >= 0\n" for i in range(1, 40)),
    "conditions that exclude everything": TOP.format("random")
    + CHOICES
    + "where:\n"
    + "- model[1].conv.filters >= 0\n" * 49
    + f"- {NEVER}\n",
    "conditions inside whole layers": TOP.format("random")
    + LAYERS
    + "where:\n"
    + "- model[0].conv.filters < 9\n" * 49
    + "- model[1].conv.filters > 9\n",
    "invalid layers": TOP.format("random") + LAYERS.replace("conv: 3", "conv: -3"),
    "unknown paths": TOP.format("random")
    + "".join(f"  model[{i}].conv.filtrs: [1, 2]\n" for i in range(50)),
    "a large grid": TOP.format("grid") + LAYERS,
    "a grid of 1,000": TOP.format("grid") + "  model[0].conv.filters: {min: 1, max: 1000}\n",
    "a huge range": TOP.format("random") + "  model[0].conv.filters: {min: 1, max: 1000000000}\n",
    "a long condition": TOP.format("random") + CHOICES[:900] + f"\nwhere: ['{'(' * 60_000}']\n",
    "a long path": TOP.format("random") + f"  model{'[0]' * 18_000}: [1, 2]\n",
    "a long index": TOP.format("random")
    + f"  model[{'9' * 5000}]: [1, 2]\nwhere: ['model[{'9' * 50}] < 3']\n",
}


@pytest.mark.slow
@pytest.mark.parametrize("name", WORST)
def test_the_largest_sweep_files_get_an_answer(name):
    assert answers(WORST[name].encode(), DEEP)


def test_a_large_config_is_checked_in_fewer_combinations():
    text = TOP.format("random") + "  model[0].conv.filters: {min: 1, max: 1000}\n"
    sweep = parse_sweep(Path("sweep.yaml"), text.encode(), describe, (), DEEP)
    # 1,995 YAML values and 499 layers: 250,000 / (1,995 + 20 · 499) = 20.9
    assert len(sweep.checked.combinations) == 20

"""The hint at another precision: a function of the processor, the network and the training."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from cnnlab.data.datasets import describe_dataset
from cnnlab.spec.config_reader import read_config
from cnnlab.training.precision_hint import (
    find_fast_bfloat16,
    find_precision_hint,
    find_slow_precision,
    read_cpu_flags,
)

CONFIGS = Path(__file__).parents[2] / "configs"
AVX, AMX = frozenset({"avx512f", "avx512_bf16"}), frozenset({"avx512_bf16", "amx_bf16"})
FP16 = frozenset({"avx512_bf16", "avx512_fp16"})
NONE = frozenset({"avx2", "avx512f"})
TYPED = "--set training.precision=mixed_bfloat16 (docs/performance.md)"


@pytest.mark.parametrize(
    ("kind", "flags", "capability", "reason"),
    [
        ("cpu", AVX, None, "this CPU has avx512_bf16"),
        ("cpu", AMX, None, "this CPU has amx_bf16"),
        ("cpu", NONE, None, None),
        ("cpu", frozenset(), None, None),
        ("gpu", NONE, (8, 0), "this GPU has compute capability 8.0"),
        ("gpu", NONE, (12, 1), "this GPU has compute capability 12.1"),
        ("gpu", AMX, (7, 5), None),
        ("gpu", AMX, None, None),
    ],
)
def test_the_processor_decides(kind, flags, capability, reason):
    assert find_fast_bfloat16(kind, flags, capability) == reason


@pytest.mark.parametrize(
    ("precision", "kind", "flags", "reason"),
    [
        ("mixed_bfloat16", "cpu", NONE, "this CPU has no instructions for bfloat16"),
        ("mixed_bfloat16", "cpu", AVX, None),
        ("mixed_float16", "cpu", AVX, "this CPU has no instructions for float16"),
        ("mixed_float16", "cpu", FP16, None),
        ("float32", "cpu", NONE, None),
        ("mixed_bfloat16", "cpu", frozenset(), None),  # unknown
        ("mixed_bfloat16", "gpu", NONE, None),
    ],
)
def test_a_cpu_without_instructions_for_16_bits_is_slow(precision, kind, flags, reason):
    assert find_slow_precision(precision, kind, flags) == reason


@pytest.mark.parametrize(
    ("edits", "flags", "hinted"),
    [
        ((), NONE, "bfloat16"),  # 3 · 1e6 · 6e4 = 2e11
        ((), AVX, None),
        (("training.precision=mixed_float16",), AVX, "float16"),
        (("training.precision=float32",), NONE, None),
        (("model=[flatten, dense: 10]",), NONE, None),  # 1e9: over in a second
    ],
    ids=["slow", "fast", "float16", "float32", "short"],
)
def test_a_config_in_16_bits_gets_the_hint_at_float32(edits, flags, hinted):
    config = read_config(CONFIGS / "quick.yaml", describe_dataset, edits)
    expected = (
        f"likely slower, as this CPU has no instructions for {hinted}: "
        "--set training.precision=float32 (docs/performance.md)"
    )
    assert find_precision_hint(config, "cpu", flags, None) == (expected if hinted else None)


# Multiply-adds of a training: 3 passes · those of an image · 60,000 images · epochs.
@pytest.mark.parametrize(
    ("edits", "kind", "hinted"),
    [
        ((), "cpu", True),  # 3 · 4.2e6 · 6e4 · 8 = 6e12
        (("training.epochs=1",), "cpu", False),  # 8e11: over in seconds
        (("model[0].conv.filters=1", "model[2].conv.filters=1"), "cpu", False),  # small
        ((), "gpu", False),  # over in seconds on a GPU
        (("training.epochs=500",), "gpu", True),
    ],
    ids=["whole", "short", "small", "short for a gpu", "long"],
)
def test_the_network_and_the_training_decide(edits, kind, hinted):
    config = read_config(CONFIGS / "mnist.yaml", describe_dataset, edits)
    reason = "this CPU has avx512_bf16" if kind == "cpu" else "this GPU has compute capability 8.0"
    expected = f"likely faster, as {reason}: {TYPED}" if hinted else None
    assert find_precision_hint(config, kind, AVX, (8, 0)) == expected
    assert find_precision_hint(config, kind, NONE, (7, 0)) is None


def test_the_flags_are_those_that_linux_writes(tmp_path):
    path = tmp_path / "cpuinfo"
    path.write_text(
        "processor\t: 0\nflags\t\t: fpu avx512_bf16\n\nprocessor\t: 1\nflags\t\t: fpu\n"
    )
    assert {"fpu", "avx512_bf16"} <= read_cpu_flags(path)
    path.write_text("processor\t: 0\nFeatures\t: fp asimd\n")  # an ARM processor
    assert read_cpu_flags(path) == frozenset()
    assert read_cpu_flags(tmp_path / "none") == frozenset()


@pytest.mark.slow
@pytest.mark.parametrize("flags", [(), ("--quiet",)], ids=["talking", "quiet"])
def test_train_shows_the_hint_of_this_processor_first(start, tmp_path, flags):
    path, cpu_flags = CONFIGS / "mnist.yaml", read_cpu_flags()
    is_fast = find_fast_bfloat16("cpu", cpu_flags, None)
    edit = f"training.precision={'float32' if is_fast else 'mixed_bfloat16'}"
    begin = start("train", path, "--device", "cpu", "--set", edit, *flags, cwd=tmp_path)
    begin.wait_for((tmp_path / "runs/mnist-001/checkpoints/initial.keras").exists)
    begin.process.send_signal(signal.SIGINT)
    assert begin.end() == 130
    hint = find_precision_hint(read_config(path, describe_dataset, (edit,)), "cpu", cpu_flags, None)
    lines = begin.read_stderr().splitlines()
    shown = [line for line in lines if line.startswith("note: likely")]
    assert shown == ([f"note: {hint}"] if hint and not flags else [])
    assert lines[: len(shown)] == shown

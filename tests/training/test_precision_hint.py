"""The hint at mixed_bfloat16: a function of the processor, the network and the training."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from cnnlab.data.datasets import describe_dataset
from cnnlab.spec.config_reader import read_config
from cnnlab.training.precision_hint import (
    find_fast_bfloat16,
    find_precision_hint,
    read_cpu_flags,
)

CONFIGS = Path(__file__).parents[2] / "configs"
AVX, AMX = frozenset({"avx512f", "avx512_bf16"}), frozenset({"avx512_bf16", "amx_bf16"})
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


# Multiply-adds of a training: 3 passes · those of an image · 60,000 images · epochs.
@pytest.mark.parametrize(
    ("edits", "kind", "hinted"),
    [
        ((), "cpu", True),  # 3 · 4.2e6 · 6e4 · 8 = 6e12
        (("training.epochs=1",), "cpu", False),  # 8e11: over in seconds
        (("training.precision=mixed_bfloat16",), "cpu", False),
        (("training.precision=mixed_float16",), "cpu", False),
        (("model[0].conv.filters=1", "model[2].conv.filters=1"), "cpu", False),  # small
        ((), "gpu", False),  # over in seconds on a GPU
        (("training.epochs=500",), "gpu", True),
    ],
    ids=["whole", "short", "bfloat16", "float16", "small", "short for a gpu", "long"],
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
    path = CONFIGS / "mnist.yaml"
    begin = start("train", path, "--device", "cpu", *flags, cwd=tmp_path)
    begin.wait_for((tmp_path / "runs/mnist-001/checkpoints/initial.keras").exists)
    begin.process.send_signal(signal.SIGINT)
    assert begin.end() == 130
    hint = find_precision_hint(read_config(path, describe_dataset), "cpu", read_cpu_flags(), None)
    lines = begin.read_stderr().splitlines()
    shown = [line for line in lines if "mixed_bfloat16" in line]
    assert shown == ([f"note: {hint}"] if hint and not flags else [])
    assert lines[: len(shown)] == shown

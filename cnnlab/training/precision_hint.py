"""Say when 16-bit numbers are likely to make a training faster or slower, without TensorFlow.

The processor decides: without instructions for numbers of 16 bits, it computes them by way of
float32.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from cnnlab.spec.config_reader import Config
from cnnlab.spec.layer_table import build_table

_CPU_FLAGS = {  # as Linux names them; the faster first
    "mixed_bfloat16": ("amx_bf16", "avx512_bf16"),
    "mixed_float16": ("amx_fp16", "avx512_fp16"),
}
_LEAST_CAPABILITY = (8, 0)  # the first GPUs of NVIDIA with bfloat16 in their tensor cores
# A smaller network spends its time between the sums and not in them.
_LEAST_MULTIPLY_ADDS = 1_000_000  # of an image, forward
# A training with fewer multiply-adds ends before the user has read the hint. These numbers are
# estimates of some seconds. The backward pass has twice the multiply-adds of the forward pass.
_LEAST_WORK = {"cpu": 10**12, "gpu": 10**14}
_LEAST_SLOW_WORK = 10**10  # without these instructions, the same seconds are enough for less
_PASSES = 3


def read_cpu_flags(path: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """Read the instructions that the processor has; empty if the system does not say."""
    try:
        lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return frozenset()
    return frozenset(next((line.split() for line in lines if line.startswith("flags")), ()))


def find_fast_bfloat16(
    kind: str, cpu_flags: Set[str], compute_capability: tuple[int, int] | None
) -> str | None:
    """Say what makes bfloat16 fast on a device of the kind cpu or gpu; None if nothing does.

    >>> find_fast_bfloat16("cpu", {"avx512f", "avx512_bf16"}, None)
    'this CPU has avx512_bf16'
    >>> find_fast_bfloat16("gpu", {"avx512_bf16"}, (7, 5)) is None
    True
    """
    if kind == "cpu":
        flags = _CPU_FLAGS["mixed_bfloat16"]
        return next((f"this CPU has {flag}" for flag in flags if flag in cpu_flags), None)
    if compute_capability is None or tuple(compute_capability) < _LEAST_CAPABILITY:
        return None
    return f"this GPU has compute capability {'.'.join(map(str, compute_capability))}"


def find_slow_precision(precision: str, kind: str, cpu_flags: Set[str]) -> str | None:
    """Say what makes a precision slow on a device of the kind cpu or gpu; None if nothing does.

    Nothing is said of a CPU whose flags are unknown, or of a GPU.

    >>> find_slow_precision("mixed_bfloat16", "cpu", {"avx2", "avx512f"})
    'this CPU has no instructions for bfloat16'
    >>> find_slow_precision("mixed_bfloat16", "cpu", {"avx512f", "avx512_bf16"}) is None
    True
    """
    flags = _CPU_FLAGS.get(precision, ())
    if kind != "cpu" or not cpu_flags or not flags or cpu_flags & set(flags):
        return None
    return f"this CPU has no instructions for {precision.removeprefix('mixed_')}"


def find_precision_hint(
    config: Config, kind: str, cpu_flags: Set[str], compute_capability: tuple[int, int] | None
) -> str | None:
    """Return a sentence if another precision is likely to make a training faster; None otherwise.

    A config in float32 gets a hint at mixed_bfloat16 where the processor has instructions for it,
    and a config in 16 bits gets one at float32 where the CPU has none. Trainings that take no time
    get no hint, nor do small networks in float32.
    """
    training = config.experiment.training
    multiply_adds = build_table(config.experiment, config.info).multiply_adds
    work = _PASSES * multiply_adds * config.info.training_images * training.epochs
    if training.precision != "float32":
        reason = find_slow_precision(training.precision, kind, cpu_flags)
        change, better, least_work = "slower", "float32", _LEAST_SLOW_WORK
    else:
        is_small = multiply_adds < _LEAST_MULTIPLY_ADDS
        reason = None if is_small else find_fast_bfloat16(kind, cpu_flags, compute_capability)
        change, better, least_work = "faster", "mixed_bfloat16", _LEAST_WORK[kind]
    if reason is None or work < least_work:
        return None
    return f"likely {change}, as {reason}: --set training.precision={better} (docs/performance.md)"

"""Say when 16-bit numbers are likely to make a training faster, without TensorFlow.

The processor decides: without instructions for bfloat16, it computes them by way of float32.
"""

from __future__ import annotations

from collections.abc import Set
from pathlib import Path

from cnnlab.spec.config_reader import Config
from cnnlab.spec.layer_table import build_table

_CPU_FLAGS = ("amx_bf16", "avx512_bf16")  # as Linux names them; the faster first
_LEAST_CAPABILITY = (8, 0)  # the first GPUs of NVIDIA with bfloat16 in their tensor cores
# A smaller network spends its time between the sums and not in them.
_LEAST_MULTIPLY_ADDS = 1_000_000  # of an image, forward
# A training with fewer multiply-adds ends before the user has read the hint. These numbers are
# estimates of some seconds. The backward pass has twice the multiply-adds of the forward pass.
_LEAST_WORK = {"cpu": 10**12, "gpu": 10**14}
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
        return next((f"this CPU has {flag}" for flag in _CPU_FLAGS if flag in cpu_flags), None)
    if compute_capability is None or tuple(compute_capability) < _LEAST_CAPABILITY:
        return None
    return f"this GPU has compute capability {'.'.join(map(str, compute_capability))}"


def find_precision_hint(
    config: Config, kind: str, cpu_flags: Set[str], compute_capability: tuple[int, int] | None
) -> str | None:
    """Return a sentence if mixed_bfloat16 is likely to make a training faster; None otherwise.

    There is a hint for a config in float32 whose network is large enough, and trains long enough.
    """
    training = config.experiment.training
    reason = find_fast_bfloat16(kind, cpu_flags, compute_capability)
    if reason is None or training.precision != "float32":
        return None
    multiply_adds = build_table(config.experiment, config.info).multiply_adds
    work = _PASSES * multiply_adds * config.info.training_images * training.epochs
    if multiply_adds < _LEAST_MULTIPLY_ADDS or work < _LEAST_WORK[kind]:
        return None
    return (
        f"likely faster, as {reason}: --set training.precision=mixed_bfloat16 (docs/performance.md)"
    )

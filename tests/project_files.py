"""The files of the project that the tests of its rules read."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cnnlab"
SWEEPS = sorted((ROOT / "configs/sweeps").glob("*.yaml"))
CONFIGS = sorted(set((ROOT / "configs").rglob("*.yaml")) - {*SWEEPS})


def list_modules() -> list[Path]:
    """The modules of the package, without its `__init__.py`."""
    return [path for path in PACKAGE.rglob("*.py") if path != PACKAGE / "__init__.py"]

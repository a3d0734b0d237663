"""Build Optuna's study of a sweep: the sampler, the pruner, the journal and the distributions."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.pruners import BasePruner, HyperbandPruner, MedianPruner, NopPruner
from optuna.samplers import BaseSampler, GPSampler, RandomSampler, TPESampler
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend, JournalFileOpenLock

from cnnlab.errors import UsageError
from cnnlab.spec.sweep import Choice, Hyperband, IntegerRange, Median, Space, Sweep


class _NoLock(JournalFileOpenLock):
    """No lock for the journal: the lock of the sweep's folder protects it already.

    A process that is killed would leave Optuna's own lock behind for 30 seconds.
    """

    def acquire(self) -> bool:
        """Return True at once."""
        return True

    def release(self) -> None:
        """Do nothing."""


def create_study(
    name: str, sampler: BaseSampler, pruner: BasePruner, storage: JournalStorage | None
) -> optuna.Study:
    """Create the study, or open it if the storage has it already; None means memory."""
    return optuna.create_study(
        study_name=name,
        storage=storage,
        sampler=sampler,
        pruner=pruner,
        direction="maximize",
        load_if_exists=True,
    )


def build_distribution(space: Space) -> BaseDistribution:
    """Build the distribution of a parameter."""
    if isinstance(space, Choice):
        return CategoricalDistribution(list_categories(space))
    is_log = space.scale == "log"
    if isinstance(space, IntegerRange):
        return IntDistribution(space.min, space.max, log=is_log, step=space.step)
    return FloatDistribution(space.min, space.max, log=is_log, step=space.step)


def list_categories(space: Choice) -> list[Any]:
    """List the values of a choice in the form that Optuna stores: numbers, or else JSON texts."""
    if all(type(value) in (int, float) for value in space.values):
        return [*space.values]
    return [json.dumps(value) for value in space.values]


def build_sampler(sweep: Sweep) -> BaseSampler:
    """Build the sampler of a method; raises UsageError if it needs a package that is missing."""
    seed = sweep.seed % 2**32  # NumPy's random numbers take no larger seed
    require_packages(sweep)
    match sweep.method:
        case "tpe":
            return TPESampler(seed=seed)
        case "gp":
            return GPSampler(seed=seed)
    return RandomSampler(seed=seed)


def require_packages(sweep: Sweep) -> None:
    """Raise UsageError if the method of a sweep needs a package that is not installed."""
    if sweep.method == "gp" and find_spec("torch") is None:
        raise UsageError(
            "method: gp needs PyTorch, which Optuna's Gaussian processes use: "
            "pip install torch; or search with method: tpe"
        )


def build_pruner(sweep: Sweep, epochs: int) -> BasePruner:
    """Build the pruner, which ends bad trials early, or one that ends none."""
    match sweep.early_terminate:
        case Hyperband(min_epochs=fewest, reduction_factor=factor):
            return HyperbandPruner(fewest, epochs, factor)
        case Median(min_epochs=fewest, min_trials=trials):
            return MedianPruner(n_startup_trials=trials, n_warmup_steps=fewest)
    return NopPruner()


def open_journal(path: Path) -> JournalStorage:
    """Open the file in which Optuna records a study."""
    return JournalStorage(JournalFileBackend(str(path), _NoLock(str(path))))

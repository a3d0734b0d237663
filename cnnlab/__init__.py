"""cnnlab: a laboratory for convolutional networks, on the command line and in Python.

    import cnnlab
    run = cnnlab.train("configs/mnist.yaml", {"training.epochs": 2})
    run.evaluate().accuracy
    run.predict("seven.png")

docs/python.md describes every public name.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cnnlab.api.actions import (
        check,
        check_sweep,
        create_config,
        load,
        load_sweep,
        runs,
        schema,
    )
    from cnnlab.api.checked_sweep import CheckedSweep
    from cnnlab.api.data_description import DataDescription, describe_data
    from cnnlab.api.evaluation_result import EvaluationResult
    from cnnlab.api.exported_files import export_page
    from cnnlab.api.learning_rate import RangeTestResult, find_learning_rate
    from cnnlab.api.network_export import ExportResult, export_network
    from cnnlab.api.results import (
        CheckedConfig,
        ComparisonResult,
        Prediction,
        Predictions,
    )
    from cnnlab.api.run import Run
    from cnnlab.api.run_list import RunList
    from cnnlab.api.sweep_result import SweepResult
    from cnnlab.api.sweeping import plan_sweep, resume_sweep, sweep
    from cnnlab.api.trained_networks import compare, evaluate, predict, predict_random
    from cnnlab.api.training import resume_seeds, train, train_seeds
    from cnnlab.errors import (
        CheckpointError,
        CnnlabError,
        ConfigError,
        DataError,
        DiskError,
        ExportError,
        Fault,
        Interruption,
        InUseError,
        MemoryShortageError,
        RunError,
        TrainingError,
        UsageError,
    )

__version__ = "0.1.0"

# Before the first import of TensorFlow or Keras, anywhere in the package: neither a keras.json nor
# the user's environment may choose another backend, and TensorFlow's log stays quiet.
os.environ["KERAS_BACKEND"] = "tensorflow"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

_MODULES = {
    "cnnlab.api.actions": (
        *("check", "check_sweep", "create_config", "load", "load_sweep", "runs", "schema"),
    ),
    "cnnlab.api.checked_sweep": ("CheckedSweep",),
    "cnnlab.api.data_description": ("DataDescription", "describe_data"),
    "cnnlab.api.evaluation_result": ("EvaluationResult",),
    "cnnlab.api.exported_files": ("export_page",),
    "cnnlab.api.learning_rate": ("RangeTestResult", "find_learning_rate"),
    "cnnlab.api.network_export": ("ExportResult", "export_network"),
    "cnnlab.api.results": ("CheckedConfig", "ComparisonResult", "Prediction", "Predictions"),
    "cnnlab.api.run": ("Run",),
    "cnnlab.api.run_list": ("RunList",),
    "cnnlab.api.sweep_result": ("SweepResult",),
    "cnnlab.api.trained_networks": ("compare", "evaluate", "predict", "predict_random"),
    "cnnlab.api.sweeping": ("plan_sweep", "resume_sweep", "sweep"),
    "cnnlab.api.training": ("resume_seeds", "train", "train_seeds"),
    "cnnlab.errors": (
        *("CheckpointError", "CnnlabError", "ConfigError", "DataError", "DiskError"),
        *("ExportError", "Fault"),
        *("InUseError", "RunError", "Interruption", "MemoryShortageError", "TrainingError"),
        "UsageError",
    ),
}
_PUBLIC = {name: module for module, names in _MODULES.items() for name in names}

__all__ = [  # imported at their first use
    "CheckedConfig",
    "CheckedSweep",
    "CheckpointError",
    "CnnlabError",
    "ComparisonResult",
    "ConfigError",
    "DataDescription",
    "DataError",
    "DiskError",
    "EvaluationResult",
    "ExportError",
    "ExportResult",
    "Fault",
    "InUseError",
    "Interruption",
    "MemoryShortageError",
    "Prediction",
    "Predictions",
    "RangeTestResult",
    "Run",
    "RunError",
    "RunList",
    "SweepResult",
    "TrainingError",
    "UsageError",
    "check",
    "check_sweep",
    "compare",
    "create_config",
    "describe_data",
    "evaluate",
    "export_network",
    "export_page",
    "find_learning_rate",
    "load",
    "load_sweep",
    "plan_sweep",
    "predict",
    "predict_random",
    "resume_seeds",
    "resume_sweep",
    "runs",
    "schema",
    "sweep",
    "train",
    "train_seeds",
]


def __getattr__(name: str) -> Any:
    """Import a public name of cnnlab only when a program uses the name."""
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'cnnlab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return [*globals(), *_PUBLIC]

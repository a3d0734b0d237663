"""Run folders: create, find, list and remove them, and read and write their files."""

from cnnlab.run_folder.atomic_write import (
    build_disk_error,
    save_file,
    save_new_file,
    write_atomically,
)
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.foreign_formats import describe_foreign_format
from cnnlab.run_folder.lookup import (
    DEFAULT_ROOT,
    create_run,
    find_exact_run,
    find_exact_sweep,
    find_run,
    find_run_or_sweep,
    find_runs_named,
    find_sweep,
    is_run_folder,
    list_runs,
    list_runs_and_sweeps,
)
from cnnlab.run_folder.record import (
    Record,
    Resumption,
    Series,
    State,
    TrainingProgress,
    utc_now,
)
from cnnlab.run_folder.safe_reading import Predictions
from cnnlab.run_folder.serialization import MAX_SPEC_BYTES, format_spec, parse_spec
from cnnlab.run_folder.sweep_folder import (
    SweepFolder,
    SweepRecord,
    TrialRecord,
    find_sweep_around,
    is_sweep_folder,
)
from cnnlab.run_folder.trained_checkpoint import find_trained_checkpoint

__all__ = [
    "DEFAULT_ROOT",
    "MAX_SPEC_BYTES",
    "Predictions",
    "Record",
    "Resumption",
    "RunFolder",
    "Series",
    "State",
    "SweepFolder",
    "SweepRecord",
    "TrainingProgress",
    "TrialRecord",
    "build_disk_error",
    "create_run",
    "describe_foreign_format",
    "find_exact_run",
    "find_exact_sweep",
    "find_run",
    "find_run_or_sweep",
    "find_runs_named",
    "find_sweep",
    "find_sweep_around",
    "find_trained_checkpoint",
    "format_spec",
    "is_run_folder",
    "is_sweep_folder",
    "list_runs",
    "list_runs_and_sweeps",
    "parse_spec",
    "save_file",
    "save_new_file",
    "utc_now",
    "write_atomically",
]

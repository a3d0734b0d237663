"""The functions of the Python API for configs and run folders. The commands call them too."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from cnnlab.api.checked_sweep import CheckedSweep
from cnnlab.api.edits import Edits, format_edits, read_edited_config
from cnnlab.api.results import CheckedConfig
from cnnlab.api.run import Run
from cnnlab.api.run_list import RunList
from cnnlab.api.sweep_result import SweepResult
from cnnlab.errors import UsageError

Reference = str | Path | Run  # a run, by its path, its name, a unique prefix, or `last`


def create_config(name: str | Path = "experiment", dataset: str = "mnist") -> Path:
    """Write a first config, with comments that explain each setting; return the path.

    The config is NAME.yaml in the folder configs/ if that folder exists, and otherwise in the
    current folder; `name` may also be a path. An existing config is never overwritten. The JSON
    Schema for editors is written beside the config. The path of a data set may start at the folder
    of the config or at the current folder.

    Raises:
        UsageError: the file exists, or the name or the data set cannot be used.
    """
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.errors import ConfigError
    from cnnlab.run_folder import save_new_file
    from cnnlab.spec.config_reader import parse_config
    from cnnlab.spec.experiment import CONFIG_ENDINGS
    from cnnlab.spec.json_schema import SCHEMA_FILE, format_schema
    from cnnlab.spec.starter_config import complete_path, write_starter

    if str(name).endswith("/"):
        raise UsageError(f"{name}: a folder; name a config in it, such as {name}experiment")
    path = Path(name if str(name).endswith(CONFIG_ENDINGS) else f"{name}.yaml")
    if path.parent == Path() and Path("configs").is_dir():
        path = Path("configs") / path
    if path.exists():
        raise UsageError(f"{path}: this file exists already; choose another name")
    text = write_starter(path, complete_path(dataset, path.parent), describe_dataset)
    try:
        parse_config(path, text.encode("utf-8", "replace"), describe_dataset)
    except ConfigError as error:  # in our own text, only the name and the data set can be wrong
        messages = [
            f"{fault.path}: {fault.message}; expected {fault.expected}"
            + (f"; {fault.hint}" if fault.hint else "")
            for fault in error.faults
        ]
        raise UsageError("\n".join(messages)) from None
    save_new_file(path, text.encode(), beside={SCHEMA_FILE: format_schema().encode()})
    return path


def check(
    config: str | Path,
    edits: Edits | None = None,
    *,
    data: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> CheckedConfig:
    """Check a config without loading TensorFlow.

    Args:
        edits: changes of the config, `{"training.epochs": 2}`.
        data: also open every image of the data set.
        report: a function that gets the number of opened images, and the number of all images.

    Raises:
        ConfigError: the config has faults; the error lists all faults.
        DataError: images are missing or broken; the error names all of these images.
    """
    checked = read_edited_config(config, edits)
    if not data:
        return CheckedConfig(checked)
    from cnnlab.data.datasets import open_all_images

    return CheckedConfig(checked, open_all_images(checked.experiment.data, report))


def check_sweep(path: str | Path, edits: Edits | None = None) -> CheckedSweep:
    """Check a sweep file and its config without loading TensorFlow.

    Args:
        edits: changes of the config, `{"training.epochs": 2}`, or of the sweep, `{"trials": 5}`.

    Raises:
        ConfigError: the sweep file or its config has faults; the error lists all faults.
        DataError: the data set has a fault.
    """
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.sweep_reader import read_sweep

    return CheckedSweep(read_sweep(Path(path), describe_dataset, format_edits(edits)))


def check_file(
    path: str | Path,
    edits: Edits | None = None,
    *,
    data: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> CheckedConfig | CheckedSweep:
    """Check a config or a sweep file, with the arguments and errors of `check`."""
    from cnnlab.spec.config_file import read_bytes

    return check_content(Path(path), read_bytes(Path(path)), edits, data=data, report=report)


def check_content(
    path: Path,
    content: bytes,
    edits: Edits | None = None,
    *,
    data: bool = False,
    report: Callable[[int, int], None] | None = None,
) -> CheckedConfig | CheckedSweep:
    """Check the content of a config or a sweep file, with the arguments and errors of `check`.

    `path` is the name in messages, and the paths of data sets start at its folder; the file does
    not have to exist.
    """
    from cnnlab.data.datasets import describe_dataset, open_all_images
    from cnnlab.spec.config_reader import parse_config
    from cnnlab.spec.sweep_base import is_sweep_text

    texts = format_edits(edits)
    if not is_sweep_text(content.decode("utf-8-sig", "replace")):
        config = parse_config(path, content, describe_dataset, texts)
        images = open_all_images(config.experiment.data, report) if data else None
        return CheckedConfig(config, images)
    from cnnlab.spec.sweep_reader import parse_sweep

    sweep_config = parse_sweep(path, content, describe_dataset, texts)
    base = sweep_config.base.experiment.data
    return CheckedSweep(sweep_config, open_all_images(base, report) if data else None)


def schema(*, sweep: bool = False) -> dict[str, Any]:
    """Build the JSON Schema of configs, or of sweep files, with which editors check them."""
    from cnnlab.spec.json_schema import build_json_schema
    from cnnlab.spec.sweep_schema import build_sweep_schema

    return build_sweep_schema() if sweep else build_json_schema()


def load(run: Reference, runs: str | Path = "runs") -> Run:
    """Open a run by its path, its name, a unique prefix of its name, or the word `last`.

    cnnlab searches the names in the folder `runs`.

    Raises:
        RunError: no run fits the name, or several runs fit.
    """
    if isinstance(run, Run):
        return run
    from cnnlab.run_folder import find_run

    return Run(find_run(str(run), Path(runs)))


def load_sweep(sweep: str | Path, runs: str | Path = "runs") -> SweepResult:
    """Open a sweep by its path, its name, a unique prefix of its name, or the word `last`.

    Raises:
        RunError: no sweep fits the name, or several sweeps fit.
    """
    from cnnlab.run_folder import find_sweep

    return SweepResult(find_sweep(str(sweep), Path(runs)))


def load_run_or_sweep(reference: str | Path, runs: str | Path = "runs") -> Run | SweepResult:
    """Open a run or a sweep; `last` is the newest of both.

    Raises:
        RunError: no run and no sweep fits the name, or several fit.
    """
    from cnnlab.run_folder import RunFolder, find_run_or_sweep

    found = find_run_or_sweep(str(reference), Path(runs))
    return Run(found) if isinstance(found, RunFolder) else SweepResult(found)


def runs(
    folder: str | Path = "runs", *, where: Sequence[str] = (), sort: str | None = None
) -> RunList:
    """List the runs in a folder, from the oldest to the newest.

    Args:
        where: conditions that a listed run meets, `["accuracy>0.99", "status=finished"]`.
        sort: the column to sort by: `accuracy` puts the highest last, `-accuracy` the lowest.
    """
    from cnnlab.run_folder import list_runs, runs_table

    selection = runs_table.parse_selection(where, sort)
    rows = [runs_table.read_row(run) for run in list_runs(Path(folder))]
    return RunList(Run(row.run) for row in selection.select(rows))

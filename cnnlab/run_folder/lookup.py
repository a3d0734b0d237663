"""Create a run folder, find a run or a sweep by its name, and list those in a folder."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Sequence
from pathlib import Path

from cnnlab.errors import RunError
from cnnlab.run_folder.atomic_write import report_disk_errors
from cnnlab.run_folder.folder import RunFolder
from cnnlab.run_folder.foreign_formats import describe_foreign_format
from cnnlab.run_folder.similar_runs import suggest_run
from cnnlab.run_folder.sweep_folder import SweepFolder, is_sweep_folder
from cnnlab.spec.experiment import CONFIG_ENDINGS, IMAGE_ENDINGS, is_array_file
from cnnlab.spec.wording import to_one_line

DEFAULT_ROOT = Path("runs")
_NUMBERED = re.compile(r"(.+)-(\d+)")


def create_run(root: Path, name: str) -> RunFolder:
    """Create the run folder root/name-001, or a folder with the next number that is free.

    Two processes never get the same number, because `mkdir` fails for a folder that exists.
    """
    with report_disk_errors(root, "--runs DIR"):
        root.mkdir(parents=True, exist_ok=True)
        numbers = [
            run for run in root.iterdir() if (m := _NUMBERED.fullmatch(run.name)) and m[1] == name
        ]
        number = 1 + max((int(run.name.rpartition("-")[2]) for run in numbers), default=0)
        while True:
            path = root / f"{name}-{number:03d}"
            try:
                path.mkdir()
            except FileExistsError:
                number += 1
                continue
            return RunFolder(path)


def find_run(reference: str, root: Path = DEFAULT_ROOT) -> RunFolder:
    """Find a run by its path, or in `root` by its name, a unique prefix, or the word `last`.

    Raises:
        RunError: no run fits the name, or several runs fit.
    """
    if not reference:
        raise RunError("expected the name of a run, or `last`")
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*://", reference):
        address = "an address; cnnlab downloads nothing"
        message = f"{address}: name a run or a .keras file on this machine"
        raise RunError(f"{reference}: {message}")
    path = Path(reference)
    if is_run_folder(path):
        return RunFolder(path)
    if is_sweep_folder(path):
        raise RunError(f"{path}: {_describe_sweep(SweepFolder(path))}")
    runs = list_runs(root)
    if run := _select_run(reference, runs):
        return run
    inner = RunFolder(root / reference)
    if "/" in reference and is_run_folder(inner.path) and inner.name == reference:
        return inner  # a trial of a sweep, or a member of an ensemble
    if sweep := _select_sweep(reference, list_sweeps(root)):
        raise RunError(f"{sweep.path}: {_describe_sweep(sweep)}")
    if os.path.exists(path) and not reference.endswith(CONFIG_ENDINGS):
        raise RunError(f"{path}: {_describe_other_file(path)}")
    raise _build_missing_run_error(reference, [run.name for run in runs], root)


def _select_run(reference: str, runs: Sequence[RunFolder]) -> RunFolder | None:
    found = _select(reference, [run.name for run in runs], "runs")
    return None if found is None else runs[found]


def _select_sweep(reference: str, sweeps: Sequence[SweepFolder]) -> SweepFolder | None:
    found = _select(reference, [sweep.name for sweep in sweeps], "sweeps")
    return None if found is None else sweeps[found]


def _select(reference: str, names: Sequence[str], noun: str) -> int | None:
    """Return the index of the name that a reference means, or None if no name fits.

    The reference is a name, a unique prefix, or `last`; `names` lists the newest name last.
    """
    if reference == "last" and names:
        return len(names) - 1
    if reference in names:
        return names.index(reference)
    matches = [place for place, name in enumerate(names) if name.startswith(reference)]
    if len(matches) > 1:
        few = ", ".join(names[place] for place in matches[:8]) + (", …" if matches[8:] else "")
        raise RunError(f"{reference}: several {noun} start with this name: {few}")
    return matches[0] if matches else None


def _describe_sweep(sweep: SweepFolder) -> str:
    trial = sweep.trial_run(1).path
    return f"this is a sweep, not a run; its trials are runs, such as {trial}"


def find_sweep(reference: str, root: Path = DEFAULT_ROOT) -> SweepFolder:
    """Find a sweep by its path, or in `root` by its name, a unique prefix, or the word `last`.

    Raises:
        RunError: no sweep fits the name, or several sweeps fit.
    """
    if not reference:
        raise RunError("expected the name of a sweep, or `last`")
    path = Path(reference)
    if is_sweep_folder(path):
        return SweepFolder(path)
    sweeps = list_sweeps(root)
    if sweep := _select_sweep(reference, sweeps):
        return sweep
    run = path if is_run_folder(path) else root / reference
    if is_run_folder(run):
        raise RunError(f"{run}: this is a run, not a sweep")
    names = [sweep.name for sweep in sweeps]
    listed = f"; {_list_existing(names)}" if names else ""
    remedy = suggest_run(reference, names, root) or ""
    if not names:
        remedy = f"`cnnlab sweep FILE` makes one in {root}/"
    message = f"{reference}: no such sweep{listed}"
    raise RunError(f"{message}; {remedy}" if remedy else message)


def find_exact_run(name: str, root: Path) -> RunFolder:
    """Find a run in `root` by its whole name, such as `mnist-001` or `kernels-001/trials/007`.

    Any other text, such as a path, a prefix or `last`, is no name. So no name leads out of `root`.

    Raises:
        RunError: there is no run with this name.
    """
    run = RunFolder(root / name)
    if is_run_folder(run.path) and run.name == name:
        return run
    raise RunError(f"{to_one_line(name)}: no such run in {root}/")


def find_exact_sweep(name: str, root: Path) -> SweepFolder:
    """Find a sweep in `root` by its whole name; raises RunError as `find_exact_run` does."""
    path = root / name
    if is_sweep_folder(path) and os.path.abspath(path) == os.path.abspath(root / path.name):
        return SweepFolder(path)
    raise RunError(f"{to_one_line(name)}: no such sweep in {root}/")


def find_run_or_sweep(reference: str, root: Path = DEFAULT_ROOT) -> RunFolder | SweepFolder:
    """Find a run or a sweep by its path, its name, a unique prefix, or `last`, the newest of both.

    Raises:
        RunError: no run and no sweep fits the name, or several fit.
    """
    path = Path(reference)
    if not reference or is_run_folder(path):
        return find_run(reference, root)
    if is_sweep_folder(path):
        return SweepFolder(path)
    both = list_runs_and_sweeps(root)
    if not any(isinstance(one, SweepFolder) for one in both):
        return find_run(reference, root)
    found = _select(reference, [one.name for one in both], "runs or sweeps")
    return find_run(reference, root) if found is None else both[found]


def is_run_folder(path: Path) -> bool:
    """Return whether a path is the folder of a run, which has no spec yet before training."""
    # os.path.exists is False for an impossible path too.
    return any(os.path.exists(path / name) for name in ("spec.json", "run.json"))


def _describe_other_file(path: Path) -> str:
    """Say what a file or folder is that is not a run."""
    if foreign := describe_foreign_format(path):
        return foreign
    if os.path.isdir(path):
        return "not a run folder: it has no spec.json"
    if path.suffix == ".keras":
        return "a .keras file, not a run; `cnnlab evaluate` and `cnnlab predict` read it"
    if is_array_file(path.name):
        return "a data set, not a run; write its name after --dataset"
    if path.suffix.lower() in IMAGE_ENDINGS:
        command = f"cnnlab predict last {shlex.quote(str(path))}"
        return f"a picture, not a run; name the run first: `{command}`"
    return "a file, but no run folder and no .keras file"


def _list_existing(names: list[str]) -> str:
    """List the last names of runs or sweeps, at least one, as a part of an error message."""
    return f"there {'is' if len(names) == 1 else 'are'} {', '.join(names[-8:])}"


def _build_missing_run_error(reference: str, names: list[str], root: Path) -> RunError:
    if reference.endswith(CONFIG_ENDINGS) and os.path.isfile(reference):
        message = f"{reference}: this is a config, not a run"
        remedy = f"`cnnlab train {shlex.quote(reference)}` makes a run of it"
    elif names:
        message = f"{reference}: no such run or file; {_list_existing(names)}"
        remedy = ""
    else:
        message = f"{reference}: no such run or file"
        remedy = f"`cnnlab train CONFIG` makes one in {root}/"
    remedy = suggest_run(reference, names, root) or remedy
    return RunError(f"{message}; {remedy}" if remedy else message)


def find_runs_named(name: str, root: Path = DEFAULT_ROOT) -> list[RunFolder]:
    """List the finished runs name-001, name-002, … in `root`, from the oldest to the newest."""
    numbered = ((run, _NUMBERED.fullmatch(run.name)) for run in list_runs(root))
    return [run for run, match in numbered if match and match[1] == name and _is_finished(run)]


def _is_finished(run: RunFolder) -> bool:
    try:
        return run.read_record().status == "finished"
    except RunError:
        return False


def list_runs(root: Path = DEFAULT_ROOT) -> list[RunFolder]:
    """List the runs in `root`, from the oldest to the newest."""
    if not root.is_dir():
        return []
    runs = [RunFolder(path) for path in root.iterdir() if (path / "run.json").is_file()]
    return sorted(runs, key=_sort_key)


def list_sweeps(root: Path = DEFAULT_ROOT) -> list[SweepFolder]:
    """List the sweeps in `root`, from the oldest to the newest."""
    if not root.is_dir():
        return []
    sweeps = [SweepFolder(path) for path in root.iterdir() if is_sweep_folder(path)]
    return sorted(sweeps, key=_sort_key)


def list_runs_and_sweeps(root: Path = DEFAULT_ROOT) -> list[RunFolder | SweepFolder]:
    """List the runs and the sweeps in `root`, from the oldest to the newest."""
    both: list[RunFolder | SweepFolder] = [*list_runs(root), *list_sweeps(root)]
    return sorted(both, key=_sort_key)


def _sort_key(run: RunFolder | SweepFolder) -> tuple[str, str]:
    try:
        return (run.read_record().started, run.name)
    except RunError:
        return ("", run.name)

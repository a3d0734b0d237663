"""Read the file of a config, or suggest a similar file if the path is wrong.

A config comes from a regular file, from standard input (`-`), or from the pipe of a shell's `<(…)`.
"""

from __future__ import annotations

import difflib
import os
import re
import shlex
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

from cnnlab.errors import UsageError
from cnnlab.spec.experiment import CONFIG_ENDINGS
from cnnlab.spec.yaml_nodes import MAX_BYTES, Mapping, Node

STANDARD_INPUT = "-"
_FOLDER = Path("configs")  # where `cnnlab new` writes configs
_CONFIG_OF_RUN = "config.yaml"
_RECORD_OF_SWEEP = "sweep.json"
_MOST = 1000  # files of a folder that are compared
# The shell passes `<(…)` as one of these paths. A pipe of any other name may have no writer.
_DESCRIPTOR = re.compile(r"/dev/fd/\d+|/proc/self/fd/\d+|/dev/stdin")


def is_stream(path: Path) -> bool:
    """Return whether a config comes from standard input or a pipe, and not from a file."""
    return str(path) == STANDARD_INPUT or bool(_DESCRIPTOR.fullmatch(str(path)))


def is_sweep(root: Node) -> bool:
    """Return whether the YAML nodes of a file are those of a sweep file, and not of a config."""
    if not isinstance(root, Mapping):
        return False
    return bool({"parameters", "method"} & root.entries.keys()) and "model" not in root.entries


def is_config(root: Node) -> bool:
    """Return whether the YAML nodes of a file are those of a config, and not of a sweep file."""
    if not isinstance(root, Mapping):
        return False
    return "model" in root.entries and not {"config", "parameters"} & root.entries.keys()


def read_bytes(path: Path, kind: str = "config") -> bytes:
    """Read the bytes of a config, up to one byte more than the largest allowed size.

    `kind` is the word for the file in messages.

    Raises:
        UsageError: the file does not exist, is not a file, or cannot be read.
    """
    try:
        if str(path) == STANDARD_INPUT:
            return _read_standard_input()
        with open(path, "rb", opener=None if is_stream(path) else _open_without_waiting) as file:
            mode = os.fstat(file.fileno()).st_mode
            if not is_stream(path) and not stat.S_ISREG(mode):
                raise UsageError(_describe_other_file(path, mode, kind))
            return file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        near = find_similar_config(path)
        other = "`cnnlab new` writes one" if kind == "config" else "docs/sweeps.md shows one"
        hint = f"did you mean `{near}`?" if near else f"{other} to start from"
        raise UsageError(f"{path}: there is no such {kind}; {hint}") from None
    except IsADirectoryError:
        raise UsageError(_describe_folder(path, kind)) from None
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from None


def _open_without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NONBLOCK)  # otherwise, a pipe without a writer would block


def _read_standard_input() -> bytes:
    if sys.stdin is None or sys.stdin.closed:
        raise UsageError("-: cnnlab cannot read a config, because standard input is closed")
    return sys.stdin.buffer.read(MAX_BYTES + 1)


def _describe_other_file(path: Path, mode: int, kind: str) -> str:
    if stat.S_ISDIR(mode):
        return _describe_folder(path, kind)
    other = "a pipe" if stat.S_ISFIFO(mode) else "a device"
    hint = f"to read a {kind} from another command, pipe it to cnnlab and write `-` as the path"
    return f"{path}: this is {other}, not a file; {hint}"


def _describe_folder(path: Path, kind: str) -> str:
    message = f"{path}: this is a folder, not a {kind}"
    if kind != "config" and os.path.isfile(path / _RECORD_OF_SWEEP):
        return f"{message}; `cnnlab resume {shlex.quote(str(path))}` goes on with the sweep"
    if os.path.isfile(path / _CONFIG_OF_RUN):
        message += f"; did you mean `{path / _CONFIG_OF_RUN}`?"
    return message


def find_similar_config(path: Path) -> Path | None:
    """Find the config whose name is most similar to `path`, in its folder or in configs/.

    If `path` is the name of a run in runs/, the result can be the config of this run.
    """
    configs = [*_list_configs(path.parent)]
    is_bare = path.parent == Path()
    if is_bare or not os.path.isdir(path.parent):
        configs += _list_configs(_FOLDER)
    stems = [config.stem.lower() for config in configs]
    stem = path.stem.lower() if path.suffix in CONFIG_ENDINGS else path.name.lower()
    of_run = Path("runs", path, _CONFIG_OF_RUN)
    if stem not in stems and is_bare and os.path.isfile(of_run):
        return of_run
    close = difflib.get_close_matches(stem[:64], stems, n=1, cutoff=0.6)
    return configs[stems.index(close[0])] if close else None


def _list_configs(folder: Path) -> Iterator[Path]:
    try:
        names = sorted(os.listdir(folder))[:_MOST]
    except OSError:
        return
    yield from (
        folder / name for name in names if name.endswith(CONFIG_ENDINGS) and name.isprintable()
    )

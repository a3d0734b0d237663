"""List, read and save the configs in a folder, for editors that must not leave the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from cnnlab.errors import UsageError

_DEPTH, _MOST = 4, 1000  # of folders below the first, and of listed files
_STRANGE = frozenset('\\%:*?"<>|')  # in no file name, so that all systems can have the file
_RUN_FILES = ("run.json", "sweep.json")  # configs of runs are records, and not to be changed


class ConfigFolder:
    """The YAML files in a folder and its folders: no hidden files, no links, nothing outside.

    Paths are relative to the folder, with slashes: `configs/mnist.yaml`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def list_configs(self) -> list[str]:
        """List the paths of the YAML files, without those of runs and sweeps."""
        found = []
        for path in self._walk(self.path, _DEPTH):
            found.append(path.relative_to(self.path).as_posix())
            if len(found) == _MOST:
                break
        return sorted(found)

    def _walk(self, folder: Path, depth: int) -> Iterator[Path]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError:
            return
        if any(entry.name in _RUN_FILES for entry in entries):
            return
        for entry in entries:
            if entry.name.startswith(".") or entry.is_symlink():
                continue
            if entry.is_dir() and depth:
                yield from self._walk(Path(entry.path), depth - 1)
            elif entry.is_file() and entry.name.endswith((".yaml", ".yml")):
                yield Path(entry.path)

    def read_config(self, name: str) -> str:
        """Read a config; raises UsageError if there is no such config in the folder."""
        from cnnlab.spec.config_file import read_bytes

        return read_bytes(self._find(name)).decode("utf-8", "replace")

    def save_config(self, name: str, text: str) -> None:
        """Write a config, also over an old one.

        Raises:
            UsageError: the path is not that of a YAML file in the folder, or the text is longer
                than the longest config.
            DiskError: the file cannot be written.
        """
        from cnnlab.run_folder import is_run_folder, is_sweep_folder, save_file
        from cnnlab.spec.yaml_nodes import MAX_BYTES

        path, data = self._find(name), text.encode("utf-8", "replace")
        if not path.parent.is_dir():
            raise UsageError(f"{name}: there is no folder {path.parent.relative_to(self.path)}/")
        if path.is_dir():
            raise UsageError(f"{name}: this is a folder")
        if any(is_run_folder(one) or is_sweep_folder(one) for one in path.parents):
            raise UsageError(f"{name}: the files of a run are its record, and stay as they are")
        if len(data) > MAX_BYTES:
            raise UsageError(f"{name}: a config has at most {MAX_BYTES:,} bytes")
        save_file(path, data)

    def find_folder(self, name: str) -> Path:
        """Return a folder inside this folder; "" is this folder. Raises UsageError."""
        path = self._resolve(name) if name else self.path
        if path.is_dir():
            return path
        raise UsageError(f"{name}: there is no such folder")

    def _find(self, name: str) -> Path:
        if not name.endswith((".yaml", ".yml")):
            raise UsageError(f"{name}: the name of a config ends in .yaml")
        return self._resolve(name)

    def _resolve(self, name: str) -> Path:
        """Return the path of a name; raises UsageError if it may lead outside of the folder."""
        parts = PurePosixPath(name).parts
        is_plain = name == "/".join(parts) and name.isprintable() and not _STRANGE & set(name)
        if not parts or not is_plain or any(part.startswith(".") for part in parts):
            raise UsageError(f"{name!r}: expected a path in the folder of the lab, not hidden")
        path = self.path.joinpath(*parts)
        real = os.path.join(os.path.realpath(self.path), *parts)
        try:
            is_link = os.path.realpath(path) != real
        except (OSError, ValueError):
            is_link = True
        if name.startswith("/") or is_link:
            raise UsageError(f"{name}: this is a link, or a path that leads outside")
        return path

"""Copy a run between two machines as the bytes of its files, and send only files that changed."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any

from cnnlab.errors import RunError
from cnnlab.run_folder import commit
from cnnlab.run_folder.commit import StoredFile
from cnnlab.run_folder.folder import PROGRESS_NAME, STATE_NAME, RunFolder
from cnnlab.spec.wording import to_one_line

# `recover_saved_run` expects an order: spec.json says that a run has begun, so it comes after
# run.json. A run.json with finished epochs comes after the state.json of these epochs.
_LAST = ("run.json", "spec.json")


class ChangedFiles:
    """Collects the files of a run that have changed since the last collection."""

    def __init__(self, run: RunFolder) -> None:
        self.run = run
        self.stored: dict[str, StoredFile] = {}

    def collect(self) -> dict[str, bytes]:
        """Return the contents of the new and changed files, by their paths in the folder."""
        changed = {}
        for name, data in read_files(self.run).items():
            stored = StoredFile.from_bytes(data)
            if self.stored.get(name) != stored:
                self.stored[name] = stored
                changed[name] = data
        return changed


def read_files(run: RunFolder) -> dict[str, bytes]:
    """Read all files of a run by their paths in the folder, without lock and temporary files.

    progress.json is left out: it is for followers of a training on the same machine.

    The calling process must have locked the run. `RunFolder.recover` comes first, if the process
    that trained the run may have been killed.
    """
    paths = map(PurePosixPath, run.list_files())
    kept = [path for path in paths if path.name[0] != "." and path.name != PROGRESS_NAME]
    return {str(path): (run.path / path).read_bytes() for path in kept}


def write_files(run: RunFolder, files: Mapping[str, bytes]) -> None:
    """Write files of a run that another machine trains, as `ChangedFiles.collect` returned them.

    If the files have a new epoch, its state, history and checkpoints become valid together, as in
    `RunFolder.commit_epoch`. The calling process must have locked the run.

    Raises:
        RunError: the files contradict their state.json, or a path leads out of the folder.
        DiskError: a write failed; the files of the epoch before are still valid.
    """
    state: dict[str, Any] = json.loads(files.get(STATE_NAME, b'{"files": {}}'))
    listed = {name: StoredFile(**stored) for name, stored in state.pop("files").items()}
    for name in files:
        _require_inner_path(run, name)
        if name not in listed and name not in (STATE_NAME, *_LAST):
            run.write_file(name, files[name])
    if STATE_NAME in files:
        _commit(run, state, {name: files[name] for name in listed if name in files}, listed)
    for name in _LAST:
        if name in files:
            run.write_file(name, files[name])


def _commit(
    run: RunFolder,
    state: Mapping[str, Any],
    files: Mapping[str, bytes],
    listed: Mapping[str, StoredFile],
) -> None:
    """Commit the files of an epoch, after a check that they are the files that state.json lists."""
    saved = run.read_state()
    before = saved.files if saved else {}
    sent = {name: StoredFile.from_bytes(data) for name, data in files.items()}
    if {**before, **sent} != listed:
        raise RunError(f"{run.path}: a worker sent other files than its {STATE_NAME} lists")
    commit.commit(run.path, STATE_NAME, state, files, before)


def _require_inner_path(run: RunFolder, name: str) -> None:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or path.name.startswith("."):
        raise RunError(f"{run.path}: a worker sent {to_one_line(name)}, which is no file of a run")

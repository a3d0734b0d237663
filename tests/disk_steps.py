"""Count the steps by which files reach the disk, and act at any of them."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from cnnlab.run_folder import atomic_write


class Steps:
    """Counts each write, flush and rename, and calls `act(number, name)` before it is done.

    Of a write, the first half is done before.
    """

    def __init__(self, monkeypatch: Any, act: Callable[[int, str], None]) -> None:
        self.count, self.act = 0, act
        self.names: list[str] = []
        replace, fsync, begin = atomic_write.Path.replace, os.fsync, atomic_write.Path.open
        steps = self

        class Half:
            def __init__(self, file):
                self.file = file

            def __enter__(self):
                return self

            def __exit__(self, *_):
                self.file.close()

            def write(self, data):
                self.file.write(data[: len(data) // 2])
                self.file.flush()
                steps.step("write")
                self.file.write(data[len(data) // 2 :])

            def __getattr__(self, name):
                return getattr(self.file, name)

        def open_counted(path, mode="r", *rest, **options):
            file = begin(path, mode, *rest, **options)
            return Half(file) if mode == "wb" else file

        monkeypatch.setattr(atomic_write.Path, "open", open_counted)
        monkeypatch.setattr(
            atomic_write.Path, "replace", lambda *them: self.step("rename") or replace(*them)
        )
        monkeypatch.setattr(os, "fsync", lambda file: self.step("flush") or fsync(file))

    def step(self, name):
        self.names.append(name)
        self.count += 1
        self.act(self.count, name)

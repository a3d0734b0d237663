"""`cnnlab schema` as the shell sees it."""

from __future__ import annotations

import subprocess
import sys

from cnnlab.spec.json_schema import format_schema


def test_schema_prints_what_editors_read():
    command = [sys.executable, "-X", "utf8", "-m", "cnnlab", "schema"]
    answer = subprocess.run(command, capture_output=True, encoding="utf-8")
    assert (answer.returncode, answer.stdout, answer.stderr) == (0, format_schema(), "")

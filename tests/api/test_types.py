"""cnnlab ships with its types: mypy passes on a script that uses all of them."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import cnnlab

SCRIPT = Path(__file__).with_name("script.py")
# The types of these libraries are not in those of cnnlab's functions, and take seconds to read.
CONFIG = """\
[mypy]
plugins = pydantic.mypy
ignore_missing_imports = true
[mypy-IPython.*,tensorflow.*,keras.*,matplotlib.*,sklearn.*,h5py.*,scipy.*,optuna.*,ray.*]
follow_imports = skip
"""


def test_the_script_uses_every_public_name():
    names = {
        node.attr
        for node in ast.walk(ast.parse(SCRIPT.read_text()))
        if isinstance(node, ast.Attribute)
    }
    assert set(cnnlab.__all__) - names == set()


def test_the_package_has_the_marker_of_its_types():
    assert (Path(cnnlab.__file__).parent / "py.typed").is_file()


@pytest.mark.slow
def test_mypy_passes_on_the_script(tmp_path):
    wrong = tmp_path / "wrong.py"
    wrong.write_text("import cnnlab\ntext: str = cnnlab.load('last').evaluate().accuracy\n")
    command = [sys.executable, "-m", "mypy", "--strict", "--follow-imports=silent"]
    (tmp_path / "mypy.ini").write_text(CONFIG)
    config = f"--config-file={tmp_path / 'mypy.ini'}"
    cache = f"--cache-dir={tmp_path / 'cache'}"
    done = subprocess.run(
        [*command, config, cache, str(SCRIPT), str(wrong)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    assert done.stdout.splitlines()[:-1] == [
        f'{wrong}:2: error: Incompatible types in assignment (expression has type "float", '
        'variable has type "str")  [assignment]'
    ], done.stdout + done.stderr

"""The rules of the code: who may import whom, what stays light, and what every part must have."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from project_files import CONFIGS, PACKAGE, ROOT, list_modules

# Each room's level; a module imports from its own room or from a lower level.
LEVELS = {
    "untrusted_files": 0,
    "standard_streams": 0,
    "counts": 0,
    "text_width": 0,
    "errors": 1,
    "quiet_import": 2,
    "quiet_tensorflow": 3,
    "spec": 2,
    "run_folder": 3,
    "plots": 3,
    "page": 3,
    "html_page": 3,
    "seeds": 3,
    "calibration": 3,
    "data": 4,
    "model": 4,
    "loss": 4,
    "probabilities": 4,
    "class_figures": 3,
    "keras_archive": 4,
    "checkpoint": 5,
    "foreign_models": 5,
    "evaluation_metrics": 5,
    "ranked_classes": 5,
    "exported_networks": 5,
    "training": 6,
    "evaluation": 6,
    "explain": 6,
    "prediction": 7,
    "study": 7,
    "report": 7,
    "export": 8,
    "progress_display": 8,
    "api": 9,
    "web": 10,
    "cli": 11,
}
HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn"}
LIGHT_ROOMS = (
    "errors",
    "untrusted_files",
    "standard_streams",
    "counts",
    "text_width",
    "quiet_import",
    "spec",
    "run_folder",
    "cli",
    "seeds",
)


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> list[tuple[str, bool]]:
    """(module, whether at the top of the file) for each import of a file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        top = node in tree.body
        if isinstance(node, ast.Import):
            found += [(alias.name, top) for alias in node.names if id(node) not in typing_only]
        elif isinstance(node, ast.ImportFrom) and id(node) not in typing_only:
            if node.module == "cnnlab":
                found += [(f"cnnlab.{alias.name}", top) for alias in node.names]
            else:
                found.append((node.module or "", top))
    return found


def imported_rooms(path: Path) -> set[str]:
    parts = [module.split(".") for module, _ in imports(path)]
    return {names[1] for names in parts if names[0] == "cnnlab" and names[1:2]} & LEVELS.keys()


@pytest.mark.parametrize("path", list_modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downhill_only(path):
    if room(path) == "__main__":
        return
    level = LEVELS[room(path)]
    uphill = {other for other in imported_rooms(path) if other != room(path)}
    assert {other for other in uphill if LEVELS[other] >= level} == set()


@pytest.mark.parametrize("path", list_modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_the_light_rooms_import_nothing_heavy(path):
    if room(path) in LIGHT_ROOMS:
        top = {module.split(".")[0] for module, at_top in imports(path) if at_top}
        assert top & HEAVY == set()


def list_loaded(code: str) -> set[str]:
    program = f"{code}\nimport sys\nprint('\\n'.join(sys.modules))"
    command = [sys.executable, "-c", program]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return {name.split(".")[0] for name in answer.stdout.splitlines()}


@pytest.mark.parametrize(
    "code",
    [
        "import cnnlab",
        "import cnnlab.cli.main",
        "import cnnlab.explain.request_checks",
        "import cnnlab.errors, cnnlab.run_folder, cnnlab.spec.config_reader, "
        "cnnlab.spec.summary_text",
        "from cnnlab.cli.main import cnnlab\n"
        "cnnlab(['check', 'configs/mnist.yaml'], standalone_mode=False)",
        "from cnnlab.cli.main import cnnlab\ncnnlab(['runs'], standalone_mode=False)",
    ],
)
def test_the_light_half_loads_nothing_heavy(code):
    assert list_loaded(code) & HEAVY == set()


@pytest.mark.slow
def test_no_import_of_a_module_prints_anything():
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(list_modules(), key=lambda path: path.name != "checkpoint.py")
        if path.name != "__main__.py"
    ]
    program = "\n".join(f"import {name}" for name in names)
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("", "")


def test_tensorflow_is_imported_in_one_place():
    """Elsewhere its import would print; submodules of Keras come after `quiet_tensorflow`."""
    for path in list_modules():
        top = [module for module, at_top in imports(path) if at_top]
        heavy = [module for module in top if module.split(".")[0] in ("tensorflow", "keras")]
        if heavy and room(path) != "quiet_tensorflow":
            assert "cnnlab.quiet_tensorflow" in top[: top.index(heavy[0])], path


def test_help_does_not_even_load_the_schema():
    loaded = list_loaded(
        "from cnnlab.cli.main import cnnlab\ntry: cnnlab(['--help'])\nexcept SystemExit: pass"
    )
    assert loaded & (HEAVY | {"pydantic", "numpy", "rich", "yaml"}) == set()


def test_files_stay_under_300_lines():
    long = {
        p.name: n for p in list_modules() if (n := len(p.read_text("utf-8").splitlines())) > 300
    }
    assert long == {}


def test_no_file_is_loaded_as_a_keras_model():
    """`load_model` stands only inside texts, which tell the user how to convert a file.

    The one exception opens a file that the same process has just written, to check it.
    """
    names = {
        (getattr(node, "attr", None) or getattr(node, "id", None) or getattr(node, "name", None))
        for path in list_modules()
        if path != PACKAGE / "export/keras_formats.py"
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
    }
    assert "to_bytes" in names
    assert "load_model" not in names


def test_only_the_run_room_writes():
    """Packages other than `run_folder` open no file for writing."""
    writes = re.compile(r"\.write_text\(|\.write_bytes\(|open\([^)]*[\"'][wxa]b?[\"']|\.mkdir\(")
    found = {
        str(p.relative_to(PACKAGE)) for p in list_modules() if writes.search(p.read_text("utf-8"))
    }
    rooms = ("atomic_write", "lookup", "folder", "sweep_folder", "lock")
    assert found <= {f"run_folder/{name}.py" for name in rooms}


def test_only_the_commands_speak():
    speaks = re.compile(r"\bprint\(|click\.echo\(|sys\.stdout\.write")
    script = PACKAGE / "export/script/script_parts.py"  # the text of a script, which speaks
    modules = [path for path in list_modules() if path != script]
    found = {room(path) for path in modules if speaks.search(path.read_text("utf-8"))}
    assert found <= {"cli", "progress_display"}


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_is_valid_and_opens_with_its_evidence(path):
    from cnnlab.data.datasets import describe_dataset
    from cnnlab.spec.config_reader import read_config

    assert read_config(path, describe_dataset).experiment.name
    head = path.read_text("utf-8").split("\nname:")[0]
    assert f"cnnlab train configs/{path.relative_to(ROOT / 'configs')}" in head
    assert re.search(r"Result: +(not yet measured|.*\d)", head)


def test_constraints_pin_by_name_and_version_alone():
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][\w.]*", pin)] == []

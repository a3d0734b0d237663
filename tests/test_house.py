"""The rules of the code: who may import whom, what stays light, and what every part must have."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "cnnlab"
CONFIGS = sorted((ROOT / "configs").rglob("*.yaml"))

# Each room's level; a module imports from its own room or from a lower level.
LEVELS = {
    "errors": 0,
    "untrusted_files": 0,
    "standard_streams": 0,
    "counts": 0,
    "quiet_import": 1,
    "quiet_tensorflow": 2,
    "spec": 1,
    "run_folder": 2,
    "plots": 2,
    "html_page": 2,
    "seeds": 2,
    "calibration": 2,
    "data": 3,
    "model": 3,
    "keras_archive": 3,
    "checkpoint": 4,
    "foreign_models": 4,
    "training": 5,
    "evaluation": 5,
    "explain": 5,
    "prediction": 6,
    "study": 6,
    "report": 6,
    "progress_display": 6,
    "api": 7,
    "cli": 8,
}
HEAVY = {"tensorflow", "keras", "matplotlib", "sklearn"}
LIGHT_ROOMS = (
    "errors",
    "untrusted_files",
    "standard_streams",
    "counts",
    "quiet_import",
    "spec",
    "run_folder",
    "cli",
    "seeds",
)


def modules() -> list[Path]:
    return [path for path in PACKAGE.rglob("*.py") if path not in (PACKAGE / "__init__.py",)]


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


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


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
def test_imports_go_downhill_only(path):
    if room(path) == "__main__":
        return
    level = LEVELS[room(path)]
    uphill = {other for other in imported_rooms(path) if other != room(path)}
    assert {other for other in uphill if LEVELS[other] >= level} == set()


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(PACKAGE)))
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


def test_no_import_of_a_module_prints_anything():
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
        for path in sorted(modules(), key=lambda path: path.name != "checkpoint.py")
        if path.name != "__main__.py"
    ]
    program = "\n".join(f"import {name}" for name in names)
    command = [sys.executable, "-W", "error", "-c", program]
    done = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    assert (done.stdout, done.stderr) == ("", "")


def test_tensorflow_is_imported_in_one_place():
    """Elsewhere its import would print; submodules of Keras come after `quiet_tensorflow`."""
    for path in modules():
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
    long = {p.name: n for p in modules() if (n := len(p.read_text("utf-8").splitlines())) > 300}
    assert long == {}


def test_no_file_is_loaded_as_a_keras_model():
    assert [p for p in modules() if re.search(r"load_model\b", p.read_text("utf-8"))] == []


def test_only_the_run_room_writes():
    """Packages other than `run_folder` open no file for writing."""
    writes = re.compile(r"\.write_text\(|\.write_bytes\(|open\([^)]*[\"'][wxa]b?[\"']|\.mkdir\(")
    found = {str(p.relative_to(PACKAGE)) for p in modules() if writes.search(p.read_text("utf-8"))}
    rooms = ("atomic_write", "lookup", "folder", "lock")
    assert found <= {f"run_folder/{name}.py" for name in rooms}


def test_only_the_commands_speak():
    speaks = re.compile(r"\bprint\(|click\.echo\(|sys\.stdout\.write")
    found = {room(path) for path in modules() if speaks.search(path.read_text("utf-8"))}
    assert found <= {"cli", "progress_display"}


def make_words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


NOUNS = "epochs members runs files images classes batches layers parameters kernels maps channels"
NUMBER_AND_NOUN = re.compile(
    rf" (?:(?:training|validation|test|input) )?({NOUNS.replace(' ', '|')})"
)
# What stands before a plural without `format_count`: numbers that are always above 1, and words.
NEVER_ONE = {
    *("len(network.members) members", "len(record.seeds) members", "len(data.members) members"),
    *("len(figures['members']) members", "len(experiment.ensemble) members", "count members"),
    *("len(runs) runs", "count runs", "len(shares) runs", "len(all_pairs) + 1 runs"),
    *("len(losses) epochs", "len(pairs) epochs", "average.epochs epochs"),
    *("len(faults) files", "len(images) images", "info.training_images images"),
    *("info.classes images", "split images", "MAX_CLASSES classes"),
    *("len(inside['layers']) layers", "len(steps) layers", "total layers"),
    *("parameters parameters", "count * table.parameters parameters"),
    *("SHOWN_PER_LAYER maps", "unit.output[-1] channels"),
    "len(mine.index) images",  # the last of two different numbers
}


def test_a_number_and_its_noun_are_joined_by_format_count():
    found = {
        f"{ast.unparse(number.value)} {noun[1]}"
        for path in modules()
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for number, words in pairwise(text.values)
        if isinstance(number, ast.FormattedValue) and isinstance(words, ast.Constant)
        if (noun := NUMBER_AND_NOUN.match(words.value))
    }
    assert found == NEVER_ONE


# Words that are no name for a function or a class alone: a name says what it does, or what it is.
PARTICIPLES = make_words(
    "begun bought built chosen done drawn driven expected fallen felt forgotten found given gone ",
    "heard held hidden kept known laid left lost made meant met paid said seen sent shown sold ",
    "spoken spent taken taught thought told thrown torn understood won worn written",
)
ADJECTIVES = make_words(
    "all alone any bad big busy clean clear close dark deep different empty equal few first free ",
    "full good heavy high large last less light likely long low many more most narrow native new ",
    "next old only open other own plain ready right rich safe same shallow short similar simple ",
    "single slow small some strange true valid whole wide wrong",
)
PREPOSITIONS = make_words(
    "about above after again against among around as at away before behind below beneath beside ",
    "between beyond by down during for here in inside into near now of off on out outside over ",
    "per since then there through to together toward under until up upon with within without",
)
VERBS_IN_ED = frozenset(["embed", "exceed", "feed", "need", "proceed", "seed", "speed", "succeed"])
KERAS_METHODS = re.compile(r"on_(epoch|train|test|batch)_.*|next")  # overridden here


def is_bad_name(name: str) -> bool:
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)]
    if not words or KERAS_METHODS.fullmatch(name):
        return False
    first, last = words[0], words[-1]
    is_participle = first in PARTICIPLES or (first.endswith("ed") and first not in VERBS_IN_ED)
    if len(words) == 1:
        return is_participle or first in ADJECTIVES | PREPOSITIONS
    return first in PREPOSITIONS - {"to"} or (is_participle and last in PREPOSITIONS)


@pytest.mark.parametrize(
    "name", ["told", "_kept", "of_run", "as_json", "taken_up", "Windowed", "left", "whole"]
)
def test_a_participle_an_adjective_or_a_preposition_is_no_name(name):
    assert is_bad_name(name)


@pytest.mark.parametrize("name", ["to_json", "from_text", "embed", "trained_run", "FilledArea"])
def test_a_verb_or_a_noun_is_a_name(name):
    assert not is_bad_name(name)


def test_functions_and_classes_are_named_by_verbs_and_nouns():
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    folders = (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "docs")
    named = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, kinds) and not node.name.startswith("__") and is_bad_name(node.name)
    }
    assert named == {"cnnlab/errors.py: InUseError"}  # "in use" is one idea: a lock is held


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


def test_a_percentage_has_one_form():
    """`99.04%`, without a space, in texts, pictures, pages and documents."""
    spaced = re.compile(r"[0-9}][ \u00a0]%(?![0-9A-Za-z(])")
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *CONFIGS]
    wrong = [path.name for path in documents if spaced.search(path.read_text("utf-8"))]
    for path in modules():
        tree = ast.parse(path.read_text("utf-8"))
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        wrong += [path.name for text in texts if isinstance(text, str) and spaced.search(text)]
    assert wrong == []

"""The documents agree with the code: commands, configs, links and generated pages."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from cnnlab.cli.main import cnnlab

ROOT = Path(__file__).parents[1]
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *ROOT.glob("docs/*.md"),
        *ROOT.glob("runs/*.md"),
        *ROOT.glob("cnnlab/data/*.md"),
    ]
)
PLACEHOLDERS = re.compile(r"\bCOMMAND\b|…|\.\.\.")


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def blocks(text: str, *languages: str) -> list[str]:
    """The contents of the fenced blocks of some languages."""
    found = re.findall(r"^```(\w*)\n(.*?)^```$", text, re.M | re.S)
    return [content for language, content in found if language in languages]


def commands(text: str) -> Iterator[str]:
    """Every command line of cnnlab, in blocks and in backquotes."""
    for block in blocks(text, "sh", "text", ""):
        lines = block.replace("\\\n", " ").splitlines()
        for line in lines:
            if match := re.match(r"\s*(?:\$ )?(?:\S*/)?cnnlab\s+([a-z-].*)", line):
                yield from split_shell_line(match[1].partition("  #")[0])
    prose = re.sub(r"^```.*?^```$", "", text, flags=re.M | re.S)
    for code in re.findall(r"`cnnlab ([^`]+)`", prose):
        yield from split_shell_line(code)


def split_shell_line(line: str) -> list[str]:
    """The commands of cnnlab in a line that may join several, or pipe and redirect them."""
    parts = [part.partition(" | ")[0].partition(" > ")[0] for part in line.split(" && ")]
    return [parts[0], *(part.removeprefix("cnnlab ") for part in parts[1:])]


def parse(line: str) -> None:
    """Parse a command line without running it."""
    words = shlex.split(line)
    group: click.Command = cnnlab
    context = click.Context(cnnlab, info_name="cnnlab")
    while isinstance(group, click.Group) and words and not words[0].startswith("-"):
        name, command, words = group.resolve_command(context, words)
        assert command is not None
        group = command
        context = click.Context(command, info_name=name, parent=context)
    if not words or {"-h", "--help", "--version"} & set(words):
        return  # a command that a sentence names, or its help
    group.make_context(group.name, list(words), parent=context.parent, resilient_parsing=False)


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_command_in_a_document_is_one_of_the_command_line(path):
    wrong = []
    for line in commands(path.read_text("utf-8")):
        if PLACEHOLDERS.search(line):
            continue
        try:
            parse(line)
        except click.ClickException as error:
            wrong.append(f"cnnlab {line}: {error.format_message()}")
    assert wrong == []


def test_the_readme_and_the_tutorial_have_commands():
    for name in ("README.md", "README.ko.md", "docs/tutorial.md", "docs/tutorial.ko.md"):
        assert len(list(commands((ROOT / name).read_text("utf-8")))) >= 5, name


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_whole_config_in_a_document_is_read(path):
    from cnnlab.spec.config_reader import parse_config
    from cnnlab.spec.experiment import DatasetInfo

    info = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)
    for block in blocks(path.read_text("utf-8"), "yaml"):
        if re.search(r"^model:", block, re.M) and re.search(r"^(name|training|data):", block, re.M):
            parse_config(Path("document.yaml"), block.encode(), lambda data: info, ())


def test_the_language_document_has_a_whole_config():
    text = (ROOT / "docs/language.md").read_text("utf-8")
    assert any(re.search(r"^name:", block, re.M) for block in blocks(text, "yaml"))


@pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)
def test_every_link_inside_the_repository_resolves(path):
    text = re.sub(r"^```.*?^```$", "", path.read_text("utf-8"), flags=re.M | re.S)
    links = re.findall(r"\]\(([^)\s]+)\)|src=\"([^\"]+)\"", text)
    missing = []
    for link in (one or other for one, other in links):
        if re.match(r"https?:|mailto:", link):
            continue
        place, _, heading = link.partition("#")
        target = (path.parent / place) if place else path
        if not target.exists() or (heading and heading not in anchors(target)):
            missing.append(link)
    assert missing == []


def anchors(path: Path) -> set[str]:
    """The anchors of a document's headings, as code hosts make them."""
    headings = re.findall(r"^#+ (.*)$", path.read_text("utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def test_the_generated_pages_are_those_of_the_code():
    command = [sys.executable, "docs/reference.py", "--check"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_the_readme_is_short():
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 130


def test_every_command_is_in_the_readme():
    text = (ROOT / "README.md").read_text("utf-8")
    assert [name for name in cnnlab.commands if f"cnnlab {name}" not in text] == []


def test_every_kind_is_in_the_language():
    from cnnlab.spec.augmentation import AUGMENTATIONS
    from cnnlab.spec.layer_groups import GROUPS
    from cnnlab.spec.layer_options import ACTIVATIONS, INITIALIZERS, REGULARIZERS
    from cnnlab.spec.layers import LAYERS
    from cnnlab.spec.metrics import METRICS
    from cnnlab.spec.schedules import SCHEDULES
    from cnnlab.spec.training import CALLBACKS, LOSSES, OPTIMIZERS
    from cnnlab.spec.weight_averages import AVERAGES

    text = (ROOT / "docs/language.md").read_text("utf-8")
    data_and_model = (AUGMENTATIONS, LAYERS, GROUPS, ACTIVATIONS, INITIALIZERS, REGULARIZERS)
    training = (OPTIMIZERS, SCHEDULES, LOSSES, METRICS, CALLBACKS, AVERAGES)
    kinds = [cls.kind for family in (*data_and_model, *training) for cls in family]
    assert [kind for kind in kinds if f"`{kind}`" not in text] == []


def test_every_module_is_in_the_tree_of_the_architecture():
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    modules = [path.name for path in (ROOT / "cnnlab").rglob("*.py") if path.stem != "__init__"]
    assert [name for name in modules if name not in text] == []


def test_every_public_name_of_python_is_documented():
    import cnnlab as package

    text = (ROOT / "docs/python.md").read_text("utf-8")
    assert [name for name in package.__all__ if name not in text] == []

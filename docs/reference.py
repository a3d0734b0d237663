"""Write docs/language.md, the tree in docs/architecture.md, and the fields in docs/sweeps.md.

python docs/reference.py           rewrite all three
python docs/reference.py --check   exit with 1 if one of them is stale
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from pydantic_core import PydanticUndefined

from cnnlab.spec.augmentation import AUGMENTATIONS, PRESETS
from cnnlab.spec.experiment import Data, Experiment
from cnnlab.spec.kinds import Kind, Section
from cnnlab.spec.layer_groups import GROUPS
from cnnlab.spec.layer_options import ACTIVATIONS, INITIALIZERS, REGULARIZERS
from cnnlab.spec.layers import LAYERS
from cnnlab.spec.metrics import METRICS
from cnnlab.spec.schedules import SCHEDULES
from cnnlab.spec.schema_fields import Field
from cnnlab.spec.sweep import TERMINATIONS, Confirm, IntegerRange, NumberRange, Sweep
from cnnlab.spec.training import CALLBACKS, LOSSES, OPTIMIZERS, Training
from cnnlab.spec.weight_averages import AVERAGES
from cnnlab.spec.wording import format_short

DOCS = Path(__file__).parent
PACKAGE = DOCS.parent / "cnnlab"
FIELDS_START = "<!-- the fields: python docs/reference.py writes them -->"
TREE_START, TREE_END = "<!-- the tree: python docs/reference.py writes it -->", "<!-- end -->"

FAMILIES: tuple[tuple[str, str, Sequence[type[Kind]]], ...] = (
    ("Layers", "Entries of `model`, single layers.", LAYERS),
    ("Groups", "Entries of `model` that contain layers, nested at most 8 deep.", GROUPS),
    ("Activations", "Values of `activation`, or the layer `activation: relu`.", ACTIVATIONS),
    ("Initializers", "Values of `kernel_initializer`, `bias_initializer`, …", INITIALIZERS),
    ("Regularizers", "Values of `kernel_regularizer`, `bias_regularizer`, …", REGULARIZERS),
    ("Augmentation", "Entries of `data.augment`.", AUGMENTATIONS),
    ("Optimizers", "Values of `training.optimizer`.", OPTIMIZERS),
    ("Schedules", "Values of `learning_rate`, in place of a number.", SCHEDULES),
    ("Losses", "Values of `training.loss`.", LOSSES),
    ("Metrics", "Entries of `training.metrics`.", METRICS),
    ("Weight averages", "Values of `training.weight_average`.", AVERAGES),
    ("Callbacks", "Entries of `training.callbacks`.", CALLBACKS),
)


def write_language() -> str:
    """The text of docs/language.md."""
    parts = [(DOCS / "language-introduction.md").read_text(encoding="utf-8").rstrip()]
    parts.append("## The sections")
    sections: tuple[tuple[str, type[Section]], ...] = (
        ("Top level", Experiment),
        ("`data`", Data),
        ("`training`", Training),
    )
    for heading, section in sections:
        parts += [f"### {heading}", "\n".join(list_fields(section))]
    presets = [f"- `{name}`: `{format_short(kinds)}`" for name, kinds in PRESETS.items()]
    parts += ["Presets of `data.augment`:", "\n".join(presets)]
    for heading, text, kinds in FAMILIES:
        parts += [f"## {heading}", text]
        parts += [describe_kind(kind) for kind in kinds]
    return "\n\n".join(parts) + "\n"


def describe_kind(cls: type[Kind]) -> str:
    """One kind: its word, what it does, and its fields, the main field first."""
    first_line = (cls.__doc__ or "").strip().splitlines()[0]
    lines = [f"**`{cls.kind}`** — {first_line}"]
    if fields := list_fields(cls):
        lines += ["", *fields]
    return "\n".join(lines)


def list_fields(cls: type[Section]) -> list[str]:
    """A line for each field: its name, the expected value, the default."""
    main = getattr(cls, "main", None)
    names = sorted(cls.model_fields, key=lambda name: name != main)
    return [f"- `{name}`: {describe_field(cls, name)}" for name in names]


def describe_field(cls: type[Section], name: str) -> str:
    """The expected value of a field, its purpose, and its default."""
    info = cls.model_fields[name]
    field = Field.from_info(info)
    family = field.family.removesuffix("kind") if field.kinds() else ""
    if len(field.kinds()) > 4:
        number = "a number, or " if field.number() else ""
        expected = f"{number}one of the {family}s below ({field.description})"
    elif field.kinds():
        expected = field.describe_expected()
    elif field.section() is not None:
        return f"a mapping, see below ({field.description})"
    else:
        expected = field.describe_expected()
    if info.default is PydanticUndefined and (cls, name) not in (
        (Experiment, "name"),
        (Sweep, "name"),
    ):
        return f"{expected}; **required**"
    if info.default in (PydanticUndefined, ()):
        return expected
    return f"{expected}; default `{format_short(info.default)}`"


def write_sweep_fields() -> str:
    """The fields of a sweep file and of its sections."""
    parts = ["\n".join(list_fields(Sweep))]
    sections: tuple[tuple[str, type[Section]], ...] = (
        ("### A range of whole numbers", IntegerRange),
        ("### A range of numbers", NumberRange),
        ("### `confirm`", Confirm),
    )
    for heading, section in sections:
        parts += [heading, "\n".join(list_fields(section))]
    return "\n\n".join([*parts, "### `early_terminate`", *map(describe_kind, TERMINATIONS)])


def write_tree() -> str:
    """The tree of the package with one line for each file, from their docstrings."""
    lines = [format_line(path, 1) for path in sorted(PACKAGE.glob("*.py"))]
    return "\n".join(["cnnlab/", *lines, *list_packages(PACKAGE, 1)])


def list_packages(folder: Path, depth: int) -> Iterator[str]:
    """Yield the lines of the packages in a folder, with the files and packages in each of them."""
    for room in sorted(path for path in folder.iterdir() if (path / "__init__.py").exists()):
        yield format_line(room / "__init__.py", depth)
        files = sorted(path for path in room.glob("*.py") if path.name != "__init__.py")
        yield from (format_line(path, depth + 1) for path in files)
        yield from list_packages(room, depth + 1)


def format_line(path: Path, depth: int) -> str:
    """One line of the tree: a file or a room, and the first sentence of its docstring."""
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    sentence = docstring.splitlines()[0]
    is_room = path.name == "__init__.py" and path.parent != PACKAGE
    name = f"{path.parent.name}/" if is_room else path.name
    indent = "  " * depth
    return f"{indent}{name}".ljust(36) + sentence


def find_stale_files(rewrite: bool) -> Iterator[str]:
    """Yield the names of files that are stale; with `rewrite`, write them."""
    language = DOCS / "language.md"
    text = write_language()
    if not language.exists() or language.read_text(encoding="utf-8") != text:
        yield language.name
        if rewrite:
            language.write_text(text, encoding="utf-8")
    parts = (
        ("architecture.md", TREE_START, f"```text\n{write_tree()}\n```"),
        ("sweeps.md", FIELDS_START, write_sweep_fields()),
    )
    for name, start, part in parts:
        path = DOCS / name
        old = path.read_text(encoding="utf-8")
        before, _, rest = old.partition(start)
        _, _, after = rest.partition(TREE_END)
        new = f"{before}{start}\n\n{part}\n\n{TREE_END}{after}"
        if new != old:
            yield name
            if rewrite:
                path.write_text(new, encoding="utf-8")


if __name__ == "__main__":
    is_check = "--check" in sys.argv[1:]
    stale = list(find_stale_files(rewrite=not is_check))
    print("\n".join(stale) or "nothing is stale")
    sys.exit(bool(stale) and is_check)

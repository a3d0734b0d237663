"""Check the text of a config in an editor: faults with their places, the table, and a drawing."""

from __future__ import annotations

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

from cnnlab.errors import ConfigError, DataError, Fault

# Where a key or a value in one line of YAML ends: a quoted text, or a word without its colon.
_TOKEN = re.compile(r"""\"(?:\\.|[^"\\])*"|'(?:''|[^'])*'|[^\s,:{}\[\]#]+""")
TEXT_FILE = "experiment.yaml"  # in messages, and for the name of an experiment without `name`


def check_text(text: str, folder: Path) -> dict[str, Any]:
    """Check the text of a config or of a sweep file, without loading TensorFlow.

    Returns:
        `faults`: for each fault its line, column, end_column (all from 1; the line is 0 without a
        place), path, message, expected, hint, and `text`, the text that `cnnlab check` prints.
        `table`: the rows of the table of layers, [] with faults. `totals`: the other entries of the
        table, or None. `drawing`: the network as SVG, or None. `notes`: sentences of advice and
        about the data. `summary`: what `cnnlab check` prints, "" with faults.

    Args:
        folder: the folder from which relative paths of data sets start.
    """
    from cnnlab.api.actions import check_content
    from cnnlab.api.results import CheckedConfig

    try:
        checked = check_content(folder / TEXT_FILE, text.encode("utf-8", "surrogatepass"))
    except ConfigError as error:
        return _build_answer([_describe_fault(fault) for fault in error.faults])
    except DataError as error:
        return _build_answer([_describe_fault(Fault(TEXT_FILE, 0, 0, "data.dataset", str(error)))])
    if not isinstance(checked, CheckedConfig):
        return {**_build_answer([]), "summary": str(checked)}
    from cnnlab.report.architecture_drawing import draw_architecture

    table = asdict(checked.table)
    return {
        "faults": [],
        "table": table.pop("rows"),
        "totals": table,
        "drawing": draw_architecture(checked.table, checked.experiment.name).svg,
        "notes": [*checked.advice, *checked.config.info.notes],
        "summary": str(checked),
    }


def _build_answer(faults: list[dict[str, Any]]) -> dict[str, Any]:
    """Build the answer about a text that has faults, or that is a sweep file."""
    answer: dict[str, Any] = {"faults": faults, "table": [], "totals": None, "drawing": None}
    return {**answer, "notes": [], "summary": ""}


def _describe_fault(fault: Fault) -> dict[str, Any]:
    return {
        "line": fault.line,
        "column": fault.column,
        "end_column": find_end(fault.text, fault.column),
        "path": fault.path,
        "message": fault.message,
        "expected": fault.expected,
        "hint": fault.hint,
        "text": str(fault),
    }


def find_end(line: str, column: int) -> int:
    """Return the column after the word or the quoted text that starts at `column`, from 1.

    >>> find_end("epochs: twenty  # many", 9)
    15
    >>> find_end("", 1)
    2
    """
    token = _TOKEN.match(line, column - 1) if column else None
    return token.end() + 1 if token else column + 1

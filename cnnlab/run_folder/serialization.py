"""Convert specs to JSON and back, with strict checks, and plain data to JSON and CSV."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from cnnlab.counts import choose_form, format_count
from cnnlab.errors import CnnlabError, RunError
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.fault_messages import explain_error
from cnnlab.spec.shape_checks import find_shape_problems
from cnnlab.spec.wording import format_value, to_one_line
from cnnlab.untrusted_files import DuplicateKey, parse_json

_EXPECTED = {
    "int": "a whole number",
    "float": "a number",
    "string": "a text",
    "bool": "true or false",
    **dict.fromkeys(("list", "tuple"), "a list"),
    **dict.fromkeys(("dict", "dataclass", "model"), "a mapping"),
}
MAX_SPEC_BYTES = 2 * 2**20  # 500 layers with every field need 0.7 MB


def to_json(data: Any) -> bytes:
    """Convert plain data to the bytes of a JSON file."""
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def to_csv(rows: Sequence[Mapping[str, float]]) -> bytes:
    """Convert rows with the same keys to the bytes of a CSV file.

    If there are no rows, the file has only the header `epoch`.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["epoch"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def format_spec(spec: Spec) -> str:
    """Format a spec as the JSON that `parse_spec` reads."""
    return to_json(spec.model_dump(mode="json")).decode()


def parse_spec(text: bytes, name: str, error: type[CnnlabError] = RunError) -> Spec:
    """Parse a spec from JSON; raises `error`, with `name` in its message, if it is not valid."""
    try:
        spec = Spec.model_validate(parse_json(text))
    except ValidationError as problem:
        raise error(f"{name}: not a spec of cnnlab: {describe_first_fault(problem)}") from None
    except DuplicateKey as key:
        raise error(f"{name}: damaged: it has the key {to_one_line(key)} twice") from None
    except (ValueError, RecursionError):
        raise error(f"{name}: damaged: not JSON") from None
    if not (misfit := _find_misfit(spec)):
        return spec
    raise error(f"{name}: not a spec of cnnlab: {misfit}")


def describe_first_fault(error: ValidationError) -> str:
    """Describe the first fault that pydantic found in a file, in one line without escape codes."""
    first = error.errors(include_url=False)[0]
    location = tuple(first["loc"])
    if location[:1] == ("experiment",) and location[1:]:
        problem = explain_error({**first, "loc": location[1:]})
        fault = f"{problem.message}; expected {problem.expected}"
    else:
        fault = _describe_fault(first)
    text = f"{'.'.join(map(str, location))}: {fault}".removeprefix(": ")
    return "".join(c if c.isprintable() else " " for c in text[:200])


def _describe_fault(fault: Any) -> str:
    """Describe a fault, as pydantic reports it, in a part of a file that is not the experiment."""
    match fault["type"]:
        case "missing":
            return "it is missing"
        case "extra_forbidden":
            return "there is no such key"
        case "json_invalid":
            place = re.search(r"line \d+ column \d+", fault["msg"])
            return f"not JSON at {place[0]}" if place else "not JSON"
        case "value_error":
            return str(fault["ctx"]["error"])
        case kind:
            expected = _EXPECTED.get(kind.removesuffix("_type"), "another value")
            return f"{format_value(fault['input'])} does not fit; expected {expected}"


def _find_misfit(spec: Spec) -> str:
    """Describe the first contradiction in a spec; returns an empty text if there is none.

    The inputs may be impossible, or the layers may not fit each other or the inputs.
    """
    inputs, channels = spec.inputs, spec.inputs.image_shape[2]
    if min(inputs.image_shape) < 1:
        return f"inputs.image_shape: {inputs.image_shape} has no pixels"
    if not len(inputs.mean) == len(inputs.deviation) == channels or min(inputs.deviation) <= 0:
        need = f"{format_count(channels, 'channel')} {choose_form(channels, 'needs', 'need')}"
        deviations = format_count(channels, "deviation")
        return f"inputs: {need} {format_count(channels, 'mean')} and {deviations} over 0"
    if not all(1e-6 <= d <= 1e9 for d in inputs.deviation) or max(map(abs, inputs.mean)) > 1e9:
        return "inputs: the means or the deviations are too large or too small for pixels"
    names = inputs.class_names
    if len(set(names)) < len(names) or not all(name and name.isprintable() for name in names):
        return "inputs.class_names: each class needs a name of its own that fits one line"
    count = len(names) if spec.experiment.data.class_weight else 0
    if len(inputs.class_weights) != count:
        return f"inputs.class_weights: expected {format_count(count, 'number')}"
    info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
    problems = find_shape_problems(spec.experiment.model, info, complete=True)
    return next((f"model: {problem.message}" for problem in problems), "")

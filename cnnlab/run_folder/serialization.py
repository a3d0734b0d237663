"""Write specs and other data as JSON and CSV, and read specs from JSON with strict checks."""

from __future__ import annotations

import csv
import io
import json
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import ValidationError

from cnnlab import __version__
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
_VERSION = re.compile(r"(\d{1,6}(?:\.\d{1,6}){1,3})[a-z0-9.+-]{0,20}", re.ASCII)
_UNKNOWN_WORD = ("extra_forbidden", "union_tag_invalid", "literal_error")
_VERSION_KEY = "cnnlab"  # of the version that wrote a spec
MAX_SPEC_BYTES = 2 * 2**20  # 500 layers with every field need 0.7 MB


def to_json(data: Any) -> bytes:
    """Convert dictionaries, lists, texts and numbers to the bytes of a JSON file."""
    return (json.dumps(data, indent=2, ensure_ascii=False) + "\n").encode()


def replace_non_finite(data: Any) -> Any:
    """Replace NaN and infinity by None, which JSON can represent, in dictionaries and lists."""
    if isinstance(data, dict):
        return {key: replace_non_finite(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [replace_non_finite(value) for value in data]
    return None if isinstance(data, float) and not math.isfinite(data) else data


def to_csv(rows: Sequence[Mapping[str, float]]) -> bytes:
    """Convert dictionaries, which all have the same keys, to the rows of a CSV file.

    If there are no rows, the file has only the header `epoch`.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else ["epoch"], lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def format_spec(spec: Spec) -> str:
    """Format a spec as the JSON that `parse_spec` reads; it names the version of cnnlab."""
    return to_json({_VERSION_KEY: __version__, **spec.model_dump(mode="json")}).decode()


def parse_spec(text: bytes, name: str, error: type[CnnlabError] = RunError) -> Spec:
    """Parse a spec from JSON; raises `error`, with `name` in its message, if it is not valid."""
    version: Any = None
    try:
        content = parse_json(text)
        if isinstance(content, dict):
            version = content.pop(_VERSION_KEY, None)
        spec = Spec.model_validate(content)
    except ValidationError as problem:
        raise error(f"{name}: {_describe_unreadable(problem, version)}") from None
    except DuplicateKey as key:
        raise error(f"{name}: damaged: the key {to_one_line(key)} occurs twice") from None
    except (ValueError, RecursionError):
        raise error(f"{name}: damaged: not JSON") from None
    if not (misfit := _find_misfit(spec)):
        return spec
    raise error(f"{name}: not a spec of cnnlab: {misfit}")


def _describe_unreadable(problem: ValidationError, version: Any) -> str:
    """Describe the first fault of a spec; name the version of cnnlab if a newer one wrote it."""
    fault = describe_first_fault(problem)
    numbers = _VERSION.fullmatch(version) if isinstance(version, str) else None
    if numbers and _count_version(numbers[1]) > _count_version(__version__):
        return (
            f"cnnlab {version} wrote it, and this is cnnlab {__version__}, which does not know all "
            f"of it ({fault.split('; expected')[0]}); install cnnlab {version} or newer to read it"
        )
    is_word = problem.errors(include_url=False)[0]["type"] in _UNKNOWN_WORD
    newer = f"; if a cnnlab newer than {__version__} wrote it, install that one" if is_word else ""
    return f"not a spec of cnnlab: {fault}{newer}"


def _count_version(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def describe_first_fault(error: ValidationError) -> str:
    """Describe the first fault that pydantic found in a file, in one line of printable text."""
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
    """Describe in words a fault that pydantic reports for a JSON file."""
    match fault["type"]:
        case "missing":
            return "it is missing"
        case "extra_forbidden":
            return "this key is unknown"
        case "json_invalid":
            place = re.search(r"line \d+ column \d+", fault["msg"])
            return f"not JSON at {place[0]}" if place else "not JSON"
        case "value_error":
            return str(fault["ctx"]["error"])
        case kind:
            expected = _EXPECTED.get(kind.removesuffix("_type"), "another value")
            return f"{format_value(fault['input'])} does not fit; expected {expected}"


def _find_misfit(spec: Spec) -> str:
    """Describe the first contradiction in a spec, such as a layer that does not fit its input.

    Returns an empty text if the spec has no contradiction.
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
        return "inputs.class_names: each class needs a different name, without a line break"
    count = len(names) if spec.experiment.data.class_weight else 0
    if len(inputs.class_weights) != count:
        return f"inputs.class_weights: expected {format_count(count, 'number')}"
    info = DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0)
    problems = find_shape_problems(spec.experiment.model, info, complete=True)
    return next((f"model: {problem.message}" for problem in problems), "")

"""Suggest a setting for a wrong path in `--set`, such as training.epochs for `epochs=5`."""

from __future__ import annotations

import difflib

from cnnlab.spec.experiment import Experiment
from cnnlab.spec.foreign_names import KEYS
from cnnlab.spec.schema_fields import Field
from cnnlab.spec.settings import Setting, Steps, list_settings
from cnnlab.spec.wording import suggest_word
from cnnlab.spec.yaml_nodes import Mapping, Node, Scalar, Sequence

_MOST = 3  # suggestions in one sentence


def explain_wrong_path(root: Mapping, steps: Steps, value: str) -> tuple[str, str, str] | None:
    """Return a message, the expected keys and a hint for a wrong path if a similar path exists.

    Otherwise, return None, so that the validation of the config explains the fault, if any.
    """
    unknown = _find_unknown_step(root, steps)
    if unknown is None:
        return _explain_other_kind(root, steps, value)
    depth, field = unknown
    settings = _select_subsequences(root, steps)
    if not settings and suggest_word(steps[depth], [*field.keys(), *field.kinds()]):
        return None  # a misspelt word, which the validation finds too
    if not settings and not (steps[0] == "model" and depth > 2):  # a layer has fields of its own
        settings = find_settings(root, steps) or find_similar_settings(root, steps[-1])
    hint = _write_hint(settings, value)
    if not settings and steps[-1] in _list_layers():
        hint = f"the config has no layer `{steps[-1]}`: add this layer to `model`"
    if not hint:
        return None
    if field.kinds():
        return f"unknown kind `{steps[depth]}`", field.choices(), hint
    if field.is_list():
        return f"`{steps[depth]}` is not an index of a list", "an index, from 0", hint
    keys = ", ".join(field.keys() + ([] if depth else ["blocks"]))
    return f"unknown key `{steps[depth]}`", f"one of {keys}", hint


def explain_misspelt_path(root: Mapping, steps: Steps) -> tuple[str, str, str] | None:
    """Return a message, the expected words and a hint if a path has an unknown word."""
    unknown = _find_unknown_step(root, steps)
    if unknown is None:
        return None
    depth, field = unknown
    words = field.kinds() or field.keys() + ([] if depth else ["blocks"])
    what = "kind" if field.kinds() else "key"
    expected = field.choices() if field.kinds() else f"one of {', '.join(words)}"
    return f"unknown {what} `{steps[depth]}`", expected, suggest_word(steps[depth], words)


def suggest_whole_kind(root: Mapping, steps: Steps, value: str) -> str:
    """Suggest an edit for a key that a short form omits, such as pool_size in `max_pool: 2`."""
    return _write_hint([one for one in list_settings(root) if one.steps == steps], value)


def find_settings(root: Mapping, steps: Steps) -> list[Setting]:
    """Find the settings whose path ends in the last key of `steps`, or in cnnlab's word for it.

    If several settings fit, the other keys choose among them: `early_stopping.patience`. The result
    has only the settings with the shortest paths.
    """
    name = steps[-1]
    for last in dict.fromkeys((name, KEYS.get(name.lower(), name))):
        found = _select_subsequences(root, (*steps[:-1], last))
        if found or last.isdecimal():
            return found
        if found := _select_nearest([s for s in list_settings(root) if s.steps[-1] == last]):
            return found
    return []


def find_similar_settings(root: Mapping, name: str) -> list[Setting]:
    """Find the settings with the name that is most similar to a word."""
    names = [setting.steps[-1] for setting in list_settings(root)]
    names = [word for word in (*dict.fromkeys(names), *KEYS) if len(word) > 2]
    close = difflib.get_close_matches(name[:64].lower(), names, n=1, cutoff=0.75)
    return find_settings(root, (close[0],)) if close else []


def _select_subsequences(root: Mapping, steps: Steps) -> list[Setting]:
    """Select the settings whose paths contain all keys of `steps` in order and end in the last."""
    found = []
    for setting in list_settings(root):
        rest = iter(setting.steps)
        if setting.steps[-1] == steps[-1] and all(step in rest for step in steps):
            found.append(setting)
    return _select_nearest(found)


def _select_nearest(settings: list[Setting]) -> list[Setting]:
    """Select the settings with the shortest paths; prefer settings that the config uses."""
    settings = [s for s in settings if s.is_present] or settings
    shortest = min((len(setting.steps) for setting in settings), default=0)
    return [setting for setting in settings if len(setting.steps) == shortest]


def join_suggestions(texts: list[str]) -> str:
    """Join up to three texts: "`a`, `b` or `c`"; if there are more texts, end with "…"."""
    ticked = [f"`{text}`" for text in texts[:_MOST]]
    if len(texts) > _MOST:
        return ", ".join([*ticked, "…"])
    return " or ".join([*filter(None, [", ".join(ticked[:-1])]), *ticked[-1:]])


def _write_hint(settings: list[Setting], value: str) -> str:
    """Write the hint `did you mean …?` with the paths of settings, or with whole edits."""
    texts = [setting.format_edit(value) if setting.before else setting.path for setting in settings]
    return f"did you mean {join_suggestions(texts)}?" if texts else ""


def _list_layers() -> list[str]:
    return Field.find(("model", 0)).kinds()


def _find_unknown_step(root: Mapping, steps: Steps) -> tuple[int, Field] | None:
    """Find the index of the first unknown key of a path, and the field that lacks this key."""
    field = Field(Experiment, [])
    own_words = root.entries.keys() & {"blocks"}
    for depth, step in enumerate(steps):
        if depth == 0 and step == "blocks":
            return None
        if not (field.kinds() or field.section() or field.is_list()):
            return None  # a number or a text: it has no parts
        inner = _find_inner(field, step)
        if inner is None and own_words and field.kinds() and field.family == "layer":
            return None  # perhaps a block of the config
        if inner is None:
            return depth, field
        field = inner
    return None


def _find_inner(field: Field, step: str) -> Field | None:
    """Find the field for the next key of a path; the path may skip the main field of a kind."""
    inner = _find_part(field, step)
    section = field.section()
    main = getattr(section, "main", None)
    if inner is None and section and main:
        return _find_inner(Field.from_info(section.model_fields[main]), step)
    return inner


def _find_part(field: Field, step: str) -> Field | None:
    """Find the field for the next key or list index of a path; all list entries share a field."""
    return field.find_inner(0 if field.is_list() and step.isdecimal() else step)


def _explain_other_kind(root: Mapping, steps: Steps, value: str) -> tuple[str, str, str] | None:
    """Explain that the path names one kind, but the config has another kind."""
    node: Node | None = root
    field, path = Field(Experiment, []), ""
    for depth, step in enumerate(steps):
        word = _read_word(node)
        if field.kinds() and word and word != step:
            text = value
            for part in reversed(steps[depth:]):
                text = f"{{{part}: {text}}}"
            hint = f"did you mean `{path}={text}`?"
            return f"`{path}` is {word} in this config, not {step}", "", hint
        inner = _find_part(field, step)
        if inner is None or node is None:
            return None
        field, node = inner, _find_child(node, step)
        path = f"{path}[{step}]" if step.isdecimal() else f"{path}.{step}".lstrip(".")
    return None


def _read_word(node: Node | None) -> str:
    """Return the name of the kind at a node of a config; "" if the node has no kind."""
    match node:
        case Scalar(value=str() | int() | float() as value):
            return str(value)
        case Mapping(entries=entries) if len(entries) == 1:
            return next(iter(entries))
    return ""


def _find_child(node: Node, step: str) -> Node | None:
    if isinstance(node, Mapping) and step in node.entries:
        return node.entries[step][1]
    if isinstance(node, Sequence) and step.isdecimal() and len(step) < 10:
        return dict(enumerate(node.items)).get(int(step))
    return None

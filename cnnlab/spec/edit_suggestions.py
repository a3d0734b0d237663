"""Suggest the setting that a wrong `--set` path means: training.epochs for `epochs=5`."""

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
    """Return message, expectation and hint for a wrong path that resembles another path.

    Return None if the path is right or nothing is similar. Then the validation explains the fault.
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
        hint = f"no layer of the config is `{steps[-1]}`: add it to `model`"
    if not hint:
        return None
    if field.kinds():
        return f"unknown kind `{steps[depth]}`", field.choices(), hint
    if field.is_list():
        return f"`{steps[depth]}` is not a place in a list", "a place, from 0", hint
    keys = ", ".join(field.keys() + ([] if depth else ["blocks"]))
    return f"unknown key `{steps[depth]}`", f"one of {keys}", hint


def suggest_whole_kind(root: Mapping, steps: Steps, value: str) -> str:
    """Suggest an edit for a path into a short form: `max_pool: 2` has no key pool_size."""
    return _write_hint([one for one in list_settings(root) if one.steps == steps], value)


def find_settings(root: Mapping, steps: Steps) -> list[Setting]:
    """Find the settings whose path ends in the last of `steps`, or in cnnlab's word for it.

    If several settings fit, the other steps choose among them: `early_stopping.patience`. Only
    the settings with the shortest paths are returned.
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
    """Find the settings whose names are most similar to a word."""
    names = [setting.steps[-1] for setting in list_settings(root)]
    names = [word for word in (*dict.fromkeys(names), *KEYS) if len(word) > 2]
    close = difflib.get_close_matches(name[:64].lower(), names, n=1, cutoff=0.75)
    return find_settings(root, (close[0],)) if close else []


def _select_subsequences(root: Mapping, steps: Steps) -> list[Setting]:
    """Select the settings whose paths contain `steps` in this order and end in the last step."""
    found = []
    for setting in list_settings(root):
        rest = iter(setting.steps)
        if setting.steps[-1] == steps[-1] and all(step in rest for step in steps):
            found.append(setting)
    return _select_nearest(found)


def _select_nearest(settings: list[Setting]) -> list[Setting]:
    """Select the settings that the config uses, if any; of these, those with the shortest paths."""
    settings = [s for s in settings if s.is_present] or settings
    shortest = min((len(setting.steps) for setting in settings), default=0)
    return [setting for setting in settings if len(setting.steps) == shortest]


def join_suggestions(texts: list[str]) -> str:
    """Join up to three texts with `or`: "`a`, `b` or `c`"; a longer list ends in "…"."""
    ticked = [f"`{text}`" for text in texts[:_MOST]]
    if len(texts) > _MOST:
        return ", ".join([*ticked, "…"])
    return " or ".join([*filter(None, [", ".join(ticked[:-1])]), *ticked[-1:]])


def _write_hint(settings: list[Setting], value: str) -> str:
    """Write `did you mean …?` with the paths of settings, or with whole edits."""
    texts = [setting.format_edit(value) if setting.before else setting.path for setting in settings]
    return f"did you mean {join_suggestions(texts)}?" if texts else ""


def _list_layers() -> list[str]:
    return Field.find(("model", 0)).kinds()


def _find_unknown_step(root: Mapping, steps: Steps) -> tuple[int, Field] | None:
    """Find the first step that does not exist in the language, and the field above that step."""
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
    """Find the field below; the path may skip the main field of a kind: `activation: {relu: …}`."""
    inner = _find_part(field, step)
    section = field.section()
    main = getattr(section, "main", None)
    if inner is None and section and main:
        return _find_inner(Field.from_info(section.model_fields[main]), step)
    return inner


def _find_part(field: Field, step: str) -> Field | None:
    """Find the field one step below. All entries of a list have the same field."""
    return field.find_inner(0 if field.is_list() and step.isdecimal() else step)


def _explain_other_kind(root: Mapping, steps: Steps, value: str) -> tuple[str, str, str] | None:
    """Explain that the config has another kind than the path names."""
    node: Node | None = root
    field, path = Field(Experiment, []), ""
    for depth, step in enumerate(steps):
        word = _read_word(node)
        if field.kinds() and word and word != step:
            text = value
            for part in reversed(steps[depth:]):
                text = f"{{{part}: {text}}}"
            hint = f"did you mean `{path}={text}`?"
            return f"`{path}` is {word} here, not {step}", "", hint
        inner = _find_part(field, step)
        if inner is None or node is None:
            return None
        field, node = inner, _find_child(node, step)
        path = f"{path}[{step}]" if step.isdecimal() else f"{path}.{step}".lstrip(".")
    return None


def _read_word(node: Node | None) -> str:
    """Read the word or number that the config has in place of a kind; "" if there is none."""
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

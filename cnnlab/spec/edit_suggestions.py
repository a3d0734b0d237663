"""The setting that a wrong edit means: `epochs=5` means training.epochs."""

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
    """The message, the expectation and the hint for a path that means another one.

    None where the path is right, or where nothing is similar; then the validation explains it.
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
    """The hint for a path below an abbreviated kind: `max_pool: 2` has no pool_size to change."""
    return _write_hint([one for one in list_settings(root) if one.steps == steps], value)


def find_settings(root: Mapping, steps: Steps) -> list[Setting]:
    """Find the settings whose path ends in the last of `steps`, or in its name here.

    The others of `steps` choose between them where they can: `early_stopping.patience`. Only the
    nearest to the root are returned.
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
    """Find the settings with the most similar name."""
    names = [setting.steps[-1] for setting in list_settings(root)]
    names = [word for word in (*dict.fromkeys(names), *KEYS) if len(word) > 2]
    close = difflib.get_close_matches(name[:64].lower(), names, n=1, cutoff=0.75)
    return find_settings(root, (close[0],)) if close else []


def _select_subsequences(root: Mapping, steps: Steps) -> list[Setting]:
    """The settings whose path has all of `steps`, in this order, and ends in the last one."""
    found = []
    for setting in list_settings(root):
        rest = iter(setting.steps)
        if setting.steps[-1] == steps[-1] and all(step in rest for step in steps):
            found.append(setting)
    return _select_nearest(found)


def _select_nearest(settings: list[Setting]) -> list[Setting]:
    """Those that the config has, if any, and of them those with the shortest path."""
    settings = [s for s in settings if s.is_present] or settings
    shortest = min((len(setting.steps) for setting in settings), default=0)
    return [setting for setting in settings if len(setting.steps) == shortest]


def join_suggestions(texts: list[str]) -> str:
    """Join up to three texts by `or`: "`a`, `b` or `c`"; more of them end in "…"."""
    ticked = [f"`{text}`" for text in texts[:_MOST]]
    if len(texts) > _MOST:
        return ", ".join([*ticked, "…"])
    return " or ".join([*filter(None, [", ".join(ticked[:-1])]), *ticked[-1:]])


def _write_hint(settings: list[Setting], value: str) -> str:
    """`did you mean …?` with paths; with whole edits where the value needs text around it."""
    texts = [setting.format_edit(value) if setting.before else setting.path for setting in settings]
    return f"did you mean {join_suggestions(texts)}?" if texts else ""


def _list_layers() -> list[str]:
    return Field.find(("model", 0)).kinds()


def _find_unknown_step(root: Mapping, steps: Steps) -> tuple[int, Field] | None:
    """The first step that the language does not have, and the field that it is not in."""
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
    """The field below; the main field of a kind may be left out: `activation: {relu: …}`."""
    inner = _find_part(field, step)
    section = field.section()
    main = getattr(section, "main", None)
    if inner is None and section and main:
        return _find_inner(Field.from_info(section.model_fields[main]), step)
    return inner


def _find_part(field: Field, step: str) -> Field | None:
    """The field one step below; all entries of a list have the same one."""
    return field.find_inner(0 if field.is_list() and step.isdecimal() else step)


def _explain_other_kind(root: Mapping, steps: Steps, value: str) -> tuple[str, str, str] | None:
    """The explanation where the config has another kind at this place than the path."""
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
    """The word or number that stands at the place of a kind; empty where it is unknown."""
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

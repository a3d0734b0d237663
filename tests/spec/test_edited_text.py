"""Edits in the text of a config: the same nodes as `apply_edits`, with comments and layout."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from project_files import CONFIGS

from cnnlab.errors import ConfigError
from cnnlab.spec.edited_text import edit_text, format_block
from cnnlab.spec.edits import apply_edits
from cnnlab.spec.flow_text import format_flow, format_json
from cnnlab.spec.node_copies import copy_mapping
from cnnlab.spec.yaml_nodes import Source, parse_yaml

TEXT = """\
# A small network: über-klein.
name: small  # its name

data: {dataset: mnist,   batch_size: 64}  # two settings
model:  # the layers
  - conv: {filters: 8, kernel_size: [3, 3]}  # first
  - max_pool: 2
  - flatten
  # Two ways of writing one layer:
  - dense:
      units: 16  # sixteen
      activation: relu
  - dense: 10

training:
  epochs: 3   # short
  optimizer: adam
  callbacks:
    - early_stopping: {patience: 2}   # patient
    - terminate_on_nan:
# The end.
"""
EDITS = {
    "name=other": ("name: small  # its name", "name: other  # its name"),
    "data.batch_size=32": ("batch_size: 64}", "batch_size: 32}"),
    "data.validation=0.2": ("batch_size: 64}", "batch_size: 64, validation: 0.2}"),
    "data.augment=digits": ("batch_size: 64}", "batch_size: 64, augment: digits}"),
    "model[0].conv.filters=16": ("{filters: 8,", "{filters: 16,"),
    "model[0].conv.kernel_size=5": ("kernel_size: [3, 3]", "kernel_size: 5"),
    "model[0].conv.kernel_size[1]=5": ("kernel_size: [3, 3]", "kernel_size: [3, 5]"),
    "model[1].max_pool=3": ("max_pool: 2", "max_pool: 3"),
    "model[1].max_pool={pool_size: 3, strides: 1}": (
        "max_pool: 2",
        "max_pool: {pool_size: 3, strides: 1}",
    ),
    "model[1]={avg_pool: 2}": ("- max_pool: 2", "- {avg_pool: 2}"),
    "model[2]=global_avg_pool": ("- flatten", "- global_avg_pool"),
    "model.3.dense.units=32": ("units: 16  # sixteen", "units: 32  # sixteen"),
    "model[3].dense.use_bias=false": (
        "      activation: relu\n",
        "      activation: relu\n      use_bias: false\n",
    ),
    "model[3].dense=32": (
        "dense:\n      units: 16  # sixteen\n      activation: relu\n",
        "dense: 32\n",
    ),
    "model[4]={dropout: 0.5}": ("- dense: 10", "- {dropout: 0.5}"),
    "training.epochs=5": ("epochs: 3   # short", "epochs: 5   # short"),
    "training.optimizer.adam.learning_rate=1e-5": (
        "optimizer: adam",
        "optimizer: {adam: {learning_rate: 1e-05}}",
    ),
    "training.callbacks=[]": (
        "callbacks:\n    - early_stopping: {patience: 2}   # patient\n    - terminate_on_nan:\n",
        "callbacks: []\n",
    ),
    "training.callbacks[1].terminate_on_nan=": ("", ""),
    "training.loss.cross_entropy.label_smoothing=0.1": (
        "    - terminate_on_nan:\n",
        "    - terminate_on_nan:\n  loss: {cross_entropy: {label_smoothing: 0.1}}\n",
    ),
    "seed=3": ("    - terminate_on_nan:\n", "    - terminate_on_nan:\nseed: 3\n"),
    'data.dataset="12/"': ("dataset: mnist", 'dataset: "12/"'),
}


def read_plain(text: str) -> object:
    root, faults = parse_yaml(Source.from_text("a.yaml", text))
    assert faults == []
    return root.to_plain()


def edit_nodes(text: str, *edits: str) -> object:
    root, _ = parse_yaml(Source.from_text("a.yaml", text))
    assert apply_edits(root, edits) == []
    return root.to_plain()


@pytest.mark.parametrize("edit", EDITS)
def test_an_edit_changes_one_place_of_the_text(edit):
    old, new = EDITS[edit]
    assert TEXT.count(old) == 1 or not old
    text = edit_text(TEXT, (edit,))
    assert text == (TEXT.replace(old, new) if old else TEXT)
    assert read_plain(text) == edit_nodes(TEXT, edit)


def test_several_edits_come_one_after_the_other():
    edits = ("training.optimizer=sgd", "training.optimizer.sgd.momentum=0.9", "data={}")
    text = edit_text(TEXT, edits)
    assert "  optimizer: {sgd: {momentum: 0.9}}\n" in text
    assert "data: {}  # two settings\n" in text
    assert read_plain(text) == edit_nodes(TEXT, *edits)


def test_no_edit_leaves_the_text_as_it_is():
    assert edit_text(TEXT, ()) == TEXT
    assert edit_text(TEXT, ("training.epochs=3",)) == TEXT


def test_a_setting_inside_a_block_of_layers_changes_there():
    text = "blocks:\n  own: {parameters: {n: 4}, layers: [conv: $n]}\nmodel: [own, own: 8]\n"
    edited = edit_text(text, ("blocks.own.parameters.n=6", "model[1].own=9"))
    assert edited == (
        "blocks:\n  own: {parameters: {n: 6}, layers: [conv: $n]}\nmodel: [own, own: 9]\n"
    )


@pytest.mark.parametrize(
    ("text", "edit", "result"),
    [
        ("training:\n", "training.epochs=5", "training: {epochs: 5}\n"),
        ("training: {}", "training.epochs=5", "training: {epochs: 5}"),
        ("training: {epochs}", "training.epochs=5", "training: {epochs: 5}"),
        ("training: {epochs: }", "training.loss=null", "training: {epochs: null, loss: null}"),
        ("training: # c\n", "training.epochs=5", "training: {epochs: 5} # c\n"),
        ("data:\n  # c\n  seed: 1\n", "data={}", "data: {}\n"),
        ("data: # c\n  seed: 1 # d\n", "data={}", "data: {} # c\n"),
        ("'name': 'a'\n", "name=b c", "'name': \"b c\"\n"),
        ("name: a\r\nseed: 1\r\n", "name=b", "name: b\r\nseed: 1\r\n"),
        ("name: |\n  a\n\nseed: 1\n", "name=b", "name: b\n\nseed: 1\n"),
        ("name: a", "seed=2", "name: a\nseed: 2"),
        ("name: 'ü'  # ü\nseed: 1", "seed=2", "name: 'ü'  # ü\nseed: 2"),
        ("name: 😀\nseed: 1", "seed=2", "name: 😀\nseed: 2"),
        ("{name: a}", "seed=2", "{name: a, seed: 2}"),
        ("{name: a,}", "seed=2", "{name: a, seed: 2,}"),
        ("model:\n- conv: 3\n", "model[0].conv=4", "model:\n- conv: 4\n"),
        ("model:\n- conv:\n", "model[0].conv.filters=4", "model:\n- conv: {filters: 4}\n"),
        ("model: [conv]", "model[0].conv.filters=4", "model: [{conv: {filters: 4}}]"),
    ],
)
def test_unusual_layouts_keep_their_form(text, edit, result):
    assert edit_text(text, (edit,)) == result
    assert read_plain(result) == edit_nodes(text, edit)


def test_a_layout_that_cannot_be_kept_is_written_anew():
    text = "? name\n: a\n? data\n: {dataset: mnist}\n? model\n: - flatten\n"
    edited = edit_text(text, ("training.epochs=5", "name=b"))
    assert read_plain(edited) == edit_nodes(text, "training.epochs=5", "name=b")


def test_a_wrong_edit_is_a_fault():
    with pytest.raises(ConfigError) as caught:
        edit_text(TEXT, ("model[9].conv.filters=3",))
    assert str(caught.value) == (
        "--set model[9].conv.filters=3: model[9].conv.filters: model has 5 entries, 0 to 4, "
        "but no entry 9\n       expected: the path of a value in the config\n\n1 fault"
    )


plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=12)
    | st.sampled_from(
        ["null", "yes", "1e3", "012", "0x1F", "~", ".inf", "a: b", "- a", "#a", "$n"]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(min_size=1, max_size=6), inner, max_size=3)
    ),
    max_leaves=6,
)


def is_readable(value: object) -> bool:
    """Whether a value can come from a config: `<<` is no key, and texts have no surrogates."""
    return "'<<'" not in repr(value) and not re.search("[\ud800-\udfff]", str(value))


@settings(max_examples=100, deadline=None)
@given(plain_values.filter(is_readable))
def test_a_value_is_read_back_equal(value):
    for text in (format_flow(value), format_json(value)):
        assert repr(read_plain(f"a: {text}")) == repr({"a": value})
        assert "\n" not in text


PATHS = [path.read_text("utf-8") for path in CONFIGS]


@st.composite
def draw_edits(draw: st.DrawFn) -> tuple[str, tuple[str, ...]]:
    """A config of the project, and edits of values that it has, or of new keys."""
    text = draw(st.sampled_from([*PATHS, TEXT]))
    root, _ = parse_yaml(Source.from_text("a.yaml", text))
    edits: list[str] = []
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(list_paths(root.to_plain(), "")))
        if draw(st.booleans()) and not path.endswith("]"):
            path = f"{path}.{draw(st.sampled_from(['filters', 'epochs', 'name', 'own']))}"
        edit = f"{path}={format_json(draw(plain_values.filter(is_readable)))}"
        changed = copy_mapping(root)
        if not apply_edits(changed, (edit,)) and changed.to_plain():
            edits, root = [*edits, edit], changed
    return text, tuple(edits)


def list_paths(plain: object, path: str) -> list[str]:
    inner: list[tuple[str, object]] = []
    if isinstance(plain, dict):
        inner = [(f"{path}.{k}".lstrip("."), v) for k, v in plain.items() if k.isidentifier()]
    elif isinstance(plain, list):
        inner = [(f"{path}[{index}]", value) for index, value in enumerate(plain)]
    return [one for below, value in inner for one in [below, *list_paths(value, below)]]


@pytest.mark.slow
@settings(max_examples=75, deadline=None)
@given(draw_edits())
def test_the_edited_text_has_the_nodes_of_the_edited_config(case):
    text, edits = case
    edited = edit_text(text, edits)
    assert repr(read_plain(edited)) == repr(edit_nodes(text, *edits))


SCALARS = st.sampled_from(["training.epochs=7", "seed=5", "name=other", "data.batch_size=16"])


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(PATHS), st.lists(SCALARS, min_size=1, max_size=4))
def test_comments_survive_where_no_list_or_mapping_is_replaced(text, edits):
    edited = edit_text(text, tuple(edits))
    assert re.findall("#.*", edited) == re.findall("#.*", text)
    assert len(edited.splitlines()) <= len(text.splitlines()) + len(edits)


def test_a_config_is_written_with_a_line_for_each_setting():
    assert format_block({"name": "a", "data": {"seed": 1}, "model": ["flatten", {"dense": 3}]}) == (
        "name: a\ndata:\n  seed: 1\nmodel:\n  - flatten\n  - {dense: 3}\n"
    )

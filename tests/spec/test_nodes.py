"""The language's YAML: strict, of limited size, every node with its position."""

from __future__ import annotations

import pytest
import yaml

from cnnlab.errors import ConfigError, Fault
from cnnlab.spec import yaml_nodes
from cnnlab.spec.yaml_nodes import MAX_BYTES, MAX_FAULTS, Source, decode_text, parse_yaml


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request, monkeypatch):
    monkeypatch.setattr(yaml_nodes, "PARSER", getattr(yaml, request.param))


def value(text: str) -> object:
    node, faults = parse_yaml(Source.from_text("a.yaml", text))
    assert faults == []
    return node.to_plain()


def faults(text: str) -> list[str]:
    """The first lines of the faults of a text."""
    try:
        _, found = parse_yaml(Source.from_text("a.yaml", text))
    except ConfigError as error:
        found = error.faults
    return [str(fault).splitlines()[0] for fault in found]


SCALARS = {
    "1e-3": 0.001,
    "1E5": 100_000.0,
    "-.5": -0.5,
    "+1.": 1.0,
    "12": 12,
    "-7": -7,
    "0": 0,
    "0o17": 15,  # 1 · 8 + 7
    "0x1F": 31,  # 1 · 16 + 15
    "true": True,
    "False": False,
    "yes": "yes",
    "no": "no",
    "on": "on",
    "off": "off",
    "y": "y",
    "null": None,
    "~": None,
    "Null": None,
    "1_000": "1_000",
    "12:30:45": "12:30:45",
    "2024-01-31": "2024-01-31",
    "0b11": "0b11",
    "1e": "1e",
    "'1'": "1",
    '"true"': "true",
    '"\\u00e9"': "é",
    "héhé": "héhé",
    "-": [None],
}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "expected"), SCALARS.items())
def test_scalars_are_those_of_yaml_1_2(text, expected):
    found = value(text)
    assert (found, type(found)) == (expected, type(expected))


def test_a_number_that_starts_with_a_zero_is_refused_with_a_hint():
    _, [fault] = parse_yaml(Source.from_text("a.yaml", "a: 012"))
    assert (
        str(fault)
        == """\
a.yaml:1:4: a: `012` starts with a zero
     1 | a: 012
            ^
       expected: no leading zero
       write 12, or "012" for a text, or 0o… for an octal number"""
    )


WRONG = {
    "a: .nan": ["a.yaml:1:4: a: `.nan` is not a finite number"],
    "a: -.Inf": ["a.yaml:1:4: a: `-.Inf` is not a finite number"],
    "a: 1e999": ["a.yaml:1:4: a: a number too large to compute with"],
    "a: " + "9" * 31: ["a.yaml:1:4: a: a number of 31 digits"],
    "a: 0x" + "f" * 31: ["a.yaml:1:4: a: a number of 33 digits"],
    "a: -00": ["a.yaml:1:4: a: `-00` starts with a zero"],
    "a: 1\nb: 2\na: 3": ["a.yaml:3:1: a: the key `a` occurs twice, first on line 1"],
    "m:\n- {a: 1, a: 2}": ["a.yaml:2:10: m[0].a: the key `a` occurs twice, first on line 2"],
    "a: !!str 1": ["a.yaml:1:4: a: `tag:yaml.org,2002:str` is a tag"],
    "a: !mine {b: 1}": ["a.yaml:1:4: a: `!mine` is a tag"],
    "a: &x 1\nb: *x": ["a.yaml:1:4: a: `&x` is an anchor", "a.yaml:2:4: b: `*x` is an alias"],
    "a: &x {b: 1}\nc:\n  <<: *x": [
        "a.yaml:1:4: a: `&x` is an anchor",
        "a.yaml:3:3: c.<<: `<<` is a merge key",
        "a.yaml:3:7: c.<<: `*x` is an alias",
    ],
    "%YAML 1.2\n---\na: 1": ["a.yaml:1:1: a `%` directive is not allowed"],
    "a: 1\n---\nb: 2": ["a.yaml:2:1: a second document starts here"],
    "[a, b]: 1": ["a.yaml:1:1: a key must be a word"],
    "a:\n\t- b": ["a.yaml:2:1: a tab is where YAML expects spaces"],
    "\ta: b": ["a.yaml:1:1: a tab is where YAML expects spaces"],
    "a: b: c": ["a.yaml:1:5: a second `:` on one line, or a line indented too far"],
    "a: @b": ["a.yaml:1:4: a value cannot start with `@`"],
    "é: é\nb: \x01": ["a.yaml:2:4: the character U+0001 is not allowed in YAML"],
    "é: é\nb: \ud800": ["a.yaml:2:4: the character U+D800 is not allowed in YAML"],
    "": ["a.yaml:1:1: the file is empty"],
    "# nothing\n": ["a.yaml:2:1: the file is empty"],
}


@pytest.mark.usefixtures("parser")
@pytest.mark.parametrize(("text", "expected"), WRONG.items())
def test_what_a_config_has_no_use_for_is_refused(text, expected):
    assert faults(text) == expected


@pytest.mark.usefixtures("parser")
def test_faults_after_the_first_are_reported_too():
    assert len(faults("a: 012\nb: .nan\nc: !x y\na: 1\n")) == 4


@pytest.mark.usefixtures("parser")
def test_the_first_of_two_values_of_a_key_is_kept():
    node, _ = parse_yaml(Source.from_text("a.yaml", "a: 1\na: 2"))
    assert node.to_plain() == {"a": 1}


@pytest.mark.usefixtures("parser")
def test_each_node_knows_its_place():
    root, _ = parse_yaml(Source.from_text("a.yaml", "model:\n  - conv: {filters: 3}\n"))
    layers = root.entries["model"][1]
    key, number = layers.items[0].entries["conv"][1].entries["filters"]
    assert (key.line, key.column) == (1, 11)
    assert (number.place.line, number.place.column) == (1, 20)


@pytest.mark.usefixtures("parser")
def test_40_levels_are_read_and_41_are_not():
    assert value("[" * 40 + "]" * 40) == value("- " * 39 + "[]")
    place = "a.yaml:1:41: " + "[0]" * 40
    assert faults("[" * 41 + "]" * 41) == [f"{place}: nested more than 40 levels deep"]


@pytest.mark.usefixtures("parser")
def test_5_000_values_are_read_and_one_more_is_not():
    assert len(value("- a\n" * 4999)) == 4999  # and the list itself
    assert faults("- a\n" * 5000) == ["a.yaml:5000:3: [4999]: more than 5,000 values"]


def test_reading_stops_after_so_many_faults():
    assert len(faults("- *a\n" * 4000)) == MAX_FAULTS


def test_64_kib_are_read_and_one_byte_more_is_not():
    assert decode_text("a.yaml", b"#" * MAX_BYTES).text == "#" * 65_536  # 64 · 1024
    with pytest.raises(ConfigError, match="the file has 65,537 bytes or more"):
        decode_text("a.yaml", b"#" * (MAX_BYTES + 1))


def test_a_byte_order_mark_is_passed_over():
    assert decode_text("a.yaml", b"\xef\xbb\xbfa: 1").text == "a: 1"


def test_the_first_byte_that_is_not_utf_8_is_reported():
    with pytest.raises(ConfigError) as caught:
        decode_text("a.yaml", "é: 1\r\né".encode() + b"\xff")
    assert str(caught.value).splitlines()[0] == "a.yaml:2:2: the byte 0xff is not UTF-8"


@pytest.mark.parametrize(
    ("before", "width"),
    [("고양이: ", 8), ("e\u0301: ", 3), ("a\t: ", 4)],
    ids=["East Asian letters take two columns", "an accent takes none", "a tab becomes a space"],
)
def test_the_caret_stands_below_the_fault(before, width):
    fault = Fault("a.yaml", 1, len(before) + 1, "", "wrong", text=f"{before}012")
    _, shown, caret, *_ = str(fault).splitlines()
    gutter = len(shown) - len(f"{before}012")
    assert caret.index("^") == gutter + width


def test_a_long_line_is_cut_around_the_fault():
    _, [fault] = parse_yaml(Source.from_text("a.yaml", f"[{'a, ' * 100}012]"))
    _, shown, caret, *_ = str(fault).splitlines()
    assert shown[caret.index("^") :].startswith("012")
    assert len(shown) <= 110


SAME = [
    "name: a\nmodel:\n- conv: {filters: 3, padding: same}\n- flatten\n",
    "a: |\n  text\n  more\nb: >-\n  folded\n  text\n",
    "a: 'it''s'\nb: \"tab\\t\"\n",
    "{a: [1, 2.5, {b: null}], c: 3}",
    "a:\r\n  b: 1\r\n",
    "? a\n: b\n",
    "---\na: 1\n...\n",
    "a: &b 1\nc: !d 2\ne: *b\na: 1\n",
    "ä: ö\n\u2028b: 1\n",
]


@pytest.mark.parametrize("text", SAME)
def test_both_parsers_of_pyyaml_give_the_same(text, monkeypatch):
    found = []
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        monkeypatch.setattr(yaml_nodes, "PARSER", loader)
        found.append(parse_yaml(Source.from_text("a.yaml", text)))
    assert found[0] == found[1]

"""What the editor of the page completes and explains, at every kind of place in a config."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import Any

import pytest
from project_files import CONFIGS, PACKAGE

from cnnlab.spec.json_schema import build_json_schema

# The cursor is at each |.
KEYS = {
    "|": ["name", "seed", "ensemble", "data", "model", "training", "blocks"],
    "training:\n  epochs: 5\n  o|": ["optimizer", "loss", "metrics", "precision"],
    "training: {epochs: 5, |}": ["optimizer", "loss", "metrics", "precision"],
    "data:\n  |": ["dataset", "image_size", "color_mode", "test"],
    "model:\n  - max_pool: {|}": ["pool_size", "strides", "padding"],
    "model:\n  - conv:\n      filters: 8\n      |\n  - flatten": ["kernel_size", "strides"],
    "model:\n  - conv: 8\n    |": None,
    "a: 1  # a comment|": None,
    "model:\n- residual:\n  - conv: {filters: 8, padding: |}": ["same", "valid"],
    "training:\n  optimizer: |": ["sgd", "adam", "adamw"],
    "training:\n  callbacks:\n    - early_stopping: {restore_best_weights: |}": ["true", "false"],
    "model:\n  - |": ["conv", "separable_conv", "depthwise_conv", "max_pool"],
}
# What the first word that begins with these letters becomes; the cursor is at the second |.
INSERTIONS = {
    "model:\n  - con|": "model:\n  - conv: {filters: |}",
    "model:\n  - fla|": "model:\n  - flatten|",
    "model:\n  - drop|": "model:\n  - dropout: |",
    "model: [{conv: {filters: 8, act|: relu}}]": "model: [{conv: {filters: 8, activation|: relu}}]",
    "training:\n  ep|": "training:\n  epochs: |",
    "blocks:\n  pair:\n    layers: [flatten]\nmodel:\n  - pai|": (
        "blocks:\n  pair:\n    layers: [flatten]\nmodel:\n  - pair|"
    ),
    "training:\n  callbacks:\n    early|": "training:\n  callbacks:\n    - early_stopping|",
}
EXPLANATIONS = {
    "model:\n  - conv: {|filters: 8}": (
        "number of kernels, one for each output channel",
        "1 … 65,536",
        "",
    ),
    "model:\n  - conv: {filters: 8, |padding: same}": (
        "zeros around the input: same, valid, or how many zeros at each side",
        "same | valid | 0 … 1,024",
        "valid",
    ),
    "model:\n  - conv: {filters: 8, activation: |relu}": ("max(x, 0).", "", ""),
    "training: {|epochs: 3}": ("passes over the training images", "1 … 100,000", "10"),
    "model:\n  - conv: {filters: |8}": None,
    "nonsense: {|filters: 8}": None,
}
# A line up to the cursor -> with how many spaces the next line begins.
INDENTS = {
    "model:": 2,
    "  - conv: 8": 2,
    "  - residual:  # two layers": 6,
    "      filters: 8": 6,
    "": 0,
}
TEXTS = [path.read_text("utf-8") for path in CONFIGS]
SCRIPT = """
import { readFileSync } from "node:fs";
const { folder, schema, texts, configs, lines } = JSON.parse(readFileSync(0, "utf8"));
const { explainWord, listCompletions } = await import(`${folder}/schema_completion.js`);
const { findIndent, listTokens } = await import(`${folder}/yaml_places.js`);
const { findSchema } = await import(`${folder}/schema_places.js`);
const answers = texts.map((marked) => {
  const offset = marked.indexOf("|");
  const text = marked.replace("|", "");
  const completions = listCompletions(text, offset, schema);
  return [marked, { completions, word: explainWord(text, offset, schema) }];
});
const strange = configs.flatMap((text) => listTokens(text)
  .filter((token) => token.role === "key" && !findSchema(token.path, schema))
  .map((token) => token.path.join(".")));
const indents = lines.map(findIndent);
console.log(JSON.stringify({ answers: Object.fromEntries(answers), strange, indents }));
"""


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """The answers of the modules to all texts, from one process of node."""
    if shutil.which("node") is None:
        pytest.skip("node is not installed")
    question = {
        "folder": (PACKAGE / "page/views").as_uri(),
        "schema": build_json_schema(),
        "texts": [*KEYS, *INSERTIONS, *EXPLANATIONS],
        "lines": [*INDENTS],
        "configs": [text for text in TEXTS if "\nblocks:" not in text],  # own kinds of layers
    }
    command = ["node", "--no-warnings", "--input-type=module", "-e", SCRIPT]
    done = subprocess.run(
        command, input=json.dumps(question), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


@pytest.mark.parametrize("text", KEYS)
def test_a_place_offers_the_words_that_can_stand_there(answers, text):
    completions = answers["answers"][text]["completions"]
    if KEYS[text] is None:
        assert completions is None
    else:
        assert [one["label"] for one in completions["options"]][: len(KEYS[text])] == KEYS[text]


@pytest.mark.parametrize("text", INSERTIONS)
def test_a_completion_writes_what_the_kind_needs_and_puts_the_cursor_there(answers, text):
    completions = answers["answers"][text]["completions"]
    plain = text.replace("|", "")
    start, end = completions["from"], completions["to"]
    option = next(o for o in completions["options"] if o["label"].startswith(plain[start:end]))
    words = option["insert"][: option["cursor"]] + "|" + option["insert"][option["cursor"] :]
    assert plain[:start] + words + plain[end:] == INSERTIONS[text]


@pytest.mark.parametrize("text", EXPLANATIONS)
def test_a_word_is_explained_by_the_schema(answers, text):
    word = answers["answers"][text]["word"]
    expected = EXPLANATIONS[text]
    assert (word and (word["description"], word["values"], word["default"])) == expected


def test_every_key_of_every_config_has_a_place_in_the_schema(answers):
    assert len(TEXTS) > 10
    assert answers["strange"] == []


def test_a_new_line_begins_below_the_one_before_or_inside_its_key(answers):
    assert dict(zip(INDENTS, answers["indents"], strict=True)) == INDENTS

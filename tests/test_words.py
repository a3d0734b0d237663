"""The words of the project: names, numbers with their nouns, and percentages."""

from __future__ import annotations

import ast
import re
from itertools import pairwise

import pytest
from project_files import CONFIGS, PACKAGE, ROOT, list_modules


def make_words(*lines: str) -> frozenset[str]:
    return frozenset(" ".join(lines).split())


NOUNS = "epochs members runs files images classes batches layers parameters kernels maps channels"
NUMBER_AND_NOUN = re.compile(
    rf" (?:(?:training|validation|test|input) )?({NOUNS.replace(' ', '|')})"
)
# What stands before a plural without `format_count`: numbers that are always above 1, and words.
NEVER_ONE = {
    *("len(network.members) members", "len(record.seeds) members", "len(data.members) members"),
    *("len(figures['members']) members", "len(experiment.ensemble) members", "count members"),
    *("len(losses) epochs", "len(pairs) epochs", "average.epochs epochs"),
    *("len(faults) files", "len(images) images", "info.training_images images"),
    *("info.classes images", "split images", "MAX_CLASSES classes"),
    *("len(inside['layers']) layers", "len(steps) layers", "total layers"),
    *("parameters parameters", "count * table.parameters parameters"),
    *("SHOWN_PER_LAYER maps", "unit.output[-1] channels"),
    *("len(runs) runs", "count runs", "len(all_pairs) + 1 runs"),
    "len(mine.index) images",  # the last of two different numbers
}


def test_a_number_and_its_noun_are_joined_by_format_count():
    found = {
        f"{ast.unparse(number.value)} {noun[1]}"
        for path in list_modules()
        for text in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(text, ast.JoinedStr)
        for number, words in pairwise(text.values)
        if isinstance(number, ast.FormattedValue) and isinstance(words, ast.Constant)
        if (noun := NUMBER_AND_NOUN.match(words.value))
    }
    assert found == NEVER_ONE


# Words that are no name for a function or a class alone: a name says what it does, or what it is.
PARTICIPLES = make_words(
    "begun bought built chosen done drawn driven expected fallen felt forgotten found given gone ",
    "heard held hidden kept known laid left lost made meant met paid said seen sent shown sold ",
    "spoken spent taken taught thought told thrown torn understood won worn written",
)
ADJECTIVES = make_words(
    "all alone any bad big busy clean clear close dark deep different empty equal few first free ",
    "full good heavy high large last less light likely long low many more most narrow native new ",
    "next old only open other own plain ready right rich safe same shallow short similar simple ",
    "single slow small some strange true valid whole wide wrong",
)
PREPOSITIONS = make_words(
    "about above after again against among around as at away before behind below beneath beside ",
    "between beyond by down during for here in inside into near now of off on out outside over ",
    "per since then there through to together toward under until up upon with within without",
)
VERBS_IN_ED = frozenset(["embed", "exceed", "feed", "need", "proceed", "seed", "speed", "succeed"])
# Names that others give: Keras's methods, and the method that `contextlib.closing` calls.
GIVEN_METHODS = re.compile(r"on_(epoch|train|test|batch)_.*|next|close")


def is_bad_name(name: str) -> bool:
    words = [word.lower() for word in re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+", name)]
    if not words or GIVEN_METHODS.fullmatch(name):
        return False
    first, last = words[0], words[-1]
    is_participle = first in PARTICIPLES or (first.endswith("ed") and first not in VERBS_IN_ED)
    if len(words) == 1:
        return is_participle or first in ADJECTIVES | PREPOSITIONS
    return first in PREPOSITIONS - {"to"} or (is_participle and last in PREPOSITIONS)


@pytest.mark.parametrize(
    "name", ["told", "_kept", "of_run", "as_json", "taken_up", "Windowed", "left", "whole"]
)
def test_a_participle_an_adjective_or_a_preposition_is_no_name(name):
    assert is_bad_name(name)


@pytest.mark.parametrize("name", ["to_json", "from_text", "embed", "trained_run", "FilledArea"])
def test_a_verb_or_a_noun_is_a_name(name):
    assert not is_bad_name(name)


def test_functions_and_classes_are_named_by_verbs_and_nouns():
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    folders = (PACKAGE, ROOT / "tests", ROOT / "benchmarks", ROOT / "docs")
    named = {
        f"{path.relative_to(ROOT)}: {node.name}"
        for folder in folders
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, kinds) and not node.name.startswith("__") and is_bad_name(node.name)
    }
    assert named == {"cnnlab/errors.py: InUseError"}  # "in use" is one idea: a lock is held


def test_a_percentage_has_one_form():
    """`99.04%`, without a space, in texts, pictures, pages and documents."""
    spaced = re.compile(r"[0-9}][ \u00a0]%(?![0-9A-Za-z(])")
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md"), *CONFIGS]
    wrong = [path.name for path in documents if spaced.search(path.read_text("utf-8"))]
    for path in list_modules():
        tree = ast.parse(path.read_text("utf-8"))
        texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
        wrong += [path.name for text in texts if isinstance(text, str) and spaced.search(text)]
    assert wrong == []

"""The JavaScript modules and the texts of the page: their size, their heads, their keys."""

from __future__ import annotations

import re

import pytest
from project_files import PACKAGE

PAGE = PACKAGE / "page"
MODULES = sorted(
    path for path in PAGE.rglob("*.js") if "vendor" not in path.relative_to(PAGE).parts
)
KEY = re.compile(r"^  (\w+):", re.MULTILINE)
USED = re.compile(r'\bwords\("(\w+)"')


def read_keys(language: str) -> list[str]:
    return KEY.findall((PAGE / f"words/{language}.js").read_text("utf-8"))


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(PAGE)))
def test_a_module_is_short_and_says_first_what_it_is_for(path):
    text = path.read_text("utf-8")
    assert text.startswith(("/*", "//"))
    assert len(text.splitlines()) <= 300


def test_both_languages_have_the_same_texts_each_once():
    english = read_keys("en")
    assert len(english) == len(set(english))
    assert english == read_keys("ko")


def test_the_values_in_a_text_are_the_same_in_both_languages():
    def read_values(language: str) -> list[list[str]]:
        lines = (PAGE / f"words/{language}.js").read_text("utf-8").splitlines()
        return [sorted(re.findall(r"\{(\w+)\}", line)) for line in lines if KEY.match(line)]

    assert read_values("en") == read_values("ko")


def test_korean_has_one_word_for_each_idea_and_no_particle_in_brackets():
    """Such as `을(를)` after a name: a text that needs none reads better."""
    text = (PAGE / "words/ko.js").read_text("utf-8")
    assert "네트워크" not in text  # 신경망 everywhere
    assert re.findall(r"[은이을]\([는가를]\)|\(으\)로", text) == []


def test_each_text_that_a_module_asks_for_exists():
    known = set(read_keys("en"))
    asked = {key for path in MODULES for key in USED.findall(path.read_text("utf-8"))}
    assert asked - known == set()


def test_each_kind_of_layer_has_a_sentence():
    from cnnlab.spec.layers import LAYERS

    kinds = {layer.kind for layer in LAYERS}
    merges = {"add", "average", "concatenate", "maximum", "minimum", "multiply", "subtract"}
    described = {key.removeprefix("kind_") for key in read_keys("en") if key.startswith("kind_")}
    assert (kinds | merges | {"input"}) - described == set()


def test_the_browser_loads_all_modules_of_the_first_view_at_once():
    """index.html lists them, so that no module waits until another one has imported it."""
    from cnnlab.export.page_bundle import collect_modules

    html = (PAGE / "index.html").read_text("utf-8")
    listed = re.findall(r'<link rel="modulepreload" href="/page/([^"]+)">', html)
    assert listed == sorted(set(collect_modules("app.js")) - {"app.js"})

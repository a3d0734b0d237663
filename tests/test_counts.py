"""One of everything: no text of a whole working session says `1 epochs` or `1 images`."""

from __future__ import annotations

import re

import numpy as np
import pytest
from command_calls import call_cnnlab

from cnnlab.counts import format_count

NOUNS = (
    *("epoch", "batch", "member", "run", "file", "image", "class", "layer", "parameter", "kernel"),
    *("map", "channel", "seed", "fault", "byte", "pixel", "value", "number", "core", "label"),
    *("row", "column", "time", "picture", "mistake", "view", "step", "weight", "degree", "mean"),
)
PLURALS = [format_count(2, noun).removeprefix("2 ") for noun in NOUNS]
ONE_OF_MANY = re.compile(rf"(?<!× )(?<![\d.,])1 (?:[a-z]+ )?(?:{'|'.join(PLURALS)})\b")
CHECK = ("check", "one.yaml", "--set")
CONFIG = """\
name: one
data: {dataset: one.npz, validation: 0, batch_size: 2}
model:
  - conv: {filters: 1, kernel_size: 1}
  - flatten
  - dense: 2
training: {epochs: 1}
"""


@pytest.mark.parametrize(
    ("noun", "one", "two"),
    [
        ("epoch", "1 epoch", "2 epochs"),
        ("validation image", "1 validation image", "2 validation images"),
        ("class", "1 class", "2 classes"),
        ("batch", "1 batch", "2 batches"),
        ("pixel", "1 pixel", "2 pixels"),
    ],
)
def test_a_noun_is_in_the_plural_unless_there_is_one(noun, one, two):
    assert (format_count(1, noun), format_count(2, noun)) == (one, two)
    assert format_count(0, noun) == two.replace("2", "0")
    assert format_count(60_000, noun) == two.replace("2", "60,000")


def test_the_search_finds_what_it_searches():
    found = ["1 epochs", "1 test images", "1 classes, and", "(1 files)"]
    assert [text for text in found if not ONE_OF_MANY.search(text)] == []
    fine = ["1 epoch", "11 epochs", "0.1 images", "1 of 2 images", "2,001 images", "1 image saves"]
    assert [text for text in fine if ONE_OF_MANY.search(text)] == []


@pytest.fixture(scope="module")
def one_of_each(tmp_path_factory):
    """A config and its data: two training images in one batch, one test image."""
    folder = tmp_path_factory.mktemp("one")
    images = np.full((2, 1, 1, 1), [[[[0]]], [[[255]]]], np.uint8)
    labels = np.arange(2, dtype=np.uint8)
    np.savez(
        folder / "one.npz", x_train=images, y_train=labels, x_test=images[:1], y_test=labels[:1]
    )
    (folder / "one.yaml").write_text(CONFIG)
    return folder


@pytest.fixture(scope="module")
def trained_one(one_of_each):
    """The same folder with its run, and what `train` says in a pipe."""
    done = call_cnnlab("train", "one.yaml", cwd=one_of_each)
    assert done.returncode == 0, done.stderr
    return one_of_each, done.stdout + done.stderr


@pytest.mark.slow
def test_a_session_with_one_of_each_has_no_plural_after_1(trained_one, run_cli):
    folder, texts = trained_one[0], {"train": trained_one[1]}
    for command in (
        ("check", "one.yaml"),
        ("evaluate", "last"),
        ("explain", "last", "kernels", "maps"),
        ("predict", "last", "--random", "1"),
        ("report", "last"),
        ("runs", "show", "last"),
    ):
        code, out, err = run_cli(*command, cwd=folder)
        assert code == 0, err
        texts[" ".join(command)] = out + err
    for path in folder.rglob("*"):
        if path.suffix in (".txt", ".html", ".svg", ".json"):
            texts[path.name] = path.read_text()
    found = {name: ONE_OF_MANY.findall(text) for name, text in texts.items()}
    assert {name: plurals for name, plurals in found.items() if plurals} == {}
    assert "1 epoch of 1 batch\n2 training images\n" in texts["train"]
    assert (
        "maps of 1 layer, and which maps are never above 0 in 1 test image\n"
        in texts["explain last kernels maps"]
    )


MESSAGES = {
    "1 test image": (("predict", "last", "--random", "2"), "the test set has 1 image; choose"),
    "1 image": (("explain", "last", "maps", "--index", "1"), "has 1 image, from 0 to 0"),
    "1 run": (("runs", "--where", "status=failed"), "none of 1 run in runs/ has status=failed"),
    "1 epoch": (
        (*CHECK, "training.optimizer={sgd: {cosine: {initial: 0.1, warmup_epochs: 1}}}"),
        "the warm-up takes 1 epoch, so none of 1 epoch is left for the cosine",
    ),
    "1 number": (
        (*CHECK, "model=[flatten, dense: 1, conv: 2, flatten, dense: 2]"),
        "`conv` reads feature maps, but its input is a vector of 1 number",
    ),
    "1 channel": (
        (*CHECK, "model=[conv: {filters: 2, groups: 2}, flatten, dense: 2]"),
        "1 input channel cannot be split into 2 equal groups",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("kind", MESSAGES)
def test_a_message_counts_one_of_a_kind(kind, trained_one, run_cli):
    command, words = MESSAGES[kind]
    _, out, err = run_cli(*command, cwd=trained_one[0])
    assert words in out + err

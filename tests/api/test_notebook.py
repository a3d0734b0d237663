"""A notebook under a real Jupyter kernel: the live bar, the tables, and an error."""

from __future__ import annotations

import os
import re

import nbformat
import pytest
from nbclient import NotebookClient

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::ResourceWarning"),
]

CELLS = [
    "import cnnlab\ncnnlab.check('small.yaml')",
    # Filters enough for epochs that take longer than the time between two drawings of the bar.
    "edits = {'name': 'note', 'model[0].conv.filters': 32, 'model[2].conv.filters': 32}\n"
    "run = cnnlab.train('small.yaml', edits)\nrun",
    "run.history[-1]['epoch'], run.evaluate().accuracy > 0.9",
    "run.evaluate()",
    "run.predict_random(3)",
    "cnnlab.runs('runs')",
    "try:\n    cnnlab.check('wrong.yaml')\nexcept cnnlab.ConfigError as error:\n    print(error)",
]


class Browser(NotebookClient):
    """Runs a notebook, and remembers every drawing that a later one replaces."""

    def process_message(self, message, cell, cell_index):
        if message["msg_type"] == "update_display_data":
            self.drawings.append(message["content"]["data"]["text/html"])
        return super().process_message(message, cell, cell_index)


@pytest.fixture(scope="module")
def session(small_data, tmp_path_factory):
    """(the outputs of each cell as a browser has them at the end, all drawings of live bars)."""
    place = tmp_path_factory.mktemp("notebook")
    for name in ("small.yaml", "small.npz"):
        os.link(small_data / name, place / name)
    wrong = (small_data / "small.yaml").read_text().replace("epochs:", "epoch:")
    (place / "wrong.yaml").write_text(wrong)
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(text) for text in CELLS])
    client = Browser(notebook, kernel_name="python3", resources={"metadata": {"path": place}})
    client.drawings = []
    client.execute()
    return [cell.outputs for cell in notebook.cells], client.drawings


@pytest.fixture
def outputs(session):
    return session[0]


@pytest.fixture
def drawings(session):
    return session[1]


def html(outputs):
    return "".join(one["data"].get("text/html", "") for one in outputs if "data" in one)


def text(outputs):
    plain = "".join(one["data"].get("text/plain", "") for one in outputs if "data" in one)
    return plain + "".join(one["text"] for one in outputs if one.output_type == "stream")


def test_a_checked_config_shows_its_table(outputs):
    assert "conv_1" in html(outputs[0]) or "conv" in html(outputs[0])
    assert "6,554" in html(outputs[0])


def test_training_shows_a_bar_that_ends_and_the_run(outputs):
    shown = html(outputs[1])
    assert "epoch 2/2  loss" in shown
    assert shown.count("█") == 0
    assert "note-001" in shown
    assert "finished" in shown
    assert [one for one in outputs[1] if one.output_type == "stream"] == []


def test_the_live_bar_has_the_epoch_the_time_left_and_the_validation(drawings):
    bars = [line for drawing in drawings for line in drawing.splitlines() if "░" in line]
    pattern = re.compile(r"epoch [12]/2 █*░* (\d+:\d\d|-:--) left\b.*")
    assert [bar for bar in bars if not pattern.match(bar)] == []
    assert any("  validating 0/3  loss " in bar for bar in bars)  # 600 images in batches of 256
    assert any(re.search(r"batch +\d+/169  [\d,]+ images/s", bar) for bar in bars)


def test_figures_are_plain_python_values(outputs):
    assert text(outputs[2]) == "(2, True)"


def test_an_evaluation_predictions_and_runs_show_tables(outputs):
    for place, words in ((3, "precision"), (4, "probability"), (5, "note-001")):
        assert "<table" in html(outputs[place])
        assert words in html(outputs[place])


def test_an_error_is_a_sentence_with_its_line(outputs):
    assert text(outputs[6]).startswith("wrong.yaml:19:3: training.epoch: unknown key `epoch`")

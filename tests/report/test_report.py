"""`cnnlab report`: what it writes, where its figures come from, and what it refuses."""

from __future__ import annotations

import base64
import csv
import html
import io
import json
import re

import numpy as np
import pytest
from PIL import Image
from tiny_training import read_tiny, save_tiny

from cnnlab.report.report_data import read_evaluation
from cnnlab.run_folder import RunFolder, create_run
from cnnlab.training import single_run

pytestmark = pytest.mark.slow


def test_it_evaluates_first_and_prints_the_path_of_the_page(report_run):
    run, answer = report_run
    assert answer["run"] == "runs/small-001"
    assert answer["report"] == "runs/small-001/report.html"
    assert answer["architecture"] == "runs/small-001/architecture.svg"
    assert isinstance(answer["diagnosis"], list)
    assert (run / "evaluation/metrics.json").exists()
    assert (run / "architecture.svg").read_text().startswith("<svg ")


def test_the_page_has_the_result_the_parts_and_the_way_to_repeat_it(report_run):
    run, _ = report_run
    text = (run / "report.html").read_text()
    figures = json.loads((run / "evaluation/metrics.json").read_text())
    record = json.loads((run / "run.json").read_text())
    low, high = figures["accuracy_interval"]
    result = (
        f"small-001 classifies {figures['accuracy']:.2%} of the 2,000 test images of "
        f"{json.loads((run / 'spec.json').read_text())['experiment']['data']['dataset']} correctly "
        f"(95% interval {low:.2%} to {high:.2%})."
    )
    assert result in text
    assert re.findall("<h2>(.*)</h2>", text) == [
        *("Diagnosis", "Architecture", "Curves", "On the test set"),
        *("Inside", "Config", "How to repeat the run"),
    ]
    assert (run / "architecture.svg").read_text() in text
    config = (run / "config.yaml").read_text()
    assert f"<pre>{html.escape(config)}</pre>" in text
    for told in (
        "cnnlab train small.yaml\ncnnlab evaluate runs/small-001\ncnnlab report runs/small-001",
        "<dt>seed</dt><dd>7</dd>",
        record["data"]["fingerprint"],
        f"keras {record['versions']['keras']}",
        "5,400 training images, 600 validation images (seed 7)",
    ):
        assert told in text


def decode_images(text):
    found = re.findall(r'<img[^>]* src="data:image/png;base64,([^"]*)"', text)
    return [np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))) for data in found]


def test_the_mistakes_are_those_of_the_folder_each_with_its_words(report_run, small_data):
    run, _ = report_run
    text = (run / "report.html").read_text()
    with np.load(small_data / "small.npz") as arrays:
        images = arrays["x_test"]
    rows = list(csv.DictReader((run / "evaluation/predictions.csv").read_text().splitlines()))
    wrong = [row for row in rows if row["true"] != row["predicted"]]
    wrong.sort(key=lambda row: -float(row[f"p_{row['predicted']}"]))
    shown = zip(decode_images(text), wrong[:30], strict=False)
    assert all((image == images[int(row["index"])]).all() for image, row in shown)
    captions = re.findall(r"<figure><img[^>]*><figcaption>(.*?)</figcaption>", text)
    assert captions == [
        f"#{row['index']}<br>true {row['true']}<br>"
        f"answer {row['predicted']}, {float(row['p_' + row['predicted']]):.1%}"
        for row in wrong[:30]
    ]
    assert f"<figcaption>{len(wrong):,} mistakes; here are the most confident mistakes, " in text


def test_every_picture_has_words_for_screen_readers(report_run):
    text = (report_run[0] / "report.html").read_text()
    pictures = re.findall(r'<(?:img|svg(?! class="key"))[^>]*>', text)
    words = [re.search(r'(?:alt|aria-label)="([^"]*)"', one)[1] for one in pictures]
    assert len(words) == 37 + 1 + 2 + 1 + 2 + 2  # images; architecture, curves, matrix, diagrams
    assert len(set(words)) == len(words)


def test_the_figures_of_the_folder_are_in_the_drawings(report_run):
    run, _ = report_run
    text = (run / "report.html").read_text()
    figures = json.loads((run / "evaluation/metrics.json").read_text())
    numbers = re.findall(r'font-size="10">([\d,]+)<', text)
    counts = [count for row in figures["confusion_matrix"] for count in row if count]
    assert numbers == [f"{count:,}" for count in counts]
    for title in ("loss", "accuracy", "number of images"):
        assert f">{title}</text>" in text


def test_the_page_asks_for_nothing_from_anywhere(report_run):
    text = (report_run[0] / "report.html").read_text()
    addresses = set(re.findall(r"[a-z]+://[^\s\"'<]*", text))
    assert addresses == {"http://www.w3.org/2000/svg"}  # a name, not a place
    assert "<script" not in text
    assert not re.search(r"url\((?!#)", text)


def test_an_existing_evaluation_is_not_repeated(run_cli, report_run):
    run, _ = report_run
    before = {path: path.stat().st_mtime_ns for path in (run / "evaluation").iterdir()}
    code, out, err = run_cli("report", "last", cwd=run.parent.parent)
    assert (code, err) == (0, "")
    assert out.endswith(
        "written: runs/small-001/report.html\n         runs/small-001/architecture.svg\n"
    )
    assert {path: path.stat().st_mtime_ns for path in (run / "evaluation").iterdir()} == before


SPOILT = [
    *("older", "damaged", "of other classes", "without a picture", "with a negative count"),
    *("of other answers", "without answers", "without bins"),
]


@pytest.fixture
def evaluated_copy(run_copy, report_run):
    """A copy of the run with its evaluation, which tests may damage."""
    folder = run_copy / "evaluation"
    folder.mkdir()
    for path in (report_run[0] / "evaluation").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    return run_copy


@pytest.mark.parametrize("spoil", SPOILT)
def test_an_incomplete_evaluation_is_none(evaluated_copy, spoil):
    run, metrics = RunFolder(evaluated_copy), evaluated_copy / "evaluation/metrics.json"
    assert read_evaluation(run) is not None
    plain = json.loads(metrics.read_text())
    if spoil == "older":
        metrics.write_text(json.dumps({k: v for k, v in plain.items() if k != "calibration"}))
    elif spoil == "damaged":
        metrics.write_text("{")
    elif spoil == "of other classes":
        metrics.write_text(json.dumps(plain | {"confusion_matrix": [[1]]}))
    elif spoil == "with a negative count":
        matrix = [[count - 5000 for count in row] for row in plain["confusion_matrix"]]
        metrics.write_text(json.dumps(plain | {"confusion_matrix": matrix}))
    elif spoil == "of other answers":
        path = metrics.with_name("predictions.csv")
        path.write_text(path.read_text().replace("\n0,7,7,", "\n0,6,7,"))
    elif spoil == "without answers":
        metrics.with_name("predictions.csv").unlink()
    elif spoil == "without bins":
        bins = {"calibration": plain["calibration"] | {"bins": []}}
        metrics.write_text(json.dumps(plain | bins))
    else:
        metrics.with_name("mistakes.png").unlink()
    assert read_evaluation(run) is None


def test_an_incomplete_evaluation_is_repeated(run_cli, evaluated_copy):
    metrics = evaluated_copy / "evaluation/metrics.json"
    plain = json.loads(metrics.read_text())
    metrics.write_text("{")
    metrics.with_name("mistakes.png").unlink()
    assert run_cli("report", "last", cwd=evaluated_copy.parent.parent)[0] == 0
    assert json.loads(metrics.read_text())["calibration"] == plain["calibration"]
    assert metrics.with_name("mistakes.png").exists()


def test_texts_of_the_folder_are_escaped(run_cli, run_copy, report_run):
    folder = run_copy.parent.parent
    for path in (report_run[0] / "evaluation").iterdir():
        (run_copy / "evaluation").mkdir(exist_ok=True)
        (run_copy / "evaluation" / path.name).write_bytes(path.read_bytes())
    bad = "</pre><script>alert('1')</script>"
    (run_copy / "config.yaml").write_text(bad)
    record = json.loads((run_copy / "run.json").read_text())
    record |= {"device": bad, "ended": bad, "command": ["cnnlab", bad], "git_commit": bad}
    record["data"] = {"dataset": bad, "fingerprint": bad}
    (run_copy / "run.json").write_text(json.dumps(record | {"versions": {bad: bad}}))
    metrics = json.loads((run_copy / "evaluation/metrics.json").read_text())
    metrics["per_class"][0]["class"] = bad
    (run_copy / "evaluation/metrics.json").write_text(json.dumps(metrics))
    code, _, err = run_cli("report", "last", cwd=folder)
    assert (code, err) == (0, "")
    text = (run_copy / "report.html").read_text()
    assert "<script" not in text
    assert text.count(html.escape(bad)) >= 8


CHANGED = (
    "runs/small-001: history.csv has changed: its size or SHA-256 hash differs from state.json"
)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        ("history.csv", "epoch\n", CHANGED),
        ("history.csv", "epoch,loss\n1,0.5\n", CHANGED),
        ("history.csv", "epoch,loss\n1,x\n", "damaged: could not convert string to float: 'x'"),
        ("history.csv", None, "cannot be read: No such file or directory"),
        ("config.yaml", None, "cannot be read: No such file or directory"),
        ("run.json", "{}x", "damaged: not JSON at line 1 column 3"),
    ],
)
def test_missing_files_of_the_folder_are_reported(run_cli, run_copy, name, text, told):
    (run_copy / name).unlink()
    if text is not None:
        (run_copy / name).write_text(text)
    message = told if told == CHANGED else f"runs/small-001/{name}: {told}"
    answer = (4, "", f"cnnlab: {message}\n")
    assert run_cli("report", "runs/small-001", cwd=run_copy.parent.parent) == answer
    assert not (run_copy / "report.html").exists()


def test_a_run_without_its_checkpoints_has_no_report(run_cli, run_copy):
    for name in ("best", "last"):
        (run_copy / f"checkpoints/{name}.keras").unlink()
    code, out, err = run_cli("report", "last", cwd=run_copy.parent.parent)
    assert (code, out) == (4, "")
    assert err.startswith(
        "cnnlab: runs/small-001/checkpoints: the files of a training of 2 epochs are "
    )


def test_without_the_untrained_weights_there_is_a_report_too(run_cli, run_copy):
    (run_copy / "checkpoints/initial.keras").unlink()
    assert run_cli("report", "last", cwd=run_copy.parent.parent)[0] == 0
    assert (run_copy / "report.html").exists()


def test_a_run_of_one_epoch_names_its_loss_once(tmp_path, run_cli):
    config = read_tiny(save_tiny(tmp_path), epochs=1)
    run = create_run(tmp_path / "runs", "tiny")
    single_run.train(config, run)
    assert run_cli("report", "last", cwd=tmp_path)[0] == 0
    [row] = run.read_history()
    sentence = (
        f"Training loss {row['loss']:.4f} after the only epoch; validation loss "
        f"{row['val_loss']:.4f}."
    )
    page = (run.path / "report.html").read_text()
    assert sentence in page
    assert "at the end" not in page

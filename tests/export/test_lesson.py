"""`cnnlab export --format page`: one HTML file whose answers are those of `predict`."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest
from lesson_pages import read_shares
from playwright.sync_api import expect

from cnnlab.export.lesson import build_lesson
from cnnlab.export.packed_weights import pack_coarsely, pack_exactly
from cnnlab.export.page_bundle import build_html, collect_modules

pytestmark = pytest.mark.slow

# Compute every test image of the file with the modules of the page.
COMPUTE = """async () => {
    const { LessonApi } = await import("cnnlab/lesson_api.js");
    const { Network } = await import("cnnlab/network/network.js");
    const api = new LessonApi();
    const network = new Network(await api.readNetwork());
    const weights = network.readWeights(await api.readWeights("", 0, CHECKPOINT));
    const { images } = await api.readImages();
    return images.map(image => ({
        ...image, pixels: [...image.pixels],
        probabilities: [...network.run(weights, image.pixels).probabilities],
    }));
}"""


@pytest.fixture(scope="module")
def export_answer(trained_run, cnnlab, build_once):
    """The answer of `cnnlab export`, and the folder in which it ran."""

    def build(folder):
        runs = trained_run.folder / "runs"
        done = cnnlab(
            *("export", "small", "--runs", runs, "--format", "page", "--json"), cwd=folder
        )
        assert (done.returncode, done.stderr) == (0, "")
        return folder, json.loads(done.stdout)

    return build_once("exported", build)


@pytest.fixture
def lesson(export_answer):
    return export_answer[0] / export_answer[1]["path"]


def compute_images(page, checkpoint: str) -> list[dict]:
    return page.evaluate(COMPUTE.replace("CHECKPOINT", json.dumps(checkpoint)))


def predict(trained_run, checkpoint: str, images: list[dict]) -> np.ndarray:
    from cnnlab.prediction import compute_probabilities
    from cnnlab.run_folder import RunFolder

    spec = RunFolder(trained_run.path).read_spec()
    pixels = np.array([image["pixels"] for image in images], np.uint8).reshape(-1, 28, 28, 1)
    path = trained_run.path / f"checkpoints/{checkpoint}.keras"
    return compute_probabilities([(spec, path)], pixels)


def test_the_test_images_in_the_file_are_answered_as_by_predict(open_page, lesson, trained_run):
    page, asked, said = open_page(lesson)
    images = compute_images(page, "best")
    assert len(images) >= 20
    answers = np.array([image["probabilities"] for image in images])
    assert np.abs(answers - predict(trained_run, "best", images)).max() < 1e-4
    names = [f"Test image {image['index']}: {image['truth']}" for image in images]
    assert (
        page.locator(".thumbnails button").evaluate_all("all => all.map(one => one.ariaLabel)")
        == names
    )
    page.locator(".thumbnails button").nth(5).click()
    best = int(answers[5].argmax())
    expect(page.locator(".answer-name b")).to_have_text(str(best))
    assert f"{best}: {100 * answers[5][best]:.1f}%" in read_shares(page)
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [lesson.resolve().as_uri()]


def test_the_untrained_network_is_there_too_in_fewer_bits(open_page, lesson, trained_run):
    page, _, _ = open_page(lesson)
    images = compute_images(page, "untrained")
    answers = np.array([image["probabilities"] for image in images])
    assert np.abs(answers - predict(trained_run, "initial", images)).max() < 0.05


def test_the_file_of_the_first_experiment_has_at_most_3_mb(lesson):
    """configs/mnist.yaml has 421,642 weights; trained weights compress like random numbers."""
    weights = np.random.default_rng(0).normal(0, 0.05, 421_642).astype(np.float32)
    packed = {
        "exact": json.dumps(pack_exactly(weights)),
        "coarse": json.dumps(pack_coarsely(weights, [(0, len(weights))])),
    }
    page = len(build_html("size", packed))
    others = lesson.stat().st_size - len(build_html("", {}))  # images, description, small weights
    assert page + others <= 3_000_000


def test_weights_keep_all_bits_or_eight():
    import zlib

    weights = np.random.default_rng(1).normal(0, 1, 1000).astype(np.float32)
    packed = pack_exactly(weights)
    planes = np.frombuffer(zlib.decompress(base64.b64decode(packed["data"])), np.uint8)
    assert planes.reshape(4, -1).T.copy().view("<f4").ravel().tolist() == weights.tolist()
    coarse = pack_coarsely(weights, [(0, 400), (400, 600)])
    levels = np.frombuffer(zlib.decompress(base64.b64decode(coarse["data"])), np.uint8)
    for offset, length, low, step in coarse["arrays"]:
        part = slice(offset, offset + length)
        assert np.abs(low + step * levels[part] - weights[part]).max() <= step / 2 + 1e-6


def test_names_are_text_and_never_html(open_page, tmp_path):
    name = "</script><script>document.title = 'broken'</script>"
    path = tmp_path / "name.html"
    path.write_text(build_html(name, {"network": json.dumps({"name": name})}), encoding="utf-8")
    page, _, _ = open_page(path)
    assert page.title() == name


def test_the_file_has_only_the_modules_of_draw_and_look():
    modules = collect_modules("lesson.js")
    assert {"views/draw.js", "views/look.js", "vendor/preact.js"} <= set(modules)
    assert not {"app.js", "lab_api.js", "vendor/codemirror.js", "vendor/uplot.js"} & set(modules)
    relative = re.compile(r'^(?:import|export)\b[^"\n]*"\.', re.MULTILINE)
    assert [path for path, text in modules.items() if relative.search(text)] == []


def test_a_run_without_trained_weights_is_refused(run_copy):
    from cnnlab.errors import RunError
    from cnnlab.run_folder import RunFolder

    run = RunFolder(run_copy)
    for name in ("best", "last"):
        (run_copy / f"checkpoints/{name}.keras").unlink()
    with pytest.raises(RunError, match="no trained weights yet; train it first"):
        build_lesson(run, run.read_spec())


def test_the_command_answers_as_json_and_names_the_file_after_the_run(export_answer):
    folder, answer = export_answer
    size_bytes = (folder / "small-001.html").stat().st_size
    assert answer == {
        "run": "small-001",
        "format": "page",
        "path": "small-001.html",
        "size_bytes": size_bytes,
    }

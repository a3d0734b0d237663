"""The page's engine in a Web Worker of a real browser."""

import base64
from urllib.parse import urlsplit

import pytest
from page_engine import ENDS, SHAPE, build, describe, draw_image
from project_files import PACKAGE

from cnnlab.export.checkpoint_weights import collect_weights
from cnnlab.export.network_description import build_nodes
from cnnlab.spec.convolutions_and_pools import Conv
from cnnlab.spec.layers import (
    Flatten,
)

PAGE = """<!doctype html><script type="module">
import { NetworkWorker } from "/network/network_worker.js";
window.NetworkWorker = NetworkWorker;
</script>"""
RUN = """async ([description, weights, pixels]) => {
  const toBytes = (text) => Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
  const worker = new NetworkWorker(description);
  await worker.ready;
  const set = await worker.readWeights(toBytes(weights).buffer);
  const image = toBytes(pixels);
  const runs = await Promise.all([0, 1, 2, 3].map(() => worker.run(set, image)));
  const answers = runs.map((run) => run && Array.from(run.probabilities));
  const explained = await worker.explainPixel(set, 1, 0, 0, 2);
  const cam = await worker.gradCam(set, 1);
  const wrong = await worker.readWeights(new ArrayBuffer(4)).catch((error) => error.message);
  worker.close();
  const closed = await worker.run(set, image).catch((error) => error.message);
  return { answers, after: explained.after, cam: cam.nodeId, wrong, closed };
}"""


def test_a_web_worker_runs_the_network_and_drops_all_but_the_latest_image(engine, browser):
    network, spec = build((Conv(filters=6), Flatten(), *ENDS["a softmax"]), classes=3)
    weights, image = collect_weights(network, build_nodes(spec)), draw_image(SHAPE)
    expected = engine.run(describe(spec), weights, image)
    page = browser.new_page()
    page.route("http://page.test/**", serve)
    page.goto("http://page.test/")
    page.wait_for_function("() => Boolean(window.NetworkWorker)")
    texts = [base64.b64encode(data.tobytes()).decode() for data in (weights, image)]
    found = page.evaluate(RUN, [describe(spec), *texts])
    page.close()
    first, *dropped, last = found["answers"]
    assert dropped == [None, None]
    assert first == last == pytest.approx(expected.probabilities.tolist())
    assert found["after"] == expected.maps[1][0, 0, 2]
    assert found["cam"] == 1
    assert found["wrong"] == f"the weights have 4 bytes, expected {4 * len(weights)}"
    assert found["closed"] == "the worker was closed"


def serve(route):
    """Answer a request of the browser with a file of the page."""
    path = urlsplit(route.request.url).path
    if path == "/":
        route.fulfill(body=PAGE, content_type="text/html")
    else:
        route.fulfill(path=PACKAGE / "page" / path[1:], content_type="text/javascript")

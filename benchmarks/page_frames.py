"""Measure how quickly the page answers while somebody draws: frames a second, and latency.

    cnnlab train configs/mnist.yaml && cnnlab export last --format page --output lesson.html
    python benchmarks/page_frames.py lesson.html

A headless Chromium opens the page, and its mouse draws the ten digits of tests/drawn_digits.py. The
latency is the time from a movement of the mouse to the next change of the bars with the answer.
Some movements change no bar; then the next change counts, so that the latency is a little too long.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from drawn_digits import ROUND_HAND, trace_stroke

SIDE = 280  # pixels of the canvas
PAUSE_MS = 8  # between two movements; a mouse sends 125 a second
WATCH = """() => {
    const watch = { frames: 0, gaps: [], answers: 0, latencies: [], started: performance.now() };
    let moved = null; // when the first movement was that has no answer yet
    let last = watch.started;
    const count = (now) => {
        watch.frames++;
        watch.gaps.push(now - last);
        last = now;
        requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
    addEventListener("pointermove", () => { moved ??= performance.now(); }, true);
    new MutationObserver(() => {
        watch.answers++;
        if (moved !== null) watch.latencies.push(performance.now() - moved);
        moved = null;
    }).observe(document.querySelector(".bars"),
        { subtree: true, childList: true, characterData: true, attributes: true });
    window.watch = watch;
}"""


def draw_digit(page: Any, digit: int) -> None:
    """Draw a digit with the mouse, at the speed of a hand."""
    box = page.locator(".paper canvas").bounding_box()
    scale = box["width"] / SIDE
    for stroke in ROUND_HAND[digit]:
        places = [
            (box["x"] + (40 + 200 * x) * scale, box["y"] + (40 + 200 * y) * scale)
            for x, y in trace_stroke(stroke, 8)
        ]
        page.mouse.move(*places[0])
        page.mouse.down()
        for place in places[1:]:
            page.mouse.move(*place, steps=3)
            page.wait_for_timeout(PAUSE_MS)
        page.mouse.up()


def main(address: str) -> None:
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as driver:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        browser = driver.chromium.launch(executable_path=chromium, args=arguments)
        page = browser.new_page(viewport={"width": 1280, "height": 800})
        page.goto(address)
        page.wait_for_selector(".bars")
        draw_digit(page, 8)  # the JavaScript engine compiles meanwhile
        page.evaluate(WATCH)
        started = time.monotonic()
        for digit in range(10):
            page.locator(".paper canvas").press("Delete")
            draw_digit(page, digit)
        seconds = time.monotonic() - started
        watch = page.evaluate("window.watch")
        browser.close()
    latency = statistics.median(watch["latencies"])
    gaps = watch["gaps"]
    print(f"{watch['frames'] / seconds:.0f} frames a second, in {seconds:.1f} s")
    print(
        f"{statistics.median(gaps):.1f} ms from frame to frame (median), {max(gaps):.0f} ms at most"
    )
    print(f"{latency:.1f} ms from a movement to the changed answer (median of {watch['answers']})")


if __name__ == "__main__":
    where = sys.argv[1]
    main(where if "://" in where else Path(where).resolve().as_uri())

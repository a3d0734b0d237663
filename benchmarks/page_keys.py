"""Measure the time from a key in the editor of the page to the new table of layers.

    python benchmarks/page_keys.py

A real lab and a headless Chromium: the view Change has the config configs/mnist.yaml, and then
configs/reference/residual.yaml, which has branches. Each key changes the number of filters of a
layer, so that the table and the drawing change. The time ends with the frame that shows the table.
"""

from __future__ import annotations

import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

CONFIGS = ("configs/mnist.yaml", "configs/reference/residual.yaml")
FILTERS = "32"  # of the first layer, in both
KEYS = 40
TIME_KEY = """(words) => new Promise((resolve) => {
    const editor = document.querySelector(".editor").shadowRoot;
    let pressed = null;
    const note = () => { pressed = performance.now(); };
    editor.addEventListener("keydown", note, { once: true, capture: true });
    const table = document.querySelector(".layer-table");
    const watch = new MutationObserver(() => {
        if (!table.innerText.includes(words)) return;
        watch.disconnect();
        const end = () => { window.keyTime = performance.now() - pressed; };
        requestAnimationFrame(() => setTimeout(end));
    });
    watch.observe(table, { subtree: true, characterData: true, childList: true });
    resolve();
})"""


def measure_keys(page: Any, config: str) -> list[float]:
    """Return the milliseconds from each key to the table that shows its change."""
    page.get_by_label("Open …").select_option(config)
    page.locator(".config-name", has_text=config).wait_for()
    page.get_by_text("No faults").wait_for()
    page.locator(".cm-content").evaluate(
        """(editor, words) => {
            const walker = document.createTreeWalker(editor, NodeFilter.SHOW_TEXT);
            while (walker.nextNode() && walker.currentNode.data !== words);
            walker.currentNode.parentElement.scrollIntoView({ block: "center" });
            const box = walker.currentNode.parentElement.getBoundingClientRect();
            window.place = [box.right - 1, box.top + box.height / 2];
        }""",
        FILTERS,
    )
    page.mouse.click(*page.evaluate("window.place"))
    times = []
    for number in range(KEYS):
        page.evaluate("window.keyTime = null")
        filters = FILTERS + "1" if number % 2 == 0 else FILTERS
        page.evaluate(TIME_KEY, f" × {filters}\t")
        page.keyboard.press("1" if number % 2 == 0 else "Backspace")
        while (taken := page.evaluate("window.keyTime")) is None:
            page.wait_for_timeout(5)
        times.append(taken)
        page.wait_for_timeout(50)
    return times


def main() -> None:
    """Print the median and the 95th percentile for each config."""
    from lab_server import open_lab

    with tempfile.TemporaryDirectory() as name, sync_playwright() as driver:
        folder = Path(name)
        shutil.copytree(ROOT / "configs", folder / "configs")
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        with open_lab(folder) as lab:
            page = browser.new_page()
            page.goto(f"{lab.address}#change")
            for config in CONFIGS:
                times = sorted(measure_keys(page, config))
                median, high = statistics.median(times), times[int(0.95 * len(times))]
                print(f"{config}: median {median:.0f} ms, 95% of keys within {high:.0f} ms")
        browser.close()


if __name__ == "__main__":
    main()

"""Measure how soon the page of the lab shows something, and how soon it shows the network.

    cnnlab train configs/mnist.yaml
    python benchmarks/page_paint.py

Starts `cnnlab lab` in this folder, and opens its page ten times in a headless Chromium, each time
without a cache. Prints the times from the request for the page: to the first paint with contents,
and to the picture of the network with all its feature maps.
"""

from __future__ import annotations

import re
import shutil
import statistics
import subprocess
import sys

from playwright.sync_api import Browser, sync_playwright

TIMES = 10
MEASURE = """() => [
    performance.getEntriesByName("first-contentful-paint")[0].startTime,
    performance.now(),
]"""


def open_page(browser: Browser, address: str) -> tuple[float, float]:
    """Open the page in a new context: milliseconds to the first paint, and to the network."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector(".maps")
    paint, network = page.evaluate(MEASURE)
    context.close()
    return paint, network


def main() -> None:
    command = [sys.executable, "-m", "cnnlab", "lab", "--port", "0", "--no-browser"]
    lab = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    try:
        assert lab.stdout is not None
        found = re.search(r"http\S+", lab.stdout.readline())
        assert found is not None
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        with sync_playwright() as driver:
            arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
            browser = driver.chromium.launch(executable_path=chromium, args=arguments)
            open_page(browser, found[0])  # the browser and the server import what they need
            times = [open_page(browser, found[0]) for _ in range(TIMES)]
            browser.close()
    finally:
        lab.terminate()
        lab.wait()
    for name, measured in zip(("first paint", "network"), zip(*times, strict=True), strict=True):
        middle, least, most = statistics.median(measured), min(measured), max(measured)
        print(f"{name}: {middle:.0f} ms, median of {TIMES} ({least:.0f} to {most:.0f})")


if __name__ == "__main__":
    main()

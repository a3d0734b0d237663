"""Train a small network with branches, and export it as a page; then draw on the page."""

from __future__ import annotations

from pathlib import Path
from typing import Any

# Padding, a residual connection and parallel branches: what the picture of a network must show.
BRANCHED = """\
name: branched
seed: 3

data: {dataset: small.npz, validation: 0.1, batch_size: 64}

model:
  - conv: {filters: 4, kernel_size: 3, padding: same, activation: relu}
  - max_pool: 2
  - residual:
      - conv: {filters: 4, kernel_size: 3, padding: same, activation: relu}
  - parallel:
      merge: concatenate
      branches:
        - [{conv: {filters: 3, kernel_size: 1}}]
        - [{avg_pool: {pool_size: 3, strides: 1, padding: same}}]
  - flatten
  - dense: {units: 10, activation: softmax}

training: {epochs: 1}
"""

SEVEN = [(80, 70), (200, 70), (120, 225)]  # a digit as points of the canvas, which has 280 pixels


def draw_line(page: Any, points: list[tuple[int, int]] = SEVEN) -> None:
    """Draw a line with the mouse, and wait for the answer."""
    page.locator(".paper canvas").scroll_into_view_if_needed()
    box = page.locator(".paper canvas").bounding_box()
    scale = box["width"] / 280
    places = [(box["x"] + x * scale, box["y"] + y * scale) for x, y in points]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()
    wait_for_answer(page)


def wait_for_answer(page: Any) -> None:
    """Wait until the page has painted two frames: the last one shows the newest answer."""
    page.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")


def read_shares(page: Any) -> list[str]:
    """Read the text of each bar, such as `7: 98.2%`."""
    return page.eval_on_selector_all(".bars button", "bars => bars.map(bar => bar.ariaLabel)")


def count_colours(page: Any, selector: str) -> int:
    """Count the different colours of a canvas."""
    return page.evaluate(
        """selector => {
            const canvas = document.querySelector(selector);
            const { width, height } = canvas;
            const copy = new OffscreenCanvas(width, height);
            const context = copy.getContext("2d", { willReadFrequently: true });
            context.drawImage(canvas, 0, 0);
            const { data } = context.getImageData(0, 0, width, height);
            return new Set(new Uint32Array(data.buffer)).size;
        }""",
        selector,
    )


def find_side_scroll(page: Any) -> int:
    """Measure by how many pixels the page scrolls sideways."""
    return page.evaluate("document.scrollingElement.scrollWidth - innerWidth")


def export_lesson(cnnlab: Any, folder: Path, name: str) -> Path:
    """Export a run with the real command; return the path of the file."""
    path = folder / f"{name}.html"
    done = cnnlab("export", name, "--format", "page", "--output", path, cwd=folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"written: {path} ({path.stat().st_size / 1e6:.1f} MB)\n"
    return path

"""Measure how long the page takes to prepare a drawing for a network, in node.

    python benchmarks/page_preparation.py

The drawings are ten digits on a canvas of 280 × 280 pixels, each prepared 40 times; the first half
does not count, since the JavaScript engine compiles then. A digit that reaches the border of a
light canvas takes longest, since `predict` reads such a picture as paper.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from drawn_digits import Style, invert
from page_preparation import prepare_in_page

REPEAT = 40
INPUTS = {
    "digits": {"shape": [28, 28, 1], "preparation": "digits", "ground": None},
    "fit": {"shape": [32, 32, 3], "preparation": "fit", "ground": None},
    "ground": {
        "shape": [28, 28, 1],
        "preparation": "ground",
        "ground": {"level": [0.0], "polarity": "light", "size": [0.6, 0.9], "shift": 0.1}
        | {"typical_size": 0.7, "centring": "mass"},
    },
}
CASES = {
    "digits, dark on light": ("digits", Style("usual", pen=20), False),
    "digits, light on dark": ("digits", Style("usual", pen=20), True),
    "digits, thin strokes": ("digits", Style("thin", pen=3), False),
    "digits, at the border": ("digits", Style("large", pen=20, height=300), False),
    "plain ground": ("ground", Style("usual", pen=20), False),
    "whole picture": ("fit", Style("usual", pen=20), False),
}


def main() -> None:
    for name, (preparation, style, is_inverted) in CASES.items():
        pictures = [style.draw(digit) for digit in range(10)]
        drawings = [np.asarray(invert(one) if is_inverted else one) for one in pictures]
        prepared = prepare_in_page(drawings, [INPUTS[preparation]] * 10, REPEAT)
        times = [one.milliseconds for one in prepared]
        print(
            f"{name:24} {np.median(times):5.1f} ms (median), {max(times):5.1f} ms (slowest digit)"
        )


if __name__ == "__main__":
    main()

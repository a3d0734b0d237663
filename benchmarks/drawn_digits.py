"""Measure how many digits drawn by hand a run classifies correctly.

    python benchmarks/drawn_digits.py runs/mnist-001

The drawings are those of tests/drawn_digits.py: ten digits in each style, as they are, with light
and dark exchanged, and as photos.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from drawn_digits import STYLES, invert, photograph


def predict(run: Path, *arguments: str | Path) -> list[dict[str, object]]:
    command = [sys.executable, "-m", "cnnlab", "predict", str(run), *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return list(json.loads(done.stdout))


def main(run: Path) -> None:
    changes = {"as they are": lambda drawing: drawing, "inverted": invert, "photos": photograph}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        truths: dict[Path, tuple[str, str]] = {}
        for change, changed in changes.items():
            for style in STYLES:
                for digit in range(10):
                    path = folder / f"{change} {style.name} {digit}.png"
                    changed(style.draw(digit)).save(path)
                    truths[path] = (change, str(digit))
        answers = predict(run, *truths)
        for change in changes:
            rows = [
                (path, truth, one["predicted"])
                for (path, (kind, truth)), one in zip(truths.items(), answers, strict=True)
                if kind == change
            ]
            wrong = [f"{path.name} as {said}" for path, truth, said in rows if said != truth]
            print(f"{change}: {len(rows) - len(wrong)} of {len(rows)} right", *wrong, sep="\n  ")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

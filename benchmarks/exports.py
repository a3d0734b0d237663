"""Export a run in each format and number type, and print size, time, agreement and accuracy.

    python benchmarks/exports.py runs/mnist-001 runs/record-fashion-001

Then `predict` classifies one picture with each file as a whole process; its time is the median.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from cnnlab.api.network_export import ExportResult, export_network

EXPORTS = (
    *(("onnx", None), ("onnx", "float16"), ("onnx", "int8")),
    *(("litert", None), ("litert", "float16"), ("litert", "int8")),
    *(("saved_model", None), ("keras", None)),
)
PROCESSES = 9  # of `predict` for each file


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("runs", nargs="+", metavar="RUN")
    for run in parser.parse_args().runs:
        with tempfile.TemporaryDirectory() as folder:
            measure_run(run, Path(folder))


def measure_run(run: str, folder: Path) -> None:
    print(f"\n{run}\n{'format':<22}{'MB':>8}{'share':>7}{'ms':>9}{'difference':>12}  accuracy")
    picture = draw_seven(folder)
    sizes: dict[str, int] = {}
    for form, quantization in EXPORTS:
        name = f"{form} {quantization or ''}".strip()
        ending = {"onnx": ".onnx", "litert": ".tflite", "keras": ".keras"}.get(form, "")
        path = folder / f"network-{quantization or 'float32'}-{form}{ending}"
        result = export_network(run, form, path, quantize=quantization)
        sizes.setdefault(form, result.figures["size_bytes"])
        print(format_row(name, result, sizes[form]), flush=True)
        if ending in (".onnx", ".tflite") and quantization is None:
            print(f"  predict, one picture, whole process: {time_predict(path, picture):.2f} s")


def format_row(name: str, result: ExportResult, whole: int) -> str:
    figures = result.figures
    size = figures["size_bytes"]
    numbers = figures.get("agreement") or figures["accuracy"]
    accuracy = ""
    if "accuracy" in figures:
        found = figures["accuracy"]
        accuracy = f"{found['file']['accuracy']:.2%} (run {found['run']['accuracy']:.2%}, "
        accuracy += f"p = {found['mcnemar_p']:.2g}): {found['verdict']}"
    return (
        f"{name:<22}{size / 1e6:>8.2f}{size / whole:>7.2f}"
        f"{figures['milliseconds_per_image']:>9.3f}{numbers['largest_difference']:>12.1e}  "
        f"{accuracy}"
    )


def draw_seven(folder: Path) -> Path:
    pixels = np.full((200, 200), 255, np.uint8)
    pixels[40:55, 60:140] = 0
    for row in range(55, 170):
        column = 130 - (row - 55) // 2
        pixels[row, column : column + 14] = 0
    Image.fromarray(pixels).save(folder / "seven.png")
    return folder / "seven.png"


def time_predict(path: Path, picture: Path) -> float:
    command = [sys.executable, "-m", "cnnlab", "predict", str(path), str(picture)]
    seconds = []
    for _ in range(PROCESSES):
        started = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


if __name__ == "__main__":
    main()

"""Prepare drawings as the page does, in one node process."""

from __future__ import annotations

import json
import math
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

SCRIPT = Path(__file__).parent / "page/prepare_drawings.mjs"


@dataclass(frozen=True)
class PreparedDrawing:
    """The images that the page prepares from one drawing, and its notes; or the text of a fault.

    `milliseconds` is the mean time of a preparation, without the first half of the repetitions.
    """

    images: list[np.ndarray]
    notes: list[str]
    fault: str | None = None
    milliseconds: float = 0


def prepare_in_page(
    drawings: Sequence[np.ndarray], inputs: Sequence[dict[str, Any]], repeat: int = 1
) -> list[PreparedDrawing]:
    """Prepare drawings, uint8 (height, width, 3), each for the `input` of a network.json."""
    head = [
        {"height": drawing.shape[0], "width": drawing.shape[1], "input": one, "repeat": repeat}
        for drawing, one in zip(drawings, inputs, strict=True)
    ]
    sent = b"".join([json.dumps(head).encode(), b"\n", *(one.tobytes() for one in drawings)])
    done = subprocess.run(["node", SCRIPT], input=sent, stdout=subprocess.PIPE, check=True)
    answers, _, data = done.stdout.partition(b"\n")
    prepared, place = [], 0
    for answer, one in zip(json.loads(answers), inputs, strict=True):
        if "error" in answer:
            prepared.append(PreparedDrawing([], [], answer["error"]))
            continue
        shape, count = tuple(one["shape"]), answer["count"]
        size = count * math.prod(shape)
        images = np.frombuffer(data, np.uint8, size, place).reshape(count, *shape)
        place += size
        notes = answer["notes"]
        prepared.append(PreparedDrawing(list(images), notes, None, answer["milliseconds"]))
    return prepared

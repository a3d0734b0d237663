"""Build run folders with given answers, without training."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from cnnlab import run_folder
from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.inputs import Inputs

CLASSES = tuple("0123456789")
MODEL = [{"conv": 4}, "flatten", {"dense": {"units": 10, "activation": "softmax"}}]


def make_run(
    root: Path,
    name: str,
    *,
    wrong: Collection[int] = (),
    images: int = 100,
    fingerprint: str = "f" * 64,
    evaluated: bool = True,
    record: dict[str, Any] | None = None,
    **experiment: Any,
) -> RunFolder:
    """A finished run of two epochs whose answers to the test images `wrong` are wrong."""
    run = run_folder.create_run(root, name)
    plain = {"name": name, "model": MODEL, **experiment}
    run.write_spec(
        Spec(
            experiment=Experiment.model_validate(plain),
            inputs=Inputs(
                image_shape=(8, 8, 1),
                class_names=CLASSES,
                mean=(0.0,),
                deviation=(255.0,),
                fingerprint=fingerprint,
            ),
        )
    )
    facts = {
        "status": "finished",
        "started": "2024-01-01T00:00:00Z",
        "finished": "2024-01-01T00:01:00Z",
        "seconds": 60.0,
        "ended": "all 2 epochs done",
        "seed": plain.get("seed", 0),
        "epochs": 2,
        "config": name,
        "device": "CPU",
        **(record or {}),
    }
    run.write_record(Record(**facts))
    run.write_history(
        [
            {"epoch": epoch, "loss": 1 / epoch, "accuracy": 0.9, "val_loss": 2 / epoch}
            | {"val_accuracy": 0.8, "learning_rate": 0.001, "seconds": 30.0}
            for epoch in (1, 2)
        ]
    )
    run.write_checkpoint("last", b"not read")
    if evaluated:
        evaluate(run, wrong, images)
    return run


def evaluate(run: RunFolder, wrong: Collection[int] = (), images: int = 100) -> None:
    """Write what `cnnlab evaluate` would, without its pictures."""
    rows = ["index,true,predicted,p_0"]
    for index in range(images):
        true = index % 10
        rows.append(f"{index},{true},{(true + 1) % 10 if index in wrong else true},1.000000")
    run.write_evaluation("test", "predictions.csv", ("\n".join(rows) + "\n").encode())
    figures = {
        "checkpoint": None if run.has_members() else f"elsewhere/{run.name}/checkpoints/last.keras",
        "split": "test",
        "images": images,
        "loss": 0.25,
        "cross_entropy": 0.25,
        "accuracy": (images - len(wrong)) / images,
        "accuracy_interval": [0.5, 1.0],
    }
    run.write_metrics("test", figures)


def seeds(root: Path, name: str, mistakes: Sequence[int], **experiment: Any) -> list[RunFolder]:
    """Runs that differ only in their seed; `mistakes` is the number of errors of each."""
    return [
        make_run(root, name, wrong=range(count), seed=seed, **experiment)
        for seed, count in enumerate(mistakes)
    ]


def replace_checkpoint(run: Path, name: str, source: Path) -> None:
    """Replace a checkpoint of a finished run by another, also in what state.json says of it."""
    data = source.read_bytes()
    (run / f"checkpoints/{name}.keras").write_bytes(data)
    state = json.loads((run / "state.json").read_text())
    state["files"][f"checkpoints/{name}.keras"] = {
        "size_bytes": len(data),
        "sha256": hashlib.sha256(data).hexdigest(),
    }
    (run / "state.json").write_text(json.dumps(state))

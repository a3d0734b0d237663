"""Build sweep folders with given trials, without training."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from run_builders import CLASSES, MODEL

from cnnlab.run_folder import Record, RunFolder, SweepFolder, SweepRecord, TrialRecord
from cnnlab.run_folder.lookup import create_run
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.spec.inputs import Inputs

RATE = "training.optimizer.adam.learning_rate"
FILTERS = "model[0].conv.filters"
PARAMETERS: dict[str, Any] = {
    RATE: {"min": 0.0001, "max": 0.1, "step": None, "scale": "log"},
    FILTERS: [4, 8, 16],
    "data.batch_size": {"min": 16, "max": 128, "step": 16, "scale": "linear"},
}
CONFIG = """\
name: kernels
data: {dataset: mnist}
model: [{conv: 4}, flatten, {dense: {units: 10, activation: softmax}}]
training: {epochs: 3}
"""


def make_sweep(
    root: Path,
    name: str = "kernels",
    *,
    count: int = 12,
    parameters: Mapping[str, Any] = PARAMETERS,
    statuses: Mapping[int, str] | None = None,
    record: Mapping[str, Any] | None = None,
    sweep: Mapping[str, Any] | None = None,
    noise: float = 0.002,
) -> SweepFolder:
    """A sweep of `count` trials that are finished, except those in `statuses`, by number.

    Learning rates near 0.003 give the best accuracies.
    """
    folder = SweepFolder(create_run(root, name).path)
    generator = random.Random(0)
    plain = {
        "name": name,
        "config": f"../configs/{name}.yaml",
        "method": "tpe",
        "metric": "val_accuracy",
        "at_least": None,
        "trials": count,
        "seed": 0,
        "parameters": dict(parameters),
        "where": [],
        "early_terminate": None,
        "confirm": None,
        **(sweep or {}),
    }
    facts = {
        "status": "finished",
        "started": "2024-01-01T00:00:00Z",
        "finished": "2024-01-01T00:10:00Z",
        "seconds": 600.0,
        "ended": f"all {count} trials done",
        "workers": 2,
        "command": ["cnnlab", "sweep", f"configs/sweeps/{name}.yaml"],
        **(record or {}),
    }
    folder.write_record(
        SweepRecord(sweep=plain, config=CONFIG, config_path=f"configs/{name}.yaml", **facts)
    )
    trials = []
    for number in range(1, count + 1):
        values = {path: draw_value(one, generator) for path, one in parameters.items()}
        status = (statuses or {}).get(number, "finished")
        reason = {"pruned": "worse than most trials after epoch 1", "failed": "diverged"}
        trials.append(TrialRecord(number, values, status, reason.get(status, "")))
        if status != "waiting":
            accuracy = compute_accuracy(values) + generator.gauss(0, noise)
            make_trial(folder.trial_run(number), values, accuracy, status)
    folder.write_trials(trials)
    return folder


def draw_value(parameter: Any, generator: random.Random) -> Any:
    """Draw a value of a parameter: from a list, or from a range."""
    if not isinstance(parameter, Mapping):
        return generator.choice(list(parameter))
    low, high, step = parameter["min"], parameter["max"], parameter.get("step")
    if parameter["scale"] == "log":
        value = math.exp(generator.uniform(math.log(low), math.log(high)))
        return round(value) if isinstance(low, int) else float(f"{value:.3g}")
    if step:
        return low + step * generator.randint(0, round((high - low) / step))
    return generator.randint(low, high) if isinstance(low, int) else generator.uniform(low, high)


def compute_accuracy(values: Mapping[str, Any]) -> float:
    """The accuracy of a trial without noise; learning rates near 0.003 are the best."""
    rate, filters = values.get(RATE, 0.003), values.get(FILTERS, 8)
    filters = filters if isinstance(filters, int) else 8
    return 0.95 - 0.08 * (math.log10(rate) + 2.5) ** 2 + 0.0005 * filters


def make_trial(run: RunFolder, values: Mapping[str, Any], accuracy: float, status: str) -> None:
    """Write the run folder of a trial: three epochs, or one epoch if it was pruned or failed."""
    run.path.mkdir(parents=True)
    filters = values.get(FILTERS, 4)
    model = [{"conv": filters if isinstance(filters, int) else 4}, *MODEL[1:]]
    epochs = 3 if status == "finished" else 1
    experiment = {"name": run.path.name, "model": model, "training": {"epochs": 3}}
    run.write_spec(
        Spec(
            experiment=Experiment.model_validate(experiment),
            inputs=Inputs(
                image_shape=(8, 8, 1),
                class_names=CLASSES,
                mean=(0.0,),
                deviation=(255.0,),
                fingerprint="f" * 64,
            ),
        )
    )
    run.write_history(
        [
            {"epoch": epoch, "loss": 1 / epoch, "accuracy": 0.9, "val_loss": 2 / epoch}
            | {"val_accuracy": accuracy - 0.05 * (3 - epoch), "learning_rate": 0.001, "seconds": 5}
            for epoch in range(1, epochs + 1)
        ]
    )
    run.write_record(
        Record(
            status="stopped" if status == "pruned" else status,
            started="2024-01-01T00:00:00Z",
            seconds=5.0 * epochs,
            epochs=epochs,
            parameters=1000 * run.read_spec().experiment.seed + 650,
            config="kernels",
            device="CPU",
        )
    )
    run.write_checkpoint("last", b"not read")


def confirm(folder: SweepFolder, winner: int | None, trials: Mapping[int, Sequence[float]]) -> None:
    """Write a confirmation of trials over three seeds into sweep.json; each base value is 0.9."""
    record = folder.read_record()
    record.confirmation = {
        "metric": "val_accuracy",
        "base": {"values": [0.90, 0.91, 0.89], "seeds": [1, 2, 3]},
        "trials": [{"trial": number, "values": [*values]} for number, values in trials.items()],
        "winner": winner,
        "p": 0.0123,
        "interval": [0.01, 0.05],
        "sentence": "trial 7 is better than the base config by 3.00%: a real difference",
    }
    folder.write_record(record)

"""Find the runs that `cnnlab compare` compares, and read their test predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scipy.stats import binomtest

from cnnlab.errors import RunError, UsageError
from cnnlab.run_folder import (
    Predictions,
    Record,
    RunFolder,
    find_run,
    find_runs_named,
    find_trained_checkpoint,
)
from cnnlab.spec.experiment import DatasetInfo, Spec
from cnnlab.spec.layer_table import build_table


@dataclass(frozen=True)
class ComparedRun:
    """A run to compare, with its test predictions. The output names the run by its `label`.

    For an ensemble, `parameters` and `multiply_adds` are sums over all members of the ensemble, and
    `history` is empty.
    """

    label: str
    run: RunFolder
    spec: Spec
    record: Record
    history: list[dict[str, float]]
    predictions: Predictions
    cross_entropy: float
    parameters: int
    multiply_adds: int

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of the run, or the seeds of the members of an ensemble."""
        experiment = self.spec.experiment
        return experiment.ensemble or (experiment.seed,)

    @property
    def correct_count(self) -> int:
        answers = zip(self.predictions.true, self.predictions.predicted, strict=True)
        return sum(true == predicted for true, predicted in answers)

    @property
    def image_count(self) -> int:
        return len(self.predictions.index)

    @property
    def accuracy(self) -> float:
        return self.correct_count / self.image_count

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """Wilson's 95% interval of the test accuracy."""
        low, high = binomtest(self.correct_count, self.image_count).proportion_ci(method="wilson")
        return float(low), float(high)


def find_compared_runs(references: Sequence[str], root: Path) -> list[RunFolder]:
    """Find the runs that the user named by their paths, or by their names in the folder `root`.

    A name without a number means all finished runs with that name: `small` means small-001,
    small-002 and so on.

    Raises:
        RunError: a run does not exist.
        UsageError: there are fewer than two runs, or the user named one run twice.
    """
    runs: list[RunFolder] = []
    for reference in references:
        for run in find_runs_named(reference, root) or [find_run(reference, root)]:
            if run.path.resolve() in [other.path.resolve() for other in runs]:
                raise UsageError(f"{run.path}: this run is named twice; name each run once")
            runs.append(run)
    if len(runs) < 2:
        raise UsageError(f"{runs[0].path}: this is a single run; name two or more runs")
    return runs


def read_answers(run: RunFolder) -> tuple[Predictions, float]:
    """Read the predictions and the cross-entropy of a run on the test images.

    Raises:
        RunError: the run has no evaluation of its present weights, or the evaluation is damaged.
    """
    expected = None if run.has_members() else find_trained_checkpoint(run).name
    figures, predictions = run.read_metrics(), run.read_predictions()
    if figures is None or predictions is None:
        raise RunError(f"{run.path}: the present weights are not evaluated")
    evaluated = figures.get("checkpoint")
    if (Path(evaluated).name if isinstance(evaluated, str) else None) != expected:
        raise RunError(f"{run.path}: the evaluation does not belong to {expected or 'the members'}")
    right = sum(t == p for t, p in zip(predictions.true, predictions.predicted, strict=True))
    entropy = figures.get("cross_entropy")
    is_consistent = figures.get("accuracy") == right / len(predictions.index)
    if not is_consistent or not isinstance(entropy, int | float):
        raise RunError(f"{run.path}: metrics.json and predictions.csv contradict each other")
    return predictions, entropy


def read_compared_run(run: RunFolder, label: str) -> ComparedRun:
    """Read the data of a run that a comparison needs; raises the errors of `read_answers`."""
    spec = run.read_spec()
    predictions, entropy = read_answers(run)
    inputs, count = spec.inputs, len(spec.experiment.ensemble or (0,))
    layers = build_table(spec.experiment, DatasetInfo(inputs.image_shape, inputs.class_names, 0, 0))
    return ComparedRun(
        label=label,
        run=run,
        spec=spec,
        record=run.read_record(),
        history=[] if run.has_members() else run.read_history(),
        predictions=predictions,
        cross_entropy=entropy,
        parameters=count * layers.parameters,
        multiply_adds=count * layers.multiply_adds,
    )


def list_figures(one: ComparedRun) -> dict[str, Any]:
    """Return the results of a run as a dictionary for the JSON and CSV output."""
    return {
        "run": one.label,
        "status": one.record.status,
        "seed": one.record.seed,
        "images": one.image_count,
        "accuracy": one.accuracy,
        "accuracy_interval": one.accuracy_interval,
        "cross_entropy": one.cross_entropy,
        "parameters": one.parameters,
        "multiply_adds": one.multiply_adds,
        "seconds": one.record.seconds,
        "epochs": one.record.epochs,
    }

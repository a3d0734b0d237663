"""A script that uses every public name of cnnlab; mypy checks it."""

from __future__ import annotations

from pathlib import Path

import cnnlab


def use_everything(config: Path) -> None:
    path: Path = cnnlab.create_config("digits", dataset="mnist")
    checked: cnnlab.CheckedConfig = cnnlab.check(path, {"training.epochs": 2})
    plan: cnnlab.CheckedSweep = cnnlab.check_sweep("sweep.yaml", {"trials": 2})
    print(plan.sweep.method, plan.summary.trials, list(plan.parameters))
    count: int = checked.table.parameters
    advice: list[str] = checked.advice
    found: cnnlab.RangeTestResult = cnnlab.find_learning_rate(config, steps=100, quiet=True)
    rate: float | None = found.suggestion
    found.save("find-lr.png")
    run: cnnlab.Run = cnnlab.train(config, {"training.epochs": 2}, runs="runs", quiet=True)
    rows: list[dict[str, float]] = run.history
    evaluation: cnnlab.EvaluationResult = run.evaluate(split="test", tta="shift")
    accuracy: float = evaluation.accuracy
    interval: tuple[float, float] = evaluation.accuracy_interval
    answer: cnnlab.Prediction = run.predict("seven.png")
    answers: cnnlab.Predictions = run.predict_all(["a.png", Path("photos")])
    answers.save("answers.png")
    ranked: dict[str, float] = dict(answer.probabilities)
    faults: list[str] = answers.faults
    model = run.model()
    model.summary()
    figures = run.explain("maps", label="7")
    run.report()
    run.resume("+1").remove()
    runs: cnnlab.RunList = cnnlab.runs("runs", where=["accuracy>0.9"], sort="-loss")
    several: cnnlab.RunList = cnnlab.train_seeds(config, 2, parallel="auto")
    cnnlab.train(config, {"ensemble": 3}, parallel=2, ray=None)
    cnnlab.resume_seeds(several[0])
    mean: cnnlab.EvaluationResult = cnnlab.evaluate(*several)
    result: cnnlab.ComparisonResult = cnnlab.compare(cnnlab.load("last"), "mnist-001")
    sentence: str = result.sentence
    cnnlab.predict("model.keras", ["a.png"], dataset="mnist", scaling="unit")
    cnnlab.predict_random(runs[0], 9, seed=1)
    schema = cnnlab.schema()
    seconds: float = cnnlab.plan_sweep("sweep.yaml", parallel=2).seconds
    sweep: cnnlab.SweepResult = cnnlab.sweep("sweep.yaml", {"trials": 2}, parallel=2, quiet=True)
    sweep = cnnlab.resume_sweep(cnnlab.load_sweep("kernels-001"), quiet=True)
    page: Path = sweep.report().page
    lesson: Path = cnnlab.export_page("last")
    described: cnnlab.DataDescription = cnnlab.describe_data(path)
    print(described.duplicates, described.unreadable, page, lesson, seconds)
    print(rate, found.edit, found.command)
    print(count, advice, rows, accuracy, interval, ranked, faults, figures, mean, sentence, schema)


def list_faults(config: Path) -> list[tuple[int, str]]:
    try:
        cnnlab.check(config)
    except cnnlab.ConfigError as error:
        return [(fault.line, fault.message) for fault in error.faults]
    except (cnnlab.DataError, cnnlab.UsageError, cnnlab.RunError, cnnlab.CheckpointError):
        return []
    except (
        cnnlab.DiskError,
        cnnlab.MemoryShortageError,
        cnnlab.TrainingError,
        cnnlab.InUseError,
        cnnlab.Interruption,
    ):
        return []
    except cnnlab.CnnlabError as error:
        return [(0, str(error))]
    return []


def describe_fault(fault: cnnlab.Fault) -> str:
    return f"{fault.line}: {fault.message}"


def write_files(run: cnnlab.Run) -> list[Path]:
    try:
        exported: cnnlab.ExportResult = cnnlab.export_network(run, "onnx")
    except cnnlab.ExportError:
        return []
    return [exported.path, cnnlab.export_page(run)]

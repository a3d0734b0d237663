"""Train and evaluate the reference networks, and write their results into the documents.

    python benchmarks/reference.py [NAME …] [--runs DIR] [--table]

NAME is a file of configs/reference/ or configs/ without its ending; without one, all in `NETWORKS`.
Each is trained with its own seed and the following ones, and evaluated, by the commands that a user
would type. A run that is finished is not trained again: stop this with Ctrl-C whenever you like.
After each network the heads of the configs and the table are written anew, from all runs there are.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab import run_folder
from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import RunError
from cnnlab.spec.config_reader import read_config
from cnnlab.study.ensemble_members import list_members

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
# From `# Result:` to the next line that begins with a word of the head's own.
HEAD = re.compile(r"# Result:.*\n(#  .*\n|# Cost:.*\n)*")
TABLE = re.compile(r"(?<=<!-- the reference networks -->\n).*?(?=\n\n)", re.DOTALL)


@dataclass(frozen=True)
class Network:
    """How a network is measured: over how many seeds, on what split, against what bar in percent.

    Three seeds; one where a training takes over 20 minutes, and of what is the same network as
    another, byte for byte.
    """

    seeds: int
    bar: float | None
    split: str = "test"


NETWORKS = {
    "two-layer": Network(3, 98.82),
    "fashion": Network(3, 92.0, "validation"),
    "fashion-normalized": Network(3, 92.0, "validation"),
    "three-conv": Network(3, 99.0),
    "doubling": Network(3, 99.36),
    "doubling-cosine": Network(3, 99.36),
    "residual": Network(3, 99.35),
    "blocks": Network(1, 99.35),
    "ensemble": Network(3, 99.47),
    "best": Network(1, 99.68),
    "kernels-16": Network(3, None),
    "kernels-64": Network(3, None),
    "record-mnist": Network(1, 99.75),
    "record-fashion": Network(1, 94.0),
    "quick": Network(5, 99.0),
}


def cnnlab(*arguments: str) -> Any:
    """The JSON answer of a command."""
    command = [sys.executable, "-m", "cnnlab", *arguments, "--json"]
    answer = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return json.loads(answer.stdout)


def config(name: str) -> Path:
    """The file of a network."""
    found = [ROOT / "configs" / folder / f"{name}.yaml" for folder in ("reference", "")]
    return next(path for path in found if path.exists())


def seeds(name: str) -> list[int]:
    """The seeds of a network's trainings; of ensembles, those that have no member in common."""
    first = read_config(config(name), describe_dataset).experiment
    apart = len(list_members(first)) or 1
    return [first.seed + apart * number for number in range(NETWORKS[name].seeds)]


def find_finished(name: str, root: Path) -> dict[int, run_folder.RunFolder]:
    """The finished runs of a network as its config is now, by their seeds."""
    wanted = {
        read_config(config(name), describe_dataset, (f"seed={s}",)).experiment: s
        for s in seeds(name)
    }
    found = {}
    for run in run_folder.list_runs(root):
        try:
            experiment, record = run.read_spec().experiment, run.read_record()
        except RunError:
            continue
        if experiment in wanted and record.status == "finished":
            found[wanted[experiment]] = run
    return dict(sorted(found.items()))


def measure(name: str, root: Path) -> None:
    """Train and evaluate the missing runs of one network."""
    path = config(name)
    for seed in seeds(name):
        run = find_finished(name, root).get(seed)
        if run is None:
            answer = cnnlab("train", str(path), "--runs", str(root), "--set", f"seed={seed}")
            run = run_folder.RunFolder(Path(answer["run"]))
        for split in {"test", NETWORKS[name].split}:
            if run.read_metrics(split) is None:
                cnnlab("evaluate", str(run.path), "--split", split)
        print(f"{run.name}: {accuracy(run, NETWORKS[name].split):.2f}%", flush=True)


def accuracy(run: run_folder.RunFolder, split: str) -> float:
    """The accuracy in percent."""
    metrics = run.read_metrics(split)
    if metrics is None:
        raise RunError(f"{run.path}: not evaluated on the {split} images yet")
    return 100 * float(metrics["accuracy"])


@dataclass(frozen=True)
class Measurement:
    """What the finished runs of a network say: percents; seconds of a training on one device."""

    seeds: list[int]
    accuracies: list[float]
    seconds: float
    device: str

    @property
    def mean(self) -> float:
        return statistics.mean(self.accuracies)

    @property
    def deviation(self) -> float | None:
        return statistics.stdev(self.accuracies) if len(self.accuracies) > 1 else None


def read_measurement(name: str, root: Path) -> Measurement | None:
    """The measurements of a network; None if it has no run."""
    split = NETWORKS[name].split
    found = {s: run for s, run in find_finished(name, root).items() if run.read_metrics(split)}
    if not found:
        return None
    records = [run.read_record() for run in found.values()]
    devices = [record.device.split(" (")[0] for record in records]
    alike = [r.seconds for r, device in zip(records, devices, strict=True) if device == devices[-1]]
    return Measurement(
        seeds=list(found),
        accuracies=[accuracy(run, split) for run in found.values()],
        seconds=statistics.mean(alike),
        device=devices[-1],
    )


def row(name: str, root: Path) -> str:
    """A network's row of the table in docs/performance.md."""
    network, path, known = (
        NETWORKS[name],
        config(name).relative_to(ROOT),
        read_measurement(name, root),
    )
    link = f"[{path.relative_to('configs')}]({path})"
    bar = f"{network.bar:.2f}%" if network.bar else ""
    if known is None:
        return f"| {link} | {bar} | not yet measured | | |"
    spread = "" if known.deviation is None else f" ± {known.deviation:.2f}"
    where = "" if network.split == "test" else f" ({network.split})"
    score = f"{known.mean:.2f}{spread}%{where}"
    time = wall_time(known.seconds)
    if "2 cores" not in known.device:
        time += f" ({known.device})"
    return f"| {link} | {bar} | {score} | {len(known.seeds)} | {time} |"


def wall_time(seconds: float) -> str:
    """A wall time to three figures at most."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def write_table(root: Path) -> None:
    """Write the table of docs/performance.md from the existing runs."""
    head = "| config | bar | accuracy | seeds | training |\n|---|---|---|---|---|"
    table = "\n".join([head, *(row(name, root) for name in NETWORKS)])
    text = TABLE.sub(lambda _: table, README.read_text("utf-8"))
    README.write_text(text, encoding="utf-8")


def write_head(name: str, root: Path) -> None:
    """Write the result and the cost in the head of a config."""
    known, network = read_measurement(name, root), NETWORKS[name]
    if known is None:
        return
    split = "test" if network.split == "test" else f"{network.split} images"
    lines = [f"# Result:  {known.mean:.2f}% on the {split} set".replace("images set", "images")]
    listed = ", ".join(map(str, known.seeds))
    if known.deviation is None:
        lines[0] += f", one training of seed {listed}: its spread is not measured"
    else:
        lines[0] += f", mean of the seeds {listed}"
        lines.append(f"#          (standard deviation {known.deviation:.2f}%)")
    cost = f"# Cost:    {wall_time(known.seconds)} of wall time for one training, {known.device}"
    text = HEAD.sub("\n".join([*lines, cost, ""]), config(name).read_text("utf-8"), count=1)
    config(name).write_text(text, encoding="utf-8")


def write(root: Path) -> None:
    """Write all results into the documents and configs."""
    for name in NETWORKS:
        write_head(name, root)
    write_table(root)


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description="Train and measure the reference networks.")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*NETWORKS, []])
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "reference")
    parser.add_argument("--table", action="store_true", help="train nothing, write the table alone")
    arguments = parser.parse_args()
    for name in [] if arguments.table else arguments.names or NETWORKS:
        measure(name, arguments.runs)
        write(arguments.runs)
    write(arguments.runs)


if __name__ == "__main__":
    main()

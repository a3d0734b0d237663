"""Train and evaluate the reference networks, and write their results into the documents.

    python benchmarks/reference.py [NAME …] [--runs DIR] [--table | --speed]

NAME is a file of configs/reference/ or configs/ without its ending; without one, all in `NETWORKS`.
Each is trained with its own seed and the following ones, and evaluated, by the commands that a user
would type. A run that is finished is not trained again: stop this with Ctrl-C whenever you like.
After each network, the script writes its row of the table in docs/performance.md and the head of
its config anew, from its finished runs. The share of the peak compares the operations of the
training with those of a large matrix product on the same cores, measured afterwards: see `peak.py`.
`--speed` measures speed alone, in the second epoch of a short training of one network.
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from peak import compute_speed, measure_peaks

from cnnlab import run_folder
from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import RunError
from cnnlab.spec.config_reader import read_config
from cnnlab.study.ensemble_members import list_members

ROOT = Path(__file__).parents[1]
TABLE_FILE = ROOT / "docs/performance.md"
# From `# Result:` to the next line that begins with a word of the head's own.
HEAD = re.compile(r"# Result:.*\n(#  .*\n|# Cost:.*\n)*")


@dataclass(frozen=True)
class Network:
    """How a network is measured: over how many seeds, on what split, against what bar in percent.

    Three seeds; one where a training takes over 20 minutes (but for record-fashion), and of what is
    the same network as another, byte for byte. `parallel` members of an ensemble train at once, or
    one after another.
    """

    seeds: int
    bar: float | None
    split: str = "test"
    parallel: int | None = None


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
    "record-mnist": Network(1, 99.80),
    "record-fashion": Network(3, 94.3, parallel=2),
    "quick": Network(20, 99.05),
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
            options = ["--runs", str(root), "--set", f"seed={seed}"]
            if NETWORKS[name].parallel:
                options += ["--parallel", str(NETWORKS[name].parallel)]
            answer = cnnlab("train", str(path), *options)
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
    """What the finished runs of a network say: percents; seconds of a training on one device.

    `images_per_second` is the median over the epochs of all runs, times the members that train at
    once.
    """

    seeds: list[int]
    accuracies: list[float]
    seconds: float
    device: str
    images_per_second: float

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
    images = statistics.median(
        row["images_per_second"] for run in found.values() for row in read_epochs(run)
    )
    return Measurement(
        seeds=list(found),
        accuracies=[accuracy(run, split) for run in found.values()],
        seconds=statistics.mean(alike),
        device=devices[-1],
        images_per_second=images * (NETWORKS[name].parallel or 1),
    )


def read_epochs(run: run_folder.RunFolder) -> list[dict[str, float]]:
    """The rows of a run's history; of an ensemble, those of all members."""
    members = list_members(run.read_spec().experiment)
    runs = [run.member_run(number + 1) for number in range(len(members))] or [run]
    return [row for one in runs for row in one.read_history()]


def link(name: str) -> str:
    """The link to a config with which its row of the table begins."""
    path = config(name).relative_to(ROOT)
    return f"| [{path.relative_to('configs')}](../{path}) |"


def row(name: str, known: Measurement, peaks: dict[str, float]) -> str:
    """A network's row of the table in docs/performance.md."""
    network = NETWORKS[name]
    bar = f"{network.bar:.2f}%" if network.bar else ""
    spread = "" if known.deviation is None else f" ± {known.deviation:.2f}"
    where = "" if network.split == "test" else f" ({network.split})"
    score = f"{known.mean:.2f}{spread}%{where}"
    time = wall_time(known.seconds)
    if "2 cores" not in known.device:
        time += f" ({known.device})"
    speed = format_speed(name, known.images_per_second, peaks)
    return f"{link(name)} {bar} | {score} | {len(known.seeds)} | {time} | {speed}"


def format_speed(name: str, images_per_second: float, peaks: dict[str, float]) -> str:
    """The last two cells of a network's row: its speed, and its share of the peak."""
    read = read_config(config(name), describe_dataset)
    gflops, share = compute_speed(images_per_second, read.experiment, read.info, peaks)
    return f"{images_per_second:,.0f} | {gflops:.0f} ({share:.2f}) |"


def wall_time(seconds: float) -> str:
    """A wall time to three figures at most."""
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.1f} min"


def write_row(name: str, known: Measurement) -> None:
    """Write the row of a network into the table of docs/performance.md."""
    replace_row(name, lambda _: row(name, known, measure_peaks()))


def measure_speed(name: str) -> None:
    """Train one network of a config for two epochs, and write the speed of the second."""
    edits = ("--set", "training.epochs=2", "--set", "ensemble=null")
    edits += ("--set", "training.unaugmented_epochs=0")
    with tempfile.TemporaryDirectory() as folder:
        answer = cnnlab("train", str(config(name)), "--runs", folder, *edits)
        images = run_folder.RunFolder(Path(answer["run"])).read_history()[-1]["images_per_second"]
    speed = format_speed(name, images, measure_peaks())
    replace_row(name, lambda line: f"{' | '.join(line.split(' | ')[:5])} | {speed}")
    print(f"{name}: {speed}", flush=True)


def replace_row(name: str, rewrite: Callable[[str], str]) -> None:
    """Rewrite a network's row of the table in docs/performance.md."""
    lines = TABLE_FILE.read_text("utf-8").splitlines()
    [place] = [number for number, line in enumerate(lines) if line.startswith(link(name))]
    lines[place] = rewrite(lines[place])
    TABLE_FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_head(name: str, known: Measurement) -> None:
    """Write the result and the cost in the head of a config."""
    network = NETWORKS[name]
    split = "test" if network.split == "test" else f"{network.split} images"
    lines = [f"# Result:  {known.mean:.2f}% on the {split} set".replace("images set", "images")]
    listed = ", ".join(map(str, known.seeds))
    if known.seeds == [*range(1, 21)]:
        listed = "1 to 20"
    if known.deviation is None:
        lines[0] += f", one training of seed {listed}: its spread is not measured"
    else:
        lines[0] += f", mean of the seeds {listed}"
        lines.append(f"#          (standard deviation {known.deviation:.2f}%)")
    cost = f"# Cost:    {wall_time(known.seconds)} of wall time for one training, {known.device}"
    text = HEAD.sub("\n".join([*lines, cost, ""]), config(name).read_text("utf-8"), count=1)
    config(name).write_text(text, encoding="utf-8")


def write(name: str, root: Path) -> None:
    """Write the results of a network into its config and the document, if it has any."""
    if (known := read_measurement(name, root)) is not None:
        write_head(name, known)
        write_row(name, known)


def main() -> None:
    """Measure, and write the results."""
    parser = argparse.ArgumentParser(description="Train and measure the reference networks.")
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*NETWORKS, []])
    parser.add_argument("--runs", type=Path, default=ROOT / "runs" / "reference")
    parser.add_argument("--table", action="store_true", help="train nothing, write the table alone")
    parser.add_argument("--speed", action="store_true", help="measure speed alone: two epochs")
    arguments = parser.parse_args()
    for name in arguments.names or NETWORKS:
        if arguments.speed:
            measure_speed(name)
            continue
        if not arguments.table:
            measure(name, arguments.runs)
        write(name, arguments.runs)


if __name__ == "__main__":
    main()

"""Kill the process that coordinates a sweep at random moments, and resume the sweep.

    python benchmarks/sweep_kill.py 30 1          # 30 kills of a grid, a random and a tpe sweep

Every sweep must end with the same 12 trials and the same bytes as a sweep that nobody disturbed.
The trials are small: 60 images of 8 x 8 pixels, 4 epochs.
"""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent / "tests"))

from killed_runs import members, rows
from tiny_training import save_tiny

CONFIG = """\
name: tiny
seed: 1
data: {dataset: tiny.npz, validation: 0.2, batch_size: 8}
model:
  - conv: {filters: 4, kernel_size: 3}
  - flatten
  - dropout: 0.2
  - dense: {units: 3, activation: softmax}
training:
  epochs: 4
  optimizer: {adam: {learning_rate: 0.01}}
"""
SWEEP = """\
name: killed
config: tiny.yaml
method: METHOD
trials: 12
seed: 5
parameters:
  model[0].conv.filters: [2, 4, 6, 8]
  training.optimizer.adam.learning_rate: RATES
"""
RATES = {
    "grid": "[0.001, 0.01, 0.03]",
    "random": "{min: 1e-3, max: 1e-1, scale: log}",
    "tpe": "{min: 1e-3, max: 1e-1, scale: log}",
}


def begin(folder: Path, *arguments: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "cnnlab", *arguments]
    with (folder / "said.txt").open("ab") as said:
        return subprocess.Popen(command, cwd=folder, stdout=said, stderr=said, env=os.environ)


def write_sweep(folder: Path, method: str) -> None:
    save_tiny(folder)
    (folder / "tiny.yaml").write_text(CONFIG, encoding="utf-8")
    text = SWEEP.replace("METHOD", method).replace("RATES", RATES[method])
    (folder / f"{method}.yaml").write_text(text, encoding="utf-8")


def read_sweep(sweep: Path) -> dict[str, object]:
    """Everything that must be the same: values, results, weights and histories of all trials."""
    trials = json.loads((sweep / "trials.json").read_text())
    content: dict[str, object] = {"trials": trials}
    finished = [f"{one['number']:03d}" for one in trials if one["status"] == "finished"]
    for path in (sweep / "trials" / number for number in finished):
        content[path.name] = (members(path, "last"), members(path, "initial"), rows(path))
    return content


def kill_once(folder: Path, method: str, seconds: float) -> str:
    """Run a sweep, kill its coordinator after so many seconds, resume it; return the difference."""
    workers = "1" if method == "tpe" else "2"
    runs = folder / f"runs-{method}-{seconds:.3f}"
    command = ["sweep", f"{method}.yaml", "--parallel", workers, "--runs", str(runs)]
    process = begin(folder, *command)
    with suppress(subprocess.TimeoutExpired):
        process.wait(seconds)
    process.kill()
    process.wait()
    sweep = runs / "killed-001"
    if not (sweep / "sweep.json").exists():
        return "not begun"
    before = {path.parent.name for path in sweep.glob("trials/*/run.json") if is_finished(path)}
    times = {name: (sweep / f"trials/{name}/run.json").stat().st_mtime_ns for name in before}
    status = json.loads((sweep / "sweep.json").read_text())["status"]
    if status != "finished":
        code = begin(folder, "resume", str(sweep)).wait()
        if code:
            return f"resume ended with {code}: {(folder / 'said.txt').read_text()[-500:]}"
    for name, at in times.items():
        if (sweep / f"trials/{name}/run.json").stat().st_mtime_ns != at:
            return f"trial {name} was trained twice"
    found, whole = read_sweep(sweep), read_sweep(folder / f"whole-{method}/killed-001")
    different = [name for name in whole if found.get(name) != whole[name]]
    return f"different: {different}" if different or found.keys() != whole.keys() else ""


def is_finished(path: Path) -> bool:
    return bool(json.loads(path.read_text())["status"] == "finished")


def main() -> None:
    kills, seed = int(sys.argv[1]), int(sys.argv[2])
    chance = random.Random(seed)  # noqa: S311
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for method in RATES:
            write_sweep(folder, method)
            workers = "1" if method == "tpe" else "2"
            started = time.perf_counter()
            runs = f"whole-{method}"
            process = begin(
                folder, "sweep", f"{method}.yaml", "--parallel", workers, "--runs", runs
            )
            assert process.wait() == 0, (folder / "said.txt").read_text()
            whole = time.perf_counter() - started
            results = [kill_once(folder, method, chance.uniform(0.5, whole)) for _ in range(kills)]
            begun = [one for one in results if one != "not begun"]
            same = begun.count("")
            print(
                f"{method}: {same} of {len(begun)} killed sweeps end with the same bytes; "
                f"{kills - len(begun)} more were killed before they began; "
                f"an undisturbed sweep takes {whole:.1f} s",
                *{one for one in begun if one},
                sep="\n  ",
                flush=True,
            )


if __name__ == "__main__":
    main()

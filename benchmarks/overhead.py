"""`cnnlab train configs/mnist.yaml` against the same training as a bare Keras script.

    python benchmarks/overhead.py [ROUNDS]

The two run in turn, whole processes; the figure is the median of the ratios of their wall times,
pair by pair. Bar: at most 1.05, with all files of the run folder written.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EPOCHS = 8  # as in configs/mnist.yaml; early stopping off, so that both do the same work
CALLBACKS = "training.callbacks=[{model_checkpoint: val_loss}]"


def seconds(command: list[str], log: Path) -> float:
    """The wall time of one process; what it prints goes to `log`."""
    started = time.perf_counter()
    with log.open("ab") as file:
        subprocess.run(command, cwd=ROOT, stdout=file, stderr=file, check=True)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 3
    ratios = []
    with tempfile.TemporaryDirectory() as folder:
        ours = [sys.executable, "-m", "cnnlab", "train", "configs/mnist.yaml", "--runs", folder]
        ours += ["--set", f"training.epochs={EPOCHS}", "--set", CALLBACKS]
        bare = [sys.executable, "benchmarks/bare_keras.py", str(EPOCHS)]
        log = Path(folder) / "log.txt"
        for number in range(1, rounds + 1):
            # The order alternates: on a machine that slows down, the second would always lose.
            pair = {}
            for name in ("ours", "bare") if number % 2 else ("bare", "ours"):
                pair[name] = seconds({"ours": ours, "bare": bare}[name], log)
            ratios.append(pair["ours"] / pair["bare"])
            print(
                f"round {number}: cnnlab {pair['ours']:.1f} s, bare Keras {pair['bare']:.1f} s, "
                f"ratio {ratios[-1]:.3f}",
                flush=True,
            )
    print(f"median ratio of {rounds}: {statistics.median(ratios):.3f}")


if __name__ == "__main__":
    main()

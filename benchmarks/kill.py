"""Kill a real training of 6 epochs at random moments, resume it, and compare every byte.

python benchmarks/kill.py [COUNT] [SEED]
"""

from __future__ import annotations

import sys
import tempfile
from importlib import resources
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from killed_runs import Outcome, killed, whole


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    moments = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder)
        seconds = whole(folder)
        print(f"uninterrupted: {seconds:.1f} s", flush=True)
        found: list[Outcome] = []
        for number in range(count):
            moment = moments.uniform(0, seconds)
            found.append(killed(folder, f"runs-{number}", moment))
            one = found[-1]
            print(
                f"{number + 1:3}: killed after {moment:5.1f} s, {one.epochs} epochs, "
                f"{one.repeated} repeated: {one.fault or words(one)}",
                flush=True,
            )
    right = sum(one.begun and not one.fault for one in found)
    early = sum(not one.begun for one in found)
    most = max(one.repeated for one in found)
    print(f"{right} of {count - early} end with the same bytes; at most {most} epoch repeated")
    print(f"{early} were killed before they had begun")
    sys.exit(right + early < count or most > 1)


def words(outcome: Outcome) -> str:
    """What became of a training without a fault."""
    return "the same bytes" if outcome.begun else "it had not begun"


def write_data(folder: Path) -> None:
    """A tenth of MNIST as an .npz file."""
    path = resources.files("cnnlab.data") / "mnist.npz"
    with resources.as_file(path) as there, np.load(there) as mnist:
        arrays = {name: mnist[name][: 6000 if "train" in name else 2000] for name in mnist.files}
    np.savez(folder / "small.npz", **arrays)


if __name__ == "__main__":
    main()

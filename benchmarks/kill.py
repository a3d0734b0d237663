"""Kill a real training of 6 epochs at random moments, resume it, and compare every byte.

    python benchmarks/kill.py [COUNT] [SEED]

A process that is killed before there is a run, as it still imports TensorFlow, is not counted: it
has nothing to lose.
"""

from __future__ import annotations

import sys
import tempfile
from importlib import resources
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from killed_runs import Outcome, train_killed, train_whole


def main() -> None:
    """Measure and print."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    moments = np.random.default_rng(int(sys.argv[2]) if len(sys.argv) > 2 else 0)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write_data(folder)
        seconds = train_whole(folder)
        print(f"uninterrupted: {seconds:.1f} s", flush=True)
        found: list[Outcome] = []
        early = 0  # killed before there was a run, with nothing to lose
        while len(found) < count:
            moment = moments.uniform(0, seconds)
            one = train_killed(folder, f"runs-{len(found) + early}", moment)
            if not one.begun:
                early += 1
                continue
            found.append(one)
            print(
                f"{len(found):3}: killed after {moment:5.1f} s, {one.epochs} epochs, "
                f"{one.repeated} repeated: {one.fault or 'the same bytes'}",
                flush=True,
            )
    right = sum(not one.fault for one in found)
    most = max(one.repeated for one in found)
    print(f"{right} of {count} end with the same bytes; at most {most} epoch repeated")
    print(f"{early} more were killed before they had begun")
    sys.exit(right < count or most > 1)


def write_data(folder: Path) -> None:
    """A tenth of MNIST as an .npz file."""
    path = resources.files("cnnlab.data") / "mnist.npz"
    with resources.as_file(path) as there, np.load(there) as mnist:
        arrays = {name: mnist[name][: 6000 if "train" in name else 2000] for name in mnist.files}
    np.savez(folder / "small.npz", **arrays)


if __name__ == "__main__":
    main()

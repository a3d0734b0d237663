"""SIGKILL at random moments of a real training: it goes on to the same bytes.

`benchmarks/kill.py` does it a hundred times.
"""

import random

import numpy as np
import pytest
from forked_processes import PythonProcess
from killed_runs import train_killed, train_whole

pytestmark = pytest.mark.slow

RUNS, KILLS = 1, 2  # most of the time goes into starting processes


@pytest.fixture(scope="module")
def folder(small_data, tmp_path_factory):
    """A folder with the data and a run that was not killed, and the seconds of that run."""
    place = tmp_path_factory.mktemp("killed")
    with np.load(small_data / "small.npz") as arrays:
        few = {name: array[:1200] for name, array in arrays.items()}
    np.savez(place / "small.npz", **few)
    return place, train_whole(place, PythonProcess)


@pytest.mark.parametrize("number", range(RUNS))
def test_a_training_that_is_killed_again_and_again_ends_with_the_same_bytes(folder, number):
    place, seconds = folder
    chance = random.Random(number)
    moments = [chance.uniform(seconds / 4, seconds * 0.8) for _ in range(KILLS)]
    outcome = train_killed(place, f"runs-{number}", *moments, popen=PythonProcess)
    assert outcome.begun
    assert outcome.fault == ""
    assert outcome.repeated <= KILLS

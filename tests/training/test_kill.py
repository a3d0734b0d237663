"""SIGKILL at random moments of a real training: it goes on to the same bytes.

`benchmarks/kill.py` does it a hundred times.
"""

import random
import shutil

import pytest
from killed_runs import killed, whole

KILLS = 8


@pytest.fixture(scope="module")
def folder(small, tmp_path_factory):
    """A folder with the data, and a run that was left alone; and how long that took."""
    place = tmp_path_factory.mktemp("killed")
    shutil.copy(small / "small.npz", place)
    return place, whole(place)


@pytest.mark.parametrize("number", range(KILLS))
def test_a_killed_training_ends_with_the_same_bytes(folder, number):
    place, seconds = folder
    # The last two thirds: before, a process imports TensorFlow, and there is nothing to lose.
    moment = random.Random(number).uniform(seconds / 3, seconds)
    outcome = killed(place, f"runs-{number}", moment)
    assert outcome.fault == ""
    assert outcome.repeated <= 1

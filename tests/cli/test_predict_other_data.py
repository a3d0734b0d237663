"""`cnnlab predict` with a network that was not trained on digits, as far as cnnlab knows."""

from __future__ import annotations

import json

import pytest
from PIL import Image

pytestmark = pytest.mark.slow


def test_a_network_of_other_data_sees_the_whole_picture(trained_run, run_cli, tmp_path):
    """small.npz does not say that its images are digits, so `predict` does not crop them."""
    from cnnlab.data.datasets import read_test_images
    from cnnlab.spec.experiment import Data

    images = read_test_images(Data(dataset="mnist"))
    for place in range(20):
        large = Image.fromarray(images.images[place, ..., 0]).resize((280, 280))
        large.save(tmp_path / f"{place:02}.png")
    code, out, err = run_cli("predict", "last", tmp_path, "--json", cwd=trained_run.folder)
    assert (code, err) == (0, "")
    right = [
        int(one["predicted"]) == label
        for one, label in zip(json.loads(out), images.labels[:20], strict=True)
    ]
    assert sum(right) >= 18
    Image.new("RGB", (50, 20)).save(tmp_path / "blank.png")
    assert run_cli("predict", "last", tmp_path / "blank.png", cwd=trained_run.folder)[0] == 0

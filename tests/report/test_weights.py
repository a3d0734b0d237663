"""How far training moved a kernel, compared with the arrays of both files."""

from __future__ import annotations

import io
import json
import zipfile

import h5py
import numpy as np
import pytest
from run_builders import replace_checkpoint

from cnnlab.explain.network_outputs import open_checkpoint
from cnnlab.report.network_inspection import measure_kernel_changes
from cnnlab.run_folder import RunFolder

pytestmark = pytest.mark.slow


def kernel(run, name, layer):
    with zipfile.ZipFile(run / f"checkpoints/{name}.keras") as archive:
        data = archive.read("model.weights.h5")
    with h5py.File(io.BytesIO(data), "r") as file:
        return file[f"layers/{layer}/vars/0"][:]


def test_it_is_the_length_of_the_change_over_the_length_before(trained_run):
    spec = RunFolder(trained_run.path).read_spec()
    checkpoints = (trained_run.path / f"checkpoints/{name}.keras" for name in ("initial", "best"))
    before, after = (open_checkpoint(spec, path).network for path in checkpoints)
    found = {one.layer: one.share for one in measure_kernel_changes(before, after)}
    assert list(found) == ["layer 1 (conv)", "layer 3 (conv)", "layer 9 (dense)"]
    for layer, name in (("layer 1 (conv)", "conv2d"), ("layer 9 (dense)", "dense")):
        before, after = (kernel(trained_run.path, file, name) for file in ("initial", "best"))
        expected = np.sqrt(((after - before) ** 2).sum() / (before**2).sum())
        assert found[layer] == pytest.approx(expected, rel=1e-5)


def test_untrained_weights_are_reported_in_the_diagnosis(run_cli, run_copy):
    replace_checkpoint(run_copy, "best", run_copy / "checkpoints/initial.keras")
    code, out, _ = run_cli("report", "last", "--json", cwd=run_copy.parent.parent)
    assert code == 0
    titles = [found["title"] for found in json.loads(out)["diagnosis"]]
    assert [title for title in titles if "hardly" in title] == [
        "layer 1 (conv) has hardly learned",
        "layer 3 (conv) has hardly learned",
        "layer 9 (dense) has hardly learned",
    ]


def test_without_the_untrained_weights_there_is_no_change_of_kernels(run_cli, run_copy):
    replace_checkpoint(run_copy, "best", run_copy / "checkpoints/initial.keras")
    (run_copy / "checkpoints/initial.keras").unlink()
    code, out, _ = run_cli("report", "last", "--json", cwd=run_copy.parent.parent)
    assert code == 0
    titles = [found["title"] for found in json.loads(out)["diagnosis"]]
    assert [title for title in titles if "hardly" in title] == []
    assert "Kernels, trained" not in (run_copy / "report.html").read_text()

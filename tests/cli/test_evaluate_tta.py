"""`cnnlab evaluate --tta`: the mean over views, saved in a separate folder."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnlab import checkpoint, evaluation, model
from cnnlab.run_folder import RunFolder, find_trained_checkpoint

pytestmark = pytest.mark.slow


def views(images, tta):
    """The views of uint8 images, computed with NumPy alone."""
    if tta == "flip":
        return [images, images[:, :, ::-1]]
    framed = np.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)])
    return [framed[:, r : r + 28, c : c + 28] for r, c in ((1, 1), (2, 1), (0, 1), (1, 2), (1, 0))]


@pytest.mark.parametrize("tta", ["shift", "flip"])
def test_the_mean_over_the_views_is_what_is_measured(run_cli, run_copy, small_data, tta):
    folder = run_copy.parent.parent
    code, out, err = run_cli("evaluate", "last", "--tta", tta, "--json", cwd=folder)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["tta"], found["split"], found["images"]) == (tta, "test", 2000)

    spec = RunFolder(run_copy).read_spec()
    network = model.build_network(spec.experiment.model, (28, 28, 1), 0)
    checkpoint.load_weights(network, find_trained_checkpoint(RunFolder(run_copy)))
    with np.load(small_data / "small.npz") as data:
        images, labels = data["x_test"][..., None], data["y_test"]
    shown = [network.predict(v.astype(np.float32) / 255, verbose=0) for v in views(images, tta)]
    mean = np.mean(np.asarray(shown, np.float64), axis=0)
    answers = evaluation.evaluate_checkpoint(
        spec, find_trained_checkpoint(RunFolder(run_copy)), tta=tta
    )
    np.testing.assert_allclose(answers.probabilities, mean, atol=2e-6)
    assert found["accuracy"] == pytest.approx((mean.argmax(axis=1) == labels).mean(), abs=1e-3)

    written = run_copy / f"evaluation/test-{tta}"
    metrics = json.loads((written / "metrics.json").read_text())
    assert metrics == {**found, "trained_epochs": 2}
    assert [path.name for path in (run_copy / "evaluation").iterdir()] == [f"test-{tta}"]


def test_the_plain_evaluation_does_not_change(run_cli, run_copy):
    folder = run_copy.parent.parent
    plain = json.loads(run_cli("evaluate", "last", "--json", cwd=folder)[1])
    assert plain["tta"] is None
    before = (run_copy / "evaluation/metrics.json").read_bytes()
    arguments = ("--tta", "shift", "--split", "validation")
    code, out, err = run_cli("evaluate", "last", *arguments, cwd=folder)
    assert (code, err) == (0, "")
    assert out.startswith(
        "runs/small-001/checkpoints/best.keras on 600 validation images, "
        "mean over shifts by one pixel\n"
    )
    assert (run_copy / "evaluation/metrics.json").read_bytes() == before
    assert (run_copy / "evaluation/validation-shift/mistakes.png").exists()
    [row] = json.loads(run_cli("runs", "--json", cwd=folder)[1])
    assert row["test_accuracy"] == plain["accuracy"]


def test_several_runs_get_the_same_views(run_cli, run_copy):
    folder = run_copy.parent.parent
    best, last = (f"runs/small-001/checkpoints/{name}.keras" for name in ("best", "initial"))
    alone = [
        json.loads(run_cli("evaluate", path, "--tta", "flip", "--json", cwd=folder)[1])
        for path in (best, last)
    ]
    both = json.loads(run_cli("evaluate", best, last, "--tta", "flip", "--json", cwd=folder)[1])
    assert both["tta"] == "flip"
    entropies = [row["cross_entropy"] for row in both["members"]]
    assert entropies == [one["cross_entropy"] for one in alone]
    assert both["loss"] is None  # no training minimizes the loss of a mean


def test_mirror_images_of_digits_get_a_note(run_cli, run_copy):
    """The weights are those of the small data set; the images are all of MNIST's."""
    folder, path = run_copy.parent.parent, run_copy / "spec.json"
    spec = json.loads(path.read_text())
    spec["experiment"]["data"]["dataset"] = "mnist"
    path.write_text(json.dumps(spec))
    code, out, err = run_cli("evaluate", "last", "--tta", "flip", cwd=folder)
    assert code == 0
    assert err == "note: few digits look like their mirror image; --tta shift suits digits better\n"
    assert "on 10,000 test images, mean with the mirror image\n" in out

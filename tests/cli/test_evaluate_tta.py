"""`cnnlab evaluate --tta`: the mean over views, kept in a folder of its own."""

from __future__ import annotations

import json

import numpy as np
import pytest

from cnnlab import checkpoint, evaluation, model
from cnnlab.run_folder import RunFolder


def views(images, tta):
    """The views of uint8 images, by NumPy alone."""
    if tta == "flip":
        return [images, images[:, :, ::-1]]
    framed = np.pad(images, [(0, 0), (1, 1), (1, 1), (0, 0)])
    return [framed[:, r : r + 28, c : c + 28] for r, c in ((1, 1), (2, 1), (0, 1), (1, 2), (1, 0))]


@pytest.mark.parametrize("tta", ["shift", "flip"])
def test_the_mean_over_the_views_is_what_is_measured(here, copied, small, tta):
    folder = copied.parent.parent
    code, out, err = here("evaluate", "last", "--tta", tta, "--json", cwd=folder)
    assert (code, err) == (0, "")
    found = json.loads(out)
    assert (found["tta"], found["split"], found["images"]) == (tta, "test", 2000)

    spec = RunFolder(copied).read_spec()
    network = model.build_network(spec.experiment.model, (28, 28, 1), 0)
    checkpoint.load_weights(network, RunFolder(copied).find_trained_checkpoint())
    with np.load(small / "small.npz") as data:
        images, labels = data["x_test"][..., None], data["y_test"]
    shown = [network.predict(v.astype(np.float32) / 255, verbose=0) for v in views(images, tta)]
    mean = np.mean(np.asarray(shown, np.float64), axis=0)
    answers = evaluation.evaluate_checkpoint(
        spec, RunFolder(copied).find_trained_checkpoint(), tta=tta
    )
    np.testing.assert_allclose(answers.probabilities, mean, atol=2e-6)
    assert found["accuracy"] == pytest.approx((mean.argmax(axis=1) == labels).mean(), abs=1e-3)

    written = copied / f"evaluation/test-{tta}"
    metrics = json.loads((written / "metrics.json").read_text())
    assert metrics == {**found, "trained_epochs": 2}
    assert [path.name for path in (copied / "evaluation").iterdir()] == [f"test-{tta}"]


def test_the_plain_evaluation_is_left_as_it_was(here, copied):
    folder = copied.parent.parent
    plain = json.loads(here("evaluate", "last", "--json", cwd=folder)[1])
    assert plain["tta"] is None
    before = (copied / "evaluation/metrics.json").read_bytes()
    arguments = ("--tta", "shift", "--split", "validation")
    code, out, err = here("evaluate", "last", *arguments, cwd=folder)
    assert (code, err) == (0, "")
    assert out.startswith(
        "runs/small-001/checkpoints/best.keras on 600 validation images, "
        "mean over shifts by a pixel\n"
    )
    assert (copied / "evaluation/metrics.json").read_bytes() == before
    assert (copied / "evaluation/validation-shift/mistakes.png").exists()
    [row] = json.loads(here("runs", "--json", cwd=folder)[1])
    assert row["test_accuracy"] == plain["accuracy"]


def test_several_runs_are_shown_the_same_views(here, copied):
    folder = copied.parent.parent
    best, last = (f"runs/small-001/checkpoints/{name}.keras" for name in ("best", "initial"))
    alone = [
        json.loads(here("evaluate", path, "--tta", "flip", "--json", cwd=folder)[1])
        for path in (best, last)
    ]
    both = json.loads(here("evaluate", best, last, "--tta", "flip", "--json", cwd=folder)[1])
    assert both["tta"] == "flip"
    assert [row["loss"] for row in both["members"]] == [one["loss"] for one in alone]


def test_mirror_images_of_digits_get_a_note(here, copied):
    """The weights are those of the small data set; the images are all of MNIST's."""
    folder, path = copied.parent.parent, copied / "spec.json"
    spec = json.loads(path.read_text())
    spec["experiment"]["data"]["dataset"] = "mnist"
    path.write_text(json.dumps(spec))
    code, out, err = here("evaluate", "last", "--tta", "flip", cwd=folder)
    assert code == 0
    assert err == "note: few digits look like their mirror image; --tta shift suits them better\n"
    assert "on 10,000 test images, mean with the mirror image\n" in out

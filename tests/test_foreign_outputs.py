"""What the outputs of a foreign model mean: a softmax, logits, one sigmoid or many."""

import keras
import numpy as np
import pytest
from foreign_stacks import set_random_weights
from keras import layers as k
from PIL import Image
from sklearn.metrics import log_loss

import cnnlab
from cnnlab import evaluation, foreign_models
from cnnlab.errors import CheckpointError
from cnnlab.foreign_models import ForeignModelOptions

pytestmark = pytest.mark.slow

IMAGES = np.random.default_rng(3).integers(0, 256, (30, 8, 8, 1), np.uint8)
OPTIONS = ("--scaling", "unit", "--dataset")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with data of two and of three classes, and models that end in other outputs."""
    folder = tmp_path_factory.mktemp("outputs")
    for classes in (2, 3):
        labels = np.arange(30) % classes
        arrays = {"x_train": IMAGES, "y_train": labels, "x_test": IMAGES, "y_test": labels}
        np.savez(folder / f"{classes}.npz", **arrays)
    ends = {
        "sigmoid": {"units": 1, "activation": "sigmoid"},
        "logit": {"units": 1},
        "sigmoids": {"units": 3, "activation": "sigmoid"},
        "half": {"units": 3, "activation": "softmax", "dtype": "mixed_float16"},
        "relu": {"units": 1, "activation": "relu"},
    }
    for name, end in ends.items():
        model = keras.Sequential([keras.Input((8, 8, 1)), k.Flatten(), k.Dense(**end)])
        set_random_weights(model, seed=1)
        model.save(folder / f"{name}.keras")
    return folder


def compute_in_keras(folder, name):
    model = keras.models.load_model(folder / f"{name}.keras")
    return np.asarray(model(IMAGES.astype(np.float32) / 255)).astype(np.float64)


def evaluate(folder, name, classes):
    path = folder / f"{name}.keras"
    options = ForeignModelOptions(str(folder / f"{classes}.npz"), "unit")
    answers = evaluation.evaluate_checkpoint(foreign_models.read_spec(path, options), path)
    return answers.probabilities, evaluation.compute_metrics(answers)


def test_a_single_sigmoid_is_the_probability_of_the_second_class(folder):
    expected = compute_in_keras(folder, "sigmoid")
    found, figures = evaluate(folder, "sigmoid", 2)
    assert np.allclose(found, np.concatenate([1 - expected, expected], axis=1), atol=1e-6)
    assert figures["cross_entropy"] == pytest.approx(
        log_loss(np.arange(30) % 2, expected[:, 0]), rel=1e-5
    )
    assert figures["accuracy"] == np.mean((expected[:, 0] > 0.5) == np.arange(30) % 2)


def test_a_single_output_without_activation_is_a_logit(folder):
    expected = 1 / (1 + np.exp(-compute_in_keras(folder, "logit")))
    found, _ = evaluate(folder, "logit", 2)
    assert np.allclose(found, np.concatenate([1 - expected, expected], axis=1), atol=1e-6)


def test_sigmoids_of_classes_are_ranked_and_have_no_loss(folder):
    expected = compute_in_keras(folder, "sigmoids")
    found, figures = evaluate(folder, "sigmoids", 3)
    assert np.allclose(found, expected, atol=1e-6)
    assert (figures["loss"], figures["cross_entropy"]) == (None, None)
    assert figures["accuracy"] == np.mean(expected.argmax(axis=1) == np.arange(30) % 3)


def test_outputs_of_16_bits_become_32(folder):
    found, _ = evaluate(folder, "half", 3)
    assert found.dtype == np.float32
    assert np.array_equal(found, compute_in_keras(folder, "half").astype(np.float32))


@pytest.mark.parametrize(
    ("name", "told"),
    [
        (
            "sigmoid",
            "the network ends in one number, which stands for two classes, but the data has "
            "3 classes; expected data with two classes",
        ),
        (
            "relu",
            "the network ends in a vector of 1, but the data has 3 classes; expected one number "
            "per class: a vector of 3",
        ),
    ],
)
def test_a_single_output_needs_two_classes_and_a_sigmoid(folder, name, told):
    path = folder / f"{name}.keras"
    with pytest.raises(CheckpointError) as caught:
        evaluate(folder, name, 3)
    assert str(caught.value) == f"{path}: {told}"


def test_the_command_shows_only_what_has_a_meaning(folder, run_cli):
    both = ("sigmoids.keras", "half.keras")
    code, answer, talk = run_cli("evaluate", *both, *OPTIONS, folder / "3.npz", cwd=folder)
    assert (code, talk) == (0, "")
    assert "\ncross-entropy  –  (the outputs of the network do not add up to 1)\n" in answer
    assert "loss" not in answer
    assert "network         seed  accuracy\n" in answer


def test_in_python_a_cross_entropy_without_meaning_is_none(folder):
    found = cnnlab.evaluate(
        folder / "sigmoids.keras", dataset=str(folder / "3.npz"), scaling="unit"
    )
    assert (found.loss, found.cross_entropy) == (None, None)
    assert repr(found).endswith("cross-entropy –, 30 test images>")


@pytest.mark.parametrize("name", ["arrays", "flat", "validation"])
def test_data_without_test_images_gives_a_stated_share(folder, run_cli, tmp_path, name):
    """Ten images of each class: cnnlab measures on two of them, and says so."""
    if name == "arrays":
        path = tmp_path / "all.npz"
        np.savez(path, x_train=IMAGES, y_train=np.arange(30) % 3)
    else:
        path = tmp_path / name
        parts = ["train", "val"] if name == "validation" else [""]
        for part in parts:
            for number, image in enumerate(IMAGES):
                place = path / part / "abc"[number % 3]
                place.mkdir(parents=True, exist_ok=True)
                Image.fromarray(image[..., 0]).save(place / f"{number}.png")
    code, answer, talk = run_cli("evaluate", "half.keras", *OPTIONS, path, cwd=folder)
    assert (code, talk) == (0, "")
    assert answer.startswith("half.keras on 6 test images\n")
    assert (
        f"\nnote: {path} has no test images, so cnnlab uses 20% of the images of each class; if "
        "the network was trained on them, its accuracy on new images is lower\n"
    ) in answer


def test_data_with_test_images_has_no_note_about_a_share(folder):
    found = cnnlab.evaluate(folder / "half.keras", dataset=str(folder / "3.npz"), scaling="unit")
    assert found.figures["note"] == ""

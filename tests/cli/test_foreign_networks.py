"""`evaluate` and `predict` prepare images as the script of a foreign network does, or ask how."""

import json

import keras
import numpy as np
import pytest
from keras import layers as k
from PIL import ExifTags, Image

import cnnlab
from cnnlab.errors import UsageError

pytestmark = pytest.mark.slow

CLASSES = ("ball", "box", "egg")
WIDE = ("--dataset", "wide/", "--scaling", "unit")


def write_pictures(root, size, **saving):
    """Six smooth pictures of each class, whose size differs a little from one to the next."""
    random = np.random.default_rng(5)
    for part in ("train", "test"):
        for name in CLASSES:
            (root / part / name).mkdir(parents=True)
            for number in range(6):
                small = random.integers(0, 256, (4, 4, 3), np.uint8)
                width = size[1] + (number if size[0] != size[1] else 0)
                picture = Image.fromarray(small).resize((width, size[0]), Image.Resampling.BICUBIC)
                picture.save(root / part / name / f"{number}.png", **saving)
    return root


def load_as_scripts_do(folder, **options):
    return keras.utils.image_dataset_from_directory(
        folder / "test", image_size=(16, 16), shuffle=False, verbose=0, **options
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A folder with wide/, square/ and theirs.keras, a network with random weights."""
    place = tmp_path_factory.mktemp("foreign")
    write_pictures(place / "wide", (40, 70))
    write_pictures(place / "square", (50, 50))
    keras.utils.set_random_seed(4)
    net = [keras.Input((16, 16, 3)), k.Conv2D(4, 3), k.Flatten(), k.Dense(3, "softmax")]
    keras.Sequential(net).save(place / "theirs.keras")
    return place


def load_theirs(place):
    return keras.models.load_model(place / "theirs.keras")


def predict_in_keras(place, batches, scale):
    images = np.concatenate([batch for batch, _ in batches])
    return np.asarray(load_theirs(place)(scale(images)))


def predict_in_cnnlab(place, folder, **options):
    files = [str(path) for path in sorted((place / folder / "test").rglob("*.png"))]
    network = place / "theirs.keras"
    answers = cnnlab.predict(network, files, dataset=str(place / folder) + "/", **options)
    assert answers.faults == []
    return np.array([[answer.probabilities[name] for name in CLASSES] for answer in answers])


SCALINGS = {
    "unit": ({"scaling": "unit"}, lambda x: x / 255),
    "symmetric": ({"scaling": "symmetric"}, lambda x: x / 127.5 - 1),
    "none": ({"scaling": "none"}, lambda x: x),
    "standard": (
        {"scaling": "standard", "mean": [0.485, 0.456, 0.406], "deviation": (0.229, 0.224, 0.225)},
        lambda x: (x / 255 - np.float32([0.485, 0.456, 0.406])) / np.float32([0.229, 0.224, 0.225]),
    ),
    "standard of 255": (
        {"scaling": "standard", "mean": 120, "deviation": 60.5},
        lambda x: (x - 120) / 60.5,
    ),
}


@pytest.mark.parametrize("name", SCALINGS)
def test_every_scaling_answers_as_the_script(place, name):
    options, scale = SCALINGS[name]
    theirs = predict_in_keras(place, load_as_scripts_do(place / "square"), scale)
    ours = predict_in_cnnlab(place, "square", **options)
    # cnnlab rounds resized pixels to whole numbers.
    assert np.abs(ours - theirs).max() < (0.3 if name == "none" else 0.02)
    assert np.abs(ours - theirs).mean() < 0.01


@pytest.mark.parametrize(
    ("resize", "keras_options"), [("stretch", {}), ("pad", {"pad_to_aspect_ratio": True})]
)
def test_a_folder_of_wide_pictures_gives_the_accuracy_of_the_script(
    run_cli, place, resize, keras_options
):
    batches = load_as_scripts_do(place / "wide", **keras_options)
    theirs = predict_in_keras(place, batches, lambda x: x / 255)
    labels = np.repeat(np.arange(3), 6)
    code, out, err = run_cli(
        "evaluate", "theirs.keras", *WIDE, "--resize", resize, "--json", cwd=place
    )
    assert (code, err) == (0, "")
    figures = json.loads(out)
    assert figures["accuracy"] == (theirs.argmax(axis=1) == labels).mean()
    right = theirs[np.arange(18), labels]
    assert figures["cross_entropy"] == pytest.approx(-np.log(right).mean(), abs=0.01)
    assert figures["preparation"] == {
        "text": "pixels from 0 to 1, "
        + {"stretch": "stretched as Keras does", "pad": "padded with black"}[resize],
        "mean": [0.0] * 3,
        "deviation": [255.0] * 3,
        "resize": resize,
        "exif": None,
    }
    ours = predict_in_cnnlab(place, "wide", scaling="unit", resize=resize)
    assert np.abs(ours - theirs).max() < 0.02


def test_pictures_of_other_proportions_are_asked_about(run_cli, place):
    for command in (("evaluate", "theirs.keras"), ("predict", "theirs.keras", "wide/test/egg")):
        code, out, err = run_cli(*command, *WIDE, cwd=place)
        assert (code, out) == (2, "")
        count = 18 if command[0] == "evaluate" else 6
        told = f"{count} pictures have other proportions than the 16 × 16 pixels of the network"
        assert err.startswith(told)
        assert "\n  --resize stretch  change the proportions" in err
        assert "\n  --resize pad      keep the proportions" in err
        assert "--exif" not in err


def test_square_pictures_are_not_asked_about(run_cli, place):
    options = ("--dataset", "square/", "--scaling", "unit")
    code, out, _ = run_cli("evaluate", "theirs.keras", *options, cwd=place)
    assert code == 0
    assert out.startswith(
        "theirs.keras on 18 test images\nimage preparation: pixels from 0 to 1\n\ncross-entropy  "
    )
    code, out, _ = run_cli(
        "predict", "theirs.keras", "square/test/egg/0.png", *options, "--resize", "pad", cwd=place
    )
    assert code == 0
    assert out.startswith("theirs.keras; images: pixels from 0 to 1, padded with black\n\n")


def test_photos_that_a_camera_turned_are_asked_about(run_cli, place, tmp_path):
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    turned = write_pictures(tmp_path / "turned", (50, 50), exif=exif)
    options = ("--dataset", f"{turned}/", "--scaling", "unit")
    code, _, err = run_cli("evaluate", "theirs.keras", *options, cwd=place)
    assert code == 2
    first = turned / "test/ball/0.png"
    assert err == (
        f"18 pictures have an EXIF orientation (the first is {first}); cnnlab did not write the "
        ".keras file, and cannot know how the program that trained the network prepared pictures; "
        "add one of\n"
        "  --exif ignore     leave the pixels as they are stored, as Keras does\n"
        "  --exif turn       turn the pictures upright, as PIL.ImageOps.exif_transpose does\n"
    )
    theirs = predict_in_keras(place, load_as_scripts_do(turned), lambda x: x / 255)
    place_of_turned = {"place": place, "folder": turned}
    ours = predict_in_cnnlab(**place_of_turned, scaling="unit", exif="ignore")
    assert np.abs(ours - theirs).max() < 0.02
    upright = predict_in_cnnlab(**place_of_turned, scaling="unit", exif="turn")
    assert np.abs(upright - theirs).max() > 0.02


WRONG = {
    ("--scaling", "standard"): "--scaling standard: the network gets (pixel - mean) / deviation; "
    "give both --mean and --deviation, each as one number or as one number for each channel",
    ("--scaling", "standard", "--mean", "0.1,0.2", "--deviation", "0.3"): "--mean 0.1,0.2: 2 "
    "numbers for images of 3 channels; expected one number or 3 numbers",
    ("--scaling", "unit", "--mean", "0.1"): "--mean needs --scaling standard",
}


@pytest.mark.parametrize("options", WRONG)
def test_a_wrong_scaling_is_refused(run_cli, place, options):
    answer = run_cli("evaluate", "theirs.keras", "--dataset", "square/", *options, cwd=place)
    assert answer == (2, "", f"cnnlab: {WRONG[options]}\n")


def test_a_mean_that_is_no_number_is_refused(run_cli, place):
    options = ("--dataset", "square/", "--scaling", "standard", "--mean", "half")
    code, _, err = run_cli("evaluate", "theirs.keras", *options, cwd=place)
    assert code == 2
    assert "'half': expected a number, or numbers like 0.485,0.456,0.406" in err


def test_arrays_have_nothing_to_resize(run_cli, place, tmp_path):
    images = np.zeros((6, 16, 16, 3), np.uint8)
    arrays = {"x_train": images, "x_test": images, "y_train": np.arange(6) % 3}
    np.savez(tmp_path / "own.npz", **arrays, y_test=np.arange(6) % 3)
    options = ("--dataset", tmp_path / "own.npz", "--scaling", "unit", "--exif", "ignore")
    told = f"the images of {tmp_path}/own.npz are arrays of one size"
    assert run_cli("evaluate", "theirs.keras", *options, cwd=place) == (
        2,
        "",
        f"cnnlab: {told}; leave --resize and --exif out\n",
    )


def test_the_options_of_the_command_line_are_those_of_python(place):
    from cnnlab.cli.evaluate import evaluate
    from cnnlab.spec import foreign_preparation as words

    choices = {option.name: getattr(option.type, "choices", None) for option in evaluate.params}
    assert choices["scaling"] == words.SCALING_NAMES
    assert choices["resize"] == words.RESIZE_NAMES
    assert choices["exif"] == words.EXIF_NAMES
    with pytest.raises(UsageError, match=r"^--resize crop: expected stretch or pad$"):
        predict_in_cnnlab(place, "square", scaling="unit", resize="crop")

"""`cnnlab export --format python`: a script of plain Keras that trains the same network."""

from __future__ import annotations

import csv
import os
import subprocess
import sys

import numpy as np
import pytest
from page_engine import read_spec
from project_files import CONFIGS, ROOT

from cnnlab.api.network_export import export_network
from cnnlab.data.augmentation import build_augmentation
from cnnlab.errors import UsageError
from cnnlab.export.script.script_text import write_script
from cnnlab.export.script.training_text import write_augmentation
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.spec.augmentation import PRESETS, RandomErasing
from cnnlab.spec.training import EarlyStopping

pytestmark = pytest.mark.slow

# Runs a script in a process that cannot import cnnlab.
ALONE = (
    "import runpy, sys; sys.modules['cnnlab'] = None; sys.argv[:] = sys.argv[1:]; "
    "runpy.run_path(sys.argv[0], run_name='__main__')"
)


def read_rows(path):
    with path.open(encoding="utf-8") as file:
        return [{key: float(value) for key, value in row.items()} for row in csv.DictReader(file)]


def test_the_script_trains_to_the_history_of_the_run(trained_run, tmp_path):
    export_network(str(trained_run.path), "python", tmp_path / "small.py")
    data = trained_run.folder / "small.npz"
    command = [sys.executable, "-c", ALONE, "small.py", "--data", data]
    environment = os.environ | {"TF_CPP_MIN_LOG_LEVEL": "3"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "test accuracy: 0.9" in done.stdout
    found = read_rows(tmp_path / "history-7.csv")
    expected = read_rows(trained_run.path / "history.csv")
    assert len(found) == len(expected) == 2
    for one, other in zip(found, expected, strict=True):
        for name in ("loss", "accuracy", "val_loss", "val_accuracy"):
            assert one[name] == pytest.approx(other[name], abs=1e-5)


def test_the_scripts_of_the_configs_have_no_fault(tmp_path):
    for path in CONFIGS:
        script = tmp_path / f"{path.parent.name}_{path.stem.replace('-', '_')}.py"
        text = write_script(read_spec(path), path.stem, 54_000)
        script.write_text(text, encoding="utf-8")
        compile(text, script.name, "exec")
        assert "cnnlab" not in text.replace("cnnlab wrote this script", "")
    command = [sys.executable, "-m", "ruff", "check", "--config", ROOT / "pyproject.toml", tmp_path]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout


def test_a_network_has_a_comment_with_the_shape_after_each_layer():
    [path] = [one for one in CONFIGS if one.name == "mnist.yaml"]
    text = write_script(read_spec(path), "mnist", 54_000)
    line = 'layers.Conv2D(32, 3, padding="same", activation="relu", name="conv_1"),  # 28 × 28 × 32'
    assert line in text
    assert 'layers.Dense(10, activation="softmax", name="dense_8"),  # 10' in text


def test_the_last_epochs_leave_the_images_as_they_are():
    [path] = [one for one in CONFIGS if one.name == "quick.yaml"]
    spec = read_spec(path)
    data = spec.experiment.data.model_copy(update={"augment": PRESETS["digits"]})
    training = spec.experiment.training.model_copy(update={"unaugmented_epochs": 1})
    experiment = spec.experiment.model_copy(update={"data": data, "training": training})
    text = write_script(spec.model_copy(update={"experiment": experiment}), "quick", 54_000)
    condition = f"        if epoch <= {training.epochs - 1}:  # later epochs leave"
    assert f"{condition} the images as they are\n            chosen = changes(chosen, tr" in text


@pytest.mark.parametrize("factor", [0.5, 1.0])
def test_the_script_erases_as_often_and_as_much_as_a_run(factor):
    change = RandomErasing(factor=factor, scale=0.1, fill_value=0.0)
    experiment = read_spec(CONFIGS[0]).experiment
    data = experiment.data.model_copy(update={"augment": (change,)})
    [call] = write_augmentation(experiment.model_copy(update={"data": data}))
    images = np.full((1000, 28, 28, 1), 100, np.float32)
    erase = build_augmentation([change])
    own = erase(tf.constant(images), tf.zeros((1000, 2)), tf.constant([1, 2]))[0].numpy()
    theirs = eval(call, {"layers": keras.layers})(images, training=True).numpy()
    shares = [(changed == 0).mean(axis=(1, 2, 3)) for changed in (own, theirs)]
    often = [(share > 0).mean() for share in shares]
    assert often == pytest.approx([factor, factor], abs=0.06)
    assert shares[1].max() == pytest.approx(shares[0].max(), abs=0.02)


def test_the_script_keeps_the_best_epoch_as_the_run_does():
    """Keras would keep another epoch if a change must exceed `min_delta`."""
    stopping = EarlyStopping(monitor="val_loss", min_delta=1.0, restore_best_weights=True)
    spec = read_spec(next(one for one in CONFIGS if one.name == "mnist.yaml"))
    training = spec.experiment.training.model_copy(update={"callbacks": (stopping,)})
    experiment = spec.experiment.model_copy(update={"training": training})
    text = write_script(spec.model_copy(update={"experiment": experiment}), "mnist", 54_000)
    assert "restore_best_weights" not in text
    assert text.count("keras.callbacks.ModelCheckpoint(") == 1
    assert 'network.load_weights(f"best-{seed}.weights.h5")' in text


def test_what_plain_keras_cannot_do_is_refused():
    [path] = [one for one in CONFIGS if one.name == "mnist.yaml"]
    spec = read_spec(path)
    data = spec.experiment.data.model_copy(update={"dataset": "photos/"})
    experiment = spec.experiment.model_copy(update={"data": data})
    with pytest.raises(UsageError, match="it reads only mnist, fashion_mnist and"):
        write_script(spec.model_copy(update={"experiment": experiment}), "photos", 100)


IMAGES, LABELS = np.zeros((4, 28, 28), np.uint8), np.arange(4) % 2
PLAIN = {"x_train": IMAGES, "y_train": LABELS, "x_test": IMAGES, "y_test": LABELS}
ONE_HOT = np.eye(2, dtype=np.uint8)[LABELS]


def write_script_for(arrays, folder):
    """Write the script of mnist.yaml with an .npz file of these arrays as its data."""
    [path] = [one for one in CONFIGS if one.name == "mnist.yaml"]
    spec, file = read_spec(path), folder / "own.npz"
    np.savez(file, **arrays)
    data = spec.experiment.data.model_copy(update={"dataset": str(file)})
    experiment = spec.experiment.model_copy(update={"data": data})
    return write_script(spec.model_copy(update={"experiment": experiment}), "own", 100)


@pytest.mark.parametrize(
    ("arrays", "problem"),
    [
        ({"x_train": IMAGES / 255}, "x_train (4, 28, 28) float64 is not of whole numbers"),
        (
            {"x_test": IMAGES[:, None]},
            "x_test (4, 1, 28, 28) uint8 does not have the channels last",
        ),
        ({"y_train": ONE_HOT}, "y_train (4, 2) uint8 is not one label for each image"),
        ({"y_test": LABELS / 1}, "y_test (4,) float64 is not of whole numbers"),
    ],
    ids=["shares", "channels first", "one-hot", "labels with a point"],
)
def test_arrays_that_numpy_alone_reads_otherwise_are_refused(tmp_path, arrays, problem):
    assert "np.load(path)" in write_script_for(PLAIN, tmp_path)
    with pytest.raises(UsageError) as caught:
        write_script_for(PLAIN | arrays, tmp_path)
    assert str(caught.value) == (
        f"--format python: it reads an .npz file as it is, and {problem}; export another format"
    )


def test_arrays_with_other_names_are_refused(tmp_path):
    arrays = {"train_images": IMAGES, "train_labels": LABELS}
    with pytest.raises(UsageError, match=r"own\.npz has no array x_train; export another format"):
        write_script_for(arrays, tmp_path)

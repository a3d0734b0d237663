"""The options for a foreign network: what is missing is asked for, what is useless is refused."""

import keras
import pytest
from keras import layers as k

from cnnlab import foreign_models
from cnnlab.errors import UsageError
from cnnlab.foreign_models import ForeignModelOptions

pytestmark = pytest.mark.slow

MNIST = ForeignModelOptions("mnist", "unit")


def save(folder, *layers):
    path = folder / "theirs.keras"
    keras.Sequential([keras.Input((28, 28, 1)), *layers]).save(path)
    return path


def test_a_foreign_model_needs_the_options_for_its_data(tmp_path):
    path = save(tmp_path, k.Flatten(), k.Dense(10))
    told = (
        f"{path}: cnnlab did not write this file, and does not know which data the network "
        "needs, and how to prepare the images; add"
    )
    dataset = (
        "\n  --dataset with mnist, fashion_mnist, a file (.npz, .csv or IDX), or FOLDER/ with one "
        "folder of images for each class"
    )
    scaling = (
        "\n  --scaling unit (from 0 to 1), symmetric (from -1 to 1), none (from 0 to 255), or "
        "standard with --mean and --deviation"
    )
    for said, missing in (
        (ForeignModelOptions(), dataset + scaling),
        (ForeignModelOptions(None, "unit"), dataset),
        (ForeignModelOptions("mnist"), scaling),
    ):
        with pytest.raises(UsageError) as caught:
            foreign_models.read_spec(path, said)
        assert str(caught.value) == told + missing
    with pytest.raises(UsageError, match="unknown data set `cifar`"):
        foreign_models.read_spec(path, ForeignModelOptions("cifar", "unit"))
    path = save(tmp_path, k.Rescaling(1 / 127.5, offset=-1), k.Flatten(), k.Dense(10))
    with pytest.raises(UsageError, match="its Rescaling layer already scales the images"):
        foreign_models.read_spec(path, MNIST)


def test_a_rescaling_layer_of_scaled_pixels_still_needs_the_scaling(tmp_path):
    """A script may divide by 255, and the layer then bring the pixels to -1 to 1."""
    path = save(tmp_path, k.Rescaling(2, offset=-1), k.Flatten(), k.Dense(10))
    with pytest.raises(UsageError, match="--scaling unit"):
        foreign_models.read_spec(path, ForeignModelOptions("mnist"))
    spec = foreign_models.read_spec(path, MNIST)
    assert (spec.inputs.mean, spec.inputs.deviation) == ((0,), (255,))
    rescale = spec.experiment.model[0]
    assert (rescale.kind, rescale.scale, rescale.offset) == ("rescale", (2,), (-1,))


def test_options_for_foreign_models_are_refused_for_its_own_files(trained_run, run_cli):
    told = "cnnlab wrote it, and knows how to prepare images; leave --scaling and --resize out"
    options = ("--dataset", "small.npz", "--resize", "pad", "--scaling", "unit")
    path = trained_run.path / "checkpoints/last.keras"
    for name, shown in (("last", trained_run.path.relative_to(trained_run.folder)), (path, path)):
        answer = run_cli("evaluate", name, *options, cwd=trained_run.folder)
        assert answer == (2, "", f"cnnlab: {shown}: {told}\n")


def test_a_foreign_model_does_not_know_its_data(tmp_path, run_cli):
    path = save(tmp_path, k.Flatten(), k.Dense(10))
    said = ("--dataset", "mnist", "--scaling", "unit", "--split", "train")
    code, _, talk = run_cli("evaluate", path, *said, cwd=tmp_path)
    told = "cnnlab did not write this file, so its training images are unknown; use --split test"
    assert (code, talk) == (2, f"cnnlab: {path}: {told}\n")

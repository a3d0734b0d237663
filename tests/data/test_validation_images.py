"""Validation images that come with a data set are the validation images of a run."""

import shutil

import numpy as np
import pytest
from dataset_faults import list_folder_faults as faults
from folder_builders import data_of, mnist, write_images
from layout_builders import build_arrays, write_medmnist

from cnnlab.data import datasets
from cnnlab.data.datasets import describe_dataset
from cnnlab.data.validation_split import split_training_images
from cnnlab.errors import ConfigError
from cnnlab.spec.config_reader import parse_config
from cnnlab.spec.edited_experiment import edit_experiment

ARRAYS = build_arrays()
CONFIG = """\
data: {{dataset: {dataset}, {fields}}}
model: [flatten, dense: {{units: 10, activation: softmax}}]
"""


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """A folder with train/, val/ and test/, and one with the file medmnist.npz."""
    folder = tmp_path_factory.mktemp("validation")
    for part, count in (("train", 60), ("test", 40)):
        write_images(folder / "photos" / part, *mnist(part, count))
    images, labels = mnist("test", 90)
    write_images(folder / "photos/val", images[40:], labels[40:])
    write_medmnist(folder, ARRAYS)
    return folder


def read(folder, dataset, fields):
    text = CONFIG.format(dataset=dataset, fields=fields)
    return parse_config(folder / "c.yaml", text.encode(), describe_dataset)


SIZE = "image_size: 28, color_mode: grayscale"
CASES = {"photos/": (SIZE, 60, 50), "medmnist.npz": ("batch_size: 8", 150, 50)}


@pytest.mark.parametrize("dataset", CASES)
@pytest.mark.parametrize("validation", ["", ", validation: 0.3", ", validation: from_dataset"])
def test_they_take_the_place_of_a_share_and_the_spec_says_so(source, dataset, validation):
    fields, training_images, validation_images = CASES[dataset]
    config = read(source, dataset, fields + validation)
    data = config.experiment.data
    assert data.validation == "from_dataset"
    everything = datasets.read_training_images(data)
    training, held_out = split_training_images(
        everything, data, config.info.training_images, seed=1
    )
    assert (len(training.labels), len(held_out.labels)) == (training_images, validation_images)
    assert (config.info.training_images, config.info.validation_images) == (
        training_images,
        validation_images,
    )
    both = np.concatenate([training.indices, held_out.indices])
    assert both.tolist() == list(range(training_images + validation_images))
    if dataset == "photos/":
        assert {name.partition("/")[0] for name in held_out.files} == {"val"}
        assert {name.partition("/")[0] for name in training.files} == {"train"}
    else:
        assert np.array_equal(held_out.images[..., 0], ARRAYS["x_train"][-50:])
        assert np.array_equal(held_out.labels, ARRAYS["y_train"][-50:])


@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_without_a_test_folder_a_fifth_of_train_is_the_test_set(source, name):
    folder = source / name
    shutil.copytree(source / "photos/train", folder / "train")
    shutil.copytree(source / "photos/val", folder / name)
    config = read(source, f"{name}/", SIZE)
    data, info = config.experiment.data, config.info
    assert (data.test, data.validation) == (0.2, "from_dataset")
    counts = (info.training_images, info.validation_images, info.test_images)
    assert sum(counts) == 60 + 50
    assert info.notes == (
        "it has no test/, so cnnlab sets 20% of each class of train/ aside for the test; "
        "`test: 0.2` below `data:` says the same",
    )
    test = datasets.read_test_images(data)
    training = datasets.read_training_images(data)
    assert not set(test.files) & set(training.files)
    assert (counts[1], len(test.labels)) == (50, counts[2])


@pytest.mark.parametrize("dataset", CASES)
def test_a_validation_of_0_leaves_them_out(source, dataset):
    fields, training_images, _ = CASES[dataset]
    data = read(source, dataset, f"{fields}, validation: 0").experiment.data
    assert data.validation == 0
    assert len(datasets.read_training_images(data).labels) == training_images


def test_another_seed_leaves_the_validation_images_as_they_are(source):
    config = read(source, "medmnist.npz", "batch_size: 8")
    data = config.experiment.data
    everything = datasets.read_training_images(data)
    first, second = (split_training_images(everything, data, 150, seed)[1] for seed in (1, 2))
    assert np.array_equal(first.images, second.images)


def test_from_dataset_without_validation_images_is_a_fault_with_its_line(source):
    with pytest.raises(ConfigError) as caught:
        read(source, "mnist", "validation: from_dataset")
    [fault] = caught.value.faults
    assert (fault.line, fault.path) == (1, "data.validation")
    assert fault.message == "the data set has no separate validation images"
    assert fault.expected == "a share, such as 0.1"


def test_an_edit_to_a_data_set_without_validation_images_asks_for_a_share(source):
    experiment = read(source, "medmnist.npz", "batch_size: 8").experiment
    edits = ("data.dataset=mnist",)
    with pytest.raises(ConfigError, match="the data set has no separate validation images"):
        edit_experiment(experiment, "runs/a", describe_dataset, edits)
    edited = edit_experiment(
        experiment, "runs/a", describe_dataset, (*edits, "data.validation=0.2")
    )
    assert edited.experiment.data.validation == 0.2


@pytest.mark.parametrize("value", ["own", "1", "-0.1", "true", "[0.1]"])
def test_a_validation_that_is_no_share_names_both_forms(source, value):
    with pytest.raises(ConfigError) as caught:
        read(source, "mnist", f"validation: {value}")
    expected = caught.value.faults[0].expected
    assert expected.startswith("a number from 0 to 0.9, or from_dataset (share of the training")


@pytest.mark.parametrize("name", ["valid", "validation"])
def test_other_names_of_the_folder_are_known(source, tmp_path, name):
    shutil.copytree(source / "photos", tmp_path / "photos")
    (tmp_path / "photos/val").rename(tmp_path / "photos" / name)
    assert describe_dataset(data_of(tmp_path / "photos")).validation_images == 50


def test_without_a_test_folder_a_share_of_train_is_the_test_set(source, tmp_path):
    shutil.copytree(source / "photos", tmp_path / "photos")
    shutil.rmtree(tmp_path / "photos/test")
    info = describe_dataset(data_of(tmp_path / "photos", test=0.2))
    assert (info.training_images + info.test_images, info.validation_images) == (60, 50)
    names = datasets.read_test_images(data_of(tmp_path / "photos", test=0.2)).files
    assert {name.partition("/")[0] for name in names} == {"train"}


def test_an_empty_folder_of_validation_images_is_reported(source, tmp_path):
    shutil.copytree(source / "photos", tmp_path / "photos")
    shutil.rmtree(tmp_path / "photos/val")
    (tmp_path / "photos/val").mkdir()
    assert faults(data_of(tmp_path / "photos")) == ["there are no validation images"]

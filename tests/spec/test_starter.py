"""The config that `new` writes is valid without changes."""

from __future__ import annotations

from pathlib import Path

import pytest

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import DataError
from cnnlab.spec.advice import give_advice
from cnnlab.spec.config_reader import parse_config
from cnnlab.spec.experiment import DatasetInfo
from cnnlab.spec.layer_table import build_table
from cnnlab.spec.starter_config import write_starter

THREE = DatasetInfo((16, 16, 3), ("0", "1", "2"), 300, 30)


@pytest.mark.parametrize("dataset", ["mnist", "fashion_mnist"])
def test_the_starter_is_valid_and_gets_no_advice(dataset):
    path = Path("configs/mine.yaml")
    config = parse_config(
        path, write_starter(path, dataset, describe_dataset).encode(), describe_dataset
    )
    assert (config.experiment.name, config.experiment.data.dataset) == ("mine", dataset)
    assert give_advice(config.experiment, build_table(config.experiment, config.info)) == []


def test_the_starter_opens_with_its_schema_and_its_commands():
    assert write_starter(Path("configs/mine.yaml"), "mnist", describe_dataset).splitlines()[:9] == [
        "# yaml-language-server: $schema=cnnlab.schema.json",
        "# An experiment for cnnlab. Text after a # is a comment; "
        "spaces at the start of a line matter.",
        "# Result: not yet measured",
        "#",
        "#   cnnlab check configs/mine.yaml       shows shapes and faults at once",
        "#   cnnlab train configs/mine.yaml       trains into runs/mine-001/",
        "",
        "name: mine",
        "seed: 42                        # all randomness follows from it: same seed, same result",
    ]


def test_the_last_layer_fits_the_classes_of_the_data_set():
    text = write_starter(Path("a.yaml"), "my data: #1.npz", lambda data: THREE)
    config = parse_config(Path("a.yaml"), text.encode(), lambda data: THREE)
    assert config.experiment.model[-1].units == 3
    assert config.experiment.data.dataset == str(Path("my data: #1.npz").resolve())


@pytest.mark.parametrize(
    ("images", "batch_size", "epochs", "patience"),
    [(60_000, 64, 10, 3), (1000, 64, 10, 3), (300, 16, 30, 10), (96, 8, 30, 10), (50, 4, 30, 10)],
)
def test_few_images_get_small_batches_and_more_epochs(images, batch_size, epochs, patience):
    info = DatasetInfo((16, 16, 3), ("0", "1", "2"), images, 30)
    text = write_starter(Path("a.yaml"), "own.npz", lambda data: info)
    experiment = parse_config(Path("a.yaml"), text.encode(), lambda data: info).experiment
    assert (experiment.data.batch_size, experiment.training.epochs) == (batch_size, epochs)
    assert experiment.training.callbacks[1].patience == patience


def test_where_a_share_for_the_test_is_missing_the_other_fault_is_reported():
    def describe(data):
        raise DataError("one image is too few" if data.test else "write `test: 0.2` below `data:`")

    with pytest.raises(DataError, match="one image is too few"):
        write_starter(Path("a.yaml"), "own.npz", describe)


@pytest.mark.parametrize("name", ["2024", "true", "null", "1e5", "0x1F", "012", "no", "a-b_c"])
def test_a_name_that_looks_like_something_else_stays_a_name(name):
    text = write_starter(Path(f"{name}.yaml"), "mnist", describe_dataset)
    assert parse_config(Path("other.yaml"), text.encode(), describe_dataset).experiment.name == name


def test_a_missing_data_set_is_reported():
    with pytest.raises(DataError, match="there is no such file"):
        write_starter(Path("a.yaml"), "none.npz", describe_dataset)

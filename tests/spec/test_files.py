"""Configs and data sets that are missing or of the wrong type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from cnnlab.data.datasets import describe_dataset
from cnnlab.errors import ConfigError, DataError, UsageError
from cnnlab.spec.config_reader import read_config
from cnnlab.spec.experiment import DatasetInfo

RIGHT = "model:\n  - flatten\n  - dense: {units: 10, activation: softmax}\n"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return tmp_path / "my first.net.yaml"


def test_a_config_without_a_name_takes_that_of_its_file(config):
    config.write_text(RIGHT)
    assert read_config(config, describe_dataset).experiment.name == "my-first-net"


def test_a_config_keeps_its_text(config):
    config.write_text(f"# mine\n{RIGHT}")
    assert read_config(config, describe_dataset, ("seed=3",)).text == f"# mine\n{RIGHT}"


def test_a_missing_config_is_reported(config):
    with pytest.raises(UsageError) as caught:
        read_config(config, describe_dataset)
    there = "there is no such config; `cnnlab new` writes one to start from"
    assert str(caught.value) == f"{config}: {there}"


def test_a_folder_is_no_config(tmp_path):
    with pytest.raises(UsageError) as caught:
        read_config(tmp_path, describe_dataset)
    assert str(caught.value) == f"{tmp_path}: this is a folder, not a config"


FILES = {
    b"": ":1:1: the file is empty\n       expected: an experiment\n       "
    "`cnnlab new` writes one to start from\n\n1 fault",
    b"# only a comment\n": ":2:1: the file is empty\n       expected: an experiment\n       "
    "`cnnlab new` writes one to start from\n\n1 fault",
    b"- a\n": ":1:1: a list is not an experiment\n     1 | - a\n         ^\n       "
    "expected: a mapping with name, seed, ensemble, data, blocks, model, training\n\n1 fault",
    b"a: 1\nb: \xe9t\xe9\n": ":2:4: the byte 0xe9 is not UTF-8\n       "
    "expected: a text file in UTF-8\n\n1 fault",
    b"#" * 65_537: ":1:1: the file has 65,537 bytes or more\n       "
    "expected: at most 65,536 bytes\n\n1 fault",
}


@pytest.mark.parametrize(("data", "text"), FILES.items(), ids=map(str, range(len(FILES))))
def test_a_file_that_is_no_config_is_reported(config, data, text):
    config.write_bytes(data)
    with pytest.raises(ConfigError) as caught:
        read_config(config, describe_dataset)
    assert str(caught.value) == f"{config}{text}"


@pytest.fixture
def npz(tmp_path: Path) -> Path:
    images, labels = np.zeros((20, 8, 8), np.uint8), np.arange(20) % 2
    arrays = {"x_train": images, "y_train": labels, "x_test": images, "y_test": labels}
    np.savez(tmp_path / "two.npz", **arrays)
    return tmp_path / "two.npz"


def test_an_npz_file_is_found_from_the_folder_of_the_config(config, npz):
    config.write_text("data: {dataset: two.npz}\nmodel: [flatten, dense: 2]\n")
    found = read_config(config, describe_dataset)
    assert found.experiment.data.dataset == str(npz)
    assert found.info == DatasetInfo((8, 8, 1), ("0", "1"), 20, 20)


@pytest.mark.parametrize("name", ["none.npz", "~nobody_at_all/none.npz"])
def test_a_missing_data_set_is_a_fault_of_the_data_where_the_config_is_right(config, name):
    config.write_text(f"data: {{dataset: {name}}}\n{RIGHT}")
    with pytest.raises(DataError) as caught:
        read_config(config, describe_dataset)
    there = "there is no such file (relative paths start at the config's folder)"
    assert str(caught.value) == f"{config.parent / name}: {there}"


def test_a_missing_data_set_is_reported_with_the_other_faults(config):
    config.write_text(f"data: {{dataset: none.npz}}\nseed: x\n{RIGHT}")
    with pytest.raises(ConfigError) as caught:
        read_config(config, describe_dataset)
    assert (
        str(caught.value)
        == f"""\
{config}:1:17: data.dataset: {config.parent / "none.npz"}: there is no such file (relative paths \
start at the config's folder)
     1 | data: {{dataset: none.npz}}
                         ^

{config}:2:7: seed: the text `x` does not fit
     2 | seed: x
               ^
       expected: a whole number from 0 to 2,147,483,647 (seed of all random numbers)

2 faults"""
    )


def test_a_path_with_a_zero_byte_is_no_data_set(read_faults):
    assert "unknown data set `a\ufffd.npz`" in read_faults(
        f'data: {{dataset: "a\\0.npz"}}\n{RIGHT}'
    )

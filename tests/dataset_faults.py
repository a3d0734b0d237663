"""The error messages for an unusable data set, without its name."""

import pytest

from cnnlab.data import datasets
from cnnlab.errors import DataError


def list_file_faults(data):
    """The faults that `describe_dataset` reports for an .npz file."""
    with pytest.raises(DataError) as caught:
        datasets.describe_dataset(data)
    assert caught.value.exit_code == 3
    lines = str(caught.value).split("\n")
    assert all(line.startswith(f"{data.dataset}: ") for line in lines)
    return [line.removeprefix(f"{data.dataset}: ") for line in lines]


def list_folder_faults(data):
    """The faults that it reports for a folder of images."""
    with pytest.raises(DataError) as caught:
        datasets.describe_dataset(data)
    folder = data.dataset
    return [
        line.removeprefix(f"{folder}/").removeprefix(f"{folder}: ")
        for line in str(caught.value).split("\n")
    ]

"""The error messages for an unusable data set, without its name."""

import pytest

from cnnlab.data import datasets
from cnnlab.errors import DataError


def list_file_faults(data):
    """The faults that `describe_dataset` reports for a file of arrays."""
    with pytest.raises(DataError) as caught:
        datasets.describe_dataset(data)
    assert caught.value.exit_code == 3
    text = str(caught.value)
    assert text.startswith(f"{data.dataset}: ")
    return text.removeprefix(f"{data.dataset}: ").split(f"\n{data.dataset}: ")


def list_folder_faults(data):
    """The faults that it reports for a folder of images."""
    with pytest.raises(DataError) as caught:
        datasets.describe_dataset(data)
    folder = data.dataset
    return [
        line.removeprefix(f"{folder}/").removeprefix(f"{folder}: ")
        for line in str(caught.value).split("\n")
    ]

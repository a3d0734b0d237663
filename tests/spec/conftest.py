"""Configs as texts, read without a file or a data set."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from cnnlab.errors import ConfigError
from cnnlab.spec.config_reader import Config, parse_config
from cnnlab.spec.experiment import DatasetInfo

INFO = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)


@pytest.fixture
def info() -> DatasetInfo:
    return INFO


@pytest.fixture
def parse() -> Callable[..., Config]:
    """Read a text, with edits, as the config exp.yaml for 28 × 28 × 1 images of 10 classes."""

    def parse(text: str, *edits: str, info: DatasetInfo = INFO) -> Config:
        return parse_config(Path("exp.yaml"), text.encode(), lambda data: info, edits)

    return parse


@pytest.fixture
def read_faults(parse: Callable[..., Config]) -> Callable[..., str]:
    """The whole error message for a wrong text."""

    def read_faults(text: str, *edits: str, info: DatasetInfo = INFO) -> str:
        with pytest.raises(ConfigError) as caught:
            parse(text, *edits, info=info)
        return str(caught.value)

    return read_faults

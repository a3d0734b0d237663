"""The commented config that `cnnlab new` writes."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from cnnlab.errors import ConfigError
from cnnlab.spec.experiment import Data, DatasetInfo, locate
from cnnlab.spec.nodes import Source, parse
from cnnlab.spec.schema import SCHEMA_LINE

_TEXT = """\
{schema_line}
# An experiment of cnnlab. The text after a # is a comment; spaces at the left of a line matter.
# Result: not yet measured
#
#   cnnlab check {path}       its shapes and faults, at once
#   cnnlab train {path}       trains it, into runs/{stem}-001/

name: {name}
seed: 42                        # everything random follows from it: same seed, same result

data:
  dataset: {dataset}
  validation: 0.1               # share of the training images held out, to judge each epoch by
  batch_size: 64                # images in one step of training
  scaling: unit                 # pixels from 0 to 1

model:                          # the layers, first to last
  - conv: {{filters: 32, kernel_size: 3, padding: same, activation: relu}}
  - max_pool: 2                 # halves height and width
  - conv: {{filters: 64, kernel_size: 3, padding: same, activation: relu}}
  - max_pool: 2
  - flatten                     # maps to one row of numbers
  - dropout: 0.4                # against overfitting: forgets this share, in training only
  - dense: {{units: {classes}, activation: softmax}}   # one number for each class

training:
  epochs: 10                    # passes over the training images, at most
  optimizer: {{adam: {{learning_rate: 0.001}}}}
  callbacks:
    - model_checkpoint: {{monitor: val_loss}}       # keeps the best epoch in best.keras
    - early_stopping: {{monitor: val_loss, patience: 3}}
"""


def starter(path: Path, dataset: str, describe: Callable[[Data], DatasetInfo]) -> str:
    """A config to stand at `path`, whose last layer fits the classes of `dataset`.

    Whether the file's name and the data set can stand in a config, only reading it tells.

    Raises:
        DataError: the data set is an .npz file that is missing or broken.
    """
    return _TEXT.format(
        schema_line=SCHEMA_LINE,
        path=path,
        stem=path.stem,
        name=_as_yaml(path.stem),
        dataset=_as_yaml(dataset),
        classes=_classes(dataset, describe, path.parent),
    )


def _classes(dataset: str, describe: Callable[[Data], DatasetInfo], folder: Path) -> int:
    try:
        data = Data(dataset=dataset)
    except ValidationError:
        return 10
    return describe(locate(data, folder)).classes


def _as_yaml(text: str) -> str:
    """A text as YAML reads it back: in quotes if it looks like something else, as `2024` does."""
    try:
        node, faults = parse(Source.of("", text))
    except ConfigError:
        return json.dumps(text)
    return text if node.plain() == text and not faults else json.dumps(text)

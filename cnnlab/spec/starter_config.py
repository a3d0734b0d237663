"""Write the commented config of the command `cnnlab new`."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

from pydantic import ValidationError

from cnnlab.errors import ConfigError, DataError
from cnnlab.spec.experiment import (
    BUNDLED_DATASETS,
    FROM_DATASET,
    Data,
    DatasetInfo,
    resolve_paths,
)
from cnnlab.spec.json_schema import SCHEMA_LINE
from cnnlab.spec.yaml_nodes import Source, parse_yaml

_TEXT = """\
{schema_line}
# An experiment for cnnlab. Text after a # is a comment; spaces at the start of a line matter.
# Result: not yet measured
#
#   cnnlab check {path}       shows shapes and faults at once
#   cnnlab train {path}       trains into runs/{stem}-001/

name: {name}
seed: 42                        # all randomness follows from it: same seed, same result

data:
  dataset: {dataset}
{lines}  batch_size: {batch_size:<18}# images in one step of training
  scaling: unit                 # pixels from 0 to 1

model:                          # the layers, first to last
  - conv: {{filters: 32, kernel_size: 3, padding: same, activation: relu}}
  - max_pool: 2                 # halves height and width
  - conv: {{filters: 64, kernel_size: 3, padding: same, activation: relu}}
  - max_pool: 2
  - flatten                     # maps to one row of numbers
  - dropout: 0.4                # against overfitting: sets this share to 0, only in training
  - dense: {{units: {classes}, activation: softmax}}   # one number for each class

training:
  epochs: {epochs:<22}# passes over the training images, at most
  optimizer: {{adam: {{learning_rate: 0.001}}}}
  callbacks:
    - model_checkpoint: {{monitor: val_loss}}       # keeps the best epoch in best.keras
    - early_stopping: {{monitor: val_loss, patience: {patience}}}
"""


_SIZE = """\
  image_size: 64                # height and width of every image after resizing
  color_mode: rgb               # or grayscale
"""
_SMALL = 1000  # training images; fewer need smaller steps and more epochs
_TEST = "  test: 0.2                     # share of each class for the test set\n"
_SHARE = "  validation: 0.1               # share of the training images for validation\n"
_OWN = f"  validation: {FROM_DATASET}      # the validation images that come with the data set\n"


def write_starter(path: Path, dataset: str, describe: Callable[[Data], DatasetInfo]) -> str:
    """Return the text of a config for the file `path`, with an output for each class.

    The caller must check the text, since the name or the data set may be invalid.

    Raises:
        DataError: the data set is a file or a folder that is missing or broken.
    """
    info, lines = _describe_dataset(dataset, describe, path.parent)
    is_small = info is not None and info.training_images < _SMALL
    return _TEXT.format(
        schema_line=SCHEMA_LINE,
        path=path,
        stem=path.stem,
        name=_to_yaml(path.stem),
        dataset=_to_yaml(dataset),
        classes=info.classes if info else 10,
        lines=lines,
        batch_size=_choose_batch_size(info.training_images if info else _SMALL),
        epochs=30 if is_small else 10,
        patience=10 if is_small else 3,
    )


def _choose_batch_size(images: int) -> int:
    """Choose a power of two, so that an epoch has ten steps or more where that is possible."""
    return next((size for size in (64, 32, 16, 8) if images >= 10 * size), 4)


def complete_path(dataset: str, folder: Path) -> str:
    """Complete the path of a data set for a config in `folder`.

    The path of a folder gets a slash at the end. If a path exists relative to the current folder,
    but not relative to `folder`, the result is relative to `folder`. Other words do not change.
    """
    if dataset in BUNDLED_DATASETS or not dataset:
        return dataset
    if not os.path.exists(folder / dataset) and os.path.exists(dataset):
        slash = "/" if dataset.endswith("/") else ""
        dataset = os.path.relpath(dataset, folder) + slash
    is_unmarked = os.path.isdir(folder / dataset) and not dataset.endswith("/")
    return f"{dataset}/" if is_unmarked else dataset


def _describe_dataset(
    dataset: str, describe: Callable[[Data], DatasetInfo], place: Path
) -> tuple[DatasetInfo | None, str]:
    """Return the facts about a data set, and the lines of the config about its splits.

    The facts are None for a name that the spec refuses; the check of the config then says why.
    """
    try:
        data = resolve_paths(Data(dataset=dataset, image_size=(64, 64)), place)
    except ValidationError:
        return None, _SHARE
    try:
        info, test = describe(data), ""
    except DataError as fault:
        try:
            info, test = describe(data.model_copy(update={"test": 0.2})), _TEST
        except DataError as other:
            # Where the share was asked for, what is wrong with it is the fault that remains.
            raise (other if "`test: 0.2`" in str(fault) else fault) from None
    test = _TEST if info.test_share else test
    size = _SIZE if info.is_folder else ""
    return info, size + test + (_OWN if info.validation_images else _SHARE)


def _to_yaml(text: str) -> str:
    """Format a text as YAML; add quotes if YAML would read another value, such as a number."""
    try:
        node, faults = parse_yaml(Source.from_text("", text))
    except ConfigError:
        return json.dumps(text)
    return text if node.to_plain() == text and not faults else json.dumps(text)

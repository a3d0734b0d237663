"""The JSON Schema accepts what the reader accepts, and refuses what it can refuse."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from project_files import CONFIGS, ROOT

from cnnlab.data.datasets import describe_dataset
from cnnlab.spec.augmentation import AUGMENTATIONS
from cnnlab.spec.experiment import Data, Experiment
from cnnlab.spec.inputs import Inputs
from cnnlab.spec.json_schema import build_json_schema, format_schema
from cnnlab.spec.kinds import Section
from cnnlab.spec.layer_groups import GROUPS
from cnnlab.spec.layer_options import ACTIVATIONS, INITIALIZERS, REGULARIZERS
from cnnlab.spec.layers import LAYERS
from cnnlab.spec.metrics import METRICS
from cnnlab.spec.schedules import SCHEDULES
from cnnlab.spec.starter_config import write_starter
from cnnlab.spec.training import CALLBACKS, LOSSES, OPTIMIZERS, Training
from cnnlab.spec.weight_averages import AVERAGES
from cnnlab.spec.yaml_nodes import Source, parse_yaml

KINDS = (
    *(*LAYERS, *GROUPS, *ACTIVATIONS, *INITIALIZERS, *REGULARIZERS),
    *(*OPTIMIZERS, *LOSSES, *METRICS, *CALLBACKS, *SCHEDULES, *AVERAGES, *AUGMENTATIONS),
)
SECTIONS = (Experiment, Data, Training, Inputs)
RIGHT = "model:\n  - flatten\n  - dense: {units: 10, activation: softmax}\n"


@pytest.fixture(scope="module")
def validator() -> jsonschema.Draft7Validator:
    return jsonschema.Draft7Validator(build_json_schema())


def read_plain(text: str) -> Any:
    root, faults = parse_yaml(Source.from_text("a.yaml", text))
    assert faults == []
    return root.to_plain()


def test_the_schema_is_a_schema_of_draft_07(validator):
    jsonschema.Draft7Validator.check_schema(validator.schema)


def test_the_schema_uses_nothing_newer_than_draft_07(validator):
    newer = {"$defs", "prefixItems", "unevaluatedProperties", "dependentRequired", "$anchor"}
    assert set(_keywords(validator.schema)) & newer == set()


def _keywords(schema: Any) -> Iterator[str]:
    if isinstance(schema, dict):
        yield from schema
        for part in schema.values():
            yield from _keywords(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _keywords(part)


def test_the_schema_in_configs_is_up_to_date():
    assert (ROOT / "configs/cnnlab.schema.json").read_text(encoding="utf-8") == format_schema()


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_every_config_fits(validator, path):
    validator.validate(yaml.safe_load(path.read_text(encoding="utf-8")))


def test_the_starter_fits(validator):
    validator.validate(
        read_plain(write_starter(Path("mine.yaml"), "fashion_mnist", describe_dataset))
    )


ACCEPTED = [
    "seed: 3\n" + RIGHT,
    "model:\n- conv: 3\n- conv: {filters: 3, kernel_size: [3, 1], padding: 2}\n- flatten:\n",
    "model:\n- activation: {leaky_relu: 0.1}\n- activation: {function: gelu}\n- batch_norm: {}\n",
    "model:\n- max_pool: {strides: null}\n- dense: {units: 3, kernel_regularizer: l2}\n",
    f"{RIGHT}training: {{optimizer: {{adam: 0.01}}, metrics: [top_k_accuracy: 3]}}",
    f"{RIGHT}training: {{callbacks: [terminate_on_nan: false, early_stopping: {{patience: 3}}]}}",
    f"{RIGHT}training: {{optimizer: {{adam: {{cosine: 0.01}}}}, weight_average: ema}}",
    f"{RIGHT}training: {{optimizer: {{sgd: {{learning_rate: {{step: {{initial: 1}}}}}}}}}}",
    f"{RIGHT}training: {{optimizer: {{adamw: {{one_cycle: {{peak: 1, final: 0}}}}}}}}",
    f"{RIGHT}training: {{weight_average: null, optimizer: {{lion: {{polynomial: 0.1}}}}}}",
    f"{RIGHT}data: {{dataset: ../mine.npz, validation: 0}}",
    "model:\n- residual: [conv: 3]\n- parallel: {branches: [[], [flatten]], merge: add}\n",
    "model:\n- repeat: {times: 2, layers: [residual: {layers: [flatten], shortcut: conv}]}\n",
    "blocks:\n  a: {parameters: {n: required}, layers: [conv: $n]}\nmodel: [a: 3, a]\n",
    "model:\n- zero_pad: [[0, 1], 2]\n- crop: [1, 2]\n- crop: 3\n- up_sample\n- prelu: [1, 2]\n",
    "model:\n- rescale: 0.5\n- rescale: {scale: [1, 2], offset: [0, 0.5]}\n- reshape: [4, 4, 1]\n",
    "model:\n- resize: {size: 8, interpolation: bicubic}\n- group_norm: 4\n- unit_norm\n",
    f"{RIGHT}data: {{augment: clothes}}",
    f"{RIGHT}data: {{augment: null}}",
    f"{RIGHT}data: {{augment: [random_rotation: 10, random_flip, mixup: {{alpha: 1}}]}}",
    f"{RIGHT}ensemble: 3\ndata: {{validation_seed: 7}}",
    f"{RIGHT}ensemble: [7, 1, 9]",
    f"{RIGHT}ensemble:",
]


@pytest.mark.parametrize("text", ACCEPTED)
def test_the_schema_takes_what_can_be_read(validator, text):
    validator.validate(read_plain(text))


REFUSED = [
    "seed: 3",
    "model: []",
    "model: conv",
    RIGHT + "seeds: 3",
    RIGHT + "seed: -1",
    RIGHT + "ensemble: 1",
    RIGHT + "ensemble: 101",
    RIGHT + "ensemble: three",
    RIGHT + "ensemble: [1]",
    RIGHT + "ensemble: [1, 1]",
    RIGHT + "ensemble: [1, -1]",
    RIGHT + "data: {validation_seed: -1}",
    RIGHT + "name: my net",
    RIGHT + "data: {dataset: cifar}",
    RIGHT + "data: {validation: 1}",
    RIGHT + "data: {scaling: none}",
    RIGHT + "data: {augment: shoes}",
    RIGHT + "data: {augment: {random_rotation: 10}}",
    RIGHT + "data: {augment: [random_rotation]}",
    RIGHT + "data: {augment: [digits]}",
    RIGHT + "training: {epochs: 1.5}",
    RIGHT + "training: {optimizer: {adam: {}, sgd: {}}}",
    RIGHT + "training: {optimizer: {adam: 0}}",
    RIGHT + "training: {optimizer: {adam: {cosine: 0}}}",
    RIGHT + "training: {optimizer: {adam: {cosine: }}}",
    RIGHT + "training: {optimizer: {adam: {learning_rate: cosine}}}",
    RIGHT + "training: {optimizer: {adam: {learning_rate: {warm: 0.1}}}}",
    RIGHT + "training: {weight_average: {ema: 1}}",
    RIGHT + "training: {callbacks: [model_checkpoint: {patience: 3}]}",
    "model: [conv]",
    "model:\n- conv: {filtres: 3}",
    "model:\n- conv: {filters: 0}",
    "model:\n- conv: {filters: 3, padding: sam}",
    "model:\n- conv: {filters: 3, kernel_size: [3, 3, 3]}",
    "model:\n- zero_pad: [[0, 1, 2], 2]",
    "model:\n- zero_pad: [[0, -1], [0, 1]]",
    "model:\n- crop: [1, 2, 3]",
    "model: [crop]",
    "model:\n- rescale: []",
    "model:\n- rescale: wide",
    "model:\n- reshape: [1, 2, 3, 4]",
    "model:\n- prelu: [0]",
    "model:\n- normalize: {axes: [3]}",
    "model:\n- flatten: 3",
    "model:\n- Conv2D: 3",
    "model: [residual]",
    "model:\n- parallel: [[]]",
    "model:\n- repeat: {times: 0, layers: [flatten]}",
    "model:\n- residual: [conv: {filtres: 3}]",
    "blocks: {a: {parameters: {}}}\n" + RIGHT,
    "blocks: {a: {layers: [flatten], layer: 3}}\n" + RIGHT,
]


@pytest.mark.parametrize("text", REFUSED)
def test_the_schema_refuses_what_is_wrong(validator, text, read_faults):
    assert not validator.is_valid(read_plain(text))
    assert read_faults(text)


@pytest.mark.parametrize("cls", [*KINDS, *SECTIONS], ids=lambda cls: cls.__name__)
def test_everything_is_explained(cls: type[Section]):
    assert (cls.__doc__ or "").strip()
    assert [name for name, info in cls.model_fields.items() if not info.description] == []


@pytest.mark.parametrize("cls", KINDS, ids=lambda cls: f"{cls.__mro__[1].__name__}-{cls.kind}")
def test_the_main_field_of_a_kind_is_one_of_its_fields(cls):
    assert cls.main is None or cls.main in cls.model_fields


def test_every_number_and_list_is_bounded(validator):
    def list_unbounded(schema: Any, path: str = "") -> Iterator[str]:
        if isinstance(schema, dict):
            ends = {"integer": "aximum", "number": "aximum", "array": "maxItems"}
            end = ends.get(schema.get("type", "")) if isinstance(schema.get("type"), str) else None
            if end and not any(end in key for key in schema):
                yield path
            for key, part in schema.items():
                if key != "default":
                    yield from list_unbounded(part, f"{path}/{key}")
        elif isinstance(schema, list):
            for index, part in enumerate(schema):
                yield from list_unbounded(part, f"{path}/{index}")

    assert list(list_unbounded(validator.schema)) == []


def test_defaults_fit_their_own_schema(validator):
    defaults = {
        name: part["default"]
        for name, part in validator.schema["properties"].items()
        if "default" in part
    }
    validator.validate({**defaults, "model": ["flatten"]})
    assert set(defaults) == {"seed", "ensemble", "data", "training"}

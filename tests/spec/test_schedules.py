"""A learning rate is a number or a schedule: how it is written, saved and refused."""

from __future__ import annotations

import json

import pytest

from cnnlab.spec.experiment import Experiment
from cnnlab.spec.schedules import SCHEDULES, Cosine, Exponential, OneCycle, Polynomial, Step
from cnnlab.spec.training import OPTIMIZERS, Adam

MODEL = "model: [flatten, dense: {units: 10, activation: softmax}]\n"
CHOICES = "a number over 0 to 1,000, or one of step, exponential, cosine, one_cycle, polynomial"


def optimizer(text: str) -> str:
    return MODEL + f"training: {{optimizer: {text}}}\n"


WRITTEN = {
    "adam": 0.001,
    "{adam: 0.01}": 0.01,
    "{adam: 1}": 1.0,
    "{adam: {learning_rate: 0.01}}": 0.01,
    "{adam: {learning_rate: {cosine: {initial: 0.01}}}}": Cosine(initial=0.01),
    "{adam: {learning_rate: {cosine: 0.01}}}": Cosine(initial=0.01),
    "{adam: {cosine: 0.01}}": Cosine(initial=0.01),
    "{adam: {cosine: {initial: 0.01, final: 1e-3}}}": Cosine(initial=0.01, final=0.001),
    "{adam: {learning_rate: {cosine: {initial: 1, warmup_epochs: 2.5}}, clipnorm: 1}}": Cosine(
        initial=1.0, warmup_epochs=2.5
    ),
    "{adam: {step: 0.1}}": Step(initial=0.1, factor=0.1, every_epochs=10),
    "{adam: {exponential: 0.1}}": Exponential(initial=0.1, factor=0.9),
    "{adam: {one_cycle: 0.1}}": OneCycle(peak=0.1, warmup_fraction=0.3, final=0.0),
    "{adam: {polynomial: 0.1}}": Polynomial(initial=0.1, final=0.0, power=1.0),
}


@pytest.mark.parametrize(("text", "rate"), WRITTEN.items())
def test_a_learning_rate_is_read_and_survives_the_disk(parse, text, rate):
    spec = parse(optimizer(text)).experiment
    assert spec.training.optimizer.learning_rate == rate
    plain = json.loads(json.dumps(spec.model_dump(mode="json")))
    assert Experiment.model_validate(plain) == spec


@pytest.mark.parametrize("cls", OPTIMIZERS, ids=lambda cls: cls.kind)
def test_every_optimizer_takes_a_schedule(parse, cls):
    made = parse(optimizer(f"{{{cls.kind}: {{step: 0.1}}}}")).experiment.training.optimizer
    assert made == cls(learning_rate=Step(initial=0.1))


def test_a_number_is_kept_as_a_number():
    assert Adam(learning_rate=0.01).model_dump(mode="json")["learning_rate"] == 0.01
    assert Adam(learning_rate=Step(initial=0.1)).model_dump(mode="json")["learning_rate"] == {
        "step": {"initial": 0.1, "factor": 0.1, "every_epochs": 10}
    }


def test_an_edit_can_bring_a_schedule(parse):
    spec = parse(MODEL, "training.optimizer={sgd: {polynomial: 0.1}}").experiment
    assert spec.training.optimizer.learning_rate == Polynomial(initial=0.1)


@pytest.mark.parametrize("cls", SCHEDULES, ids=lambda cls: cls.kind)
def test_only_the_main_field_of_a_schedule_is_required(cls):
    assert [name for name, info in cls.model_fields.items() if info.is_required()] == [cls.main]
    assert cls(**{cls.main: 0.5}).highest == 0.5


KEYS = "learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, momentum, nesterov"
FAULTS = {
    "{sgd: {learning_rate: {cosin: 0.1}}}": f"""\
exp.yaml:2:46: training.optimizer.sgd.learning_rate.cosin: unknown kind `cosin`
     2 | training: {{optimizer: {{sgd: {{learning_rate: {{cosin: 0.1}}}}}}}}
                                                      ^
       expected: {CHOICES}
       did you mean `cosine`?

1 fault""",
    "{sgd: {cosin: 0.1}}": f"""\
exp.yaml:2:30: training.optimizer.sgd.cosin: unknown key `cosin`
     2 | training: {{optimizer: {{sgd: {{cosin: 0.1}}}}}}
                                      ^
       expected: one of {KEYS}
       did you mean `cosine`?

1 fault""",
    "{sgd: {cosine: 0.1, clipnorm: 1}}": f"""\
exp.yaml:2:30: training.optimizer.sgd.cosine: unknown key `cosine`
     2 | training: {{optimizer: {{sgd: {{cosine: 0.1, clipnorm: 1}}}}}}
                                      ^
       expected: one of {KEYS}
       write `learning_rate: {{cosine: …}}`

1 fault""",
    "{sgd: {step: {initial: 1, every_epochs: 0}}}": """\
exp.yaml:2:63: training.optimizer.sgd.learning_rate.step.every_epochs: 0 does not fit
     2 | training: {optimizer: {sgd: {step: {initial: 1, every_epochs: 0}}}}
                                                                       ^
       expected: a whole number from 1 to 100,000 (epochs from one drop to the next)

1 fault""",
    "{sgd: {exponential: {initial: 1, factor: 1}}}": """\
exp.yaml:2:64: training.optimizer.sgd.learning_rate.exponential.factor: 1 does not fit
     2 | training: {optimizer: {sgd: {exponential: {initial: 1, factor: 1}}}}
                                                                        ^
       expected: a number over 0 to below 1 (each epoch multiplies the learning rate by this)

1 fault""",
    "{sgd: {cosine: {warmup_epochs: 1}}}": """\
exp.yaml:2:30: training.optimizer.sgd.learning_rate.cosine.initial: `initial` is missing
     2 | training: {optimizer: {sgd: {cosine: {warmup_epochs: 1}}}}
                                      ^
       expected: a number over 0 to 1,000 (learning rate that the cosine starts from)

1 fault""",
    "{sgd: '0.1'}": f"""\
exp.yaml:2:29: training.optimizer.sgd.learning_rate: the text `0.1` does not fit
     2 | training: {{optimizer: {{sgd: '0.1'}}}}
                                     ^
       expected: {CHOICES} (size of a step)
       write 0.1 without quotes or underscores

1 fault""",
    "{sgd: [0.1]}": f"""\
exp.yaml:2:29: training.optimizer.sgd.learning_rate: a list does not fit
     2 | training: {{optimizer: {{sgd: [0.1]}}}}
                                     ^
       expected: {CHOICES}

1 fault""",
    "{sgd: 1001}": f"""\
exp.yaml:2:29: training.optimizer.sgd.learning_rate: 1001 does not fit
     2 | training: {{optimizer: {{sgd: 1001}}}}
                                     ^
       expected: {CHOICES} (size of a step)

1 fault""",
}


@pytest.mark.parametrize(("text", "expected"), FAULTS.items())
def test_a_wrong_learning_rate_is_reported(read_faults, text, expected):
    assert read_faults(optimizer(text)) == expected


@pytest.mark.parametrize("text", ["0", "-1", "true", "null", "{}", "{cosine: 1, step: 1}", "fast"])
def test_what_is_neither_a_number_nor_a_schedule_is_refused(read_faults, text):
    assert read_faults(optimizer(f"{{sgd: {{learning_rate: {text}}}}}")).endswith("\n\n1 fault")

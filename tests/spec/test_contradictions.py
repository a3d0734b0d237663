"""Settings of the training section that contradict each other."""

from __future__ import annotations

import pytest

MODEL = "model: [flatten, dense: {units: 10, activation: softmax}]\n"

FAULTS = {
    "optimizer: {sgd: {cosine: {initial: 0.1, final: 0.2}}}": """\
exp.yaml:4:51: training.optimizer.sgd.learning_rate.cosine.final: \
`final` is 0.2, above the highest rate, `initial: 0.1`
     4 |   optimizer: {sgd: {cosine: {initial: 0.1, final: 0.2}}}
                                                           ^
       expected: at most 0.1

1 fault""",
    "optimizer: {sgd: {learning_rate: {one_cycle: {peak: 0.1, final: 1}}}}": """\
exp.yaml:4:67: training.optimizer.sgd.learning_rate.one_cycle.final: \
`final` is 1, above the highest rate, `peak: 0.1`
     4 |   optimizer: {sgd: {learning_rate: {one_cycle: {peak: 0.1, final: 1}}}}
                                                                           ^
       expected: at most 0.1

1 fault""",
    "optimizer: {sgd: {polynomial: {initial: 0.1, final: 0.11}}}": """\
exp.yaml:4:55: training.optimizer.sgd.learning_rate.polynomial.final: \
`final` is 0.11, above the highest rate, `initial: 0.1`
     4 |   optimizer: {sgd: {polynomial: {initial: 0.1, final: 0.11}}}
                                                               ^
       expected: at most 0.1

1 fault""",
    "optimizer: {sgd: {cosine: {initial: 0.1, warmup_epochs: 4}}}": """\
exp.yaml:4:59: training.optimizer.sgd.learning_rate.cosine.warmup_epochs: \
the warm-up takes 4 epochs, so none of 4 epochs is left for the cosine
     4 |   optimizer: {sgd: {cosine: {initial: 0.1, warmup_epochs: 4}}}
                                                                   ^
       expected: a number below `training.epochs`, 4

1 fault""",
    "optimizer: {sgd: {step: 0.1}}\n  callbacks: [model_checkpoint, reduce_lr_on_plateau]": """\
exp.yaml:5:33: training.callbacks[1].reduce_lr_on_plateau: \
`reduce_lr_on_plateau` cannot lower a learning rate that follows `step`
     5 |   callbacks: [model_checkpoint, reduce_lr_on_plateau]
                                         ^
       expected: this callback, or a schedule, not both
       remove the callback, or write a number as the optimizer's `learning_rate`

1 fault""",
    "weight_average: {swa: 5}": """\
exp.yaml:4:25: training.weight_average.swa.epochs: \
`swa` averages the last 5 epochs, but training has fewer
     4 |   weight_average: {swa: 5}
                                 ^
       expected: at most `training.epochs`, 4

1 fault""",
    "weight_average: {swa: 2}\n  callbacks: [model_checkpoint, early_stopping]": """\
exp.yaml:5:15: training.callbacks[0].model_checkpoint: \
`model_checkpoint` saves one epoch for `evaluate`, but `swa` saves the mean of the last epochs
     5 |   callbacks: [model_checkpoint, early_stopping]
                       ^
       expected: this callback, or `weight_average: swa`, not both
       remove the callback, or write `weight_average: ema`, which allows it

exp.yaml:5:33: training.callbacks[1].early_stopping: \
`early_stopping` can end training before the last epochs, which `swa` averages
     5 |   callbacks: [model_checkpoint, early_stopping]
                                         ^
       expected: this callback, or `weight_average: swa`, not both
       remove the callback, or write `weight_average: ema`, which allows it

2 faults""",
}


def config(training: str, epochs: str = "4") -> str:
    return f"{MODEL}training:\n  epochs: {epochs}\n  {training}\n"


@pytest.mark.parametrize(("training", "expected"), FAULTS.items())
def test_contradicting_settings_are_reported_at_their_position(read_faults, training, expected):
    assert read_faults(config(training)) == expected


RIGHT = [
    "optimizer: {sgd: {cosine: {initial: 0.1, final: 0.1, warmup_epochs: 3.9}}}",
    "optimizer: {sgd: {step: {initial: 0.1, every_epochs: 9}}}\n  callbacks: [early_stopping]",
    "weight_average: {swa: 4}\n  callbacks: [reduce_lr_on_plateau]",
    "weight_average: ema\n  callbacks: [model_checkpoint, early_stopping: 2, reduce_lr_on_plateau]",
    "weight_average: {ema: 0.99}\n  optimizer: {sgd: {one_cycle: 0.1}}",
    "weight_average: null",
]


@pytest.mark.parametrize("training", RIGHT)
def test_compatible_settings_are_accepted(parse, training):
    assert parse(config(training)).experiment.training.epochs == 4


@pytest.mark.parametrize(
    "training",
    ["optimizer: {sgd: {cosine: {initial: 0.1, warmup_epochs: 50}}}", "weight_average: {swa: 50}"],
)
def test_a_wrong_number_of_epochs_is_the_only_fault(read_faults, training):
    text = read_faults(config(training, epochs="0"))
    assert "training.epochs: 0 does not fit" in text
    assert text.endswith("\n\n1 fault")


@pytest.mark.parametrize(
    ("augment", "epochs", "expected"),
    [
        (
            "[]",
            2,
            """\
exp.yaml:3:23: training.unaugmented_epochs: \
the config has no `data.augment`, which these epochs could leave out
     3 | training: {epochs: 4, unaugmented_epochs: 2}
                               ^
       expected: `data.augment` in the config
       leave `unaugmented_epochs` out

1 fault""",
        ),
        (
            "digits",
            4,
            """\
exp.yaml:3:43: training.unaugmented_epochs: \
`unaugmented_epochs` is 4, and training has 4 epochs, so that none is augmented
     3 | training: {epochs: 4, unaugmented_epochs: 4}
                                                   ^
       expected: a number below `training.epochs`, 4

1 fault""",
        ),
    ],
)
def test_unaugmented_epochs_need_augmented_ones(read_faults, augment, epochs, expected):
    text = f"{MODEL}data: {{augment: {augment}}}\n"
    text += f"training: {{epochs: 4, unaugmented_epochs: {epochs}}}\n"
    assert read_faults(text) == expected


@pytest.mark.parametrize(
    ("data", "epochs"), [("{augment: digts}", 4), ("{augment: digits}", 0), ("digits", 4)]
)
def test_a_fault_hides_what_unaugmented_epochs_need(read_faults, data, epochs):
    text = f"{MODEL}data: {data}\n"
    text += f"training: {{epochs: {epochs}, unaugmented_epochs: 2}}\n"
    assert read_faults(text).endswith("\n\n1 fault")


def test_a_fault_names_a_callback_by_its_position_in_the_file(read_faults):
    text = read_faults(
        config("callbacks: [nonsense, reduce_lr_on_plateau]\n  optimizer: {sgd: {step: 1}}")
    )
    assert "training.callbacks[1].reduce_lr_on_plateau: `reduce_lr_on_plateau` cannot" in text
    assert text.endswith("\n\n2 faults")

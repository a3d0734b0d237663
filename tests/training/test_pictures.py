"""Pictures of a training: which epochs the curves of a run mark."""

from __future__ import annotations

import pytest

from cnnlab.plots.curves import MarkedEpochs
from cnnlab.run_folder import Record
from cnnlab.training.pictures import find_marked_epochs

ALL = "all 8 epochs done"
EARLY = "early stopping: val_loss has not improved on epoch 4 for 3 epochs"


@pytest.mark.parametrize(
    ("unaugmented", "epochs", "ended", "expected"),
    [
        (0, 8, ALL, MarkedEpochs(best=4)),
        (2, 8, ALL, MarkedEpochs(best=4, last_augmented=6)),
        (2, 7, EARLY, MarkedEpochs(best=4, stopped=7, last_augmented=6)),
        (2, 6, EARLY, MarkedEpochs(best=4, stopped=6)),  # all its epochs are augmented
        (2, 5, "SIGINT", MarkedEpochs(best=4)),
    ],
)
def test_curves_mark_the_last_augmented_epoch_if_later_ones_follow(
    read, unaugmented, epochs, ended, expected
):
    data = {"augment": [{"random_translation": 0.1}]} if unaugmented else {}
    experiment = read(data=data, epochs=8, unaugmented_epochs=unaugmented).experiment
    record = Record(epochs=epochs, best_epoch=4, ended=ended)
    assert find_marked_epochs(experiment, record) == expected

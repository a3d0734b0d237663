"""Draw the pictures of a training and save them in the run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnlab import plots
from cnnlab.data.batches import Epochs, unscale_images
from cnnlab.plots.augmentation import draw_augmentation
from cnnlab.plots.curves import LearningRateCurve, MarkedEpochs, draw_curves
from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.training import schedules


def save_curves(
    run: RunFolder, experiment: Experiment, history: Sequence[Mapping[str, float]], record: Record
) -> None:
    """Save curves.png with the loss, the metrics and, if it changes, the learning rate."""
    marked = find_marked_epochs(experiment, record)
    rates = find_learning_rates(experiment, history, record)
    run.write_curves(plots.to_png(draw_curves(history, run.name, marked, rates)))


def find_marked_epochs(experiment: Experiment, record: Record) -> MarkedEpochs:
    """Find the epochs of a run that its curves mark."""
    augmented = experiment.training.augmented_epochs
    has_left_out = augmented is not None and record.epochs > augmented
    return MarkedEpochs(
        best=record.best_epoch,
        stopped=record.epochs if record.ended.startswith("early stopping") else None,
        last_augmented=augmented if has_left_out else None,
    )


def find_learning_rates(
    experiment: Experiment, history: Sequence[Mapping[str, float]], record: Record
) -> LearningRateCurve | None:
    """Return the learning rate of each step of a run; None if it is always the same."""
    images = record.data.get("training_images")
    if not isinstance(images, int) or not 0 < images < 2**31:  # a run folder from a stranger
        return None
    steps = -(-images // experiment.data.batch_size)
    return schedules.compute_learning_rate_course(experiment.training, history, steps)


def save_augmentation(run: RunFolder, epochs: Epochs, spec: Spec) -> None:
    """Save augmentation.png, which shows the first batch before and after augmentation."""
    before, after = next(iter(epochs.originals)), next(iter(epochs.dataset))
    kinds = ", ".join(map(str, spec.experiment.data.augment))
    figure = draw_augmentation(
        unscale_images(before[0], spec.inputs),
        unscale_images(after[0], spec.inputs),
        after[1].numpy(),
        spec.inputs.class_names,
        title=f"{run.name}: the first batch before and after {kinds}",
    )
    run.write_augmentation(plots.to_png(figure))

"""Draw the pictures of a training and save them in the run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnlab import plots
from cnnlab.data.batches import Epochs, unscale_images
from cnnlab.plots.augmentation import draw_augmentation
from cnnlab.plots.curves import LearningRateCurve, draw_curves
from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.training import schedules


def save_curves(
    run: RunFolder, experiment: Experiment, history: Sequence[Mapping[str, float]], record: Record
) -> None:
    """Save curves.png with the loss, the metrics and, if it changes, the learning rate."""
    figure = draw_curves(history, run.name, *collect_marks(experiment, history, record))
    run.write_curves(plots.to_png(figure))


def collect_marks(
    experiment: Experiment, history: Sequence[Mapping[str, float]], record: Record
) -> tuple[int | None, int | None, LearningRateCurve | None]:
    """Return the best epoch, the epoch of early stopping, and the learning rates if they change."""
    stopped_epoch = record.epochs if record.ended.startswith("early stopping") else None
    images = record.data.get("training_images")
    if not isinstance(images, int) or not 0 < images < 2**31:  # a run folder from a stranger
        return record.best_epoch, stopped_epoch, None
    steps = -(-images // experiment.data.batch_size)
    rates = schedules.compute_learning_rate_course(experiment.training, history, steps)
    return record.best_epoch, stopped_epoch, rates


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

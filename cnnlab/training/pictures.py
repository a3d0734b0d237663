"""Draw the pictures of a training and save them in the run folder."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from cnnlab import plots
from cnnlab.data.batches import Epochs, unscale_images
from cnnlab.plots.augmentation import draw_augmentation
from cnnlab.plots.curves import draw_curves
from cnnlab.run_folder import Record, RunFolder
from cnnlab.spec.experiment import Experiment, Spec
from cnnlab.training import schedules


def save_curves(
    run: RunFolder, experiment: Experiment, history: Sequence[Mapping[str, float]], record: Record
) -> None:
    """Save curves.png: loss and metrics of the finished epochs, and a changing learning rate."""
    early = record.epochs if record.ended.startswith("early stopping") else None
    steps_per_epoch = -(-record.data["training_images"] // experiment.data.batch_size)
    rates = schedules.compute_learning_rate_course(experiment.training, history, steps_per_epoch)
    figure = draw_curves(history, run.name, record.best_epoch, early, rates)
    run.write_curves(plots.to_png(figure))


def save_augmentation(run: RunFolder, epochs: Epochs, spec: Spec) -> None:
    """Save augmentation.png: the first batch of the first epoch, before and after augmentation."""
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

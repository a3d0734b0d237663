"""Find signs of problems in a run, such as overfitting, and describe each with numbers.

The thresholds are cautious, so that random changes of the loss give no finding.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import pairwise

from cnnlab.counts import choose_form, format_count
from cnnlab.report.evidence import Finding, RunEvidence
from cnnlab.spec.layer_groups import unroll

CLEAR_RISE = 1.03  # mean validation loss after its minimum, divided by the minimum
CLEAR_FALL = 0.95  # a loss, divided by that of an epoch before
CLOSE_TO_GUESSING = 0.01  # distance to the loss of guessing, as a share of ln(classes)
EXPLODED = 3  # training loss at the end, divided by the loss of guessing
FEW_STEPS = 100  # batches; no network of usual size learns much from fewer
LARGE_RISE = 1.1  # training loss of an epoch, divided by that of the epoch before
LEAST_RISE = 0.02  # rise of the loss, as a share of ln(classes); smaller rises are harmless
MANY_SILENT = 0.25  # silent maps, as a share of the maps of the layer
LEAST_CHANGE = 0.01  # change of a kernel, as a share of its initial norm


def diagnose(evidence: RunEvidence) -> list[Finding]:
    """List the findings about a run, the most serious finding first."""
    return [finding for check in _CHECKS if (finding := check(evidence))] + [
        *_find_silent_maps(evidence),
        *_find_unmoved_kernels(evidence),
    ]


# The causes of divergence other than the learning rate, as run.json names them.
_OTHER_CAUSES = {
    "precision": "The precision is too narrow",
    "data": "The data has pixels that are too large",
}


def find_high_learning_rate(evidence: RunEvidence) -> Finding | None:
    """Return a finding if training diverged, or the training loss rose in many epochs."""
    losses = evidence.values("loss")
    title = "The learning rate is too high"
    advice = f"Try a smaller learning rate: a third of the present value, {evidence.rate()}."
    if not all(map(math.isfinite, losses)):
        epoch = next(e for e, loss in enumerate(losses, 1) if not math.isfinite(loss))
        text = f"The training loss is not a finite number from epoch {epoch} on"
        before = f"; it was {losses[epoch - 2]:.4f} in epoch {epoch - 1}." if epoch > 1 else "."
        return Finding(title, text + before, advice)
    if evidence.record.ended.startswith("training diverged"):
        reason, _, rest = evidence.record.ended.partition("; ")
        reason = reason.removeprefix("training diverged: ")
        for word, other in _OTHER_CAUSES.items():
            if f"Likely the {word}" in rest:
                title, advice = other, f"Try {rest.rpartition(' Try ')[2]}."
        return Finding(title, f"Training diverged after epoch {len(losses)}: {reason}.", advice)
    guess = evidence.guessing_loss
    last = evidence.entropies[-1]  # a penalty on weights may be large from the beginning
    if len(losses) > 1 and last > EXPLODED * guess:
        reference = f"ln {evidence.classes} = {guess:.4f}, the loss of guessing"
        epochs = f"after all {len(losses)} epochs"
        name = evidence.entropy_name
        text = f"The training {name} is {last:.4g} {epochs}, far above {reference}."
        return Finding(title, text, advice)
    rises = [
        epoch
        for epoch, (before, after) in enumerate(pairwise(losses), 2)
        if after > LARGE_RISE * before and after - before > LEAST_RISE * guess
    ]
    if len(rises) >= max(2, len(losses) // 4):
        most = max(rises, key=lambda epoch: losses[epoch - 1] - losses[epoch - 2])
        change = f"from {losses[most - 2]:.4f} to {losses[most - 1]:.4f} in epoch {most}"
        where = f"in {len(rises)} of {len(losses)} epochs"
        text = f"The training loss rose by more than 10% {where}, at most {change}."
        return Finding(title, text, advice)
    return None


def find_majority_answer(evidence: RunEvidence) -> Finding | None:
    """Return a finding if always answering the largest class would be as good as the network."""
    majority = evidence.majority
    if majority is None or majority.accuracy > majority.share:
        return None
    text = (
        f"The network classifies {majority.accuracy:.2%} of the test images correctly; "
        f"{majority.share:.2%} is what always answering `{majority.class_name}` would give."
    )
    advice = _advise_more_steps(evidence)
    if majority.is_uneven:
        advice = "What helps most: more images of the small classes."
        if evidence.experiment.data.class_weight is None:
            advice = f"Weigh the classes: --set data.class_weight=balanced. {advice}"
    return Finding(f"No better than always answering `{majority.class_name}`", text, advice)


def find_guessing(evidence: RunEvidence) -> Finding | None:
    """Return a finding if the training loss stays near the loss of random guessing."""
    losses, guess = evidence.entropies, evidence.guessing_loss
    reference = f"ln {evidence.classes} = {guess:.4f}, the loss of guessing"
    epochs = "after the only epoch" if len(losses) == 1 else f"after all {len(losses)} epochs"
    text = f"The training {evidence.entropy_name} is {losses[-1]:.4f} {epochs}: "
    if not all(abs(loss - guess) <= 5 * CLOSE_TO_GUESSING * guess for loss in losses):
        return _find_collapse(evidence, f"{text}no better than {reference}.")
    if abs(losses[-1] - guess) > CLOSE_TO_GUESSING * guess:
        return None
    text += f"{reference}."
    if few := _advise_more_steps(evidence):
        return Finding("The network has learned nothing", text, few)
    advice = (
        "No gradient reaches the weights: try a tenth of the present learning rate, "
        f"{evidence.rate()}, "
    )
    return Finding("The network has learned nothing", text, f"{advice}or another initializer.")


def _advise_more_steps(evidence: RunEvidence) -> str:
    """Return the advice to train longer if the training was very short; otherwise no text."""
    steps = evidence.steps
    if steps is None or steps >= FEW_STEPS:
        return ""
    batches = format_count(steps, "batch")
    return f"{batches} trained it: try more epochs, or a smaller data.batch_size."


def _find_collapse(evidence: RunEvidence, text: str) -> Finding | None:
    """Return a finding if the losses end at that of guessing or above, and fall no further."""
    least = (1 - CLOSE_TO_GUESSING) * evidence.guessing_loss
    held_out = evidence.validation_entropies if evidence.has_validation else evidence.entropies
    last = [*held_out[-2:], evidence.entropies[-1]]
    if len(last) < 3 or not all(math.isfinite(loss) and loss >= least for loss in last):
        return None
    if last[1] < CLEAR_FALL * last[0] or find_high_learning_rate(evidence):
        return None
    advice = f"Try a smaller learning rate: a tenth of the present value, {evidence.rate()}."
    return Finding("The network has learned nothing", text, advice)


def find_overfitting(evidence: RunEvidence) -> Finding | None:
    """Return a finding if the validation loss rises while the training loss falls."""
    if not evidence.has_validation:
        return None
    training, validation = evidence.values("loss"), evidence.values("val_loss")
    if not all(map(math.isfinite, training + validation)):
        return None
    lowest = min(validation)
    epoch = validation.index(lowest) + 1
    after = validation[epoch:]
    if len(after) < 2 or training[-1] > CLEAR_FALL * training[epoch - 1]:
        return None
    mean = sum(after) / len(after)
    if mean < CLEAR_RISE * lowest or after[-1] <= lowest:
        return None
    text = (
        f"The validation loss is lowest in epoch {epoch}, {lowest:.4f}; its mean in the later "
        f"epochs is {mean:.4f}. In these epochs, the training loss fell from "
        f"{training[epoch - 1]:.4f} to {training[-1]:.4f}."
    )
    weights = ""
    if evidence.record.best_epoch == epoch:
        weights = f"best.keras has the weights of epoch {epoch}. "
    advice = weights + _suggest_regularization(evidence)
    return Finding(f"Overfitting since epoch {epoch}", text, advice)


def _suggest_regularization(evidence: RunEvidence) -> str:
    means = [] if evidence.experiment.data.augment else ["data.augment"]
    if not any(kind.endswith("dropout") for kind in _list_kinds(evidence)):
        means.append("a dropout layer")
    return f"What may help: {' or '.join([*means, 'fewer parameters'])}."


def find_improvement_at_end(evidence: RunEvidence) -> Finding | None:
    """Return a finding if the validation loss still fell in the last epochs of the training."""
    has_all_epochs = (
        evidence.record.ended.startswith(("all ", "1 epoch")) and len(evidence.history) >= 3
    )
    if not has_all_epochs or not evidence.has_validation or _has_low_learning_rate(evidence):
        return None
    if find_majority_answer(evidence) or find_high_learning_rate(evidence):
        return None  # more epochs are not what such a network needs first
    first, second, last = evidence.values("val_loss")[-3:]
    if not (last < 0.98 * second < 0.98**2 * first and last == min(evidence.values("val_loss"))):
        return None
    epochs = len(evidence.history)
    text = f"The validation loss still fell: {first:.4f}, {second:.4f}, {last:.4f} in epochs "
    advice = f"Train longer: --set training.epochs={2 * epochs}"
    title = "The network still improved at the end"
    return Finding(title, f"{text}{epochs - 2} to {epochs}.", f"{advice}.")


def find_underfitting(evidence: RunEvidence) -> Finding | None:
    """Return a finding if the training loss stays high and hardly changes (underfitting)."""
    losses = evidence.entropies
    if len(losses) < 4 or find_guessing(evidence) or _has_low_learning_rate(evidence):
        return None
    before, last = losses[-4], losses[-1]
    high = last > 0.25 * evidence.guessing_loss
    if not high or not 0.98 * before <= last <= 1.02 * before:
        return None
    if evidence.has_validation and evidence.validation_entropies[-1] > LARGE_RISE * last:
        return None
    share = last / evidence.guessing_loss
    text = (
        f"The training {evidence.entropy_name} hardly changed in the last three epochs, from "
        f"{before:.4f} to {last:.4f}. The last value is still {share:.0%} of the loss of guessing, "
        f"{evidence.guessing_loss:.4f}."
    )
    return Finding("Underfitting", text, "Give the network more filters or more layers.")


def find_better_validation(evidence: RunEvidence) -> Finding | None:
    """Return a finding if dropout, noise or augmentation raise the loss in training alone."""
    causes = [kind for kind in _list_kinds(evidence) if kind in _ONLY_IN_TRAINING]
    causes += ["augment"] if evidence.experiment.data.augment else []
    if not evidence.has_validation or not causes:
        return None
    if find_high_learning_rate(evidence) or find_guessing(evidence):
        return None
    pairs = list(zip(evidence.values("loss"), evidence.values("val_loss"), strict=True))
    better = [e for e, (mine, held_out) in enumerate(pairs, 1) if held_out < 0.9 * mine]
    if 2 * len(better) < len(pairs):
        return None
    mine, held_out = pairs[better[-1] - 1]
    where = "the only epoch" if len(pairs) == 1 else f"{len(better)} of {len(pairs)} epochs"
    text = (
        f"In {where}, the validation loss is lower than the training "
        f"loss: {held_out:.4f} and {mine:.4f} in epoch {better[-1]}. This is normal, because only "
        f"training images go through {' and '.join(dict.fromkeys(causes))}."
    )
    return Finding("Validation looks better than training", text)


_ONLY_IN_TRAINING = ("dropout", "spatial_dropout", "gaussian_noise")
_CHECKS: tuple[Callable[[RunEvidence], Finding | None], ...] = (
    find_high_learning_rate,
    find_majority_answer,
    find_guessing,
    find_overfitting,
    find_underfitting,
    find_improvement_at_end,
    find_better_validation,
)


def _find_silent_maps(evidence: RunEvidence) -> list[Finding]:
    """List a finding for each layer with feature maps that are never above 0."""
    findings = []
    for layer in evidence.silent:
        if not layer.silent:
            continue
        share = layer.silent / layer.maps
        title = f"{share:.0%} of the maps of {layer.layer} never fire"
        text = f"{layer.silent} of {format_count(layer.maps, 'map')} "
        text += f"{choose_form(layer.silent, 'is', 'are')} never above 0 over "
        text += f"{format_count(layer.images, 'test image')}."
        many = f"Try a smaller learning rate than {evidence.rate()}, or `leaky_relu`."
        findings.append(Finding(title, text, many if share >= MANY_SILENT else ""))
    return findings


def _find_unmoved_kernels(evidence: RunEvidence) -> list[Finding]:
    """List a finding for each layer with a kernel that hardly changed in training."""
    return [
        Finding(
            f"{change.layer} has hardly learned",
            f"Training changed the kernel by {change.share:.2%} of its initial norm.",
        )
        for change in evidence.moved
        if change.share < LEAST_CHANGE
    ]


def _list_kinds(evidence: RunEvidence) -> list[str]:
    """List the kind of each layer of the network, with the layers inside groups."""
    units = unroll(evidence.experiment.model, evidence.image_shape)
    return [leaf.layer.kind for unit in units for leaf in unit.leaves()]


def _has_low_learning_rate(evidence: RunEvidence) -> bool:
    """Whether the learning rate of the last epoch is too low to change the loss much."""
    rates = evidence.values("learning_rate")
    return rates[-1] < 0.1 * max(rates)

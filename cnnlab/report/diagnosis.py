"""What stands out in a run, in words; each finding with the figures that it rests on.

Thresholds are kept on the safe side: what might be noise is not told.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from cnnlab.run_folder import Record
from cnnlab.spec.experiment import Experiment
from cnnlab.spec.groups import unroll
from cnnlab.spec.schedules import Schedule

Row = Mapping[str, float]
CLEAR_RISE = 1.03  # of a mean over epochs, against the lowest
CLEAR_FALL = 0.95
CLOSE_TO_GUESSING = 0.01  # share of ln(classes)
LARGE_RISE = 1.1  # of the training loss, from one epoch to the next
LEAST_RISE = 0.02  # share of ln(classes): below, a training loss wavers without harm
MANY_SILENT = 0.25  # share of the maps
HARDLY_MOVED = 0.01  # share of the length of the weights


@dataclass(frozen=True)
class Finding:
    """One thing that stands out: what it is, the figures it rests on, and what may help."""

    title: str
    evidence: str
    advice: str = ""


@dataclass(frozen=True)
class Silent:
    """The maps of a layer that are nowhere above 0, in any of `images` test images."""

    layer: str  # as a person calls it: conv 2
    maps: int
    silent: int
    images: int


@dataclass(frozen=True)
class Moved:
    """How far training took the kernel of a layer, as a share of its length at the start."""

    layer: str
    share: float


@dataclass(frozen=True)
class Evidence:
    """All that a diagnosis looks at; `history` has the rows of history.csv, one at least."""

    history: Sequence[Row]
    record: Record
    experiment: Experiment
    image_shape: tuple[int, int, int]
    classes: int
    silent: Sequence[Silent] = ()
    moved: Sequence[Moved] = ()

    @property
    def guessing(self) -> float:
        """The loss, in nats, of all classes being held as probable."""
        return math.log(self.classes)

    @property
    def validated(self) -> bool:
        return "val_loss" in self.history[0]

    def values(self, name: str) -> list[float]:
        return [row[name] for row in self.history]

    def rate(self) -> str:
        """The learning rate as the config has it, at its highest."""
        rate = self.experiment.training.optimizer.learning_rate
        return f"{rate.highest:g}" if isinstance(rate, Schedule) else f"{rate:g}"


def diagnose(evidence: Evidence) -> list[Finding]:
    """The findings, the gravest first; none where nothing stands out."""
    return [found for check in _CHECKS if (found := check(evidence))] + [
        *_silent_maps(evidence),
        *_unmoved(evidence),
    ]


# What a training that diverged says of its cause, where that is not the learning rate.
_OTHER_CAUSES = {
    "precision": "The precision is too narrow",
    "data": "The data has pixels that are too large",
}


def rate_too_high(evidence: Evidence) -> Finding | None:
    """Training broke off or went back again and again, as it does when its steps are too long."""
    losses = evidence.values("loss")
    title = "The learning rate is too high"
    advice = f"Try a smaller learning rate: a third of the {evidence.rate()} that it was."
    if not all(map(math.isfinite, losses)):
        epoch = next(e for e, loss in enumerate(losses, 1) if not math.isfinite(loss))
        said = f"The training loss is not a finite number from epoch {epoch} on"
        before = f"; it was {losses[epoch - 2]:.4f} before." if epoch > 1 else "."
        return Finding(title, said + before, advice)
    if evidence.record.ended.startswith("training diverged"):
        told, _, rest = evidence.record.ended.partition("; ")
        told = told.removeprefix("training diverged: ")
        for word, other in _OTHER_CAUSES.items():
            if f"Likely the {word}" in rest:
                title, advice = other, f"Try {rest.rpartition(' Try ')[2]}."
        return Finding(title, f"Training diverged after epoch {len(losses)}: {told}.", advice)
    rises = [
        epoch
        for epoch, (before, after) in enumerate(pairwise(losses), 2)
        if after > LARGE_RISE * before and after - before > LEAST_RISE * evidence.guessing
    ]
    if len(rises) >= max(2, len(losses) // 4):
        most = max(rises, key=lambda epoch: losses[epoch - 1] - losses[epoch - 2])
        change = f"from {losses[most - 2]:.4f} to {losses[most - 1]:.4f} in epoch {most}"
        where = f"in {len(rises)} of {len(losses)} epochs"
        said = f"The training loss rose by more than 10 % {where}, at most {change}."
        return Finding(title, said, advice)
    return None


def stuck_at_guessing(evidence: Evidence) -> Finding | None:
    """The loss is that of a network that knows nothing."""
    losses, guess = evidence.values("loss"), evidence.guessing
    if not all(abs(loss - guess) <= 5 * CLOSE_TO_GUESSING * guess for loss in losses):
        return None
    if abs(losses[-1] - guess) > CLOSE_TO_GUESSING * guess:
        return None
    words = f"ln {evidence.classes} = {guess:.4f}, which is that of guessing"
    epochs = "after its only epoch" if len(losses) == 1 else f"after all {len(losses)} epochs"
    said = f"The training loss is {losses[-1]:.4f} {epochs}: {words}."
    advice = f"Nothing reaches the weights: try a tenth of the learning rate {evidence.rate()}, "
    return Finding("The network has learned nothing", said, f"{advice}or another initializer.")


def overfitting(evidence: Evidence) -> Finding | None:
    """The validation loss rises while the training loss goes on falling."""
    if not evidence.validated:
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
    said = (
        f"The validation loss was lowest there, {lowest:.4f}, and {mean:.4f} on average after it, "
        f"while the training loss fell on from {training[epoch - 1]:.4f} to {training[-1]:.4f}."
    )
    kept = ""
    if evidence.record.best_epoch == epoch:
        kept = f"best.keras has the weights of epoch {epoch}. "
    return Finding(f"Overfitting since epoch {epoch}", said, kept + _against_overfitting(evidence))


def _against_overfitting(evidence: Evidence) -> str:
    means = [] if evidence.experiment.data.augment else ["data.augment"]
    if not any(kind.endswith("dropout") for kind in _kinds(evidence)):
        means.append("a dropout layer")
    return f"What may help: {' or '.join([*means, 'fewer parameters'])}."


def still_improving(evidence: Evidence) -> Finding | None:
    """All epochs were done, and the last ones were the best so far."""
    done = evidence.record.ended.startswith(("all ", "1 epoch")) and len(evidence.history) >= 3
    if not done or not evidence.validated or _rate_has_fallen(evidence):
        return None
    first, second, last = evidence.values("val_loss")[-3:]
    if not (last < 0.98 * second < 0.98**2 * first and last == min(evidence.values("val_loss"))):
        return None
    epochs = len(evidence.history)
    said = f"The validation loss fell to the end: {first:.4f}, {second:.4f}, {last:.4f} in epochs "
    advice = f"Train longer: --set training.epochs={2 * epochs}"
    title = "Still improving when it stopped"
    return Finding(title, f"{said}{epochs - 2} to {epochs}.", f"{advice}.")


def underfitting(evidence: Evidence) -> Finding | None:
    """The loss stays high on the very images that were trained on."""
    losses = evidence.values("loss")
    if len(losses) < 4 or stuck_at_guessing(evidence) or _rate_has_fallen(evidence):
        return None
    before, last = losses[-4], losses[-1]
    high = last > 0.25 * evidence.guessing
    if not high or not 0.98 * before <= last <= 1.02 * before:
        return None
    if evidence.validated and evidence.history[-1]["val_loss"] > LARGE_RISE * last:
        return None
    share = last / evidence.guessing
    said = (
        f"The training loss has hardly moved in the last three epochs, from {before:.4f} to "
        f"{last:.4f}, and that is still {share:.0%} of the {evidence.guessing:.4f} of guessing."
    )
    return Finding("Underfitting", said, "Give the network more filters or more layers.")


def validation_better(evidence: Evidence) -> Finding | None:
    """Validation looks better than training, and the config has the reason."""
    causes = [kind for kind in _kinds(evidence) if kind in _ONLY_IN_TRAINING]
    causes += ["augment"] if evidence.experiment.data.augment else []
    if not evidence.validated or not causes:
        return None
    pairs = list(zip(evidence.values("loss"), evidence.values("val_loss"), strict=True))
    better = [e for e, (mine, held_out) in enumerate(pairs, 1) if held_out < 0.9 * mine]
    if 2 * len(better) < len(pairs):
        return None
    mine, held_out = pairs[better[-1] - 1]
    said = (
        f"In {len(better)} of {len(pairs)} epochs the validation loss is the lower one, in epoch "
        f"{better[-1]} {held_out:.4f} against {mine:.4f}. Training images go through "
        f"{' and '.join(dict.fromkeys(causes))}, held-out images do not: this is as it should be."
    )
    return Finding("Validation looks better than training", said)


_ONLY_IN_TRAINING = ("dropout", "spatial_dropout", "gaussian_noise")
_CHECKS: tuple[Callable[[Evidence], Finding | None], ...] = (
    rate_too_high,
    stuck_at_guessing,
    overfitting,
    underfitting,
    still_improving,
    validation_better,
)


def _silent_maps(evidence: Evidence) -> list[Finding]:
    """Layers with maps that never fire."""
    findings = []
    for found in evidence.silent:
        if not found.silent:
            continue
        share = found.silent / found.maps
        title = f"{share:.0%} of the maps of {found.layer} never fire"
        said = f"{found.silent} of {found.maps} maps are nowhere above 0, in any of "
        said += f"{found.images:,} test images."
        many = f"Try a smaller learning rate than {evidence.rate()}, or `leaky_relu`."
        findings.append(Finding(title, said, many if share >= MANY_SILENT else ""))
    return findings


def _unmoved(evidence: Evidence) -> list[Finding]:
    """Layers that training has left nearly as they were."""
    return [
        Finding(
            f"{found.layer} has hardly learned",
            f"Training has moved its kernel by {found.share:.2%} of the length that it began with.",
        )
        for found in evidence.moved
        if found.share < HARDLY_MOVED
    ]


def _kinds(evidence: Evidence) -> list[str]:
    """The kinds of all single layers."""
    units = unroll(evidence.experiment.model, evidence.image_shape)
    return [leaf.layer.kind for unit in units for leaf in unit.leaves()]


def _rate_has_fallen(evidence: Evidence) -> bool:
    """Whether the learning rate ended so low that little can move: the loss says little then."""
    rates = evidence.values("learning_rate")
    return rates[-1] < 0.1 * max(rates)

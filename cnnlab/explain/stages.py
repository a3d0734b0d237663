"""Where maps can be looked at in a network: its convolutions, pools and merges, from the spec."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from cnnlab.errors import UsageError
from cnnlab.spec.convolutions import Convolution, Pool
from cnnlab.spec.experiment import Spec
from cnnlab.spec.groups import Parallel, Unit, unroll
from cnnlab.spec.layer import Shape
from cnnlab.spec.layers import (
    ActivationLayer,
    BatchNorm,
    Dense,
    Dropout,
    GaussianNoise,
    LayerNorm,
    SpatialDropout,
)
from cnnlab.spec.shapes import ends_in_softmax
from cnnlab.spec.words import nearest

# Of each, a map that is nowhere above 0 is off, or held near to it.
RECTIFIERS = frozenset(
    ("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "hard_silu", "mish")
)
_NORMALIZATIONS = (BatchNorm, LayerNorm)
_IDLE = (Dropout, SpatialDropout, GaussianNoise)  # once training is over


@dataclass(frozen=True)
class Stage:
    """A layer whose output is maps.

    `name` is that of its Keras layer (`conv_3`), `number` its number in the table, which a merge
    has not. `shown` is the Keras layer whose output is looked at: the activation that follows it,
    or itself. `rectified` says whether a map that is nowhere above 0 is one that never fires.
    """

    name: str
    number: int | None
    kind: str
    shown: str
    shape: Shape
    rectified: bool
    depth: int  # how many groups with branches it is in

    @property
    def has_kernels(self) -> bool:
        """Whether it is a convolution."""
        return self.kind.endswith("conv")

    @property
    def title(self) -> str:
        """Its name, and where its maps are taken."""
        own = self.shown in (self.name, f"{self.name}_activation")
        return self.name if own else f"{self.name}, after {self.shown}"


def stages(spec: Spec) -> list[Stage]:
    """All stages of a network, in the order of its table; a merge comes after its branches."""
    units = unroll(spec.experiment.model, spec.inputs.image_shape)
    found: list[Stage] = []
    _walk(_in_a_row(units), found, count(1), rectified=False, depth=0)
    return found


def convolutions(spec: Spec) -> list[Stage]:
    """The stages that have kernels; UsageError if there is none."""
    found = [stage for stage in stages(spec) if stage.has_kernels]
    if not found:
        raise UsageError("there is no convolution in the network: no kernels, and no Grad-CAM")
    return found


def looked_at(spec: Spec) -> Stage:
    """The stage that Grad-CAM takes of itself: the last that is no pool, outside all branches.

    One whose maps have a single pixel has no places to tell apart: it is taken if all are so.
    """
    convolutions(spec)
    there = [one for one in stages(spec) if not one.kind.endswith("_pool")]
    found = [one for one in there if not one.depth] or there
    large = [one for one in found if one.shape[0] * one.shape[1] > 1]
    return (large or found)[-1]


def named(there: Sequence[Stage], word: str) -> Stage:
    """The stage of a name or a number of the table; UsageError names those that there are."""
    for stage in there:
        if word in (stage.name, str(stage.number)):
            return stage
    names = [stage.name for stage in there]
    message = f"--layer {word}: no such layer here; there are {', '.join(names)}"
    hint = nearest(word, names)
    raise UsageError(f"{message}; {hint}" if hint else message)


def output_softmaxes(spec: Spec) -> set[str]:
    """The Keras layers whose softmax makes the outputs; none where the outputs are logits."""
    stack = spec.experiment.model
    if not ends_in_softmax(stack):
        return set()
    return set(_softmaxes(unroll(stack, spec.inputs.image_shape)))


def _softmaxes(units: Sequence[Unit]) -> Iterator[str]:
    for unit in reversed(units):
        if unit.ways:
            for way in unit.ways:
                yield from _softmaxes(way)
            return
        if isinstance(unit.layer, ActivationLayer | Convolution | Dense):
            yield f"{unit.layer.kind}_{unit.number}"
            return


def _in_a_row(units: Sequence[Unit]) -> list[Unit]:
    """The units with those of unbranched groups in their place."""
    row: list[Unit] = []
    for unit in units:
        row += _in_a_row(unit.ways[0]) if len(unit.ways) == 1 else [unit]
    return row


def _walk(
    row: Sequence[Unit], found: list[Stage], merges: Iterator[int], *, rectified: bool, depth: int
) -> bool:
    """Add the stages of layers that follow each other; whether the last one's output is rectified.

    Merges are numbered as `cnnlab.model` numbers them, after those inside them.
    """
    for place, unit in enumerate(row):
        layer, name = unit.layer, f"{unit.layer.kind}_{unit.number}"
        if unit.ways:
            ends = [
                _walk(_in_a_row(way), found, merges, rectified=rectified, depth=depth + 1)
                for way in unit.ways
            ]
            rectified = all(ends)
            word = layer.merge if isinstance(layer, Parallel) else "add"
            name = f"{word}_{next(merges)}"
        elif isinstance(layer, ActivationLayer):
            rectified = layer.function.kind in RECTIFIERS
        elif isinstance(layer, Convolution | Dense):
            rectified = layer.activation.kind in RECTIFIERS
        elif isinstance(layer, _NORMALIZATIONS):
            rectified = False
        if len(unit.output) == 3 and (unit.ways or isinstance(layer, Convolution | Pool)):
            kind = "merge" if unit.ways else layer.kind
            stage = Stage(name, unit.number, kind, name, unit.output, rectified, depth)
            found.append(_shown(stage, row[place:]))
    return rectified


def _shown(stage: Stage, row: Sequence[Unit]) -> Stage:
    """The stage as it is seen after its activation: its own, or one that follows in the row."""
    first, *after = row
    if isinstance(first.layer, Convolution) and first.layer.activation.kind != "linear":
        # One with fields is a layer of its own.
        fields = type(first.layer.activation).model_fields
        return replace(stage, shown=f"{stage.name}_activation") if fields else stage
    for unit in after if not stage.rectified else []:
        if isinstance(unit.layer, ActivationLayer):
            rectified = unit.layer.function.kind in RECTIFIERS
            return replace(stage, shown=f"activation_{unit.number}", rectified=rectified)
        if not isinstance(unit.layer, (*_NORMALIZATIONS, *_IDLE)):
            break
    return stage

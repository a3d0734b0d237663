"""List the layers of a spec that have feature maps: convolutions, pools and merges of branches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import count

from cnnlab.errors import UsageError
from cnnlab.spec.convolutions_and_pools import Convolution, Pool
from cnnlab.spec.experiment import Spec
from cnnlab.spec.layer_groups import Parallel, Unit, unroll
from cnnlab.spec.layer_interface import Shape
from cnnlab.spec.layers import (
    ActivationLayer,
    AlphaDropout,
    BatchNorm,
    Dense,
    Dropout,
    GaussianNoise,
    LayerNorm,
    PRelu,
    SpatialDropout,
)
from cnnlab.spec.normalization_layers import GroupNorm, Rescale, UnitNorm
from cnnlab.spec.shape_checks import ends_in_softmax
from cnnlab.spec.wording import suggest_word

# Activations that turn a map off, or nearly off, if it is never above 0.
RECTIFIERS = frozenset(
    ("relu", "relu6", "leaky_relu", "elu", "selu", "gelu", "silu", "hard_silu", "mish")
)
_NORMALIZATIONS = (BatchNorm, LayerNorm, GroupNorm, UnitNorm, Rescale)
# Layers that only act during training.
_IDLE_LAYERS = (Dropout, SpatialDropout, AlphaDropout, GaussianNoise)


@dataclass(frozen=True)
class MapLayer:
    """A layer with feature maps as its output.

    `name` is the name of the Keras layer (`conv_3`). `number` is the layer's number in the table of
    layers, or None for a merge of branches. `shown` is the name of the Keras layer whose output is
    drawn: the layer itself, or the activation after the layer. `rectified` says whether a rectifier
    such as ReLU made the drawn maps, so that a map that is never above 0 counts as silent.
    """

    name: str
    number: int | None
    kind: str
    shown: str
    shape: Shape
    rectified: bool
    depth: int  # how many groups with branches contain the layer

    @property
    def has_kernels(self) -> bool:
        """Whether the layer is a convolution, which has kernels."""
        return self.kind.endswith("conv")

    @property
    def title(self) -> str:
        """The name of the layer, and the name of a later layer if its output is drawn instead."""
        own = self.shown in (self.name, f"{self.name}_activation")
        return self.name if own else f"{self.name}, after {self.shown}"


def list_map_layers(spec: Spec) -> list[MapLayer]:
    """List the layers with feature maps from first to last, with each merge after its branches."""
    units = unroll(spec.experiment.model, spec.inputs.image_shape)
    map_layers: list[MapLayer] = []
    _walk_units(_flatten_units(units), map_layers, count(1), rectified=False, depth=0)
    return map_layers


def list_convolutions(spec: Spec) -> list[MapLayer]:
    """List the convolutions of a network; raise UsageError if the network has no convolution."""
    convolutions = [stage for stage in list_map_layers(spec) if stage.has_kernels]
    if not convolutions:
        raise UsageError("the network has no convolution, so it has no kernels and no Grad-CAM")
    return convolutions


def choose_grad_cam_layer(spec: Spec) -> MapLayer:
    """Choose the layer for Grad-CAM: the last convolution or merge outside all branches.

    If possible, the function chooses a layer whose maps have more than one pixel, because Grad-CAM
    compares pixels of the maps.
    """
    list_convolutions(spec)
    there = [one for one in list_map_layers(spec) if not one.kind.endswith("_pool")]
    candidates = [one for one in there if not one.depth] or there
    large = [one for one in candidates if one.shape[0] * one.shape[1] > 1]
    return (large or candidates)[-1]


def find_layer(there: Sequence[MapLayer], word: str) -> MapLayer:
    """Find a layer by its name or number; the error for an unknown layer lists all names."""
    for stage in there:
        if word in (stage.name, str(stage.number)):
            return stage
    names = [stage.name for stage in there]
    message = f"--layer {word}: cnnlab cannot use this layer; expected {', '.join(names)}"
    hint = suggest_word(word, names)
    raise UsageError(f"{message}; {hint}" if hint else message)


def find_output_softmaxes(spec: Spec) -> set[str]:
    """Return the names of the layers that compute the final softmax; empty if there is none."""
    stack = spec.experiment.model
    if not ends_in_softmax(stack):
        return set()
    return set(_walk_softmaxes(unroll(stack, spec.inputs.image_shape)))


def _walk_softmaxes(units: Sequence[Unit]) -> Iterator[str]:
    for unit in reversed(units):
        if unit.ways:
            for way in unit.ways:
                yield from _walk_softmaxes(way)
            return
        if isinstance(unit.layer, ActivationLayer | Convolution | Dense):
            yield f"{unit.layer.kind}_{unit.number}"
            return


def _flatten_units(units: Sequence[Unit]) -> list[Unit]:
    """Replace each group that has no branches by the layers inside the group."""
    row: list[Unit] = []
    for unit in units:
        row += _flatten_units(unit.ways[0]) if len(unit.ways) == 1 else [unit]
    return row


def _walk_units(
    row: Sequence[Unit],
    map_layers: list[MapLayer],
    merges: Iterator[int],
    *,
    rectified: bool,
    depth: int,
) -> bool:
    """Add the layers of `row` that have feature maps to `map_layers`.

    `merges` numbers the merges of branches in the order of `cnnlab.model`: a merge comes after all
    merges inside its branches. `rectified` says whether the input of `row` comes from a rectifier
    such as ReLU. The result says whether the output of `row` comes from a rectifier.
    """
    for place, unit in enumerate(row):
        layer, name = unit.layer, f"{unit.layer.kind}_{unit.number}"
        if unit.ways:
            ends = [
                _walk_units(
                    _flatten_units(way), map_layers, merges, rectified=rectified, depth=depth + 1
                )
                for way in unit.ways
            ]
            rectified = all(ends)
            word = layer.merge if isinstance(layer, Parallel) else "add"
            name = f"{word}_{next(merges)}"
        elif isinstance(layer, ActivationLayer | PRelu):
            rectified = _is_rectifier(layer)
        elif isinstance(layer, Convolution | Dense):
            rectified = layer.activation.kind in RECTIFIERS
        elif isinstance(layer, _NORMALIZATIONS):
            rectified = False
        if len(unit.output) == 3 and (unit.ways or isinstance(layer, Convolution | Pool)):
            kind = "merge" if unit.ways else layer.kind
            stage = MapLayer(name, unit.number, kind, name, unit.output, rectified, depth)
            map_layers.append(_find_shown_output(stage, row[place:]))
    return rectified


def _is_rectifier(layer: ActivationLayer | PRelu) -> bool:
    return isinstance(layer, PRelu) or layer.function.kind in RECTIFIERS


def _find_shown_output(stage: MapLayer, row: Sequence[Unit]) -> MapLayer:
    """Set `shown` of a layer to its own activation, or to the activation layer after the layer."""
    first, *after = row
    if isinstance(first.layer, Convolution) and first.layer.activation.kind != "linear":
        # An activation with fields is a Keras layer of its own.
        fields = type(first.layer.activation).model_fields
        return replace(stage, shown=f"{stage.name}_activation") if fields else stage
    for unit in after if not stage.rectified else []:
        if isinstance(unit.layer, ActivationLayer | PRelu):
            name = f"{unit.layer.kind}_{unit.number}"
            return replace(stage, shown=name, rectified=_is_rectifier(unit.layer))
        if not isinstance(unit.layer, (*_NORMALIZATIONS, *_IDLE_LAYERS)):
            break
    return stage

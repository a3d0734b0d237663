"""Check that each layer fits its input, and that the outputs fit the classes of the data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cnnlab.counts import format_count
from cnnlab.spec.convolutions_and_pools import Convolution
from cnnlab.spec.experiment import DatasetInfo, Problem
from cnnlab.spec.layer_groups import (
    MAX_GROUPS_DEEP,
    MAX_LAYERS,
    Block,
    LayerMisfit,
    Location,
    Parallel,
    Repeat,
    Unit,
    count_layers,
    measure_depth,
    unroll,
)
from cnnlab.spec.layer_interface import Layer, describe_shape
from cnnlab.spec.layers import (
    ActivationLayer,
    AlphaDropout,
    Dense,
    Dropout,
    Flatten,
    GaussianNoise,
    GlobalAvgPool,
    SpatialDropout,
)
from cnnlab.spec.size_layers import Reshape

MAX_PARAMETERS = 50_000_000
# Layers that only move or average numbers, or do nothing after training.
_PASSIVE_LAYERS = (
    *(Flatten, Reshape, GlobalAvgPool),
    *(Dropout, SpatialDropout, AlphaDropout, GaussianNoise),
)


def ends_in_softmax(layers: Sequence[Layer]) -> bool:
    """Return whether a softmax makes the outputs of the network probabilities."""
    return find_output_activation(layers) == "softmax"


def find_output_activation(layers: Sequence[Layer]) -> str:
    """Find the kind of the activation that computes the outputs; `linear` if there is none."""
    return _find_output_activation(layers)[1]


def _find_output_activation(layers: Sequence[Layer]) -> tuple[Location, str]:
    """Find the activation of the network's outputs; return the layer's location, and the kind.

    The location starts with an index of `layers`. The location is empty if no layer computes
    anything.
    """
    for index in reversed(range(len(layers))):
        layer = layers[index]
        place: Location = (index, layer.kind)
        if isinstance(layer, ActivationLayer):
            return place, layer.function.kind
        if isinstance(layer, Convolution | Dense):
            return place, layer.activation.kind
        if isinstance(layer, Block | Repeat):
            inner, kind = _find_output_activation(layer.layers)
            if inner:
                return (*place, "layers", *inner), kind
        elif isinstance(layer, Parallel) and layer.merge == "average":
            ends = [_find_output_activation(branch) for branch in layer.branches]
            inner, kind = ends[0]  # a mean of probabilities is a probability
            softmax = all(kind == "softmax" for _, kind in ends)
            return ((*place, "branches", 0, *inner), kind) if softmax else (place, "linear")
        elif not isinstance(layer, _PASSIVE_LAYERS):
            return place, "linear"
    return (), "linear"


def find_shape_problems(
    layers: Sequence[Layer], info: DatasetInfo, *, complete: bool
) -> Iterator[Problem]:
    """Find problems with shapes and sizes, and problems with the outputs if `complete` is true.

    `complete` is false if `layers` ends before a layer with a fault, so that outputs are unknown.
    """
    too_many = list(_find_limit_problems(layers))
    if too_many:
        yield from too_many
        return
    try:
        units = unroll(layers, info.image_shape)
    except LayerMisfit as misfit:
        name = f"layer {misfit.number}" if misfit.number else f"`{misfit.location[-1]}`"
        message = f"{name} gets {describe_shape(misfit.shape)}: {misfit.message}"
        yield Problem(misfit.location, message, misfit.expected, misfit.remedy)
        return
    parameters = 0
    for leaf in [leaf for unit in units for leaf in unit.leaves()]:
        parameters += leaf.layer.parameters(leaf.input).total
        if parameters > MAX_PARAMETERS:
            yield Problem(
                leaf.location,
                f"the network has {parameters:,} parameters up to this layer",
                f"at most {MAX_PARAMETERS:,}",
                "use fewer units or filters, or pool before `flatten`",
            )
            return
    if complete:
        yield from _find_output_problems(layers, units, info)


def find_foreign_model_problems(layers: Sequence[Layer], info: DatasetInfo) -> Iterator[Problem]:
    """Find problems with the shapes, sizes and outputs of a foreign model.

    Its outputs can also be a sigmoid for each class, or one number for two classes.
    """
    problems = list(find_shape_problems(layers, info, complete=False))
    if problems:
        yield from problems
        return
    units = unroll(layers, info.image_shape)
    outputs, activation = units[-1].output, find_output_activation(layers)
    if outputs == (1,) and activation in ("sigmoid", "linear"):
        if info.classes != 2:
            message = "the network ends in one number, which stands for two classes, but the data "
            message += f"has {format_count(info.classes, 'class')}"
            yield Problem(units[-1].location, message, "data with two classes")
    elif outputs != (info.classes,) or activation != "sigmoid":
        yield from _find_output_problems(layers, units, info)


def _find_limit_problems(layers: Sequence[Layer]) -> Iterator[Problem]:
    """Find groups that are nested too deep, and a network with too many layers."""
    total = sum(map(count_layers, layers))
    if total > MAX_LAYERS:
        message = f"the network has {total:,} layers, with all repeats and groups counted"
        yield Problem(("model",), message, f"at most {MAX_LAYERS}")
        return
    for index, layer in enumerate(layers):
        if (deep := measure_depth(layer)) > MAX_GROUPS_DEEP:
            message = f"groups of layers are nested {deep} deep"
            yield Problem(("model", index, layer.kind), message, f"at most {MAX_GROUPS_DEEP} deep")


def _find_output_problems(
    layers: Sequence[Layer], units: Sequence[Unit], info: DatasetInfo
) -> Iterator[Problem]:
    location, shape = units[-1].location, units[-1].output
    leaves = [leaf for unit in units for leaf in unit.leaves()]
    if shape != (info.classes,):
        head = next((leaf for leaf in leaves if isinstance(leaf.layer, Dense)), None)
        end = f"`- dense: {{units: {info.classes}, activation: softmax}}`"
        if len(shape) == 3 and head is not None:
            remedy = f"put `- flatten` before layer {head.number}, the first `dense`"
        elif len(shape) == 3:
            remedy = f"end with `- flatten` and {end}"
        else:
            remedy = f"end with {end}"
        yield Problem(
            location,
            f"the network ends in {describe_shape(shape)}, but the data has "
            f"{format_count(info.classes, 'class')}",
            f"one number per class: a vector of {info.classes}",
            remedy,
        )
        return
    place, kind = _find_output_activation(layers)
    makers = [leaf for leaf in leaves if leaf.location == ("model", *place)]
    if kind not in ("softmax", "linear"):
        yield Problem(
            location,
            f"the network ends in `{kind}`, which cross-entropy cannot read",
            "softmax, or no activation (logits)",
            "write `activation: softmax` in the last layer",
        )
    elif kind == "softmax" and makers[-1].output[-1] != info.classes:
        yield Problem(
            makers[-1].location,
            f"this softmax is over {format_count(makers[-1].output[-1], 'channel')}, but the data "
            f"has {format_count(info.classes, 'class')}: the outputs would not add up to 1",
            f"a softmax over {info.classes} numbers",
            "put `- activation: softmax` after the last layer, and remove this softmax",
        )

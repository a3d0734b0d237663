"""Check that a requested explanation is possible for a spec, before a network is loaded."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.errors import UsageError
from cnnlab.explain import layers_with_maps
from cnnlab.explain.layers_with_maps import MapLayer
from cnnlab.spec.experiment import Spec
from cnnlab.spec.wording import suggest_word

PARTS = ("kernels", "maps", "grad-cam", "occlusion")
IMAGE_PARTS = ("maps", "grad-cam", "occlusion")
LAYER_PARTS = ("kernels", "grad-cam")
CLASS_PARTS = ("grad-cam", "occlusion")
_NO_CONVOLUTION = "the network has no convolution"
PREDICTED, TRUE = "predicted", "true"  # allowed in place of the name of a class


@dataclass(frozen=True)
class Request:
    """The kinds of pictures to draw, the layers for kernels and Grad-CAM, and the class.

    `parts` are words of PARTS. `kernels` and `grad_cam` are layers, or None if the network has no
    convolution. `class_name` is PREDICTED, TRUE or the name of a class. If `class_name` is None,
    cnnlab explains the predicted class, and also the true class if the prediction is wrong.
    """

    parts: tuple[str, ...]
    kernels: MapLayer | None
    grad_cam: MapLayer | None
    class_name: str | None
    untrained: bool

    @property
    def needs_image(self) -> bool:
        return any(part in IMAGE_PARTS for part in self.parts)


def select_parts(words: Sequence[str], everything: bool) -> tuple[str, ...]:
    """Return the kinds of pictures that the user names; raise UsageError for an unknown word."""
    known_parts = ", ".join(PARTS)
    faults = []
    for word in dict.fromkeys(words):
        if word not in PARTS:
            hint = suggest_word(word, PARTS)
            message = f"`{word}`: cnnlab cannot draw this; expected {known_parts}"
            faults.append(f"{message}; {hint}" if hint else message)
    if words and everything:
        faults.append("--all already draws all pictures; leave out --all, or the other words")
    if not words and not everything:
        faults.append(f"say what to draw: {known_parts}, or --all")
    _raise_faults(faults)
    return tuple(part for part in PARTS if everything or part in words)


def build_request(
    spec: Spec,
    parts: Sequence[str],
    *,
    layer: str | None = None,
    class_name: str | None = None,
    untrained: bool = False,
    image_named: bool = False,
) -> Request:
    """Check that the user's options are possible for a spec, and build the request.

    Args:
        layer: the name or the number of a layer, for kernels and Grad-CAM.
        image_named: whether the user chooses an image, which has no effect on kernels.

    Raises:
        UsageError: every fault of the request.
    """
    faults = _find_useless_options(
        parts, layer is not None, class_name is not None, untrained, image_named
    )
    possible = list_drawable_parts(spec)
    missing = [part for part in parts if part not in possible]
    if missing and set(parts) != set(PARTS):  # `--all` draws the possible parts
        faults.append(f"{', '.join(missing)}: {_NO_CONVOLUTION}")
    layers: dict[str, MapLayer] = {}
    for part in (one for one in LAYER_PARTS if one in possible):
        try:
            layers[part] = _choose_layer(spec, part, layer if part in parts else None)
        except UsageError as error:
            faults.append(str(error))
            break  # the next part would repeat the message
    if class_name not in (None, PREDICTED, TRUE):
        try:
            class_name = spec.inputs.class_names[
                find_class_label(spec, class_name or "", "--class")
            ]
        except UsageError as error:
            faults.append(str(error))
    _raise_faults(faults)
    drawable = tuple(part for part in parts if part in possible)
    kernels, grad_cam = layers.get("kernels"), layers.get("grad-cam")
    return Request(drawable, kernels, grad_cam, class_name, untrained)


def list_drawable_parts(spec: Spec) -> list[str]:
    """List the kinds of pictures that are possible: some need a convolution in the network."""
    there = layers_with_maps.list_map_layers(spec)
    needs = {
        "kernels": any(stage.has_kernels for stage in there),
        "maps": bool(there),
        "grad-cam": any(stage.has_kernels for stage in there),
        "occlusion": True,
    }
    return [part for part in PARTS if needs[part]]


def _find_useless_options(
    parts: Sequence[str], layer: bool, class_name: bool, untrained: bool, image: bool
) -> list[str]:
    """Return a fault for each option that has no effect on the requested pictures."""
    options = (
        (layer, "--layer", LAYER_PARTS),
        (class_name, "--class", CLASS_PARTS),
        (untrained, "--untrained", ("maps",)),
        (image, "an image", IMAGE_PARTS),
    )
    return [
        f"{option} has no effect on {', '.join(parts)}, only on {', '.join(users)}"
        for is_given, option, users in options
        if is_given and not set(users) & set(parts)
    ]


def _choose_layer(spec: Spec, part: str, layer: str | None) -> MapLayer:
    """Choose the layer for kernels or Grad-CAM: the layer that the user names, or a default."""
    kernels = part == "kernels"
    if layer is None:
        return (
            layers_with_maps.list_convolutions(spec)[0]
            if kernels
            else layers_with_maps.choose_grad_cam_layer(spec)
        )
    return layers_with_maps.find_layer(
        layers_with_maps.list_convolutions(spec)
        if kernels
        else layers_with_maps.list_map_layers(spec),
        layer,
    )


def find_class_label(spec: Spec, word: str, option: str) -> int:
    """Find a class by its name or number; the error for an unknown class lists the classes."""
    names = spec.inputs.class_names
    composed_word = unicodedata.normalize("NFC", word)  # as the names of classes are written
    if composed_word in names:
        return names.index(composed_word)
    if word.isascii() and word.isdecimal() and len(word) < 6 and int(word) < len(names):
        return int(word)
    known_names = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    message = f"{option} {word}: no such class; expected {known_names}"
    hint = suggest_word(word, names)
    raise UsageError(f"{message}; {hint}" if hint else message)


def _raise_faults(faults: Sequence[str]) -> None:
    if faults:
        raise UsageError("\n".join(dict.fromkeys(faults)))

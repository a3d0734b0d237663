"""What a person asks to have explained, checked before a network is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from cnnlab.errors import UsageError
from cnnlab.explain import stages
from cnnlab.explain.stages import Stage
from cnnlab.spec.experiment import Spec
from cnnlab.spec.words import nearest

PARTS = ("kernels", "maps", "grad-cam", "occlusion")
OF_AN_IMAGE = ("maps", "grad-cam", "occlusion")
OF_A_LAYER = ("kernels", "grad-cam")
OF_A_CLASS = ("grad-cam", "occlusion")
_NOTHING_TO_SEE = "there is no convolution in the network"
PREDICTED, TRUE = "predicted", "true"  # classes that can be asked for beside those with a name


@dataclass(frozen=True)
class Request:
    """The parts to draw and what they are about.

    `kernels` and `grad_cam` are the layers that these parts look at, None where the network has no
    convolution. `class_name` is PREDICTED, TRUE or a class; None asks for the predicted one,
    and beside it for the true one where the answer is wrong.
    """

    parts: tuple[str, ...]
    kernels: Stage | None
    grad_cam: Stage | None
    class_name: str | None
    untrained: bool

    @property
    def needs_image(self) -> bool:
        return any(part in OF_AN_IMAGE for part in self.parts)


def parts_named(words: Sequence[str], everything: bool) -> tuple[str, ...]:
    """The parts that a person names, in the order of PARTS; UsageError tells all that are none."""
    there = ", ".join(PARTS)
    faults = []
    for word in dict.fromkeys(words):
        if word not in PARTS:
            hint = nearest(word, PARTS)
            told = f"`{word}`: no such part; there are {there}"
            faults.append(f"{told}; {hint}" if hint else told)
    if words and everything:
        faults.append("--all and parts are both given; give one or the other")
    if not words and not everything:
        faults.append(f"name what to draw: {there}; or --all")
    _raise(faults)
    return tuple(part for part in PARTS if everything or part in words)


def checked(
    spec: Spec,
    parts: Sequence[str],
    *,
    layer: str | None = None,
    class_name: str | None = None,
    untrained: bool = False,
    image_named: bool = False,
) -> Request:
    """What is asked of a network with this spec.

    Args:
        layer: the name or the number of a layer, for kernels and Grad-CAM.
        image_named: whether an image is chosen, which kernels have no use for.

    Raises:
        UsageError: all that cannot be had, together.
    """
    faults = _useless(parts, layer is not None, class_name is not None, untrained, image_named)
    possible = drawable(spec)
    missing = [part for part in parts if part not in possible]
    if missing and set(parts) != set(PARTS):  # of everything, what is there is drawn
        faults.append(f"{', '.join(missing)}: {_NOTHING_TO_SEE}")
    found: dict[str, Stage] = {}
    for part in (one for one in OF_A_LAYER if one in possible):
        try:
            found[part] = _stage(spec, part, layer if part in parts else None)
        except UsageError as error:
            faults.append(str(error))
            break  # the other would say it again
    if class_name not in (None, PREDICTED, TRUE):
        try:
            class_name = spec.inputs.class_names[class_number(spec, class_name or "", "--class")]
        except UsageError as error:
            faults.append(str(error))
    _raise(faults)
    drawn = tuple(part for part in parts if part in possible)
    return Request(drawn, found.get("kernels"), found.get("grad-cam"), class_name, untrained)


def drawable(spec: Spec) -> list[str]:
    """The parts that a network has something to show for."""
    there = stages.stages(spec)
    needs = {
        "kernels": any(stage.has_kernels for stage in there),
        "maps": bool(there),
        "grad-cam": any(stage.has_kernels for stage in there),
        "occlusion": True,
    }
    return [part for part in PARTS if needs[part]]


def _useless(
    parts: Sequence[str], layer: bool, class_name: bool, untrained: bool, image: bool
) -> list[str]:
    """A fault for each option that was given and that no part has a use for."""
    options = (
        (layer, "--layer", OF_A_LAYER),
        (class_name, "--class", OF_A_CLASS),
        (untrained, "--untrained", ("maps",)),
        (image, "an image", OF_AN_IMAGE),
    )
    return [
        f"{option} changes nothing in {', '.join(parts)}; it is for {', '.join(users)}"
        for given, option, users in options
        if given and not set(users) & set(parts)
    ]


def _stage(spec: Spec, part: str, layer: str | None) -> Stage:
    """The layer that a part looks at: the one named, or the one that suits it best."""
    kernels = part == "kernels"
    if layer is None:
        return stages.convolutions(spec)[0] if kernels else stages.looked_at(spec)
    return stages.named(stages.convolutions(spec) if kernels else stages.stages(spec), layer)


def class_number(spec: Spec, word: str, option: str) -> int:
    """The label of a class: by its name, else by the label itself; UsageError lists the classes."""
    names = spec.inputs.class_names
    if word in names:
        return names.index(word)
    if word.isascii() and word.isdecimal() and len(word) < 6 and int(word) < len(names):
        return int(word)
    there = ", ".join(names[:20]) + (", …" if len(names) > 20 else "")
    message = f"{option} {word}: no such class; there are {there}"
    hint = nearest(word, names)
    raise UsageError(f"{message}; {hint}" if hint else message)


def _raise(faults: Sequence[str]) -> None:
    if faults:
        raise UsageError("\n".join(dict.fromkeys(faults)))

"""Translate Keras layers that prepare images by scaling, resizing or augmentation."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from cnnlab.spec.keras_layers import KerasLayer, NotSupported
from cnnlab.spec.layer_interface import Shape
from cnnlab.spec.normalization_layers import Normalize
from cnnlab.spec.wording import to_one_line

# Layers that return their input after training. The augmentation layers also change images in a
# plain call `model(images)`, but not in `predict`, nor with `training=False`.
_IDLE_LAYERS_NAMES = (
    "Identity GaussianDropout ActivityRegularization Solarization AugMix CutMix MixUp "
    "RandAugment RandomBrightness RandomColorDegeneration RandomColorJitter RandomContrast "
    "RandomElasticTransform RandomErasing RandomFlip RandomGaussianBlur RandomGrayscale "
    "RandomHue RandomInvert RandomPerspective RandomPosterization RandomRotation "
    "RandomSaturation RandomSharpness RandomShear RandomTranslation RandomZoom"
)
IDLE_LAYERS = frozenset(_IDLE_LAYERS_NAMES.split())
_IGNORED_ARGUMENTS = ("name", "trainable", "seed", "quantization_config", "input_shape")
_TRAINING_ARGUMENTS = ("_initializer", "_regularizer", "_constraint")


def get_arguments(step: KerasLayer) -> dict[str, Any]:
    """Return the arguments of a layer that affect the output, except the precision."""
    ignored = (*_IGNORED_ARGUMENTS, "dtype")
    remaining = {name: value for name, value in step.arguments.items() if name not in ignored}
    return {
        name: value for name, value in remaining.items() if not name.endswith(_TRAINING_ARGUMENTS)
    }


def describe_argument(step: KerasLayer, name: str, value: Any) -> str:
    """Describe an argument that cnnlab does not support, as a phrase for NotSupported."""
    description = f"{to_one_line(name)} {to_one_line(value)[:60]}"
    return f"{step.name} with {description}, which cnnlab does not support"


def is_last_axis(axis: Any, shape: Shape) -> bool:
    """Whether `axis`, a number or a list of one number, is the last axis of a batch of `shape`.

    >>> is_last_axis(-1, (28, 28, 1)), is_last_axis([3], (28, 28, 1)), is_last_axis(1, (28, 28, 1))
    (True, True, False)
    """
    if isinstance(axis, list) and len(axis) == 1:
        axis = axis[0]
    return type(axis) is int and axis in (-1, len(shape))


def read_numbers(value: Any) -> list[float] | None:
    """Read a number, a list of numbers or a NumPy array as a list; return None for other values.

    The function drops axes of length 1 before the last axis.

    >>> read_numbers(0.5), read_numbers([[[1.0, 2.0]]]), read_numbers([[1.0], [2.0]])
    ([0.5], [1.0, 2.0], None)
    """
    if isinstance(value, dict) and value.get("class_name") == "__numpy__":
        value = value["config"]["value"]
    while isinstance(value, list) and len(value) == 1 and isinstance(value[0], list):
        value = value[0]
    numbers = value if isinstance(value, list) else [value]
    if not numbers or any(isinstance(n, bool) or not isinstance(n, int | float) for n in numbers):
        return None
    return [float(number) for number in numbers]


def _require_only(step: KerasLayer, arguments: dict[str, Any]) -> None:
    for name, value in arguments.items():
        if name != "data_format" or value not in ("channels_last", None):
            raise NotSupported(describe_argument(step, name, value))


def _translate_rescaling(step: KerasLayer, arguments: dict[str, Any], shape: Shape) -> Any:
    scale = read_numbers(arguments.pop("scale", None))
    offset = read_numbers(arguments.pop("offset", 0.0))
    _require_only(step, arguments)
    if scale is None or offset is None:
        raise NotSupported("a Rescaling layer whose scale or offset is not a list of numbers")
    if len(shape) == 2 and max(len(scale), len(offset)) > 1:
        raise NotSupported("a Rescaling layer with a scale for each column of an image")
    return {"rescale": {"scale": scale, "offset": offset}}


def _translate_normalization(step: KerasLayer, arguments: dict[str, Any], shape: Shape) -> Any:
    axis, mean = arguments.pop("axis", None), arguments.pop("mean", None)
    variance, invert = arguments.pop("variance", None), arguments.pop("invert", False)
    _require_only(step, arguments)
    listed = axis if isinstance(axis, list) else [] if axis is None else [axis]
    whole = all(type(one) is int for one in listed)
    axes = sorted(one % (len(shape) + 1) for one in listed) if whole else []
    if not whole or 0 in axes or len(set(axes)) < len(axes):
        raise NotSupported(describe_argument(step, "axis", axis))
    if mean is None:
        return Normalize(axes=tuple(axes), invert=invert is True)
    means, variances = read_numbers(mean), read_numbers(variance)
    sides = (1, shape[axes[0] - 1]) if len(axes) == 1 else (1,)
    if means is None or variances is None or min(variances) < 0 or len(means) not in sides:
        raise NotSupported(describe_argument(step, "mean", mean))
    if len(variances) != len(means):
        raise NotSupported(describe_argument(step, "variance", variance))
    return Normalize(
        axes=tuple(axes), invert=invert is True, mean=tuple(means), variance=tuple(variances)
    )


def _translate_resizing(step: KerasLayer, arguments: dict[str, Any], shape: Shape) -> Any:
    size = [arguments.pop("height", None), arguments.pop("width", None)]
    names = ("interpolation", "antialias", "crop_to_aspect_ratio", "pad_to_aspect_ratio")
    fields = {name: arguments.pop(name) for name in names if name in arguments}
    for name, value in (("fill_mode", "constant"), ("fill_value", 0.0)):
        found = arguments.pop(name, value)
        if found != value and fields.get("pad_to_aspect_ratio"):
            raise NotSupported(describe_argument(step, name, found))
    _require_only(step, arguments)
    return {"resize": {"size": size, **fields}}


def _translate_center_crop(step: KerasLayer, arguments: dict[str, Any], shape: Shape) -> Any:
    size = (arguments.pop("height", None), arguments.pop("width", None))
    _require_only(step, arguments)
    sides = []
    for length, target in zip(shape[:2], size, strict=True):
        if type(target) is not int or not 0 < target <= length:
            raise NotSupported("a CenterCrop layer to a larger size than its input")
        before = (length - target) // 2
        sides.append([before, length - target - before])
    return {"crop": {"cropping": sides}}


def _translate_random_crop(step: KerasLayer, arguments: dict[str, Any], shape: Shape) -> Any:
    if [arguments.get("height"), arguments.get("width")] != list(shape[:2]):
        raise NotSupported("a RandomCrop layer to another size than that of its input")
    if step.policy != "float32":
        raise NotSupported(f"a RandomCrop layer in {step.policy}; cnnlab supports only float32")
    return None


PREPROCESSING: dict[str, Callable[[KerasLayer, dict[str, Any], Shape], Any]] = {
    "Rescaling": _translate_rescaling,
    "Normalization": _translate_normalization,
    "Resizing": _translate_resizing,
    "CenterCrop": _translate_center_crop,
    "RandomCrop": _translate_random_crop,
}

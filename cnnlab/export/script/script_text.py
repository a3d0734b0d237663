"""Write the whole script of a run: data, network, training and test."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from cnnlab.data.npz_files import list_arrays
from cnnlab.errors import UsageError
from cnnlab.export.script import training_text
from cnnlab.export.script.network_text import write_network
from cnnlab.export.script.python_calls import WIDTH, break_call
from cnnlab.export.script.script_parts import (
    AUGMENT,
    DROPOUT,
    HEAD,
    MAIN,
    READ_BUNDLED,
    READ_FILE,
    SPLIT,
    START,
)
from cnnlab.model import build_network
from cnnlab.quiet_tensorflow import keras
from cnnlab.spec.experiment import BUNDLED_DATASETS, FROM_DATASET, Experiment, Spec
from cnnlab.spec.figures import list_metrics
from cnnlab.spec.metrics import CrossEntropyMetric, TopKAccuracy
from cnnlab.spec.shape_checks import ends_in_softmax, find_output_activation
from cnnlab.training.compilation import compile_network

_LONGEST_COMMENT = 60
_NO_SPLIT = "(images, labels), None"
# The arguments for initializers, and the weights that each of them fills.
RANDOM_WEIGHTS = (
    ("kernel_initializer", "kernel"),
    ("bias_initializer", "bias"),
    ("depthwise_initializer", "depthwise_kernel"),
    ("depthwise_initializer", "kernel"),
    ("pointwise_initializer", "pointwise_kernel"),
    ("alpha_initializer", "alpha"),
)


def write_script(spec: Spec, name: str, training_images: int) -> str:
    """Write the script of a run, or of the members of an ensemble.

    Args:
        training_images: the number of images that train the network, without validation images.

    Raises:
        UsageError: Keras alone cannot read the data, or cannot train as the config says.
    """
    require_support(spec)
    experiment, inputs = spec.experiment, spec.inputs
    keras.config.set_dtype_policy(experiment.training.precision)
    try:
        network = build_network(
            experiment.model, inputs.image_shape, experiment.seed, experiment.training.precision
        )
        steps = -(-training_images // experiment.data.batch_size)
        compile_network(network, experiment, steps)
        return _format(spec, name, network)
    finally:
        keras.config.set_dtype_policy("float32")


def require_support(spec: Spec) -> None:
    """Raise UsageError if a script of plain Keras cannot do what the config says."""
    data, settings = spec.experiment.data, spec.experiment.training
    problem = ""
    if settings.weight_average is not None:
        problem = "it has no weight_average yet"
    elif data.dataset in BUNDLED_DATASETS:
        pass
    elif not data.dataset.endswith(".npz"):
        problem = f"it reads only mnist, fashion_mnist and .npz files, not {data.dataset}"
    elif data.test is not None or data.validation == FROM_DATASET or data.transpose:
        problem = "it reads only .npz files with x_train, y_train, x_test and y_test as they are"
    elif spec.inputs.class_names != tuple(map(str, range(len(spec.inputs.class_names)))):
        problem = "it reads only .npz files whose labels are numbers from 0"
    elif difference := _find_difference(Path(data.dataset), spec.inputs.image_shape):
        problem = f"it reads an .npz file as it is, and {difference}"
    if problem:
        raise UsageError(f"--format python: {problem}; export another format")


def _find_difference(path: Path, image_shape: tuple[int, int, int]) -> str:
    """Find an array of an .npz file that NumPy alone reads otherwise than cnnlab; empty if none."""
    arrays = {array.name: array for array in list_arrays(path)}
    for split in ("train", "test"):
        for name in (f"x_{split}", f"y_{split}"):
            if name not in arrays:
                return f"{path} has no array {name}"
            array, is_labels = arrays[name], name.startswith("y_")
            if array.dtype.kind not in "iu":
                return f"{array.describe()} is not of whole numbers"
            if is_labels and math.prod(array.shape) != array.shape[0]:
                return f"{array.describe()} is not one label for each image"
            if not is_labels and array.shape[1:] not in (image_shape, image_shape[:2]):
                return f"{array.describe()} does not have the channels last"
    return ""


def _format(spec: Spec, name: str, network: keras.Model) -> str:
    experiment, inputs, data = spec.experiment, spec.inputs, spec.experiment.data
    members = experiment.ensemble or (experiment.seed,)
    is_bundled = data.dataset in BUNDLED_DATASETS
    changes = training_text.write_augmentation(experiment)
    has_dropout = any(hasattr(one, "seed_generator") for one in network.layers)
    policy = experiment.training.precision
    parts = {
        "READ": READ_BUNDLED if is_bundled else READ_FILE,
        "SPLIT": SPLIT if data.validation else "",
        "AUGMENT": AUGMENT if changes else "",
        "START": START,
        "DROPOUT": DROPOUT if has_dropout else "",
        "ONE_CYCLE": training_text.ONE_CYCLE if training_text.has_one_cycle(network) else "",
    }
    words = {
        "NAME": name,
        "NEEDS": " and scikit-learn" if data.validation else "",
        "USAGE": _write_usage(f"{name.replace('/', '-')}.py", data.dataset, is_bundled),
        "DATASET": data.dataset,
        "REQUIRED": "" if is_bundled else ", required=True",
        "SEEDS": f"({', '.join(map(str, members))}{',' if len(members) == 1 else ''})",
        "CLASSES": str(len(inputs.class_names)),
        "CLASS_COMMENT": _shorten(", ".join(inputs.class_names)),
        "SHAPE": str(tuple(inputs.image_shape)),
        "EPOCHS": str(experiment.training.epochs),
        "BATCH_SIZE": str(data.batch_size),
        "MEAN": _write_channels(inputs.mean),
        "DEVIATION": _write_channels(inputs.deviation),
        "VALIDATION": repr(data.validation),
        "LAYERS": _write_lines(changes, 12),
        "CHANGE": _write_change(experiment) if changes else "",
        "MAKE_CHANGES": "    changes = build_changes(seed)\n" if changes else "",
        "NETWORK": _indent([*_write_policy(policy), *write_network(network)], 4),
        "WEIGHT_PAIRS": _list_random_weights(network),
        "OPTIMIZER": _indent(training_text.write_optimizer(network), 4),
        "LOSS": _write_loss(spec),
        "METRICS": _write_metrics(spec),
        "CALLBACKS": _write_lines(training_text.write_callbacks(experiment), 8),
        "REPEAT": "        repeat_dropout(network, seed, number + 1)\n" if has_dropout else "",
        **_write_weights(inputs.class_weights),
        **_write_ending(spec),
    }
    words["SKLEARN"] = (
        "from sklearn.model_selection import train_test_split\n" if data.validation else ""
    )
    text = HEAD + "\n\n" + MAIN
    for key, value in (parts | words).items():
        text = text.replace(f"«{key}»", value)
    return re.sub(r"\n{4,}", "\n\n\n", text)


def _write_change(experiment: Experiment) -> str:
    lines = ["chosen = changes(chosen, training=True)"]
    augmented = experiment.training.augmented_epochs
    if augmented is not None:
        condition = f"if epoch <= {augmented}:"
        lines = [f"{condition}  # later epochs leave the images as they are", f"    {lines[0]}"]
    return _indent(lines, 8) + "\n"


def _write_usage(script: str, dataset: str, is_bundled: bool) -> str:
    with_file = f"    python {script} --data FILE.npz"
    lines = [f"{with_file}    # the arrays x_train, y_train, x_test and y_test"]
    if is_bundled:
        alone = f"    python {script}".ljust(len(with_file))
        lines.insert(0, f"{alone}    # Keras downloads {dataset} once")
    return "\n".join(lines)


def _shorten(text: str) -> str:
    return text if len(text) <= _LONGEST_COMMENT else f"{text[:_LONGEST_COMMENT].rstrip()} …"


def _write_lines(calls: Iterable[str], spaces: int) -> str:
    """Write calls as items of a list; a long call gets a line for each argument."""
    lines = [
        line
        for call in calls
        for line in (break_call(f"{call},") if len(call) > WIDTH - spaces else [f"{call},"])
    ]
    return "".join(f"{' ' * spaces}{line}\n" for line in lines)


def _indent(lines: list[str], spaces: int) -> str:
    return "\n".join(f"{' ' * spaces}{line}" for line in lines)


def _write_channels(numbers: tuple[float, ...]) -> str:
    return repr(numbers[0]) if len({*numbers}) == 1 else repr(tuple(numbers))


def _write_policy(precision: str) -> list[str]:
    if precision == "float32":
        return []
    return [f'keras.config.set_dtype_policy("{precision}")  # weights stay float32']


def _list_random_weights(network: keras.Model) -> str:
    """List the arguments of initializers, and the weights that each fills, in this network."""
    pairs = []
    for argument, weight in RANDOM_WEIGHTS:
        for layer in network.layers:
            config: Any = getattr(getattr(layer, argument, None), "get_config", dict)()
            if "seed" in config and getattr(layer, weight, None) is not None:
                pairs.append((argument, weight))
                break
    inner = ", ".join(f'("{argument}", "{weight}")' for argument, weight in pairs)
    return f"[{inner}]"


def _write_loss(spec: Spec) -> str:
    options = []
    if not ends_in_softmax(spec.experiment.model):
        options.append("from_logits=True")
    if smoothing := getattr(spec.experiment.training.loss, "label_smoothing", 0.0):
        options.append(f"label_smoothing={smoothing!r}")
    return f"keras.losses.CategoricalCrossentropy({', '.join(options)})"


def _write_metrics(spec: Spec) -> str:
    """Write the metrics in one line, or several metrics in a line each."""
    experiment = spec.experiment
    logits = "" if ends_in_softmax(experiment.model) else ", from_logits=True"
    calls = []
    for metric in list_metrics(experiment.data, experiment.training, experiment.model):
        name = f'name="{metric.name}"'
        match metric:
            case TopKAccuracy():
                calls.append(f"keras.metrics.TopKCategoricalAccuracy({metric.k}, {name})")
            case CrossEntropyMetric():
                calls.append(f"keras.metrics.CategoricalCrossentropy({name}{logits})")
            case _:
                calls.append(f"keras.metrics.CategoricalAccuracy({name})")
    return calls[0] if len(calls) == 1 else f"\n{_write_lines(calls, 12)}        "


def _write_weights(weights: tuple[float, ...]) -> dict[str, str]:
    """Write the words about class weights; with them, a batch has the weight of each image."""
    scaled = "(images - MEAN) / DEVIATION, rows"
    if not weights:
        return {"WEIGHTS_COMMENT": "", "SCALED": scaled}
    numbers = f"[{', '.join(map(repr, weights))}]"
    return {
        "WEIGHTS_COMMENT": " with the weights of their classes",
        "SCALED": f"{scaled}, tf.linalg.matvec(rows, {numbers})",
    }


def _write_ending(spec: Spec) -> dict[str, str]:
    """Write the words about validation, the best epoch and the probabilities."""
    experiment = spec.experiment
    has_validation = bool(experiment.data.validation)
    has_best = experiment.training.best_monitor() is not None
    # The members of an ensemble share their validation images.
    is_shared = experiment.ensemble or experiment.data.validation_seed is not None
    seed = repr(experiment.validation_seed) if is_shared else "seed"
    split = f"split_validation(images, labels, {seed})" if has_validation else _NO_SPLIT
    probabilities = "outputs"
    if find_output_activation(experiment.model) != "softmax":
        probabilities = "keras.ops.softmax(outputs).numpy()"
    return {
        "SPLIT_VALUES": split,
        "VALIDATION_DATA": "build_batches(*validation)" if has_validation else "None",
        "RETURN_COMMENT": " with the weights of its best epoch" if has_best else "",
        "LOAD_BEST": '    network.load_weights(f"best-{seed}.weights.h5")\n' if has_best else "",
        "PROBABILITIES": probabilities,
    }

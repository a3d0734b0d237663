"""Export a run into a file, and guarantee that the file computes what the run computes."""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from cnnlab import __version__
from cnnlab.data.datasets import Images, select_images
from cnnlab.data.run_splits import read_split
from cnnlab.errors import ExportError, UsageError
from cnnlab.export import agreement
from cnnlab.export.answering_network import build_answering_network, compute_in_float32
from cnnlab.export.file_formats import FileFormat
from cnnlab.export.run_network import describe_input
from cnnlab.exported_networks.metadata import METADATA_FILE, Metadata, format_metadata
from cnnlab.exported_networks.network import Compute, ExportedNetwork, open_exported
from cnnlab.prediction import compute_probabilities
from cnnlab.quiet_tensorflow import keras
from cnnlab.run_folder import build_disk_error, save_file, write_atomically
from cnnlab.run_folder.serialization import to_json
from cnnlab.seeds import derive_seed
from cnnlab.study.networks import Network

# TensorFlow leaves this folder of a SavedModel to its author.
SAVED_MODEL_METADATA = Path("assets.extra") / METADATA_FILE
FIGURES_ENDING = ".export.json"
_CALIBRATION_IMAGES = 500


@dataclass(frozen=True)
class ExportRequest:
    """A network to export, in a format, with smaller numbers or not, into a file or folder."""

    network: Network
    form: FileFormat
    quantization: str | None
    path: Path


def export_network(request: ExportRequest) -> dict[str, Any]:
    """Write the file of a request, and its figures beside it; return the figures.

    The file is first written beside its place. It gets its name only after its own runtime has
    computed test images with it.

    Raises:
        UsageError: the path is a folder that cnnlab did not write.
        ExportError: the file does not compute what the run computes, or a training replaced the
            weights meanwhile; nothing is left.
        DataError: the data is missing, or is not the data that the network was trained on.
        DiskError: the file cannot be written.
    """
    path = request.path
    if path.is_dir() and not (path / SAVED_MODEL_METADATA).is_file():
        message = f"{path}: this folder exists, and cnnlab did not write it; choose another path"
        raise UsageError(message)
    with _open_workspace(path) as folder:
        target = Path(folder) / path.name
        texts = format_metadata(
            request.network.spec, describe_input(request.network.spec), request.quantization
        )
        weights = _identify_weights(request.network)
        network = build_answering_network(request.network.parts)
        try:
            _write(request, network, texts, target)
            figures = _check(request, _open_target(request, target), weights)
            figures["size_bytes"] = _measure_size(target)
            write_atomically(find_figures_path(target), to_json(figures))
        except OSError as error:
            raise build_disk_error(path, error) from None
        _move(find_figures_path(target), find_figures_path(path))
        _move(target, path)
    return figures


def export_script(request: ExportRequest) -> dict[str, Any]:
    """Write a script of plain Keras that trains the network of a request; return facts about it.

    Raises:
        UsageError: Keras alone cannot read the data, or cannot train as the config says.
        DataError: the data is missing, or is not the data that the network was trained on.
        DiskError: the file cannot be written.
    """
    from cnnlab.export.script.script_text import require_support, write_script

    spec, run = request.network.spec, request.network.run
    require_support(spec)
    name = run.name if run else request.path.stem
    text = write_script(spec, name, len(read_split(spec, "train").labels))
    compile(text, request.path.name, "exec")
    save_file(request.path, text.encode())
    return {
        "cnnlab": __version__,
        "run": name,
        "format": "python",
        "size_bytes": _measure_size(request.path),
    }


def find_figures_path(path: Path) -> Path:
    """Return the path of the figures beside an exported file: mnist-001.onnx.export.json."""
    return path.with_name(path.name + FIGURES_ENDING)


def _open_workspace(path: Path) -> tempfile.TemporaryDirectory[str]:
    try:
        return tempfile.TemporaryDirectory(prefix=".export-", dir=path.parent)
    except OSError as error:
        raise build_disk_error(path, error) from None


def _write(
    request: ExportRequest, network: keras.Model, texts: dict[str, str], target: Path
) -> None:
    match request.form.name:
        case "onnx":
            write_atomically(target, _convert_to_onnx(request, network, texts, target.parent))
        case "litert":
            write_atomically(target, _convert_to_litert(request, network, texts))
        case "saved_model":
            from cnnlab.export.keras_formats import write_saved_model

            write_saved_model(network, texts, target, SAVED_MODEL_METADATA)
        case "keras":
            from cnnlab.export.keras_formats import write_keras

            write_keras(network, texts, target)


def _convert_to_onnx(
    request: ExportRequest, network: keras.Model, texts: dict[str, str], folder: Path
) -> bytes:
    from cnnlab.export.onnx_format import convert_to_onnx

    model = convert_to_onnx(network, texts)
    if request.quantization is not None:
        from cnnlab.export import quantization

        if request.quantization == "float16":
            model = quantization.store_weights_as_float16(model)
        else:
            images = _read_calibration_images(request)
            model = quantization.quantize_onnx_to_int8(model, images, folder)
    return bytes(model.SerializeToString())


def _convert_to_litert(
    request: ExportRequest, network: keras.Model, texts: dict[str, str]
) -> bytes:
    from cnnlab.export import litert_format

    if request.quantization is None:
        data = litert_format.convert_to_litert(network)
    else:
        from cnnlab.export.quantization import convert_to_small_litert

        images = _read_calibration_images(request)
        data = convert_to_small_litert(network, request.quantization, images)
    return litert_format.append_metadata(data, texts)


def _read_calibration_images(request: ExportRequest) -> np.ndarray:
    """Read training images on which the ranges of 8-bit integers are measured."""
    images = read_split(request.network.spec, "train")
    return np.asarray(_choose_images(images, _CALIBRATION_IMAGES).images)


def _open_target(request: ExportRequest, target: Path) -> ExportedNetwork:
    """Open a file that was just written, by the runtime of its format."""
    if request.form.name in ("onnx", "litert"):
        return open_exported(target)
    from cnnlab.export.keras_formats import open_keras, open_saved_model

    opening: dict[str, Any] = {"keras": open_keras, "saved_model": open_saved_model}
    compute: Compute = opening[request.form.name](target)
    return ExportedNetwork(target, Metadata(request.network.spec), compute)


def _identify_weights(network: Network) -> list[tuple[int, int]]:
    """Return numbers that change when a training replaces the checkpoints of a network."""
    stats = [path.stat() for _, path in network.parts]
    return [(stat.st_ino, stat.st_mtime_ns) for stat in stats]


def _check(
    request: ExportRequest, file: ExportedNetwork, weights: list[tuple[int, int]]
) -> dict[str, Any]:
    """Compare the file with the run on test images, and measure the time for one image.

    `weights` are the numbers of the checkpoints from which the file was made.
    """
    images = read_split(request.network.spec, "test")
    if request.quantization is None:
        images = _choose_images(images, agreement.CHECKED_IMAGES)
    pixels = np.asarray(images.images)
    exact = compute_probabilities(compute_in_float32(request.network.parts), pixels)
    is_exact = request.network.spec.experiment.training.precision == "float32"
    own = exact if is_exact else compute_probabilities(request.network.parts, pixels)
    if _identify_weights(request.network) != weights:
        raise ExportError(
            f"{request.network.path}: its training saved another epoch during the export, so no "
            "file was written; export again, or after the training"
        )
    found = file.compute_probabilities(pixels)
    figures: dict[str, Any] = {
        "cnnlab": __version__,
        **_describe_weights(request.network),
        "format": request.form.name,
        "quantize": request.quantization,
        "members": len(request.network.parts),
    }
    if request.quantization is None:
        figures["agreement"] = agreement.require_agreement(found, exact, request.form.name)
    else:
        figures["accuracy"] = agreement.compare_accuracy(found, own, images.labels)
    if not is_exact:
        figures["precision"] = _compare_precisions(request, own, exact)
    time = agreement.measure_milliseconds(file.compute, pixels[:1])
    return {**figures, "milliseconds_per_image": round(time, 4)}


def _describe_weights(network: Network) -> dict[str, Any]:
    """Say which weights leave: the run, its status, and the checkpoint of each member."""
    run = network.run
    if run is None:
        return {"run": None, "checkpoints": [str(path) for _, path in network.parts]}
    record = run.read_record()
    return {
        "run": run.name,
        "status": record.status,
        "epochs": record.epochs,
        "checkpoints": [str(path.relative_to(run.path)) for _, path in network.parts],
    }


def _compare_precisions(
    request: ExportRequest, own: np.ndarray, exact: np.ndarray
) -> dict[str, Any]:
    """Compare the probabilities of a run in its own 16-bit precision with those in float32."""
    return {
        "run": request.network.spec.experiment.training.precision,
        "file": "float32",
        "largest_difference": float(np.abs(own.astype(np.float64) - exact).max()),
        "other_classes": int((own.argmax(axis=1) != exact.argmax(axis=1)).sum()),
    }


def _choose_images(images: Images, count: int) -> Images:
    """Choose at most `count` random images, always the same ones for the same data."""
    random = np.random.default_rng(derive_seed(0, "images to export"))
    return select_images(images, np.sort(random.permutation(len(images.labels))[:count]))


def _measure_size(path: Path) -> int:
    files = [path] if path.is_file() else [one for one in path.rglob("*") if one.is_file()]
    return sum(one.stat().st_size for one in files)


def _move(target: Path, path: Path) -> None:
    """Move a complete file or folder to its place, in place of an earlier one."""
    try:
        if path.is_dir() and target.is_dir():
            shutil.rmtree(path)
        os.replace(target, path)
    except OSError as error:
        raise build_disk_error(path, error) from None

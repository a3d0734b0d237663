"""List the formats of `cnnlab export`: the endings of their files, and what they need."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cnnlab.errors import UsageError
from cnnlab.exported_networks.metadata import QUANTIZATIONS
from cnnlab.exported_networks.network import require_packages


@dataclass(frozen=True)
class FileFormat:
    """A format in which a network leaves cnnlab.

    `ending` is the ending of its file; a folder has none. `packages` are the packages of the extra
    `extra` of cnnlab. `quantizations` are the smaller number types that the format can have.
    """

    name: str
    ending: str
    extra: str = ""
    packages: tuple[str, ...] = ()
    quantizations: tuple[str, ...] = ()

    def require_installed(self) -> None:
        """Raise UsageError if a package of this format is missing."""
        for package in self.packages:
            require_packages(package, self.extra)

    def require_quantization(self, quantization: str | None) -> None:
        """Raise UsageError if the format has no such numbers."""
        if quantization is None or quantization in self.quantizations:
            return
        if quantization not in QUANTIZATIONS:
            raise UsageError(f"--quantize {quantization}: expected {' or '.join(QUANTIZATIONS)}")
        able = ", ".join(one.name for one in FILE_FORMATS.values() if one.quantizations)
        raise UsageError(f"--quantize {quantization}: {self.name} cannot; {able} can")


FILE_FORMATS = {
    one.name: one
    for one in (
        FileFormat("onnx", ".onnx", "onnx", ("onnx", "tf2onnx", "onnxruntime"), QUANTIZATIONS),
        FileFormat("litert", ".tflite", "litert", ("ai_edge_litert",), QUANTIZATIONS),
        FileFormat("saved_model", ""),
        FileFormat("keras", ".keras"),
        FileFormat("python", ".py"),
    )
}


def require_output(path: Path, ending: str) -> None:
    """Raise UsageError if a file with this ending, or a folder if it is empty, cannot be there."""
    fault = ""
    if ending and path.suffix.lower() != ending:
        fault = f"the name must end in {ending}"
    elif not path.absolute().parent.is_dir():
        fault = f"there is no folder {path.parent}"
    elif ending and path.is_dir():
        fault = "this is a folder; name a file"
    elif not ending and path.is_file():
        fault = "this is a file; a SavedModel is a folder"
    if fault:
        raise UsageError(f"{path}: {fault}")

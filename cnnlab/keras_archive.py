"""Open a checkpoint, which is a zip file, and check each file inside before reading the file."""

from __future__ import annotations

import re
import struct
import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from cnnlab.errors import CheckpointError
from cnnlab.run_folder import MAX_SPEC_BYTES, parse_spec
from cnnlab.spec.experiment import Spec
from cnnlab.spec.keras_layers import NotSupported
from cnnlab.spec.keras_model_translation import ModelDescription, describe_model
from cnnlab.spec.wording import to_one_line
from cnnlab.untrusted_files import DuplicateKey, open_zip, parse_json

SPEC_MEMBER = "cnnlab.json"
METADATA_MEMBER = "metadata.json"
CONFIG_MEMBER = "config.json"
WEIGHTS_MEMBER = "model.weights.h5"
MAX_CONFIG_BYTES = 2 * 2**20  # a config.json of 500 layers has 1 MB
MAX_METADATA_BYTES = 2**16
_ANY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# The weights, the largest member, must not be compressed: unpacked, they could need far more
# memory than the size of the file suggests.
_COMPRESSIONS = {
    **dict.fromkeys((METADATA_MEMBER, SPEC_MEMBER, CONFIG_MEMBER), _ANY),
    WEIGHTS_MEMBER: (zipfile.ZIP_STORED,),
}
_ENCRYPTED = 0x1 | 0x40 | 0x2000  # zip flags: encrypted, strongly encrypted, masked header
# The errors of zipfile, its decompressors and h5py on damaged files.
UNREADABLE_ERRORS = (
    OSError,
    EOFError,
    ValueError,
    TypeError,
    LookupError,
    RuntimeError,
    MemoryError,
    OverflowError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


class KerasArchive:
    """A checkpoint that is open for reading.

    cnnlab reads no file inside the checkpoint beyond a size limit. Every fault of the checkpoint
    raises CheckpointError with a sentence for the user.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> KerasArchive:
        with ExitStack() as stack:
            try:
                self.archive = stack.enter_context(open_zip(self.path))
            except FileNotFoundError:
                raise CheckpointError(f"{self.path}: there is no such checkpoint") from None
            except UNREADABLE_ERRORS as error:
                fault = getattr(error, "strerror", None) or to_one_line(error)
                message = f"{self.path}: not a checkpoint, or cut short: {fault}"
                raise CheckpointError(message) from None
            self._require_known_members()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def _require_known_members(self) -> None:
        """Raise CheckpointError if the zip file contains a file that no checkpoint has.

        This also refuses a file that appears twice, is encrypted, is cut off, or is compressed in a
        way that Keras and cnnlab never use.
        """
        length = self.path.stat().st_size
        seen: set[str] = set()
        for info in self.archive.infolist():
            if info.filename not in _COMPRESSIONS:
                fault = f"contains {to_one_line(info.filename)}, which is not part of a checkpoint"
            elif info.filename in seen:
                fault = f"contains {info.filename} twice"
            elif info.flag_bits & _ENCRYPTED:
                fault = f"{info.filename} is encrypted, which Keras and cnnlab never do"
            elif info.compress_type not in _COMPRESSIONS[info.filename]:
                fault = f"{info.filename} is compressed in a way that Keras and cnnlab never write"
            elif info.header_offset + info.compress_size > length:
                fault = f"{info.filename} is damaged: it would end after the end of the file"
            else:
                seen.add(info.filename)
                continue
            raise CheckpointError(f"{self.path}: {fault}")

    @property
    def is_native(self) -> bool:
        """Whether the checkpoint contains cnnlab.json, which only cnnlab writes."""
        return SPEC_MEMBER in self.archive.namelist()

    def read_size(self, name: str) -> int:
        """Return the size in bytes that the zip file states for a file inside."""
        try:
            return self.archive.getinfo(name).file_size
        except KeyError:
            message = f"{self.path}: it contains no {name}, so it is not a checkpoint"
            raise CheckpointError(message) from None

    def read_member(self, name: str, limit: int) -> bytes:
        size = self.read_size(name)
        if size > limit:
            message = f"{name} has {size:,} bytes, but the file's spec needs at most {limit:,}"
            raise CheckpointError(f"{self.path}: {message}")
        try:
            with self.archive.open(name) as file:
                data = file.read(limit + 1)
        except UNREADABLE_ERRORS as error:
            raise CheckpointError(f"{self.path}: {name} is damaged: {to_one_line(error)}") from None
        if len(data) != size:
            raise CheckpointError(f"{self.path}: {name} is damaged: its stated size is wrong")
        return data

    def read_config(self) -> Any:
        """Parse config.json; raise ValueError or RecursionError if this file is not valid JSON."""
        text = self.read_member(CONFIG_MEMBER, MAX_CONFIG_BYTES)
        try:
            return parse_json(text)
        except DuplicateKey as key:
            fault = f"{CONFIG_MEMBER} has the key {to_one_line(key)} twice"
            raise CheckpointError(f"{self.path}: {fault}") from None

    def require_keras_3(self) -> None:
        """Raise CheckpointError if metadata.json says that Keras 2 or older wrote the file."""
        text = self.read_member(METADATA_MEMBER, MAX_METADATA_BYTES)
        try:
            version = str(parse_json(text)["keras_version"])
        except (ValueError, LookupError, TypeError, RecursionError):
            message = f"{METADATA_MEMBER} is damaged: it does not name the version of Keras"
            raise CheckpointError(f"{self.path}: {message}") from None
        if re.match(r"[0-2]\.", version):
            path, name = str(self.path), self.path.name
            raise CheckpointError(
                f"{path}: a .keras file of Keras {to_one_line(version)}; cnnlab reads those of "
                f"Keras 3; convert it in Keras 3: keras.models.load_model({path!r}, compile=False)"
                f".save({'new_' + name!r})"
            )

    def read_description(self) -> ModelDescription:
        """Translate the Keras layers in the file; raise CheckpointError for unsupported layers."""
        try:
            return describe_model(self.read_config())
        except NotSupported as unknown:
            message = (
                f"{self.path}: cnnlab did not write this file and cannot read it, "
                f"because the model has {unknown}"
            )
            raise CheckpointError(message) from None
        except (ValueError, RecursionError):
            raise CheckpointError(f"{self.path}: {CONFIG_MEMBER} is damaged: not JSON") from None

    def read_spec(self) -> Spec:
        """Read the spec in a checkpoint of cnnlab; raise CheckpointError for a damaged spec."""
        text = self.read_member(SPEC_MEMBER, MAX_SPEC_BYTES)
        if b'"cnnlab_spec"' in text:
            raise CheckpointError(
                f"{self.path}: `cnnlab export` wrote this file for programs without cnnlab; name "
                "the run, or one of its checkpoints"
            )
        return parse_spec(text, str(self.path), CheckpointError)

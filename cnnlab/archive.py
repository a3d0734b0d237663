"""The zip file that a checkpoint is: no member is read before what the file says of it is right."""

from __future__ import annotations

import json
import struct
import zipfile
import zlib
from contextlib import ExitStack
from pathlib import Path

from cnnlab.errors import CheckpointError
from cnnlab.files import open_zip
from cnnlab.run_folder import MAX_SPEC_BYTES, parse_spec
from cnnlab.spec.experiment import Spec
from cnnlab.spec.keras_config import Description, described
from cnnlab.spec.keras_layers import Unknown
from cnnlab.spec.words import one_line

SPEC_MEMBER = "cnnlab.json"
CONFIG_MEMBER = "config.json"
WEIGHTS_MEMBER = "model.weights.h5"
MAX_CONFIG_BYTES = 2 * 2**20  # of 500 layers, 1 MB
_ANY = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
# Members may be compressed, but for the largest: it would take more memory than the file has bytes.
_COMPRESSIONS = {
    **dict.fromkeys(("metadata.json", SPEC_MEMBER, CONFIG_MEMBER), _ANY),
    WEIGHTS_MEMBER: (zipfile.ZIP_STORED,),
}
# What zipfile, its decompressors and h5py raise on bytes that are not theirs.
UNREADABLE = (
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


class Archive:
    """A zip file whose members are read whole, up to a limit, with faults told in a sentence."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __enter__(self) -> Archive:
        with ExitStack() as stack:
            try:
                self.archive = stack.enter_context(open_zip(self.path))
            except FileNotFoundError:
                raise CheckpointError(f"{self.path}: there is no such checkpoint") from None
            except UNREADABLE as error:
                told = getattr(error, "strerror", None) or one_line(error)
                message = f"{self.path}: not a checkpoint, or cut short: {told}"
                raise CheckpointError(message) from None
            self._require_known()
            self.stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self.stack.close()

    def _require_known(self) -> None:
        """Raise CheckpointError unless each member is one of a checkpoint's, whole, and once."""
        length = self.path.stat().st_size
        seen: set[str] = set()
        for info in self.archive.infolist():
            if info.filename not in _COMPRESSIONS:
                told = f"holds {one_line(info.filename)}, which no checkpoint has"
            elif info.filename in seen:
                told = f"holds {info.filename} twice"
            elif info.compress_type not in _COMPRESSIONS[info.filename]:
                told = f"{info.filename} is compressed in a way that Keras and cnnlab never write"
            elif info.header_offset + info.compress_size > length:
                told = f"{info.filename} is damaged: it would end behind the end of the file"
            else:
                seen.add(info.filename)
                continue
            raise CheckpointError(f"{self.path}: {told}")

    @property
    def is_ours(self) -> bool:
        """Whether it has the member that cnnlab alone writes."""
        return SPEC_MEMBER in self.archive.namelist()

    def size(self, name: str) -> int:
        """The bytes of a member, as the file says."""
        try:
            return self.archive.getinfo(name).file_size
        except KeyError:
            message = f"{self.path}: no {name} in it: not a checkpoint"
            raise CheckpointError(message) from None

    def member(self, name: str, limit: int) -> bytes:
        size = self.size(name)
        if size > limit:
            message = f"{name} has {size:,} bytes, at most {limit:,} fit its spec"
            raise CheckpointError(f"{self.path}: {message}")
        try:
            with self.archive.open(name) as file:
                data = file.read(limit + 1)
        except UNREADABLE as error:
            raise CheckpointError(f"{self.path}: {name} is damaged: {one_line(error)}") from None
        if len(data) != size:
            raise CheckpointError(f"{self.path}: {name} is damaged: its size is not as promised")
        return data

    def description(self) -> Description:
        """What the network says of itself, in this language; raises CheckpointError."""
        text = self.member(CONFIG_MEMBER, MAX_CONFIG_BYTES)
        try:
            return described(json.loads(text))
        except Unknown as unknown:
            message = f"{self.path}: not written by cnnlab, and not read: it has {unknown}"
            raise CheckpointError(message) from None
        except (ValueError, RecursionError):
            raise CheckpointError(f"{self.path}: {CONFIG_MEMBER} is damaged: not JSON") from None

    def spec(self) -> Spec:
        """The spec that cnnlab wrote into it; raises CheckpointError."""
        text = self.member(SPEC_MEMBER, MAX_SPEC_BYTES)
        return parse_spec(text, str(self.path), CheckpointError)

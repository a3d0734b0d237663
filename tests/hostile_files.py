"""Checkpoints made to deceive, one file each; and what a process does as it refuses them all.

    python tests/hostile_files.py FOLDER RIGHT,RIGHT DATASET

opens every file of the folder as `evaluate` would, after some right ones, and prints, for each,
what was told and the memory that it took. Between its first and last lines it does nothing else.
"""

from __future__ import annotations

import base64
import io
import json
import marshal
import pickle
import random
import struct
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np

BEGIN, END = "begin of hostile files", "end of hostile files"


class Trap:
    """What runs as it is unpickled: it makes a file, whose name is no other's."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def layer(class_name: str, **config: object) -> dict:
    return {"module": "keras.layers", "class_name": class_name, "config": config}


def gadgets(trap: Path) -> dict[str, dict]:
    """Layers of a config.json that would run code, or read a file, if Keras loaded them."""
    code = compile(f"open({str(trap)!r}, 'w')", "trap", "exec")
    function = base64.b64encode(marshal.dumps(code)).decode()
    return {
        "lambda": layer(
            "Lambda", function={"class_name": "__lambda__", "config": {"code": function}}
        ),
        "function": layer(
            "Lambda", function={"class_name": "function", "module": "os", "config": "system"}
        ),
        "module": {"module": "os", "class_name": "system", "config": {"command": f"touch {trap}"}},
        "registered": {
            "module": "keras.layers",
            "class_name": "Dense",
            "config": {"units": 2},
            "registered_name": "evil>Layer",
        },
        "string_lookup": layer("StringLookup", vocabulary="/etc/passwd"),
        "integer_lookup": layer("IntegerLookup", vocabulary="/etc/passwd"),
        "text": layer("TextVectorization", vocabulary="/etc/passwd"),
        "tfsm": layer("TFSMLayer", filepath=str(trap.parent), call_endpoint="serve"),
        "wrapped": layer("Bidirectional", layer=layer("Lambda", function="os.system")),
        "jax": layer("JaxLayer", call_fn="os.system"),
        "torch": layer("TorchModuleWrapper", module=base64.b64encode(b"x").decode()),
    }  # fmt: skip


def write_all(folder: Path, whole: bytes, trap: Path) -> None:
    """Write hostile variants of a valid checkpoint into `folder`."""
    with zipfile.ZipFile(io.BytesIO(whole)) as archive:
        members = {info.filename: archive.read(info) for info in archive.infolist()}

    def write(name: str, **changed: bytes | None) -> None:
        names = {"weights": "model.weights.h5", "config": "config.json", "spec": "cnnlab.json"}
        new = members | {names.get(key, key): value for key, value in changed.items()}
        with zipfile.ZipFile(folder / f"{name}.keras", "w") as archive:
            for member, data in new.items():
                if data is not None:
                    archive.writestr(member, data)

    config = json.loads(members["config.json"])
    for name, gadget in gadgets(trap).items():
        for place in (1, len(config["config"]["layers"])):
            layers = config["config"]["layers"]
            changed = {
                **config,
                "config": {
                    **config["config"],
                    "layers": [*layers[:place], gadget, *layers[place:]],
                },
            }
            write(f"layer-{name}-{place}", config=json.dumps(changed).encode())
            write(f"foreign-{name}-{place}", config=json.dumps(changed).encode(), spec=None)
    write("bomb-json-config", config=b"[" + b"[]," * 690_000 + b"1]")
    write("bomb-json-spec", spec=b"[" + b"{}," * 690_000 + b"1]")
    write("bomb-json-deep", spec=b"[" * 1_900_000)
    write("pickle-as-spec", spec=pickle.dumps(Trap(trap)))
    write("pickle-as-weights", weights=pickle.dumps(Trap(trap)))
    (folder / "pickle.keras").write_bytes(pickle.dumps(Trap(trap)))
    write_huge_spec(write, members)
    for name, change in arrays(trap).items():
        file = io.BytesIO(members["model.weights.h5"])
        with h5py.File(file, "r+") as open_file:
            change(open_file)
        write(f"hdf5-{name}", weights=file.getvalue())
    write_zips(folder, members, whole)
    chance = random.Random(0)
    for number in range(200):
        damaged = bytearray(whole)
        damaged[chance.randrange(len(whole))] ^= chance.randrange(1, 256)
        (folder / f"flipped-{number:03d}.keras").write_bytes(damaged)
    for number in range(60):
        cut = whole[: len(whole) * number // 60]
        (folder / f"short-{number:02d}.keras").write_bytes(cut)


def write_huge_spec(write, members) -> None:
    """Write specs with many parameters beside few arrays: their networks would need 200 MB."""
    spec = json.loads(members["cnnlab.json"])
    flatten, dense = spec["experiment"]["model"][0], spec["experiment"]["model"][-1]
    wide = {"dense": {**dense["dense"], "units": 40_000}}
    spec["experiment"]["model"] = [flatten, wide, dense]
    write("huge-spec", spec=json.dumps(spec).encode())
    wide["dense"]["units"] = 60_000
    spec["experiment"]["model"] = [flatten, wide, wide, dense]
    write("too-huge-spec", spec=json.dumps(spec).encode())


def arrays(trap: Path) -> dict:
    """Write changes of the HDF5 file: links, other files, false shapes."""
    name = "layers/dense/vars/1"

    def put(**options):
        def change(file):
            del file[name]
            file.create_dataset(name, **options)

        return change

    def link(made):
        def change(file):
            del file[name]
            file[name] = made

        return change

    layout = h5py.VirtualLayout((2,), "float32")
    layout[:] = h5py.VirtualSource("/etc/passwd", "bias", (2,))

    def virtual(file):
        del file[name]
        file.create_virtual_dataset(name, layout)

    return {
        "external": put(shape=(2,), dtype="float32", external=[("/etc/passwd", 0, 8)]),
        "virtual": virtual,
        "external-link": link(h5py.ExternalLink("/etc/passwd", "/x")),
        "soft-link": link(h5py.SoftLink("/")),
        "shape-bomb": put(shape=(2**40,), dtype="float32", chunks=(2**20,)),
        "sparse-bomb": put(shape=(2**30,), dtype="float32", fillvalue=1.0),
        "chunk-bomb": put(
            data=np.zeros(2, np.float32), chunks=(2**24,), maxshape=(None,), compression="gzip"
        ),
        "nan": put(data=np.array([np.nan, 1], np.float32)),
        "infinite": put(data=np.array([np.inf, 1], np.float32)),
    }


def write_zips(folder: Path, members: dict[str, bytes], whole: bytes) -> None:
    """Write zip files whose table of contents is false, or larger than everything else."""
    for method, name in ((zipfile.ZIP_DEFLATED, "deflated"), (zipfile.ZIP_LZMA, "lzma")):
        with zipfile.ZipFile(folder / f"zip-{name}-bomb.keras", "w", method) as archive:
            for member, data in members.items():
                data = bytes(300_000_000) if member == "model.weights.h5" else data
                archive.writestr(member, data)
    with zipfile.ZipFile(folder / "zip-many-members.keras", "w") as archive:
        for number in range(50_000):
            archive.writestr(f"{number}", b"")
    with zipfile.ZipFile(folder / "zip-names.keras", "w") as archive:
        for member, data in members.items():
            archive.writestr(member, data)
        archive.writestr("../../../../tmp/outside", b"x")
    end = whole.rindex(b"PK\5\6")
    for value, name in ((2**31 - 1, "contents"), (0xFFFFFFFF, "zip64")):
        lie = bytearray(whole)
        lie[end + 12 : end + 16] = struct.pack("<I", value)
        (folder / f"zip-{name}.keras").write_bytes(lie)
    place = whole.rindex(b"model.weights.h5") - 46  # its entry in the table of contents
    for offset, name in ((20, "packed-size"), (24, "size")):
        lie = bytearray(whole)
        lie[place + offset : place + offset + 4] = struct.pack("<I", 2**31 - 1)
        (folder / f"zip-{name}.keras").write_bytes(lie)


def memory(field: str) -> int:
    """KiB of this process: VmRSS, or VmHWM, the most since it was set back."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith(f"{field}:")))


def main() -> None:
    """Open all files while strace records the system calls."""
    from cnnlab import checkpoint, foreign_models
    from cnnlab.errors import CnnlabError
    from cnnlab.keras_archive import KerasArchive

    said = foreign_models.ForeignModelOptions(sys.argv[3], "unit")
    folder = Path(sys.argv[1])
    files = sorted(folder.iterdir())

    def open_file(path: Path) -> str:
        try:
            with KerasArchive(path) as archive:
                known = foreign_models.NO_OPTIONS if archive.is_native else said
            spec = foreign_models.read_spec(path, known)
            checkpoint.load_trained(spec, path)
        except CnnlabError as error:
            return f"{error.exit_code} {error}"
        return "0 opened"

    for right in sys.argv[2].split(","):  # by which all that is needed is loaded
        assert open_file(Path(right)) == "0 opened"
    told = []
    print(BEGIN, flush=True)
    for path in files:
        Path("/proc/self/clear_refs").write_text("5")
        idle = memory("VmRSS")
        answer = open_file(path)
        told.append({"name": path.stem, "said": answer, "kib": memory("VmHWM") - idle})
    print(END, flush=True)
    print(json.dumps(told))


if __name__ == "__main__":
    main()

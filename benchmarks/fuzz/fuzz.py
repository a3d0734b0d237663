"""Fuzz a reader of files, guided by line coverage, for inputs without a proper answer.

    python benchmarks/fuzz/fuzz.py config|sweep|checkpoint|npz|idx|csv|image [SECONDS]

Ten minutes if not told otherwise. Needs `pip install -e '.[fuzz,test]'`. It ends with an error, and
keeps the bytes in a file that it names, at the first exception that is not one of cnnlab's own, the
first input that takes over 2 seconds, or as soon as the process has grown by over 256 MiB.

The target `sweep` also prints the time of each input that is slower than all inputs before.

Atheris keeps the arrays that its traced comparisons make, about 5 kB for each CSV file: fuzz `csv`
in several runs of 90 seconds. Without its tracing, memory stays the same.

The fuzzer's bytes are a config or a sweep file as they are; for the other readers they are a
program that damages a right file, as in tests/damaged_files.py.
"""

from __future__ import annotations

import contextlib
import gzip
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import atheris
import numpy as np

TESTS = Path(__file__).parents[2] / "tests"
sys.path[:0] = [str(TESTS), str(TESTS / "spec")]

with atheris.instrument_imports(include=["cnnlab"]):
    from cnnlab.errors import CnnlabError

MIB, SECONDS = 256, 2
Target = Callable[[bytes], None]


def config(folder: Path) -> Target:
    """Fuzz the config reader, starting from a valid config."""
    with atheris.instrument_imports(include=["cnnlab"]):
        from test_fuzz import VALID, answers
    (folder / "corpus/valid").write_text(VALID, encoding="utf-8")

    def target(data: bytes) -> None:
        assert answers(data)

    return target


def sweep(folder: Path) -> Target:
    """Fuzz the reader of sweep files, starting from a valid one; print the slowest input."""
    with atheris.instrument_imports(include=["cnnlab"]):
        from test_sweep_fuzz import SWEEP, answers
    (folder / "corpus/valid").write_text(SWEEP, encoding="utf-8")
    slowest = 0.0

    def target(data: bytes) -> None:
        nonlocal slowest
        start = time.perf_counter()
        assert answers(data)
        seconds = time.perf_counter() - start
        if seconds > slowest:
            slowest = seconds
            print(f"slowest so far: {seconds:.3f} s for {len(data):,} bytes")

    return target


def checkpoint(folder: Path) -> Target:
    """Fuzz the checkpoint readers with a damaged checkpoint, and as a foreign model."""
    with atheris.instrument_imports(include=["cnnlab"]):
        from cnnlab import checkpoint as checkpoints
        from cnnlab import foreign_models
    from checkpoint_builders import SMALL, network, spec_of
    from damaged_files import damage, damage_zip

    shape = (8, 7, 1)
    whole = checkpoints.to_bytes(network(SMALL, shape), spec_of(SMALL, shape))
    theirs = whole.replace(b"cnnlab.json", b"metadat.jso")
    said = foreign_models.ForeignModelOptions(str(data_set(folder)), "unit")
    built, path = network(SMALL, shape), folder / "some.keras"

    def target(data: bytes) -> None:
        way = damage_zip if data[:1] > b"\x80" else damage
        path.write_bytes(way(whole, data[1:]))
        answer_or_refuse(lambda: foreign_models.read_spec(path))
        answer_or_refuse(lambda: checkpoints.load_weights(built, path))
        path.write_bytes(way(theirs, data[1:]))
        answer_or_refuse(lambda: foreign_models.read_spec(path, said))

    return target


def npz(folder: Path) -> Target:
    """Fuzz the data reader with a damaged .npz file."""
    with atheris.instrument_imports(include=["cnnlab"]):
        from cnnlab.data import datasets
        from cnnlab.spec.experiment import Data
    from damaged_files import damage, damage_zip

    path = folder / "damaged.npz"
    wholes = [data_set(folder).read_bytes(), float_data_set(folder).read_bytes()]

    def target(data: bytes) -> None:
        way = damage_zip if data[:1] > b"\x80" else damage
        path.write_bytes(way(wholes[data[0] % 2 if data else 0], data[1:]))
        section = Data(dataset=str(path))
        answer_or_refuse(lambda: datasets.describe_dataset(section))
        answer_or_refuse(lambda: datasets.read_training_images(section))

    return target


def idx(folder: Path) -> Target:
    """Fuzz the reader of IDX files, plain and in gzip, with damaged images or labels."""
    return files_of_arrays(folder, ["train-images-idx3-ubyte", "train-labels-idx1-ubyte"], to_idx)


def csv(folder: Path) -> Target:
    """Fuzz the reader of CSV files, plain and in gzip, with damaged lines."""
    return files_of_arrays(folder, ["own.csv"], to_csv)


def to_idx(images: np.ndarray, labels: np.ndarray) -> list[bytes]:
    """Two IDX files."""
    import layout_builders

    return [layout_builders.to_idx(images), layout_builders.to_idx(labels)]


def to_csv(images: np.ndarray, labels: np.ndarray) -> list[bytes]:
    """A CSV file."""
    import layout_builders

    return [layout_builders.to_csv(images, labels)]


def files_of_arrays(
    folder: Path, names: list[str], build: Callable[[np.ndarray, np.ndarray], list[bytes]]
) -> Target:
    """Fuzz a reader with a damaged file beside right ones; the first byte chooses the damage.

    The file is damaged before or after gzip compresses it, or is not compressed.
    """
    with atheris.instrument_imports(include=["cnnlab"]):
        from cnnlab.data import datasets
        from cnnlab.spec.experiment import Data
    from damaged_files import damage

    images = np.random.default_rng(0).integers(0, 256, (12, 8, 8), np.uint8)
    whole = build(images, np.arange(12) % 2)

    def target(data: bytes) -> None:
        first = data[0] if data else 0
        chosen = first % len(names)
        for place, (name, content) in enumerate(zip(names, whole, strict=True)):
            damaged = content if place != chosen else damage(content, data[1:])
            if first & 32:
                damaged = gzip.compress(damaged, 1, mtime=0)
            if first & 64 and place == chosen:
                damaged = damage(gzip.compress(content, 1, mtime=0), data[1:])
            (folder / name).write_bytes(damaged)
        section = Data(dataset=str(folder / names[0]), test=0.5, validation=0.0)
        answer_or_refuse(lambda: datasets.describe_dataset(section))
        answer_or_refuse(lambda: datasets.read_training_images(section))

    return target


def image(folder: Path) -> Target:
    """Fuzz the image reader with damaged pictures of each format."""
    with atheris.instrument_imports(include=["cnnlab", "PIL"]):
        from cnnlab.data import image_files
        from cnnlab.data.image_preparation import fit_image
    from damaged_files import damage
    from picture_builders import PLAIN, to_bytes

    kinds = [("PNG", {}), ("JPEG", {"progressive": True}), ("JPEG", {}), ("WEBP", {}), ("BMP", {})]
    kinds += [("GIF", {}), ("TIFF", {})]
    kinds += [("TIFF", {"compression": name}) for name in ("tiff_lzw", "tiff_deflate", "jpeg")]
    whole = [to_bytes(PLAIN, kind, **options) for kind, options in kinds]
    path = folder / "picture"

    def target(data: bytes) -> None:
        path.write_bytes(damage(whole[data[0] % len(whole)], data[1:]) if data else b"")
        answer_or_refuse(lambda: fit_image(image_files.read_image(str(path)), (20, 30, 3)))

    return target


def answer_or_refuse(ask: Callable[[], object]) -> None:
    """Call `ask`; a result and a CnnlabError are both right."""
    with contextlib.suppress(CnnlabError):
        ask()


def data_set(folder: Path) -> Path:
    """A valid .npz file of two classes."""
    path = folder / "right.npz"
    images = np.random.default_rng(0).integers(0, 256, (12, 8, 7, 1), np.uint8)
    labels = np.arange(12) % 2
    np.savez_compressed(path, x_train=images, y_train=labels, x_test=images, y_test=labels)
    return path


def float_data_set(folder: Path) -> Path:
    """A valid .npz file with the names of MedMNIST, floats from 0 to 1, and one-hot labels."""
    path = folder / "floats.npz"
    images = np.random.default_rng(0).integers(0, 256, (12, 1, 8, 7)) / 255
    labels = np.eye(2)[np.arange(12) % 2]
    parts = [f"{part}_{name}" for part in ("train", "val", "test") for name in ("images", "labels")]
    arrays = {name: images if name.endswith("images") else labels for name in parts}
    np.savez_compressed(path, **arrays)
    return path


def memory() -> int:
    """MiB of this process."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS:"))) // 1024


def main() -> None:
    """Fuzz one reader."""
    targets = {
        "config": config,
        "sweep": sweep,
        "checkpoint": checkpoint,
        "npz": npz,
        "image": image,
    }
    targets |= {"idx": idx, "csv": csv}
    if len(sys.argv) < 2 or sys.argv[1] not in targets:
        sys.exit(__doc__)
    seconds = int(sys.argv[2]) if len(sys.argv) > 2 else 600
    folder = Path(tempfile.mkdtemp())
    (folder / "corpus").mkdir()
    target = targets[sys.argv[1]](folder)
    (folder / "corpus/empty").write_bytes(b"")
    for seed in range(32):
        program = np.random.default_rng(seed).bytes(6 + seed)
        (folder / f"corpus/{seed}").write_bytes(program)
    target(program)  # whatever is loaded at first use
    options = [
        f"-max_total_time={seconds}",
        f"-timeout={SECONDS}",
        f"-rss_limit_mb={memory() + MIB}",
        f"-max_len={65_536 if sys.argv[1] in ('config', 'sweep') else 200}",
        f"-artifact_prefix={folder}/",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], target)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

"""The reader's time for texts that are made to be slow, and for random bytes.

    python benchmarks/reader.py

Bar: a spec or a ConfigError within 0.5 s for any 64 KiB.
"""

from __future__ import annotations

import contextlib
import random
import time
from pathlib import Path

from cnnlab.errors import ConfigError, DataError
from cnnlab.spec.config_reader import parse_config
from cnnlab.spec.experiment import DatasetInfo
from cnnlab.spec.yaml_nodes import MAX_BYTES

INFO = DatasetInfo((28, 28, 1), tuple("0123456789"), 60_000, 10_000)
LAYERS = "conv: {filters: 2, kernel_size: 1}"
ALPHABETS = (bytes(range(256)), b"abc:{}[],-#&*!|>'\"%@` \n\t", b"[]{},: \n", b"- \nconv:1")
TEXTS = {
    "4,000 unknown layers": "model: [" + ", ".join(["convolutoin2d"] * 4000) + "]",
    "2,000 unknown keys": "model: [{conv: {"
    + ", ".join(f"filtres{i}: 1" for i in range(2000))
    + "}}]",
    "500 layers": "model:\n" + f"  - {LAYERS}\n" * 499 + "  - flatten\n",
    "18,600 values of a block": "blocks:\n"
    + f"  a: {{layers: [{', '.join([f'{{{LAYERS}}}'] * 66)}]}}\n"
    + f"  b: {{layers: [{', '.join(['a'] * 40)}]}}\nmodel: [b]\n",
    "blocks in blocks": "blocks:\n"
    + "".join(f"  b{n}: {{layers: [{f'b{n + 1}, ' * 99}a]}}\n" for n in range(40))
    + "model: [b0]\n",
    "2,000 keys at the top": "\n".join(f"key{i}: {i}" for i in range(2000)),
    "brackets": "[" * MAX_BYTES,
    "braces": "{" * MAX_BYTES,
    "dashes": "- " * (MAX_BYTES // 2),
    "question marks": "? " * (MAX_BYTES // 2),
    "colons": "a: " * (MAX_BYTES // 3),
    "a long word": "name: " + "x" * (MAX_BYTES - 6),
    "a long number": "seed: " + "9" * (MAX_BYTES - 6),
    "quotes": "'" * MAX_BYTES,
    "comments": "#\n" * (MAX_BYTES // 2),
    "tabs": "\t" * MAX_BYTES,
    "anchors": "&a " * (MAX_BYTES // 3),
}


def seconds(data: bytes) -> float:
    """The time until a spec or an error comes."""
    started = time.perf_counter()
    with contextlib.suppress(ConfigError, DataError):
        parse_config(Path("made.yaml"), data, lambda _: INFO)
    return time.perf_counter() - started


def main() -> None:
    """Measure and print."""
    seconds(b"model: [flatten]")  # the first call builds what later ones share
    made = {name: seconds(text.encode()[:MAX_BYTES]) for name, text in TEXTS.items()}
    generator = random.Random(0)  # noqa: S311
    times = []
    for number in range(2000):
        alphabet = ALPHABETS[number % len(ALPHABETS)]
        length = generator.randint(0, MAX_BYTES)
        times.append(seconds(bytes(generator.choices(alphabet, k=length))))
    for name, time_taken in sorted(made.items(), key=lambda item: -item[1])[:5]:
        print(f"{name:<24} {time_taken:.3f} s")
    print(f"2,000 random texts       {max(times):.3f} s at most")


if __name__ == "__main__":
    main()

"""The cost of progress.json and of a lab that watches, for `cnnlab train configs/mnist.yaml`.

    python benchmarks/watched.py [ROUNDS]

Whole processes train in turn: one that writes no progress.json, one that nobody watches, and one
whose progress a lab streams to a page. The figures are the medians of the ratios of their times to
that of the first, round by round. Bar: at most 1.02 of the wall time. The CPU time is that of the
training process; it varies less on a machine that does other work too.
"""

from __future__ import annotations

import http.client
import os
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
EPOCHS = 1
CALLBACKS = "training.callbacks=[{model_checkpoint: val_loss}]"
UNWRITTEN = """
import sys
from cnnlab.run_folder import RunFolder
RunFolder.write_progress = lambda *_: None
from cnnlab.cli.main import main
main()
"""


def train(folder: Path, writes: bool) -> tuple[float, float]:
    """Train in a process of its own; returns its wall time and its CPU time in seconds."""
    program = ["-m", "cnnlab"] if writes else ["-c", UNWRITTEN]
    command = [sys.executable, *program, "train", "configs/mnist.yaml", "--runs", str(folder)]
    command += ["--set", f"training.epochs={EPOCHS}", "--set", CALLBACKS, "--quiet"]
    started = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
    _, code, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(code)
    assert process.returncode == 0
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime


def open_lab(folder: Path) -> subprocess.Popen[str]:
    """Start a lab, and read its events until it ends."""
    command = [sys.executable, "-m", "cnnlab", "lab", "--runs", str(folder), "--port", "0"]
    lab = subprocess.Popen(
        [*command, "--no-browser"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )
    assert lab.stdout is not None
    address = re.search(r"http://([^/]+)/\?token=(\S+)", lab.stdout.readline())
    assert address
    threading.Thread(target=read_events, args=[*address.groups()], daemon=True).start()
    return lab


def read_events(host: str, token: str) -> None:
    """Read the events of a lab until it ends."""
    connection = http.client.HTTPConnection(host)
    connection.request("GET", f"/?token={token}")
    answer = connection.getresponse()
    cookie = answer.headers["set-cookie"].split(";")[0]
    answer.read()
    connection.request("GET", "/api/events", headers={"Cookie": cookie})
    stream = connection.getresponse()
    while stream.readline():
        pass


def main() -> None:
    """Measure and print."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    ratios: dict[str, list[tuple[float, float]]] = {"alone": [], "watched": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = ["unwritten", "alone", "watched"]
        for number in range(1, rounds + 1):
            seconds = {}
            for kind in kinds:
                lab = open_lab(folder) if kind == "watched" else None
                try:
                    seconds[kind] = train(folder, writes=kind != "unwritten")
                finally:
                    if lab:
                        lab.terminate()
                        lab.wait()
            kinds = [*kinds[1:], kinds[0]]  # each kind is as often the first as the others
            for kind, found in ratios.items():
                pairs = zip(seconds[kind], seconds["unwritten"], strict=True)
                wall, cpu = (own / other for own, other in pairs)
                found.append((wall, cpu))
            times = ", ".join(
                f"{kind} {wall:.2f} s (CPU {cpu:.2f} s)" for kind, (wall, cpu) in seconds.items()
            )
            print(f"round {number}: {times}", flush=True)
    for kind, found in ratios.items():
        wall, cpu = map(statistics.median, zip(*found, strict=True))
        print(f"{kind}: median ratio of wall times {wall:.3f}, of CPU times {cpu:.3f}")


if __name__ == "__main__":
    main()

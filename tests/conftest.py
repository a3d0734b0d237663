"""Shared fixtures: small data, one trained run, and cnnlab as a real process."""

from __future__ import annotations

import fcntl
import gc
import json
import os
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from browser_tabs import Tabs
from forked_processes import close_server, start_forks
from running_process import RunningProcess, run_cnnlab

# Dropout, shuffling and batch normalization are all in it: what a repeated run must repeat.
SMALL = """\
# Two epochs on a tenth of MNIST.
name: small
seed: 7

data: {dataset: small.npz, validation: 0.1, batch_size: 32}

model:
  - conv: {filters: 16, kernel_size: 3, activation: relu}  # 26 × 26 × 16
  - max_pool: 2
  - conv: {filters: 16, kernel_size: 3}
  - batch_norm
  - activation: relu
  - max_pool: 2
  - flatten
  - dropout: 0.2
  - dense: {units: 10, activation: softmax}

training:
  epochs: 2
  callbacks:
    - model_checkpoint: {monitor: val_loss}
"""


# The same device everywhere: a GPU adds in another order each time.
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
# Each process would compile cnnlab again: that is 0.25 s of the 4 s of a short training.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# Workers share the cores: with one thread each, the whole suite takes a quarter less time. NumPy
# reads the number for its matrix products when it is first imported, so not before this line.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
    os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--stacks",
        type=int,
        default=300,
        help="how many random stacks the table of shapes is compared with Keras on (300)",
    )
    parser.addoption(
        "--damages",
        type=int,
        default=300,
        help="how many random or damaged files each test of a reader draws (300)",
    )


@pytest.fixture
def stack_count(request: pytest.FixtureRequest) -> int:
    """How many random stacks a test draws."""
    return int(request.config.getoption("--stacks"))


def pytest_configure(config: pytest.Config) -> None:
    """Set how many files are damaged, and how often garbage is collected.

    Collect garbage after 10,000 new objects instead of 700, which takes 4% of the CPU time of short
    trainings instead of 6%: TensorFlow creates many objects that stay.
    """
    gc.set_threshold(10_000)
    hypothesis.settings.register_profile("damages", max_examples=config.getoption("--damages"))


@pytest.fixture(scope="session")
def build_once(tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """`build_once(name, build)` returns `build(folder)`; all workers share the one folder."""
    root = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        root = root.parent

    def call(name: str, build: Callable[[Path], Any]) -> Any:
        folder, result = root / name, root / f"{name}.pickle"
        with (root / f"{name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not result.exists():
                folder.mkdir(exist_ok=True)
                result.write_bytes(pickle.dumps(build(folder)))
        return pickle.loads(result.read_bytes())

    return call


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Start with the files of slow tests, so that no worker waits for another at the end."""
    items.sort(key=lambda item: item.get_closest_marker("slow") is None)


Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session", name="cnnlab")
def cnnlab_process() -> Command:
    return run_cnnlab


def pytest_sessionfinish() -> None:
    close_server()


@pytest.fixture(scope="session", autouse=True)
def forked_workers() -> None:
    """Workers and trainings that the process of the tests starts are forks too."""
    start_forks()


@pytest.fixture(scope="module", autouse=True)
def freeze_objects() -> Iterator[None]:
    """Let the collector ignore what stays after each file of tests; Keras calls it often."""
    yield
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="session")
def small_data(build_once: Callable[..., Any]) -> Path:
    """A folder with small.npz (6,000 and 2,000 images of MNIST) and small.yaml."""
    import numpy as np

    def build(folder: Path) -> Path:
        with (
            resources.as_file(resources.files("cnnlab.data") / "mnist.npz") as path,
            np.load(path) as mnist,
        ):
            sizes = {"x_train": 6000, "y_train": 6000, "x_test": 2000, "y_test": 2000}
            np.savez(folder / "small.npz", **{name: mnist[name][:n] for name, n in sizes.items()})
        (folder / "small.yaml").write_text(SMALL, encoding="utf-8")
        return folder

    return build_once("small", build)


@dataclass(frozen=True)
class TrainedRun:
    """A finished run in the folder of `small_data`, and the output of its process."""

    folder: Path
    path: Path
    process: subprocess.CompletedProcess[str]

    @property
    def record(self) -> dict[str, Any]:
        return json.loads((self.path / "run.json").read_text())


@pytest.fixture(scope="session")
def trained_run(small_data: Path, build_once: Callable[..., Any]) -> TrainedRun:
    """The run of small.yaml, two epochs; no test writes into it."""

    def build(_: Path) -> TrainedRun:
        process = run_cnnlab("train", "small.yaml", cwd=small_data)
        assert process.returncode == 0, process.stderr
        return TrainedRun(small_data, small_data / "runs/small-001", process)

    return build_once("trained", build)


@pytest.fixture(scope="session")
def evaluated_run(
    trained_run: TrainedRun, build_once: Callable[..., Any]
) -> tuple[TrainedRun, dict[str, Any]]:
    """The same run after `cnnlab evaluate last --json`, and its answer."""

    def build(_: Path) -> Any:
        process = run_cnnlab("evaluate", "last", "--json", cwd=trained_run.folder)
        assert process.returncode == 0, process.stderr
        assert process.stderr == ""
        return json.loads(process.stdout)

    return trained_run, build_once("evaluated", build)


@pytest.fixture
def run_copy(trained_run: TrainedRun, tmp_path: Path) -> Path:
    """A copy of the trained run, not yet evaluated: runs/small-001 that tests may damage."""
    ignored = shutil.ignore_patterns("evaluation")
    return Path(shutil.copytree(trained_run.path, tmp_path / "runs/small-001", ignore=ignored))


@pytest.fixture
def start() -> Iterator[Callable[..., RunningProcess]]:
    started: list[RunningProcess] = []

    def begin(*arguments: str | Path, cwd: Path, **options: Any) -> RunningProcess:
        started.append(RunningProcess(arguments, cwd, **options))
        return started[-1]

    yield begin
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.communicate()


@pytest.fixture
def run_cli(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Any]:
    """Run the command line in this process, which loads TensorFlow once: (code, stdout, stderr)."""
    from cnnlab.cli.main import main

    def run(*arguments: str | Path, cwd: Path) -> tuple[int, str, str]:
        monkeypatch.chdir(cwd)
        monkeypatch.setattr(sys, "argv", ["cnnlab", *map(str, arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return int(end.value.code or 0), said.out, said.err

    return run


BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's `chromium`, or any Chromium or Chrome under one of its usual names."""
    executable = next(filter(None, map(shutil.which, BROWSERS)), None)
    if executable is None:
        pytest.skip("no Chromium is installed (apt: chromium)")
    from playwright.sync_api import sync_playwright

    sandbox = [] if os.geteuid() else ["--no-sandbox"]  # Chromium has none for root
    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=executable, args=sandbox)
        yield started
        started.close()


@pytest.fixture(scope="session")
def tabs(browser: Any) -> Tabs:
    """The tabs of the browser, which tests use one after another."""
    return Tabs(browser)


@pytest.fixture
def open_page(tabs: Tabs) -> Iterator[Callable[..., tuple[Any, list[str], list[str]]]]:
    """Open a file: (the page in the browser, its requests, its console messages)."""
    with ExitStack() as opened:

        def open_file(path: Path, width: int = 1280, scheme: str = "light") -> Any:
            asked: list[str] = []
            said: list[str] = []
            listeners = {
                "request": lambda request: asked.append(request.url),
                "console": lambda message: said.append(message.text),
                "pageerror": lambda error: said.append(str(error)),
            }
            page = opened.enter_context(tabs.open_tab(width, 800, scheme, listeners))
            page.goto(path.resolve().as_uri())
            return page, asked, said

        yield open_file


@pytest.fixture(scope="session")
def violations() -> Callable[[Any], dict[str, list[str]]]:
    """What axe-core finds on a page against WCAG 2.1 A and AA."""
    from axe_playwright_python.sync_playwright import Axe

    def find_violations(page: Any) -> dict[str, list[str]]:
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}
        rules = Axe().run(page, options=options).response["violations"]
        return {rule["id"]: [node["html"][:80] for node in rule["nodes"]] for rule in rules}

    return find_violations

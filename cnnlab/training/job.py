"""A training job: the config, the run folder, and everything else that one training needs."""

from __future__ import annotations

import os
import platform
import subprocess
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cnnlab import __version__
from cnnlab.errors import RunError
from cnnlab.quiet_tensorflow import keras, tf
from cnnlab.run_folder import Record, RunFolder, State, utc_now
from cnnlab.spec.config_reader import Config
from cnnlab.training.data_split import DataSplit
from cnnlab.training.device import Device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.mirroring import find_strategy
from cnnlab.training.progress import Progress


@dataclass
class TrainingJob:
    """Everything that one training needs, from its config to its finished run folder.

    `record` is the content of run.json; the stages of the training update it. `open_run` returns
    the run folder, and creates the folder of a new run. `split` has the images if several jobs
    share them. `state` has the state after the last finished epoch if the run resumes.

    If one command trains several runs, `title` names the run of this job, and `finished` lists the
    runs that are already trained. `ensemble` is the run of the whole ensemble if this job trains a
    member of an ensemble.

    `replicas` names the devices that share each batch, such as GPU:0 and GPU:1; it is empty if one
    device trains.

    `owns_folder` is True as soon as this training may write into the run folder. A run that
    resumes may write there after a check that its training images have not changed.
    """

    config: Config
    record: Record
    progress: Progress
    interrupt: Interrupt
    open_run: Callable[[], RunFolder]
    split: DataSplit | None = None
    state: State | None = None
    title: str = ""
    finished: tuple[RunFolder, ...] = ()
    ensemble: RunFolder | None = None
    replicas: tuple[str, ...] = ()
    owns_folder: bool = False

    @cached_property
    def run(self) -> RunFolder:
        """The run folder; the first use of this property creates the folder of a new run."""
        return self.open_run()

    @property
    def strategy(self) -> tf.distribute.Strategy | None:
        """The strategy that divides each batch among `replicas`; None if one device trains."""
        return find_strategy(self.replicas)

    @property
    def has_folder(self) -> bool:
        """Whether the run folder exists."""
        return "run" in vars(self)

    def is_introduced(self) -> bool:
        """Whether run.json and spec.json in the run folder already describe this training."""
        if not self.has_folder:
            return False
        with suppress(RunError):
            same = self.run.read_spec().experiment == self.config.experiment
            return same and len(self.run.read_record().resumed) == len(self.record.resumed)
        return False


def new_record(config: Config, device: Device, command: tuple[str, ...]) -> Record:
    """Build the content of run.json for a run that starts now."""
    return Record(
        started=utc_now(),
        pid=os.getpid(),
        host=platform.node(),
        seed=config.experiment.seed,
        config=config.experiment.name,
        command=list(command),
        device=str(device),
        versions=_list_versions(),
        git_commit=_find_git_commit(),
    )


def _list_versions() -> dict[str, str]:
    return {
        "cnnlab": __version__,
        "python": platform.python_version(),
        "tensorflow": tf.__version__,
        "keras": keras.__version__,
        "numpy": np.__version__,
    }


def _find_git_commit() -> str | None:
    """Return the git commit of the current folder, or None outside a repository."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=5)  # noqa: S603
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() or None

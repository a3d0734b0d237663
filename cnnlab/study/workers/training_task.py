"""Train one task in this process, as an ordinary run in its run folder."""

from __future__ import annotations

import resource
import sys
from dataclasses import dataclass

from cnnlab.data.datasets import describe_dataset
from cnnlab.run_folder import RunFolder
from cnnlab.spec.config_reader import Config, parse_config
from cnnlab.study.training_series import PlannedRun, SeriesContext, train_series
from cnnlab.study.workers.interface import Task
from cnnlab.training.data_split import DataSplit, read_data_split
from cnnlab.training.device import Device
from cnnlab.training.interrupt import Interrupt
from cnnlab.training.progress import Progress


@dataclass
class TaskTrainer:
    """Trains one task after another in this process.

    TensorFlow is imported once, and the images are read once for all tasks that split them alike.
    """

    device: Device
    interrupt: Interrupt
    split: DataSplit | None = None
    split_key: object = None

    def train(self, task: Task, progress: Progress) -> None:
        """Train a task to its end. If its run has epochs already, continue after the last one.

        Raises:
            EarlyTermination: `progress` ended the training after an epoch.
            CnnlabError: the errors of `cnnlab.training.single_run.train`.
        """
        text = task.config.encode()
        config = parse_config(task.config_path, text, describe_dataset, task.edits)
        run = RunFolder(task.run)
        resumes = run.is_started()
        if resumes and run.read_record().status == "finished":
            return
        self._read_split(config, progress)
        plan = PlannedRun("", config, lambda: run, resumes)
        context = SeriesContext(
            progress,
            self.device,
            task.command,
            self.interrupt,
            self.split,
            ensemble=run.ensemble,
            series=task.series,
        )
        for _ in train_series([plan], context):
            pass

    def _read_split(self, config: Config, progress: Progress) -> None:
        """Read and split the images, unless the task before had the same images and split."""
        data = config.experiment.data.model_copy(update={"batch_size": 1, "augment": ()})
        key = (data, config.experiment.validation_seed)
        if self.split is None or key != self.split_key:
            self.split = None  # two data sets at once may not fit into memory
            self.split = read_data_split(config, progress, self.interrupt)
            self.split_key = key


def measure_memory() -> int:
    """Return the largest amount of memory, in bytes, that this process has used so far."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024

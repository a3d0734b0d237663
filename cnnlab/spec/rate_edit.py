"""Find the `--set` edit that changes the learning rate of a config."""

from __future__ import annotations

from cnnlab.spec.config_reader import Config
from cnnlab.spec.edits import apply_edits
from cnnlab.spec.schedules import Schedule
from cnnlab.spec.settings import list_settings
from cnnlab.spec.yaml_nodes import Mapping, Source, parse_yaml


def find_rate_edit(config: Config, edits: tuple[str, ...], rate: float) -> str:
    """Return the edit that sets the learning rate, or the highest rate of its schedule.

    The edit fits the form of the config after `edits`, for example `optimizer: adam`,
    `optimizer: {adam: 0.001}` or `optimizer: {adam: {learning_rate: {cosine: 0.001}}}`.
    """
    root, _ = parse_yaml(Source.from_text("config", config.text))
    assert isinstance(root, Mapping)  # the config has been read before
    apply_edits(root, edits)
    optimizer = config.experiment.training.optimizer
    steps: tuple[str, ...] = ("training", "optimizer", optimizer.kind, "learning_rate")
    schedule = optimizer.learning_rate
    if isinstance(schedule, Schedule):
        steps += (schedule.kind, str(schedule.main))
    [setting] = [one for one in list_settings(root) if one.steps == steps and one.is_present]
    return setting.format_edit(f"{rate:g}")

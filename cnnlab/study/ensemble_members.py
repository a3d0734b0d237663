"""List the members of an ensemble: experiments that differ only in their seeds."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import Experiment


def set_seed(experiment: Experiment, seed: int) -> Experiment:
    """Copy an experiment with another seed. The copy has no `ensemble`."""
    return experiment.model_copy(update={"seed": seed, "ensemble": None})


def list_members(experiment: Experiment) -> tuple[Experiment, ...]:
    """List the experiments of an ensemble's members, which all have the same validation images.

    If a member were trained on validation images of another member, the accuracy of the ensemble
    on the validation images would be too high.
    """
    held_out = {"validation_seed": experiment.validation_seed}
    shared = experiment.model_copy(update={"data": experiment.data.model_copy(update=held_out)})
    return tuple(set_seed(shared, seed) for seed in experiment.ensemble or ())


def list_member_edits(experiment: Experiment) -> list[tuple[str, ...]]:
    """List the `--set` edits that make each member out of the config of an ensemble."""
    return [
        ("ensemble=", f"seed={member.seed}", f"data.validation_seed={member.validation_seed}")
        for member in list_members(experiment)
    ]


def list_member_configs(config: Config) -> list[Config]:
    """List the configs of an ensemble's members, one config for each member.

    The first line of each config is a comment with the `--set` edits that make this member out of
    the ensemble's config.
    """
    members = list_members(config.experiment)
    result = []
    for number, edits in enumerate(list_member_edits(config.experiment), 1):
        change = " ".join(f"--set {edit}" for edit in edits)
        head = f"# Member {number} of {len(members)}: trained with {change}\n"
        result.append(replace(config, text=head + config.text, experiment=members[number - 1]))
    return result

"""The members of an ensemble: experiments with their own seeds and one validation split."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import Experiment


def set_seed(experiment: Experiment, seed: int) -> Experiment:
    """Give an experiment another seed, without its ensemble. Its own validation seed stays."""
    return experiment.model_copy(update={"seed": seed, "ensemble": None})


def list_members(experiment: Experiment) -> tuple[Experiment, ...]:
    """The experiments of an ensemble's members. All hold out the images of the ensemble's seed.

    If a member trained on images that another holds out, the mean of both would look too good on
    the validation split.
    """
    held_out = {"validation_seed": experiment.validation_seed}
    shared = experiment.model_copy(update={"data": experiment.data.model_copy(update=held_out)})
    return tuple(set_seed(shared, seed) for seed in experiment.ensemble or ())


def list_member_configs(config: Config) -> list[Config]:
    """The configs of an ensemble's members; the first line of each has its edits."""
    result = []
    for number, spec in enumerate(list_members(config.experiment), 1):
        edits = f"ensemble= seed={spec.seed} data.validation_seed={spec.validation_seed}"
        change = " ".join(f"--set {edit}" for edit in edits.split())
        head = (
            f"# Member {number} of {len(config.experiment.ensemble or ())}: trained with {change}\n"
        )
        result.append(replace(config, text=head + config.text, experiment=spec))
    return result

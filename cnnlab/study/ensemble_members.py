"""An ensemble's members: each an experiment of its own seed, all with the same images held out."""

from __future__ import annotations

from dataclasses import replace

from cnnlab.spec.config_reader import Config
from cnnlab.spec.experiment import Experiment


def set_seed(experiment: Experiment, seed: int) -> Experiment:
    """The experiment with another seed, and no ensemble; the split follows if it has no own."""
    return experiment.model_copy(update={"seed": seed, "ensemble": None})


def list_members(experiment: Experiment) -> tuple[Experiment, ...]:
    """The members of an ensemble, which hold out what the experiment's own seed says.

    A member that was trained on images which another holds out would make their mean look better
    on the validation split than it is.
    """
    held_out = {"validation_seed": experiment.validation_seed}
    shared = experiment.model_copy(update={"data": experiment.data.model_copy(update=held_out)})
    return tuple(set_seed(shared, seed) for seed in experiment.ensemble or ())


def list_member_configs(config: Config) -> list[Config]:
    """The members of an ensemble as configs; each opens with the edits that make it the member."""
    result = []
    for number, spec in enumerate(list_members(config.experiment), 1):
        edits = f"ensemble= seed={spec.seed} data.validation_seed={spec.validation_seed}"
        change = " ".join(f"--set {edit}" for edit in edits.split())
        head = (
            f"# Member {number} of {len(config.experiment.ensemble or ())}: trained with {change}\n"
        )
        result.append(replace(config, text=head + config.text, experiment=spec))
    return result

"""Find the networks that `evaluate` and `predict` use: runs, ensembles and .keras files."""

from __future__ import annotations

import os
import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cnnlab.data.moved_data import set_place
from cnnlab.errors import RunError, UsageError
from cnnlab.foreign_models import place_data, read_spec
from cnnlab.run_folder import RunFolder, find_run, find_trained_checkpoint
from cnnlab.spec.experiment import FROM_DATASET, Experiment, Spec
from cnnlab.spec.foreign_preparation import (
    NO_OPTIONS,
    ForeignModelOptions,
    describe_preparation,
)
from cnnlab.study.ensemble_members import list_members


@dataclass(frozen=True)
class Network:
    """A network that classifies images: a single trained network, or an ensemble of networks.

    An ensemble has `members` and predicts by the mean of their probabilities; its `checkpoint` is
    None. For a single .keras file, `run` is None.
    """

    run: RunFolder | None
    spec: Spec
    checkpoint: Path | None
    members: tuple[Network, ...] = ()

    @property
    def path(self) -> Path:
        """The path of the network's run folder; for a single .keras file, the path of that file."""
        path = self.run.path if self.run else self.checkpoint
        assert path is not None
        return path

    @property
    def parts(self) -> tuple[tuple[Spec, Path], ...]:
        """The spec and the checkpoint of the network; for an ensemble, those of each member."""
        return tuple(
            (one.spec, one.checkpoint) for one in self.members or (self,) if one.checkpoint
        )

    @property
    def preparation(self) -> dict[str, Any]:
        """How images become inputs of a foreign network, as plain data; empty for other networks.

        `text` says it in words.
        """
        inputs = self.spec.inputs
        if inputs.preparation is None:
            return {}
        return {
            "text": describe_preparation(inputs.mean, inputs.deviation, inputs.preparation),
            "mean": list(inputs.mean),
            "deviation": list(inputs.deviation),
            **inputs.preparation.model_dump(),
        }


def find_networks(
    references: Sequence[str], root: Path, split: str, options: ForeignModelOptions = NO_OPTIONS
) -> list[Network]:
    """Find the networks that the user named. All networks must classify the same images.

    Args:
        references: runs, named as `find_run` accepts them, or paths of .keras files.
        options: the new place of data that was moved; or data set and scaling of .keras files that
            cnnlab did not write.

    Raises:
        RunError, CheckpointError: a network is missing or damaged, or two networks need
            different images.
        UsageError: the user named one network twice.
    """
    networks: list[Network] = []
    for reference in references:
        network = _find_network(reference, root, split, options)
        if network.path.resolve() in [other.path.resolve() for other in networks]:
            raise UsageError(f"{network.path}: this run is named twice; name each run once")
        networks.append(network)
    _require_comparable(networks, split)
    return networks


def _find_network(reference: str, root: Path, split: str, options: ForeignModelOptions) -> Network:
    path = Path(reference)
    if reference.endswith(".keras") and os.path.exists(path):
        spec = read_spec(path, options)
        if not spec.inputs.fingerprint and split != "test":
            message = f"{path}: cnnlab did not write this file, so its training images are unknown"
            raise UsageError(f"{message}; use --split test")
        return Network(None, spec, path)
    return load_network(find_run(reference, root), options)


def load_network(run: RunFolder, options: ForeignModelOptions = NO_OPTIONS) -> Network:
    """Find the trained network of a run; for an ensemble, find the networks of all members.

    Args:
        options: the new place of its data, if it was moved.

    Raises:
        UsageError: `options` have more than a data set.
        DataError: the data at the new place is missing, or is not the data of the run.
        RunError: the run has no trained checkpoint, or a member of the ensemble is unfinished or
            belongs to another run.
    """
    if not run.has_members():
        checkpoint = find_trained_checkpoint(run)
        return Network(run, place_data(run.read_spec(), options, str(run.path)), checkpoint)
    spec = place_data(run.read_spec(), options, str(run.path))
    expected = list_members(spec.experiment)
    if not expected:
        raise RunError(f"{run.path}: the folder has members, but spec.json describes no ensemble")
    _require_finished(run, len(expected))
    members = (_load_member(run, spec, number, one) for number, one in enumerate(expected, 1))
    return Network(run, spec, None, tuple(members))


def _require_finished(run: RunFolder, count: int) -> None:
    """Raise RunError if a member of an ensemble is missing or is not finished."""
    states = {number: _read_status(run.member_run(number)) for number in range(1, count + 1)}
    rest = [f"member {n} is {state}" for n, state in states.items() if state != "finished"]
    if not rest:
        return
    remedy = f"train them: cnnlab resume {shlex.quote(str(run.path))}"
    raise RunError(f"{run.path}: the ensemble is not finished: {', '.join(rest)}; {remedy}")


def _read_status(member: RunFolder) -> str:
    return member.read_record().status if member.path.is_dir() else "missing"


def _load_member(run: RunFolder, ensemble: Spec, number: int, expected: Experiment) -> Network:
    member = run.member_run(number)
    spec = set_place(member.read_spec(), expected.data.dataset)  # the data may have been moved
    if spec != Spec(experiment=expected, inputs=ensemble.inputs):
        message = f"{member.path}: spec.json does not fit spec.json of the ensemble {run.path}"
        raise RunError(f"{message}: one of the two files has changed")
    return Network(member, spec, find_trained_checkpoint(member))


def _require_comparable(networks: Sequence[Network], split: str) -> None:
    """Raise RunError if two networks cannot be evaluated on the same images of a split."""
    first = networks[0]
    for other in networks[1:]:
        pair, mine, theirs = f"{first.path} and {other.path}", first.spec, other.spec
        if mine.inputs.image_shape != theirs.inputs.image_shape:
            shapes = f"{mine.inputs.image_shape} and {theirs.inputs.image_shape}"
            raise RunError(f"{pair} read images of different shapes, {shapes}")
        if mine.inputs.class_names != theirs.inputs.class_names:
            raise RunError(f"{pair} were trained for different classes")
        if mine.inputs.fingerprint != theirs.inputs.fingerprint:
            raise RunError(f"{pair} were trained on different data sets")
        if split != "test" and _validation_split_key(mine) != _validation_split_key(theirs):
            raise RunError(
                f"{pair} have different validation images: each network was trained on validation "
                f"images of the other, so results on the {split} split cannot be compared; use "
                "--split test, or train both with the same data.validation_seed"
            )


def _validation_split_key(spec: Spec) -> tuple[float | str, int]:
    """Return the values that determine the validation images of a run.

    If the data set has validation images of its own, the seed does not matter.
    """
    share = spec.experiment.data.validation
    return share, 0 if share == FROM_DATASET else spec.experiment.validation_seed

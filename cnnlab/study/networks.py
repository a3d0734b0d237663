"""Find the networks that `evaluate` and `predict` use: runs, ensembles and .keras files."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnlab.errors import RunError, UsageError
from cnnlab.foreign_models import (
    NO_OPTIONS,
    ForeignModelOptions,
    build_known_model_error,
    read_spec,
)
from cnnlab.run_folder import RunFolder, find_run, find_trained_checkpoint
from cnnlab.spec.experiment import FROM_DATASET, Experiment, Spec
from cnnlab.study.ensemble_members import list_members


@dataclass(frozen=True)
class Network:
    """A network that classifies images: a trained checkpoint, or an ensemble of several.

    An ensemble predicts by the mean of its `members`; its `checkpoint` is None. `run` is None for a
    single .keras file.
    """

    run: RunFolder | None
    spec: Spec
    checkpoint: Path | None
    members: tuple[Network, ...] = ()

    @property
    def path(self) -> Path:
        """The path of the run folder, or of the .keras file."""
        path = self.run.path if self.run else self.checkpoint
        assert path is not None
        return path

    @property
    def parts(self) -> tuple[tuple[Spec, Path], ...]:
        """Spec and checkpoint of each member of an ensemble, or of the network itself."""
        return tuple(
            (one.spec, one.checkpoint) for one in self.members or (self,) if one.checkpoint
        )


def find_networks(
    references: Sequence[str], root: Path, split: str, options: ForeignModelOptions = NO_OPTIONS
) -> list[Network]:
    """Find the networks that the user named; all of them must classify the same images of `split`.

    Args:
        references: runs, named as `find_run` accepts them, or paths of .keras files.
        options: data set and scaling of .keras files that cnnlab did not write.

    Raises:
        RunError, CheckpointError: a network is missing or damaged, or does not fit the others.
        UsageError: the user named one network twice.
    """
    networks: list[Network] = []
    for reference in references:
        network = _find_network(reference, root, split, options)
        if network.path.resolve() in [other.path.resolve() for other in networks]:
            raise UsageError(f"{network.path}: named twice; name each run once")
        networks.append(network)
    _require_comparable(networks, split)
    return networks


def _find_network(reference: str, root: Path, split: str, options: ForeignModelOptions) -> Network:
    path = Path(reference)
    if reference.endswith(".keras") and "://" not in reference:
        spec = read_spec(path, options)
        if options != NO_OPTIONS and split != "test":
            message = f"{path}: cnnlab did not write this file, so its training images are unknown"
            raise UsageError(f"{message}; evaluate --split test")
        return Network(None, spec, path)
    if options != NO_OPTIONS:
        raise build_known_model_error(reference)
    return load_network(find_run(reference, root))


def load_network(run: RunFolder) -> Network:
    """Load the network of a run, or of an ensemble with all of its members.

    Raises:
        RunError: the run has no trained checkpoint, or a member of the ensemble is unfinished or
            belongs to another run.
    """
    if not run.has_members():
        checkpoint = find_trained_checkpoint(run)
        return Network(run, run.read_spec(), checkpoint)
    spec = run.read_spec()
    expected = list_members(spec.experiment)
    if not expected:
        raise RunError(f"{run.path}: it has members, but its spec describes no ensemble")
    _require_finished(run, len(expected))
    members = (_load_member(run, spec, number, one) for number, one in enumerate(expected, 1))
    return Network(run, spec, None, tuple(members))


def _require_finished(run: RunFolder, count: int) -> None:
    """Raise RunError unless all `count` members of an ensemble are finished."""
    states = {number: _read_status(run.member_run(number)) for number in range(1, count + 1)}
    rest = [f"{number} is {state}" for number, state in states.items() if state != "finished"]
    if not rest:
        return
    remedy = f"train them: cnnlab resume {shlex.quote(str(run.path))}"
    raise RunError(f"{run.path}: not all members are finished: {', '.join(rest)}; {remedy}")


def _read_status(member: RunFolder) -> str:
    return member.read_record().status if member.path.is_dir() else "missing"


def _load_member(run: RunFolder, ensemble: Spec, number: int, expected: Experiment) -> Network:
    member = run.member_run(number)
    spec = member.read_spec()
    if spec != Spec(experiment=expected, inputs=ensemble.inputs):
        message = f"{member.path}: its spec differs from that of member {number} in {run.path}"
        raise RunError(f"{message}: one of them has changed")
    return Network(member, spec, find_trained_checkpoint(member))


def _require_comparable(networks: Sequence[Network], split: str) -> None:
    """Raise RunError unless all networks can be evaluated on the same images of `split`."""
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
                f"{pair} hold out different images: each trained on some that the other never "
                f"saw, so their figures on the {split} split cannot be compared; evaluate "
                "--split test, or train them with the same data.validation_seed"
            )


def _validation_split_key(spec: Spec) -> tuple[float | str, int]:
    """Return what decides which images the run holds out; no seed decides over FROM_DATASET."""
    share = spec.experiment.data.validation
    return share, 0 if share == FROM_DATASET else spec.experiment.validation_seed

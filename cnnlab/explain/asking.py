"""All that can be known, and refused, of a request before TensorFlow is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnlab.data.sources import Images
from cnnlab.data.splits import split_images
from cnnlab.errors import RunError, UsageError
from cnnlab.explain.request import TRUE, Request, checked
from cnnlab.explain.subject import Choice, Subject, chosen
from cnnlab.run_folder import RunFolder
from cnnlab.spec.experiment import Spec


@dataclass(frozen=True)
class Asked:
    """What is to be explained: a request on a trained network and, if it needs one, an image.

    `test` is the test set, None where nothing of it is looked at.
    """

    run: RunFolder
    spec: Spec
    checkpoint: Path
    request: Request
    subject: Subject | None
    test: Images | None


def asked(
    run: RunFolder,
    parts: Sequence[str],
    choice: Choice,
    *,
    layer: str | None = None,
    class_name: str | None = None,
    untrained: bool = False,
) -> Asked:
    """A request that can be answered.

    Raises:
        UsageError: it asks for what is not there; RunError: the run is not whole; DataError: the
            data set or the image is missing or broken.
    """
    checkpoint, spec = run.find_trained_checkpoint(), run.read_spec()
    request = checked(
        spec,
        parts,
        layer=layer,
        class_name=class_name,
        untrained=untrained,
        image_named=bool(choice.options),
    )
    if "kernels" in request.parts or untrained:
        _require_initial(run)
    if not request.needs_image:
        return Asked(run, spec, checkpoint, request, None, None)
    from_file = choice.image is not None and "maps" not in request.parts
    test = None if from_file else split_images(spec, "test")
    subject = chosen(spec, choice, test)
    if class_name == TRUE and subject.label is None:
        message = f"--class {TRUE}: nobody knows the true class of {subject.name}"
        raise UsageError(f"{message}; name the class, or explain the predicted one")
    return Asked(run, spec, checkpoint, request, subject, test)


def _require_initial(run: RunFolder) -> None:
    if not run.checkpoint_path("initial").exists():
        message = f"{run.checkpoint_path('initial')}: there is no such checkpoint"
        remedy = "put it back, or train again: run.json has the command"
        raise RunError(f"{message}, which has the network as it was before training; {remedy}")

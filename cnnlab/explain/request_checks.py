"""Check a request for an explanation against the run and its data, before TensorFlow is loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from cnnlab.data.datasets import Images
from cnnlab.data.moved_data import move_data
from cnnlab.data.run_splits import describe_changed_images, read_split
from cnnlab.errors import RunError, UsageError
from cnnlab.explain.explained_image import ExplainedImage, ImageChoice, choose_image
from cnnlab.explain.request import TRUE, Request, build_request
from cnnlab.run_folder import RunFolder, find_trained_checkpoint
from cnnlab.run_folder.untouched_test_set import require_finished_sweep
from cnnlab.spec.experiment import Spec


@dataclass(frozen=True)
class CheckedRequest:
    """A valid request, with the checkpoint of the network, and the image if a picture needs one.

    `subject` is the image. `test` has the test images, or None if no picture needs them. `note`
    says that the test images have changed since the training; `note` is empty otherwise.
    """

    run: RunFolder
    spec: Spec
    checkpoint: Path
    request: Request
    subject: ExplainedImage | None
    test: Images | None = None
    note: str = ""


def check_request(
    run: RunFolder,
    parts: Sequence[str],
    choice: ImageChoice,
    *,
    layer: str | None = None,
    class_name: str | None = None,
    untrained: bool = False,
    dataset: str | None = None,
) -> CheckedRequest:
    """Check that a requested explanation is possible for a run and its data.

    Args:
        dataset: the new place of the run's data, if it was moved.

    Raises:
        UsageError: the request names a layer, a class or an image that does not exist.
        RunError: the run is damaged.
        DataError: the data set or the image is missing or broken.
    """
    checkpoint, spec = find_trained_checkpoint(run), run.read_spec()
    if dataset is not None:
        spec = move_data(spec, dataset)
    request = build_request(
        spec,
        parts,
        layer=layer,
        class_name=class_name,
        untrained=untrained,
        image_named=bool(choice.options),
    )
    if "kernels" in request.parts or untrained:
        _require_initial_checkpoint(run)
    if not request.needs_image:
        return CheckedRequest(run, spec, checkpoint, request, None)
    from_file = choice.image is not None and "maps" not in request.parts
    if not from_file:
        require_finished_sweep(run.path)
    test = None if from_file else read_split(spec, "test")
    subject = choose_image(spec, choice, test)
    if class_name == TRUE and subject.label is None:
        message = f"--class {TRUE}: the true class of {subject.name} is unknown"
        raise UsageError(f"{message}; name the class, or use --class predicted")
    note = describe_changed_images(spec, "test", test) if test else ""
    return CheckedRequest(run, spec, checkpoint, request, subject, test, note)


def _require_initial_checkpoint(run: RunFolder) -> None:
    if not run.checkpoint_path("initial").exists():
        message = "the checkpoint of the untrained network is missing"
        remedy = "restore this file, or train again with the command in run.json"
        raise RunError(f"{run.checkpoint_path('initial')}: {message}; {remedy}")

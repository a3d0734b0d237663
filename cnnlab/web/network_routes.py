"""Give the network of a run, its weights and its images to the page, and evaluate it."""

from __future__ import annotations

from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.api.run import Run
from cnnlab.api.run_images import ImageChoice, prepare_picture, read_run_images
from cnnlab.errors import RunError, UsageError
from cnnlab.web.answers import JsonAnswer
from cnnlab.web.lab import get_lab, get_run


def read_network(request: Request) -> Response:
    """Describe the network of a run: the content of network.json."""
    from cnnlab.export.run_network import describe_run

    return JsonAnswer(describe_run(get_run(request).folder))


def read_weights(request: Request) -> Response:
    """Give the weights of one member at one checkpoint, as little-endian float32."""
    run, member = get_run(request), request.path_params["member"]
    with get_lab(request).use_heavy_libraries():
        from cnnlab.export.run_network import read_run_weights

        weights = read_run_weights(run.folder, member, request.path_params["checkpoint"])
    return Response(weights.astype("<f4").tobytes(), media_type="application/octet-stream")


def read_images(request: Request) -> Response:
    """Give images of one split of a run's data."""
    choice = ImageChoice(
        split=request.query_params.get("split", "test"),
        index=_get_number(request, "index"),
        cell=_get_cell(request),
        random=_get_number(request, "random"),
        seed=_get_number(request, "seed") or 0,
    )
    return JsonAnswer(read_run_images(get_run(request), choice))


def _get_cell(request: Request) -> tuple[int, int] | None:
    """Return the true and the predicted class that the address names; raises UsageError."""
    truth, prediction = _get_number(request, "truth"), _get_number(request, "prediction")
    if truth is None and prediction is None:
        return None
    if truth is None or prediction is None:
        raise UsageError("truth and prediction: give both, or neither")
    return truth, prediction


def _get_number(request: Request, name: str) -> int | None:
    """Return a whole number of the address; raises UsageError if it is something else."""
    text = request.query_params.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise UsageError(f"{name}: expected a whole number")
    return int(text)


async def prepare(request: Request) -> Response:
    """Prepare a picture file for the network of a run."""
    data = await request.body()
    run = await run_in_threadpool(get_run, request)
    return JsonAnswer({"parts": await run_in_threadpool(prepare_picture, run, data)})


def read_matrix(request: Request) -> Response:
    """Give the confusion matrix of a run on the test split."""
    return JsonAnswer(_read_matrix(get_run(request)))


def evaluate(request: Request) -> Response:
    """Evaluate a run on the test split, and give its confusion matrix."""
    run = get_run(request)
    with get_lab(request).use_heavy_libraries():
        run.evaluate()
    return JsonAnswer(_read_matrix(run))


def _read_matrix(run: Run) -> dict[str, Any]:
    metrics = run.folder.read_metrics()
    if metrics is None:
        remedy = f"evaluate it first: cnnlab evaluate {run.path}"
        raise RunError(f"{run.path}: not evaluated on the test split; {remedy}")
    per_class = metrics["per_class"]
    names = ("accuracy", "accuracy_interval", "images", "loss", "cross_entropy")
    return {
        "classes": [row["class"] for row in per_class],
        "counts": metrics["confusion_matrix"],
        **{name: metrics.get(name) for name in names},
        "per_class": per_class,
    }


_RUN = "/api/runs/{name:path}"
ROUTES = [
    Route(f"{_RUN}/network", read_network),
    Route(f"{_RUN}/weights/{{member:int}}/{{checkpoint}}", read_weights),
    Route(f"{_RUN}/images", read_images),
    Route(f"{_RUN}/prepare", prepare, methods=["POST"]),
    Route(f"{_RUN}/matrix", read_matrix),
    Route(f"{_RUN}/evaluate", evaluate, methods=["POST"]),
]

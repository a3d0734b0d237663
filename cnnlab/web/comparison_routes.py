"""Compare runs, and describe sweeps, for the page."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.api import trained_networks
from cnnlab.api.sweep_result import describe_importances, describe_sweep
from cnnlab.errors import UsageError
from cnnlab.web.answers import JsonAnswer
from cnnlab.web.lab import get_lab


def compare(request: Request) -> Response:
    """Compare runs; those that are not evaluated yet are evaluated first."""
    lab = get_lab(request)
    names = [name for name in request.query_params.get("runs", "").split(",") if name]
    if len(names) < 2:
        raise UsageError("runs: name two runs or more, such as ?runs=mnist-001,mnist-002")
    runs = [lab.find_run(name) for name in names]
    with lab.use_heavy_libraries():
        result = trained_networks.compare(*runs, runs=lab.settings.runs)
    return JsonAnswer({"sentence": result.sentence, **result.to_dict()})


def read_sweep(request: Request) -> Response:
    """Describe a sweep: its trials, its goal and its parameters."""
    return JsonAnswer(describe_sweep(get_lab(request).find_sweep(request.path_params["name"])))


def read_importances(request: Request) -> Response:
    """Say which settings of a sweep matter, in an answer of its own because it takes seconds."""
    lab = get_lab(request)
    sweep = lab.find_sweep(request.path_params["name"])
    with lab.use_heavy_libraries():
        return JsonAnswer(describe_importances(sweep))


ROUTES = [
    Route("/api/compare", compare),
    Route("/api/sweeps/{name:path}/importances", read_importances),
    Route("/api/sweeps/{name:path}", read_sweep),
]

"""Answer requests about runs: their list, and everything about one run."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.api.run_description import describe_run, list_run_rows
from cnnlab.web.answers import JsonAnswer
from cnnlab.web.lab import get_lab, get_run


def list_runs(request: Request) -> Response:
    """List the runs and sweeps, the newest first."""
    folder = get_lab(request).settings.runs
    return JsonAnswer({"folder": str(folder), "runs": list_run_rows(folder)})


def read_run(request: Request) -> Response:
    """Describe one run: its record, config, history and diagnosis."""
    return JsonAnswer(describe_run(get_run(request)))


# The names of runs contain slashes, so that this route must be the last.
ROUTES = [Route("/api/runs", list_runs), Route("/api/runs/{name:path}", read_run)]

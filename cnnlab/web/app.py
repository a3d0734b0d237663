"""Build the web application of the lab from its routes, its limits and its safety rules."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.types import ASGIApp

from cnnlab.web import (
    comparison_routes,
    config_routes,
    events,
    network_routes,
    page_routes,
    run_routes,
    training_routes,
)
from cnnlab.web.answers import ERROR_ANSWERS
from cnnlab.web.lab import Lab
from cnnlab.web.safety import RequestGuard

MAX_BODY_BYTES = 5 * 2**20
# The names of runs contain slashes: the routes of whole runs come last, as they fit all others.
_ROUTES = [
    *page_routes.ROUTES,
    *config_routes.ROUTES,
    *events.ROUTES,
    *training_routes.ROUTES,
    *comparison_routes.ROUTES,
    *network_routes.ROUTES,
    *run_routes.ROUTES,
]


def build_app(lab: Lab) -> ASGIApp:
    """Build the application that answers all requests to the server of a lab."""
    app = Starlette(routes=_ROUTES, exception_handlers=ERROR_ANSWERS, max_body_size=MAX_BODY_BYTES)
    app.state.lab = lab
    # Outside of all else, so that also answers to errors have the protecting headers.
    return RequestGuard(app, lab.settings, MAX_BODY_BYTES)

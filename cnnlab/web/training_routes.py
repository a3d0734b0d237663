"""Start, stop and resume trainings, each of which is a process of its own."""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.api.training_processes import resume_training, start_training, stop_training
from cnnlab.web.answers import JsonAnswer, get_text, read_json_body
from cnnlab.web.config_routes import get_folder
from cnnlab.web.lab import get_lab, get_run

_SECONDS = 0.1  # between two looks for the run of a process that starts


async def train(request: Request) -> Response:
    """Train a text; the answer names the run as soon as its folder exists."""
    content, runs = await read_json_body(request), get_lab(request).settings.runs
    name = get_text(content, "name") if content.get("name") else None
    process = await run_in_threadpool(
        start_training,
        get_text(content, "text"),
        runs,
        name=name,
        folder=get_folder(request, content),
    )
    while (run := await run_in_threadpool(process.find_run)) is None:
        await asyncio.sleep(_SECONDS)
    return JsonAnswer({"run": run.name})


async def resume(request: Request) -> Response:
    """Continue a training; the answer comes as soon as the run is in use."""
    run = await run_in_threadpool(get_run, request)
    process = await run_in_threadpool(resume_training, run)
    while not await run_in_threadpool(process.trains, run.folder):
        process.require_alive()
        await asyncio.sleep(_SECONDS)
    return JsonAnswer({"run": run.name})


def stop(request: Request) -> Response:
    """Ask a training to stop after the current batch."""
    run = get_run(request)
    stop_training(run)
    return JsonAnswer({"run": run.name})


ROUTES = [
    Route("/api/train", train, methods=["POST"]),
    Route("/api/runs/{name:path}/stop", stop, methods=["POST"]),
    Route("/api/runs/{name:path}/resume", resume, methods=["POST"]),
]

"""Stream what happens in the folder of runs to the page, as server-sent events."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import AsyncIterator
from dataclasses import asdict

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from cnnlab.run_folder.run_watcher import Activity
from cnnlab.web.lab import Lab, get_lab

_SECONDS = 0.5  # between two looks at the folder; progress.json changes at most twice a second
_SECONDS_ALIVE = 15  # after so long without an event, a comment shows that the connection works


async def stream_events(request: Request) -> Response:
    """Stream events as long as the page listens."""
    return StreamingResponse(_write_events(get_lab(request)), media_type="text/event-stream")


async def _write_events(lab: Lab) -> AsyncIterator[str]:
    """Yield the progress of each run that trains, whenever it changes.

    The event `list` says that a run or a sweep appeared, started or ended.
    """
    before = await run_in_threadpool(lab.watcher.look)
    yield f"retry: 2000\n\n{_format_progress(before, Activity())}"
    spoken = time.monotonic()
    while not lab.is_closing():
        await asyncio.sleep(_SECONDS)
        now = await run_in_threadpool(lab.watcher.look)
        text = _format_progress(now, before)
        if now.states != before.states:
            text += "event: list\ndata: {}\n\n"
        if not text and time.monotonic() - spoken > _SECONDS_ALIVE:
            text = ": alive\n\n"
        if text:
            yield text
            spoken = time.monotonic()
        before = now


def _format_progress(now: Activity, before: Activity) -> str:
    """Format the progress that has changed as an event; "" if nothing has changed."""
    changed = {
        name: asdict(one) for name, one in now.progress.items() if before.progress.get(name) != one
    }
    return f"data: {json.dumps({'runs': changed})}\n\n" if changed else ""


ROUTES = [Route("/api/events", stream_events)]

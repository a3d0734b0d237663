"""Check the text of a config, give its schema, and read and save configs."""

from __future__ import annotations

from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.api import actions
from cnnlab.api.text_check import check_text
from cnnlab.web.answers import JsonAnswer, get_text, read_json_body


async def check(request: Request) -> Response:
    """List the faults of a text, or its layers with a drawing."""
    content = await read_json_body(request)
    folder = Path(get_text(content, "folder", ""))
    return JsonAnswer(await run_in_threadpool(check_text, get_text(content, "text"), folder))


def read_schema(request: Request) -> Response:
    """Answer with the JSON schema of configs."""
    return JsonAnswer(actions.schema())


ROUTES = [Route("/api/check", check, methods=["POST"]), Route("/api/schema", read_schema)]

"""Check the text of a config, give its schema, and read and save configs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cnnlab.api import actions
from cnnlab.api.config_folder import ConfigFolder
from cnnlab.api.text_check import check_text
from cnnlab.web.answers import JsonAnswer, get_text, read_json_body
from cnnlab.web.lab import get_lab


async def check(request: Request) -> Response:
    """List the faults of a text, or its layers with a drawing."""
    content = await read_json_body(request)
    text, folder = get_text(content, "text"), get_folder(request, content)
    return JsonAnswer(await run_in_threadpool(check_text, text, folder))


def get_folder(request: Request, content: dict[str, Any]) -> Path:
    """Return the folder from which the relative paths in a text start, relative to the lab's."""
    folder = get_lab(request).settings.folder
    return _get_configs(request).find_folder(get_text(content, "folder", "")).relative_to(folder)


def read_schema(request: Request) -> Response:
    """Answer with the JSON schema of configs."""
    return JsonAnswer(actions.schema())


def list_configs(request: Request) -> Response:
    """List the YAML files below the folder in which the lab started."""
    return JsonAnswer({"configs": _get_configs(request).list_configs()})


def read_config(request: Request) -> Response:
    """Give the text of a config."""
    path = request.path_params["path"]
    return JsonAnswer({"path": path, "text": _get_configs(request).read_config(path)})


async def save_config(request: Request) -> Response:
    """Write the text of a config under the name that the user chose."""
    content, path = await read_json_body(request), request.path_params["path"]
    text, configs = get_text(content, "text"), _get_configs(request)
    await run_in_threadpool(configs.save_config, path, text)
    return JsonAnswer({"path": path})


def _get_configs(request: Request) -> ConfigFolder:
    return ConfigFolder(get_lab(request).settings.folder)


ROUTES = [
    Route("/api/check", check, methods=["POST"]),
    Route("/api/schema", read_schema),
    Route("/api/configs", list_configs),
    Route("/api/configs/{path:path}", read_config),
    Route("/api/configs/{path:path}", save_config, methods=["PUT"]),
]

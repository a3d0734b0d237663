"""Write the answers of the server as JSON, also those to requests with a fault."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from cnnlab.errors import CnnlabError, ConfigError, InUseError, RunError, UsageError
from cnnlab.run_folder.serialization import replace_non_finite

_STATUS = {UsageError: 400, ConfigError: 400, RunError: 404, InUseError: 409}
_OTHER_STATUS = 422


class JsonAnswer(Response):
    """An answer in JSON, with null for NaN and infinity, which JSON cannot represent."""

    media_type = "application/json"

    def render(self, content: Any) -> bytes:
        plain = replace_non_finite(content)
        return json.dumps(plain, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")


class FaultAnswer(JsonAnswer):
    """The answer to a request with a fault: `{"error": text}`, and further facts if there are."""

    def __init__(self, text: str, status: int, **facts: Any) -> None:
        super().__init__({"error": text, **facts}, status)


async def answer_error(request: Request, error: Exception) -> Response:
    """Answer a request with the text of the error that the user sees."""
    if isinstance(error, HTTPException):
        return FaultAnswer(error.detail, error.status_code)
    status = next((_STATUS[kind] for kind in type(error).__mro__ if kind in _STATUS), _OTHER_STATUS)
    if isinstance(error, ConfigError):
        return FaultAnswer(str(error), status, faults=[asdict(fault) for fault in error.faults])
    return FaultAnswer(str(error), status)


async def answer_nobody(request: Request, error: Exception) -> Response:
    """End a request whose sender has left before its body was complete."""
    return FaultAnswer("the connection ended before the body of the request", 400)


ERROR_ANSWERS: dict[Any, Any] = {
    HTTPException: answer_error,
    CnnlabError: answer_error,
    ClientDisconnect: answer_nobody,
}


async def read_json_body(request: Request) -> dict[str, Any]:
    """Read the body of a request, a JSON object; raises UsageError if it is something else."""
    try:
        content = json.loads(await request.body())
    except (ValueError, RecursionError):
        raise UsageError("the body of the request is not JSON") from None
    if not isinstance(content, dict):
        raise UsageError("the body of the request is not a JSON object")
    return content


def get_text(content: dict[str, Any], name: str, default: str | None = None) -> str:
    """Return a text of a JSON object; raises UsageError if it is missing or not a text."""
    value = content.get(name, default)
    if not isinstance(value, str):
        raise UsageError(f"`{name}` is missing, or not a text")
    return value

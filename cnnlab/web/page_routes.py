"""Serve the files of the page, and exchange the token of the printed address for a cookie."""

from __future__ import annotations

import hashlib
from mimetypes import guess_type

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from cnnlab.page import read_page_file
from cnnlab.web.lab import get_lab


def open_page(request: Request) -> Response:
    """Answer with index.html; an address with the token first gets the cookie."""
    if "token" not in request.query_params:
        return _serve(request, "index.html")
    settings = get_lab(request).settings
    answer = RedirectResponse("/", status_code=303)
    # Strict: no other web page can make a browser send this cookie. HttpOnly: no script reads it.
    answer.set_cookie(
        settings.cookie_name, settings.session, path="/", httponly=True, samesite="strict"
    )
    return answer


def read_file(request: Request) -> Response:
    """Answer with a file of the page."""
    return _serve(request, request.path_params["path"])


def _serve(request: Request, path: str) -> Response:
    try:
        data = read_page_file(path)
    except FileNotFoundError:
        raise HTTPException(404, "There is no such file.") from None
    # The browser asks each time, so that a new version of cnnlab shows its new page.
    tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
    headers = {"Cache-Control": "no-cache", "ETag": tag}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    return Response(data, media_type=guess_type(path)[0], headers=headers)


ROUTES = [Route("/", open_page), Route("/page/{path:path}", read_file)]

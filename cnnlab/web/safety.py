"""Refuse requests that do not come from the page itself, and add headers that protect the page."""

from __future__ import annotations

import hmac
from http.cookies import CookieError, SimpleCookie
from typing import NamedTuple
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cnnlab.web.answers import FaultAnswer
from cnnlab.web.settings import LabSettings

# The page draws with canvases and shows SVG files as images: data: and blob: hold only pictures.
_POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
PROTECTING_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_OWN_SITES = ("same-origin", "none")  # none: the user typed or opened the address


class _Refusal(NamedTuple):
    status: int
    reason: str


class RequestGuard:
    """Passes a request on if its Host, Origin and cookie are right, and otherwise answers it."""

    def __init__(self, app: ASGIApp, settings: LabSettings, most_bytes: int) -> None:
        self.app, self.settings, self.most_bytes = app, settings, most_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_protected(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PROTECTING_HEADERS.items():
                    headers[name] = value
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        app = self.app
        if refusal := self._find_refusal(scope):
            is_page = scope["path"] == "/"  # a person reads the answer
            kind = PlainTextResponse if is_page else FaultAnswer
            app = kind(refusal.reason, refusal.status)
        await app(scope, receive, send_protected)

    def _find_refusal(self, scope: Scope) -> _Refusal | None:
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if length.isdecimal() and int(length) > self.most_bytes:
            return _Refusal(413, f"A request has at most {self.most_bytes // 2**20} MiB.")
        local_address = (scope.get("server") or ("", 0))[0]
        hosts = self.settings.list_hosts(local_address)
        if len(found := headers.getlist("host")) != 1 or found[0].lower() not in hosts:
            return _Refusal(421, "This server answers only to its own address.")
        origins = headers.getlist("origin")
        if any(origin.removeprefix("http://").lower() not in hosts for origin in origins):
            return _Refusal(403, "Another web page sent this request.")
        is_start = scope["path"] == "/" and scope["method"] == "GET"
        site = headers.get("sec-fetch-site", "none")
        if site not in _OWN_SITES and not is_start:
            return _Refusal(403, "Another web page sent this request.")
        if self._has_cookie(headers) or (is_start and self.has_token(scope)):
            return None
        remedy = "Open the address that `cnnlab lab` printed; it ends in ?token=…"
        return _Refusal(401, f"This page needs the token of its server. {remedy}")

    def _has_cookie(self, headers: Headers) -> bool:
        """Whether a request has the cookie that the server gave in exchange for the token."""
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self.settings.cookie_name)
        except CookieError:
            return False
        return cookie is not None and _are_equal(cookie.value, self.settings.session)

    def has_token(self, scope: Scope) -> bool:
        """Whether the address of a request has the token."""
        values = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return len(values) == 1 and _are_equal(values[0], self.settings.token)


def _are_equal(text: str, secret: str) -> bool:
    """Compare in a time that does not tell how many characters are right."""
    return hmac.compare_digest(text.encode("utf-8", "replace"), secret.encode())

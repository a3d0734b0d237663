"""Tabs of a browser that tests use one after another.

A new context has a renderer process of its own, which takes half a second of a processor, and as
much again for its first page. A tab that is used again takes a tenth of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_PATIENCE = 120_000  # milliseconds: on a machine with other work, a page may wait long


class Tabs:
    """The tabs of one browser. Two tabs that are open at once have nothing in common."""

    def __init__(self, browser: Any) -> None:
        from playwright.sync_api import expect

        expect.set_options(timeout=_PATIENCE)
        self.browser = browser
        self.free: list[Any] = []

    @contextmanager
    def open_tab(
        self,
        width: int,
        height: int,
        scheme: str = "light",
        listeners: Mapping[str, Callable[[Any], None]] | None = None,
    ) -> Iterator[Any]:
        """Open an empty tab without cookies and stored data; a later test may use it again.

        `listeners` has functions by the names of Playwright's events.
        """
        page = self.free.pop() if self.free else self._create()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(media="screen", color_scheme=scheme)
        page.set_default_timeout(_PATIENCE)
        for event, listener in (listeners or {}).items():
            page.on(event, listener)
        try:
            yield page
        except BaseException:
            page.context.close()
            raise
        for event, listener in (listeners or {}).items():
            page.remove_listener(event, listener)
        _clear_tab(page)
        self.free.append(page)

    def _create(self) -> Any:
        return self.browser.new_context(locale="en-US", reduced_motion="reduce").new_page()


def _clear_tab(page: Any) -> None:
    """Remove what a test has left behind in a tab."""
    if page.url != "about:blank":  # which has no storage
        page.evaluate("() => { localStorage.clear(); sessionStorage.clear(); }")
    page.context.clear_cookies()
    page.unroute_all()
    page.mouse.move(0, 0)
    page.goto("about:blank")

"""Open the page of a lab in a browser, and see what the browser says and asks for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from browser_tabs import Tabs
from lab_server import LabProcess

# Each width and each scheme once: the width changes no colour, and the scheme no place.
SCREENS = [(1280, "light"), (380, "dark")]

# The elements that reach out of the window to the right, outside the parts that scroll.
CUT_OFF = """Array.from(document.querySelectorAll("main *"))
    .filter(one => !one.closest(".scroll, .unseen, .editor"))
    .filter(one => { const box = one.getBoundingClientRect();
        return box.width && box.right > innerWidth + 1; })
    .map(one => one.outerHTML.slice(0, 99))"""


@contextmanager
def open_lab_page(
    tabs: Tabs,
    lab: LabProcess,
    place: str,
    width: int = 1280,
    scheme: str = "light",
    refused: int | None = None,
    is_gone: bool = False,
) -> Iterator[Any]:
    """Open the page at a place, such as `train/small-001`, in a tab that has no cookie yet.

    At the end of the `with` block, the browser must have reported nothing in its console, and the
    page must have asked no other server. The server may refuse requests with the status `refused`,
    or end in between (`is_gone`).
    """
    said: list[str] = []
    asked: list[str] = []

    def note_refusal(answer: Any) -> None:
        if answer.status >= 400 and answer.status != refused:
            said.append(f"{answer.status} {answer.url}")

    def note_message(message: Any) -> None:
        text = message.text
        is_expected = refused is not None and f"status of {refused} " in text
        if not is_expected and not (is_gone and "net::ERR_" in text):
            said.append(text)

    listeners = {
        "request": lambda request: asked.append(request.url),
        "console": note_message,
        "response": note_refusal,
        "pageerror": lambda error: said.append(str(error)),
    }
    with tabs.open_tab(width, 900, scheme, listeners) as page:
        page.goto(f"{lab.address}#{place}")
        yield page
    said += [url for url in asked if not url.startswith(f"http://{lab.host}/")]
    assert not said, said


def find_ugly_parts(page: Any, violations: Callable[[Any], dict[str, list[str]]]) -> list[Any]:
    """List what axe-core finds, and what is cut off or scrolls sideways; [] for a good page."""
    found: list[Any] = [*violations(page).items(), *page.evaluate(CUT_OFF)]
    if page.evaluate("document.scrollingElement.scrollWidth > innerWidth"):
        found.append("the page scrolls sideways")
    return found

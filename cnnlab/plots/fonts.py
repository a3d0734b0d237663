"""Fonts for what the first one has no letters for: names in Korean, Chinese and Japanese."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import findSystemFonts, fontManager
from matplotlib.text import Text

FIRST_BEYOND = "\u1100"  # from Hangul on; what is before it, DejaVu Sans has or no font is needed
# By preference, as Linux, macOS and Windows have them; those with Hangul come first.
_FAMILIES = (
    *("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "NanumBarunGothic", "Noto Sans CJK JP"),
    *("Noto Sans CJK SC", "Source Han Sans", "Source Han Sans KR", "UnDotum", "Baekmuk Gulim"),
    *("Apple SD Gothic Neo", "AppleGothic", "Malgun Gothic", "Gulim", "Arial Unicode MS"),
    *("Noto Sans JP", "Noto Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "IPAGothic"),
    *("Hiragino Sans", "PingFang SC", "Yu Gothic", "Microsoft YaHei", "Droid Sans Fallback"),
)


@contextmanager
def with_fallbacks(figure: Figure) -> Iterator[None]:
    """While entered, `figure` is drawn with fonts that have its letters, if any are installed."""
    with warnings.catch_warnings():
        # Where no font has a letter, there is a box; that is all there is to say.
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        texts = figure.findobj(Text)
        if not any(is_beyond(text.get_text()) for text in texts) or not fallbacks():
            yield
            return
        for text in texts:
            text.set_fontfamily(list(dict.fromkeys([*text.get_fontfamily(), *fallbacks()])))
        with rc_context({"font.family": ["sans-serif", *fallbacks()]}):  # of ticks still to be made
            yield


def is_beyond(text: str) -> bool:
    """Whether a text has letters that the first font may lack."""
    return any(character >= FIRST_BEYOND and character.isalnum() for character in text)


@cache
def fallbacks() -> tuple[str, ...]:
    """The families of `_FAMILIES` that are installed, in this order."""
    if not (found := _known()):
        # Matplotlib's list was made when it first ran here, maybe before a font was installed.
        listed = {entry.fname for entry in fontManager.ttflist}
        for path in findSystemFonts():
            if path not in listed:
                with suppress(OSError, RuntimeError):  # no font, or one that FreeType cannot read
                    fontManager.addfont(path)
        found = _known()
    return found


def _known() -> tuple[str, ...]:
    names = {entry.name for entry in fontManager.ttflist}
    return tuple(family for family in _FAMILIES if family in names)

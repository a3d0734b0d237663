"""Find fonts for Korean, Chinese and Japanese names, which the default font cannot draw."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache

from matplotlib import rc_context
from matplotlib.figure import Figure
from matplotlib.font_manager import findSystemFonts, fontManager
from matplotlib.text import Text

FIRST_FALLBACK_LETTER = "\u1100"  # Hangul; DejaVu Sans has the letters before it
# Fonts of Linux, macOS and Windows, in order of preference: fonts with Hangul come first.
_FAMILIES = (
    *("Noto Sans CJK KR", "Noto Sans KR", "NanumGothic", "NanumBarunGothic", "Noto Sans CJK JP"),
    *("Noto Sans CJK SC", "Source Han Sans", "Source Han Sans KR", "UnDotum", "Baekmuk Gulim"),
    *("Apple SD Gothic Neo", "AppleGothic", "Malgun Gothic", "Gulim", "Arial Unicode MS"),
    *("Noto Sans JP", "Noto Sans SC", "WenQuanYi Zen Hei", "WenQuanYi Micro Hei", "IPAGothic"),
    *("Hiragino Sans", "PingFang SC", "Yu Gothic", "Microsoft YaHei", "Droid Sans Fallback"),
)


@contextmanager
def use_fallback_fonts(figure: Figure) -> Iterator[None]:
    """Allow `figure` to use installed Korean, Chinese and Japanese fonts in the `with` block."""
    with ignore_missing_letters():
        texts = figure.findobj(Text)
        if not any(needs_fallback(text.get_text()) for text in texts) or not find_fallback_fonts():
            yield
            return
        for text in texts:
            text.set_fontfamily(
                list(dict.fromkeys([*text.get_fontfamily(), *find_fallback_fonts()]))
            )
        with rc_context(
            {"font.family": ["sans-serif", *find_fallback_fonts()]}
        ):  # for ticks that matplotlib creates later
            yield


@contextmanager
def ignore_missing_letters() -> Iterator[None]:
    """Ignore matplotlib's warning about a missing letter; the picture shows a box instead."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font", UserWarning)
        yield


def needs_fallback(text: str) -> bool:
    """Whether a text has letters that the default font may not contain."""
    return any(character >= FIRST_FALLBACK_LETTER and character.isalnum() for character in text)


@cache
def find_fallback_fonts() -> tuple[str, ...]:
    """List the installed Korean, Chinese and Japanese font families, the best family first."""
    if not (families := _list_installed()):
        # Matplotlib cached its list at its first start, perhaps before a font was installed.
        known_paths = {entry.fname for entry in fontManager.ttflist}
        for path in findSystemFonts():
            if path not in known_paths:
                with suppress(OSError, RuntimeError):  # not a font that FreeType reads
                    fontManager.addfont(path)
        families = _list_installed()
    return families


def _list_installed() -> tuple[str, ...]:
    names = {entry.name for entry in fontManager.ttflist}
    return tuple(family for family in _FAMILIES if family in names)

"""Measure how many columns a text takes in a terminal."""

from __future__ import annotations

import unicodedata


def measure_width(text: str) -> int:
    """Count the columns of a text in a terminal: an East Asian letter takes two.

    An accent that is a letter of its own takes none.

    >>> measure_width("cat"), measure_width("고양이"), measure_width("e\\u0301")
    (3, 6, 1)
    """
    return sum(map(_measure_letter, text))


def _measure_letter(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in "WF" else 1


def fill_width(text: str, width: int) -> str:
    """Add spaces after a text up to `width` columns of a terminal.

    >>> fill_width("고양이", 8)
    '고양이  '
    """
    return text + " " * (width - measure_width(text))

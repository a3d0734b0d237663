"""Figures as a person reads them in a terminal."""

from __future__ import annotations


def duration(seconds: float) -> str:
    """A time in the units that suit it.

    >>> duration(9.26), duration(125), duration(3725)
    ('9.3 s', '2 min 5 s', '1 h 2 min')
    """
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"

"""Write a number with a noun in the singular or plural: `1 epoch`, `2 epochs`."""

from __future__ import annotations

from decimal import ROUND_CEILING, Decimal


def format_count(count: int, noun: str, plural: str = "") -> str:
    """Write a whole number and a noun. The noun is in the singular after 1, else in the plural.

    Args:
        noun: the noun in the singular.
        plural: the plural of the noun, if `s` or `es` at the end does not make the plural.

    Example:
        >>> format_count(1, "epoch"), format_count(6000, "training image"), format_count(0, "class")
        ('1 epoch', '6,000 training images', '0 classes')
    """
    return f"{count:,} {choose_form(count, noun, plural)}"


def choose_form(count: float, noun: str, plural: str = "") -> str:
    """Return the form of a noun after a number: the singular after 1, else the plural.

    >>> choose_form(1, "batch"), choose_form(2, "batch"), choose_form(2, "is", "are")
    ('batch', 'batches', 'are')
    """
    if count == 1:
        return noun
    return plural or noun + ("es" if noun.endswith(("s", "tch")) else "s")


def format_bound(value: float) -> str:
    """Write a positive number with one digit, rounded up, so that "at most" is true.

    >>> format_bound(0.00115), format_bound(2.9e-08), format_bound(0.5), format_bound(0.0)
    ('0.002', '3e-8', '0.5', '0')
    """
    exact = Decimal(value)
    return f"{exact.quantize(Decimal(1).scaleb(exact.adjusted()), ROUND_CEILING):.1g}"


def format_selection(shown: int, count: int, noun: str) -> str:
    """Write that the first `shown` of `count` things are shown.

    >>> format_selection(8, 16, "map"), format_selection(16, 16, "map")
    ('the first 8 of 16 maps', 'all 16 maps')
    >>> format_selection(1, 1, "map")
    '1 map'
    """
    text = format_count(count, noun)
    if shown < count:
        return f"the first {shown:,} of {text}"
    return text if count == 1 else f"all {text}"

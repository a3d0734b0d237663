"""Seeds: everything random is a pure function of the experiment's seed and what it is for."""

from __future__ import annotations

import hashlib


def seed(root: int, *purpose: str | int) -> int:
    """A seed from 1 to 2³¹ − 1 for one purpose, for example ("dropout", layer, epoch).

    >>> seed(42, "shuffle", 1) == seed(42, "shuffle", 1) != seed(42, "shuffle", 2)
    True
    """
    text = "/".join(map(str, (root, *purpose)))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return 1 + number % (2**31 - 1)

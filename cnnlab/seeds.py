"""Derive a seed for each purpose, such as dropout in an epoch, from the experiment's seed."""

from __future__ import annotations

import hashlib


def derive_seed(root: int, *purpose: str | int) -> int:
    """Derive a seed from 1 to 2³¹ − 1 from another seed and a purpose, such as ("dropout", 1).

    >>> derive_seed(42, "dropout", 1) == derive_seed(42, "dropout", 1) != derive_seed(42, "init", 1)
    True
    """
    text = "/".join(map(str, (root, *purpose)))
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()[:8], "big")
    return 1 + number % (2**31 - 1)

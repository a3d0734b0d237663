"""Name the folders inside ensembles and sweeps, and find the name of a run by its path."""

from __future__ import annotations

import os
from pathlib import Path

MEMBERS = "members"  # of an ensemble
TRIALS, CONFIRMATION, BASE = "trials", "confirm", "base"  # of a sweep


def name_run(path: Path) -> str:
    """Return the name of a run, which begins with the ensemble or the sweep that contains it.

    >>> name_run(Path("runs/small-001")), name_run(Path("runs/small-001/members/2"))
    ('small-001', 'small-001/members/2')
    >>> name_run(Path("runs/kernels-001/trials/007"))
    'kernels-001/trials/007'
    >>> name_run(Path("runs/kernels-001/confirm/base/5"))
    'kernels-001/confirm/base/5'
    """
    parts = ("", "", "", "", *Path(os.path.abspath(path)).parts)
    above, folder, name = parts[:-2], parts[-2], parts[-1]
    if folder in (MEMBERS, TRIALS) and above[-1] and name.isdecimal():
        return f"{name_run(Path(*above))}/{folder}/{name}"
    if above[-1] == CONFIRMATION and above[-2] and name.isdecimal():
        return f"{above[-2]}/{CONFIRMATION}/{folder}/{name}"
    return name


def is_member(path: Path) -> bool:
    """Return whether a path is the run folder of a member of an ensemble."""
    return name_run(path).split("/")[-2:-1] == [MEMBERS]

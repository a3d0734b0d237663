"""Find the settings in which experiments differ, such as `training.epochs`."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from cnnlab.spec.experiment import Experiment
from cnnlab.spec.kinds import Kind, Section
from cnnlab.spec.wording import format_short

ABSENT = "–"
LONGEST = 60  # characters; longer values are cut in tables


@dataclass(frozen=True)
class SettingDifference:
    """A setting in which experiments differ: its path, and its value in each experiment."""

    path: str
    values: tuple[str, ...]


class _Absent:
    """Replaces the value of a setting in an experiment that does not have the setting."""


Values = Sequence[Any]  # the values of one setting, one for each experiment
_ABSENT = _Absent()


def find_differences(experiments: Sequence[Experiment]) -> list[SettingDifference]:
    """Find all settings that differ between experiments, except names and seeds.

    Each layer is compared with the most similar layer of the first experiment. A layer that the
    first experiment does not have is listed separately.
    """
    plain = list(map(remove_seeds, experiments))
    return [
        SettingDifference(path, tuple(map(_format_cell, values)))
        for path, values in _walk_differences("", plain)
    ]


def remove_seeds(experiment: Experiment) -> Experiment:
    """Copy an experiment without its name and seeds. The number of ensemble members stays."""
    members = f"{len(experiment.ensemble)} members" if experiment.ensemble else None
    return experiment.model_copy(update={"name": "", "seed": 0, "ensemble": members})


def _walk_differences(path: str, values: Values) -> Iterator[tuple[str, Values]]:
    """Yield the path and the values of each setting that differs, at `path` or below it."""
    first = values[0]
    if all(value == first for value in values[1:]):
        return
    if isinstance(first, Section) and all(type(value) is type(first) for value in values):
        below = f"{path}.{first.kind}" if isinstance(first, Kind) else path
        for name in type(first).model_fields:
            yield from _walk_differences(
                f"{below}.{name}".lstrip("."), [getattr(v, name) for v in values]
            )
    elif all(map(_is_list_of_kinds, values)):
        for place, row in _align_lists(values):
            yield from _walk_differences(f"{path}{place}", row)
    elif all(map(_is_list_of_lists, values)):
        for number in range(max(map(len, values))):
            row = [value[number] if number < len(value) else _ABSENT for value in values]
            yield from _walk_differences(f"{path}[{number}]", row)
    else:
        yield path, values


def _is_list_of_kinds(value: Any) -> bool:
    return isinstance(value, tuple) and all(isinstance(item, Kind) for item in value)


def _is_list_of_lists(value: Any) -> bool:
    return isinstance(value, tuple) and all(map(_is_list_of_kinds, value))


def _align_lists(lists: Sequence[Sequence[Kind]]) -> Iterator[tuple[str, Values]]:
    """Align the items of several lists with similar items of the first list.

    Yields an index as text, and one item of each list for this index. If another list has two extra
    items after item [3] of the first list, the extra items have the indexes `[3]+1` and `[3]+2`. An
    extra item before item [0] has the index `[0]-1`.
    """
    reference = lists[0]
    rows: dict[tuple[int, int], list[Any]] = {
        (number, 0): [item, *[_ABSENT] * (len(lists) - 1)] for number, item in enumerate(reference)
    }
    for column, other in enumerate(lists[1:], 1):
        for where, item in _place_items(reference, other):
            rows.setdefault(where, [_ABSENT] * len(lists))[column] = item
    before = sum(place < 0 for place, _ in rows)
    for (place, extra), row in sorted(rows.items(), key=lambda row: row[0]):
        if place < 0:
            yield f"[0]{extra - 1 - before}" if reference else f"[{extra - 1}]", row
        else:
            yield f"[{place}]" + (f"+{extra}" if extra else ""), row


def _place_items(
    reference: Sequence[Kind], other: Sequence[Kind]
) -> Iterator[tuple[tuple[int, int], Kind]]:
    """Yield each item of the list `other`, with the position of the item in `reference`.

    The position (3, 0) is item [3] of `reference`; (3, 1) is the position of an extra item after
    item [3]. Similar items of the two lists match. Items of `other` between two matches get the
    positions of the items of `reference` between these matches.
    """
    matches = [*_match_items(reference, other), (len(reference), len(other))]
    start = begin = 0
    for end, stop in matches:
        for offset, item in enumerate(other[begin:stop]):
            beyond = start + offset - (end - 1)
            yield ((start + offset, 0) if beyond <= 0 else (end - 1, beyond)), item
        if stop < len(other):
            yield (end, 0), other[stop]
        start, begin = end + 1, stop + 1


def _match_items(reference: Sequence[Kind], other: Sequence[Kind]) -> Iterator[tuple[int, int]]:
    """Match similar items of two lists; yield pairs (index in `reference`, index in `other`).

    Only items of the same kind match, such as two conv layers, and both indexes increase. The
    matches are a longest common subsequence (Wagner, Fischer 1974), weighted by likeness. Among
    equally good solutions, the solution with the lowest indexes wins.
    """
    rows, columns = len(reference), len(other)
    best = [[0.0] * (columns + 1) for _ in range(rows + 1)]  # the best sum from (row, column) on
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            with_both = _measure_likeness(reference[i], other[j]) + best[i + 1][j + 1]
            best[i][j] = max(with_both, best[i + 1][j], best[i][j + 1])
    i = j = 0
    while i < rows and j < columns:
        likeness = _measure_likeness(reference[i], other[j])
        if likeness and best[i][j] == likeness + best[i + 1][j + 1]:
            yield i, j
            i, j = i + 1, j + 1
        elif best[i][j] == best[i + 1][j]:
            i += 1
        else:
            j += 1


def _measure_likeness(one: Kind, other: Kind) -> float:
    """Measure how alike two layers are: 0 for different layer kinds, 2 for equal layers."""
    if one.kind != other.kind:
        return 0.0
    names = type(one).model_fields
    same = sum(getattr(one, name) == getattr(other, name) for name in names)
    return 1 + (same / len(names) if names else 1)


def _format_cell(value: Any) -> str:
    text = ABSENT if value is _ABSENT else format_short(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"

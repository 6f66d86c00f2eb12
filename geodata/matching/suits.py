"""Which volunteers suit which places: free then, with the skills and a language asked for."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import numpy as np

from geodata.matching.people_places import PlaceColumns, Window
from geodata.matching.problem import Bools, Ints


def _classes(values: Sequence[Any]) -> tuple[Ints, list[Any]]:
    """The class of each value and one value of each class, in order of first sight."""
    seen: dict[Any, int] = {}
    codes = np.fromiter((seen.setdefault(v, len(seen)) for v in values), np.int32, len(values))
    return codes, list(seen)


def fits(
    have: Sequence[Collection[str]] | None,
    need: Sequence[Collection[str]] | None,
    n: int,
    m: int,
    volunteer: Ints,
    place: Ints,
    rule: Any,
) -> Bools:
    """Whether the volunteer has all (or any) of what the place needs; a place that needs nothing takes
    everybody."""
    if need is None:
        return np.ones(len(volunteer), dtype=bool)
    have_code, have_sets = _classes([frozenset(h) for h in have] if have is not None else [frozenset()] * n)
    need_code, need_sets = _classes([frozenset(s) for s in need] if m else [])
    table = np.array([[not s or rule(x in h for x in s) for s in need_sets] for h in have_sets], dtype=bool)
    table = table.reshape(len(have_sets), len(need_sets))
    return table[have_code[volunteer], need_code[place]]


def free_then(
    available: Sequence[Sequence[Window] | None] | None, sites: PlaceColumns, volunteer: Ints, place: Ints
) -> Bools:
    """Whether one of the volunteer's windows holds the whole shift."""
    if available is None:
        return np.ones(len(volunteer), dtype=bool)
    code, kinds = _classes([None if w is None else _joined(w) for w in available])
    shift, which = np.unique(np.column_stack([sites.starts_at, sites.ends_at]), axis=0, return_inverse=True)
    table = np.zeros((len(kinds), len(shift)), dtype=bool)
    for row, windows in enumerate(kinds):
        if windows is None:
            table[row] = True
        for begin, end in windows or ():
            table[row] |= (begin <= shift[:, 0]) & (shift[:, 1] <= end)
    if len(shift):
        table[:, shift[:, 0] >= shift[:, 1]] = True  # a place without a time asks for none
    return table[code[volunteer], which.reshape(-1)[place]]


def _joined(windows: Sequence[Window]) -> tuple[Window, ...]:
    joined: list[Window] = []
    for begin, end in sorted((float(b), float(e)) for b, e in windows):
        if not begin <= end:
            raise ValueError(f"a time of availability ends ({end:g}) before it starts ({begin:g})")
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)

"""Walks of doors that a barrier or the minutes forbid, mended: another order of the doors, or two turfs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from geodata.routing.neighbours import Longs
from geodata.turf.barriers import Lines
from geodata.turf.ground import Ground, crossed
from geodata.turf.orders import set_orders


def without_crossings(
    ground: Ground, walks: list[Longs], lines: Lines, fits: Callable[[Longs], bool], *, seed: int
) -> list[Longs]:
    """The walks (rows of doors); one that crosses a barrier in an order that does not and that `fits`, or
    parted where it crosses.
    """
    if not lines:
        return walks
    mended: list[Longs] = []
    for walk in walks:
        if not _over(ground, walk, lines).any():
            mended.append(walk)
            continue
        (other,) = set_orders(ground, [walk], seed=seed)
        if fits(other) and not _over(ground, other, lines).any():
            mended.append(other)
        else:
            best = other if fits(other) and _fewer(ground, other, walk, lines) else walk
            mended += np.split(best, np.flatnonzero(_over(ground, best, lines)) + 1)
    return mended


def short_enough(walk: Longs, building: Longs, fits: Callable[[Longs], bool]) -> list[Longs]:
    """The walk, or as few pieces of it as fit, which end with a building where one of these does.

    Where stops fit, doors do too but seldom: ways off the streets may be shorter through a third place.
    building: (n,) number of that of each door.
    """
    pieces: list[Longs] = []
    while len(walk) > 1 and not fits(walk):
        ends = np.arange(len(walk) - 1, 0, -1)
        whole = building[walk[ends - 1]] != building[walk[ends]]
        at = next((int(end) for end in (*ends[whole], *ends[~whole]) if fits(walk[:end])), 1)
        pieces.append(walk[:at])
        walk = walk[at:]
    return [*pieces, walk]


def _over(ground: Ground, walk: Longs, lines: Lines) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return crossed(ground, walk[:-1], walk[1:], lines)


def _fewer(ground: Ground, walk: Longs, than: Longs, lines: Lines) -> bool:
    return int(_over(ground, walk, lines).sum()) < int(_over(ground, than, lines).sum())

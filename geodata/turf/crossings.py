"""Walks that a building leads over a barrier, mended: another order of its doors, or two turfs."""

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


def _over(ground: Ground, walk: Longs, lines: Lines) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return crossed(ground, walk[:-1], walk[1:], lines)


def _fewer(ground: Ground, walk: Longs, than: Longs, lines: Lines) -> bool:
    return int(_over(ground, walk, lines).sum()) < int(_over(ground, than, lines).sum())

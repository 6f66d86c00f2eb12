"""Doors gathered into stops: a building is one stop unless it is itself larger than a turf."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.routing.neighbours import Floats, Longs
from geodata.turf.limits import Limits
from geodata.turf.pace import Pace

WHOLE_SHARE = 1.25  # of the minutes of a turf that a building may take and stay whole
MOST_SHARE = 1.15  # that a piece of a larger one may take
_PARTS = re.compile(r"\d+|[^\W\d_]+")
Legs = Callable[[Longs, Longs], Floats]
"""Metres between doors a (k,) and doors b (k,)."""
Crosses = Callable[[Longs, Longs], npt.NDArray[np.bool_]]
"""Whether the steps from doors a (k,) to doors b (k,) meet a barrier."""


@dataclass(frozen=True, slots=True, eq=False)
class Stops:
    """xy_m (s, 2) middle of each stop; talk_min (s,) minutes of knocking, talking and walking inside; part
    (s,) the area it may share a turf with; anchor (s,) its first door; rows: doors of all stops in their
    order, those of stop i from first[i] to first[i + 1]; piece (s,) whether it is a piece of a building that
    is larger than a turf.
    """

    xy_m: Floats
    talk_min: Floats
    part: Longs
    anchor: Longs
    rows: Longs
    first: Longs
    piece: npt.NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.anchor)

    @property
    def doors(self) -> Longs:
        """(s,) how many doors each has."""
        return np.diff(self.first)

    def doors_of(self, path: Longs) -> Longs:
        """Rows of the doors of these stops, in this order."""
        size = self.first[path + 1] - self.first[path]
        if (size == 1).all():
            return self.rows[self.first[path]]
        start = np.repeat(self.first[path] - np.concatenate([[0], np.cumsum(size)[:-1]]), size)
        return self.rows[start + np.arange(int(size.sum()))]


def natural(text: Any) -> tuple[tuple[int, int, str], ...]:
    """A key that sorts as people count: 9 before 10, 2A before 2B, nothing before something."""
    if text is None or text != text:  # None or NaN
        return ()
    words = _PARTS.findall(str(text).casefold())
    return tuple((0, int(w), "") if w.isdecimal() and len(w) < 100 else (1, 0, w) for w in words)


def door_order(
    count: int, street: Sequence[Any] | None, number: Sequence[Any] | None, unit: Sequence[Any] | None
) -> Longs:
    """Rank of each door by street, house number and unit, as people count; by row where these say nothing."""
    if street is None and number is None and unit is None:
        return np.arange(count, dtype=np.int64)
    ranks = [_ranks(column) for column in (unit, number, street) if column is not None]
    rank = np.empty(count, np.int64)
    rank[np.lexsort((np.arange(count), *ranks))] = np.arange(count)
    return rank


def _ranks(column: Sequence[Any]) -> Longs:
    """Equal numbers for equal texts, ascending as people count."""
    seen: dict[Any, int] = {}
    codes = np.fromiter((seen.setdefault(value, len(seen)) for value in column), np.int64, len(column))
    keys = [natural(value) for value in seen]
    place = {key: i for i, key in enumerate(sorted(set(keys)))}
    return np.array([place[key] for key in keys], np.int64)[codes] if keys else codes


def gather(
    xy_m: Floats, rank: Longs, building: Longs, part: Longs, pace: Pace, limits: Limits,
    legs: Legs | None = None, crosses: Crosses | None = None,
) -> Stops:  # fmt: skip
    """Stops by building within a part; one larger than a turf becomes several of even size, and one with a
    barrier between its doors one for each side.

    Minutes inside a stop count the way from its middle (by `legs`, from its first door) through its doors and
    back, so that the walk over the doors is never longer than the walk over the stops plus these.
    """
    rows = np.lexsort((rank, building, part)).astype(np.int64)
    if not len(rows):
        none = np.empty(0, np.int64)
        zero, no = np.zeros(1, np.int64), np.empty(0, bool)
        return Stops(np.empty((0, 2)), np.empty(0), none, none, none, zero, no)
    if crosses is not None:
        side = _sides(rows, building, part, crosses)
        rows = rows[np.lexsort((rank[rows], side[rows], building[rows], part[rows]))]
        building = np.unique(np.column_stack([building, side]), axis=0, return_inverse=True)[1].reshape(-1)
    new = (np.diff(building[rows]) != 0) | (np.diff(part[rows]) != 0)
    first = np.concatenate([[0], np.flatnonzero(new) + 1, [len(rows)]]).astype(np.int64)
    talk = _talk_min(xy_m, rows, first, pace, legs)
    too_large = ((talk > limits.top_min) | (np.diff(first) > limits.most_doors)) & (np.diff(first) > 1)
    if not limits.is_most:
        too_large |= (talk > limits.minutes * WHOLE_SHARE) & (np.diff(first) > 1) & (not limits.doors_rule)
    whole = first
    if too_large.any():
        first = _shared_out(xy_m, rows, first, np.flatnonzero(too_large), pace, limits, legs)
        talk = _talk_min(xy_m, rows, first, pace, legs)
    piece = too_large[np.searchsorted(whole, first[:-1], side="right") - 1]
    return _ordered(xy_m, rows, first, talk, rank, part, piece)


def _sides(rows: Longs, building: Longs, part: Longs, crosses: Crosses) -> Longs:
    """(n,) a number for each side of a barrier that doors of one building lie on: one walks from each to the
    next of its side without meeting it.
    """
    side = np.zeros(len(rows), np.int64)
    a, b = rows[:-1], rows[1:]
    inner = np.flatnonzero((building[a] == building[b]) & (part[a] == part[b]))
    parted = inner[crosses(a[inner], b[inner])]  # steps from one of `rows` to the next
    ends = np.flatnonzero((building[a] != building[b]) | (part[a] != part[b]))
    for piece in np.unique(np.searchsorted(ends, parted)):
        begin = 0 if piece == 0 else int(ends[piece - 1]) + 1
        end = int(ends[piece]) + 1 if piece < len(ends) else len(rows)
        last: list[int] = []
        for row in rows[begin:end].tolist():
            over = crosses(np.array(last, np.int64), np.full(len(last), row))
            side[row] = len(last) if over.all() else int(np.argmin(over))
            last[side[row] : side[row] + 1] = [row]
    return side


def _ordered(
    xy_m: Floats, rows: Longs, first: Longs, talk: Floats, rank: Longs, part: Longs, piece: Any
) -> Stops:
    """Stops by the rank of their first door."""
    order = np.argsort(rank[rows[first[:-1]]], kind="stable")
    size = np.diff(first)
    middle = np.add.reduceat(xy_m[rows], first[:-1], axis=0) / size[:, None]
    single = size == 1
    middle[single] = xy_m[rows[first[:-1][single]]]  # exactly, where sums would round
    begin = np.concatenate([[0], np.cumsum(size[order])]).astype(np.int64)
    start = np.repeat(first[:-1][order] - begin[:-1], size[order])
    anchor = rows[first[:-1][order]]
    in_order = rows[start + np.arange(len(rows))]
    return Stops(middle[order], talk[order], part[anchor], anchor, in_order, begin, piece[order])


def _talk_min(xy_m: Floats, rows: Longs, first: Longs, pace: Pace, legs: Legs | None) -> Floats:
    size = np.diff(first)
    minutes = size * pace.door_min + (size - 1) * pace.stairs_min
    many = np.flatnonzero(size > 1)
    if not len(many):
        return minutes
    begin, end = rows[first[:-1][many]], rows[first[1:][many] - 1]
    inside = np.ones(len(rows), bool)
    inside[first[:-1]] = False
    at = np.flatnonzero(inside)
    way = np.zeros(len(rows))
    if legs is None:
        way[at] = np.hypot(*(xy_m[rows[at]] - xy_m[rows[at - 1]]).T)
        middle = np.add.reduceat(xy_m[rows], first[:-1], axis=0)[many] / size[many, None]
        there_and_back = np.hypot(*(xy_m[begin] - middle).T) + np.hypot(*(xy_m[end] - middle).T)
    else:
        way[at] = legs(rows[at - 1], rows[at])
        there_and_back = legs(end, begin)
    minutes[many] += (np.add.reduceat(way, first[:-1])[many] + there_and_back) / pace.metres_per_min
    return minutes


def _shared_out(
    xy_m: Floats, rows: Longs, first: Longs, large: Longs, pace: Pace, limits: Limits, legs: Legs | None
) -> Longs:
    """The starts of stops once each of the `large` ones is cut into even pieces that fit: the fewest, or so
    many that they come nearest to the minutes, where these are not a limit.
    """
    cuts = [first]
    is_target = not limits.is_most and not limits.doors_rule
    top = limits.minutes * MOST_SHARE if is_target else limits.top_min
    for stop in large.tolist():
        begin, end = int(first[stop]), int(first[stop + 1])
        before = (np.inf, np.empty(0, np.int64))
        for count in range(2, end - begin + 1):
            bounds = (np.arange(count + 1) * (end - begin)) // count
            talk = _talk_min(xy_m, rows[begin:end], bounds, pace, legs)
            off = abs(math.log(talk.max() / limits.minutes)) if is_target else 0.0
            if off >= before[0]:
                break
            if (talk <= top).all() and (np.diff(bounds) <= limits.most_doors).all():
                before = (off, begin + bounds)
            if off == 0.0 and len(before[1]):
                break
        cuts.append(before[1] if len(before[1]) else begin + bounds)
    return np.unique(np.concatenate(cuts)).astype(np.int64)

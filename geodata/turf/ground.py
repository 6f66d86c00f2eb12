"""What a way costs: straight lines, or walking along streets by a WalkTable; and steps over barriers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from geodata.routing.neighbours import Floats, Longs, nearest_neighbours
from geodata.streets import WalkTable, nearest
from geodata.turf import _tables
from geodata.turf.barriers import Lines

Table = npt.NDArray[np.float32]
Bools = npt.NDArray[np.bool_]


class Ground(Protocol):
    """Metres between stops or doors, rows of the arrays it was made of."""

    @property
    def method(self) -> str:
        """How distances are measured."""

    @property
    def xy_m(self) -> Floats:
        """(n, 2) where the rows are."""

    def legs(self, a: Longs, b: Longs) -> Floats:
        """(k,) metres between rows a (k,) and rows b (k,), as if there were no barriers."""

    def guessed(self, a: Longs, b: Longs) -> Bools:
        """(k,) whether the metres are those of a straight line, which a barrier may forbid."""

    def table(self, rows: Longs) -> Table:
        """(k, k) float32 metres between all pairs; BLOCKED_M for a guess over a barrier."""

    def off_network(self) -> int:
        """How many rows no street was found for."""

    def nearest(self, k: int) -> tuple[Longs, Floats]:
        """The k nearest other rows of each, (n, k), and their metres, nearest first."""

    def at(self, rows: Longs, xy_m: Floats) -> Ground:
        """The same for other rows: those of stops whose first doors are `rows` and that lie at xy_m."""


@dataclass(frozen=True, slots=True, eq=False)
class Straight:
    """As the crow flies, over no barrier."""

    xy_m: Floats
    lines: Lines
    method: str = "straight line"

    def legs(self, a: Longs, b: Longs) -> Floats:
        return np.asarray(np.hypot(*(self.xy_m[a] - self.xy_m[b]).T))

    def guessed(self, a: Longs, _b: Longs) -> Bools:
        return np.ones(len(a), bool)

    def table(self, rows: Longs) -> Table:
        xy = self.xy_m[rows]
        table: Table = _tables.straight_table(xy)
        _tables.settle(table, xy, self.lines.near(xy))
        return table

    def off_network(self) -> int:
        return 0

    def nearest(self, k: int) -> tuple[Longs, Floats]:
        near = nearest_neighbours(self.xy_m, k)
        a = np.repeat(np.arange(len(near)), near.shape[1])
        return near, self.legs(a, near.reshape(-1)).reshape(near.shape)

    def at(self, rows: Longs, xy_m: Floats) -> Straight:  # noqa: ARG002 - a Ground needs both
        return Straight(xy_m, self.lines)


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """Along streets, by a WalkTable of doors; stop i stands where door rows[i] does."""

    walk: WalkTable
    rows: Longs
    lines: Lines
    method: str = "walking along streets"

    @property
    def xy_m(self) -> Floats:
        return np.asarray(self.walk.xy_m[self.rows], dtype=np.float64)

    def legs(self, a: Longs, b: Longs) -> Floats:
        return np.asarray(self.walk.between(self.rows[a], self.rows[b]), dtype=np.float64)

    def guessed(self, a: Longs, b: Longs) -> Bools:
        return np.asarray(self.walk.guessed(self.rows[a], self.rows[b]), dtype=bool)

    def table(self, rows: Longs) -> Table:
        members = self.rows[rows]
        local = np.full(len(self.walk.first) - 1, -1, np.int32)
        table: Table = _tables.street_table(*self.walk.arrays, members, local)
        xy = np.ascontiguousarray(self.walk.xy_m[members])
        _tables.settle(table, xy, self.lines.near(xy))
        return table

    def off_network(self) -> int:
        return int((self.walk.corner[self.rows, 0] < 0).sum())

    def nearest(self, k: int) -> tuple[Longs, Floats]:
        own = ("corner", "corner_m", "sidewalk", "across_m", "along_m", "xy_m")
        few = replace(self.walk, **{name: getattr(self.walk, name)[self.rows] for name in own})
        return nearest(few, k)

    def at(self, rows: Longs, xy_m: Floats) -> Streets:  # noqa: ARG002 - stops stand where their doors do
        return Streets(self.walk, self.rows[rows], self.lines)


def crossed(ground: Ground, a: Longs, b: Longs, lines: Lines) -> Bools:
    """(k,) whether the step from a to b is a guess that meets a barrier."""
    over = lines.crossed(ground.xy_m[a], ground.xy_m[b])
    if over.any():
        over[over] = ground.guessed(a[over], b[over])
    return over

"""The ground plan of a generated town: which squares it has, of what kind, and how the plane is bent.

Everything is laid out on a straight plane of squares first, where streets, doors and precincts fit by
construction; one smooth bend of the plane then makes the streets curve without moving anything apart. A river
runs east between two rows of squares and a railway north between two columns; few streets cross them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from volunteer_hub.demo.blocks import (
    APARTMENTS,
    CORE,
    EDGE,
    PARK,
    SIDE_M,
    SUBURB,
    Block,
    Floats,
    Ints,
    catalogue,
)

RIVER_M = 150.0
RAIL_M = 56.0


@dataclass(frozen=True, slots=True)
class Bend:
    """A smooth shift of the plane by a few long waves, then a turn: neighbours stay neighbours."""

    amplitude_m: Floats
    wave_m: Floats
    phase: Floats
    angle: float

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Bend:
        """Waves of 1.9 to 5 km that stretch no distance by more than about a third."""
        wave = rng.uniform([2600.0, 1900.0] * 2, [5000.0, 2600.0] * 2)
        return cls(
            wave * rng.uniform(0.018, 0.028, 4), wave, rng.uniform(0, 2 * np.pi, 4), rng.uniform(-0.3, 0.3)
        )

    def __call__(self, xy: Floats) -> Floats:
        """Move float (n, 2) metres of the straight plane to (n, 2) metres of the town."""
        x, y = xy[:, 0], xy[:, 1]
        a, k, p = self.amplitude_m, 2 * np.pi / self.wave_m, self.phase
        east = x + a[0] * np.sin(k[0] * y + p[0]) + a[1] * np.sin(k[1] * (x + y) * 0.7 + p[1])
        north = y + a[2] * np.sin(k[2] * x + p[2]) + a[3] * np.sin(k[3] * (x - y) * 0.7 + p[3])
        cos, sin = np.cos(self.angle), np.sin(self.angle)
        return np.column_stack([cos * east - sin * north, sin * east + cos * north])


@dataclass(frozen=True, slots=True)
class Plan:
    """Squares and the gaps between them.

    column, row: int (n,), a square's place; kind: int (n,) of blocks.KINDS; block: int (n,) into blocks. The
    river lies south of river_row, the railway west of rail_column.
    """

    column: Ints
    row: Ints
    kind: Ints
    block: Ints
    blocks: tuple[Block, ...]
    river_row: int
    rail_column: int
    bend: Bend

    def west(self, column: Ints | int) -> Floats:
        """Metres east of the squares' west edges."""
        return np.asarray(column) * SIDE_M + np.where(np.asarray(column) >= self.rail_column, RAIL_M, 0.0)

    def south(self, row: Ints | int) -> Floats:
        """Metres north of the squares' south edges."""
        return np.asarray(row) * SIDE_M + np.where(np.asarray(row) >= self.river_row, RIVER_M, 0.0)

    def bound_x(self, line: Ints | int) -> Floats:
        """Metres east of the border between columns line - 1 and line: mid-railway at its gap."""
        return self.west(line) - np.where(np.asarray(line) == self.rail_column, RAIL_M / 2, 0.0)

    def bound_y(self, line: Ints | int) -> Floats:
        """Metres north of the border between rows line - 1 and line: the middle of the river at its gap."""
        return self.south(line) - np.where(np.asarray(line) == self.river_row, RIVER_M / 2, 0.0)


def draw_plan(rng: np.random.Generator, is_enough: int) -> Plan:
    """Lay out the smallest round town with at least that many doors, an apartment house counted as 15."""
    blocks, by_kind = catalogue(rng)
    each = np.array([len(b.spots) for b in blocks])
    each[by_kind[APARTMENTS]] *= 15
    reach = int(np.ceil(np.sqrt(is_enough / 40))) + 4
    column, row = (g.ravel() for g in np.meshgrid(np.arange(-reach, reach), np.arange(-reach, reach)))
    rank = np.argsort(_remoteness(rng, column, row), kind="stable")
    column, row = column[rank], row[rank]
    luck, pick = rng.random((2, len(column)))
    heading = rng.uniform(0, 2 * np.pi)
    squares = 4
    while True:
        kind = _kinds(column[:squares], row[:squares], luck[:squares], heading)
        block = _choose(kind, pick[:squares], by_kind)
        doors = int(each[block].sum())
        if doors >= is_enough:
            break
        missing_share = (is_enough - doors) / max(doors, 1)
        squares = min(len(column), squares + max(1, int(squares * min(missing_share, 0.5) * 0.8)))
    river_row, rail_column = 1, -1 - int(np.sqrt(squares) / 8)
    return Plan(
        column[:squares], row[:squares], kind, block, tuple(blocks), river_row, rail_column, Bend.drawn(rng)
    )


def _remoteness(rng: np.random.Generator, column: Ints, row: Ints) -> Floats:
    """Distance from the centre, stretched a little by direction so that the outline is no circle."""
    angle = np.arctan2(row + 0.5, column + 0.5)
    lobes = (
        1 + 0.13 * np.cos(2 * angle + rng.uniform(0, 6.3)) + 0.09 * np.cos(3 * angle + rng.uniform(0, 6.3))
    )
    return np.hypot(column + 0.5, row + 0.5) * lobes


def _kinds(column: Ints, row: Ints, luck: Floats, heading: float) -> Ints:
    """Grid in the middle, suburbs around it, thin edges, one quarter of apartments, a park here and there."""
    n = len(column)
    share = np.arange(n) / n
    kind = np.full(n, SUBURB, dtype=np.int64)
    kind[(share < 0.18) | ((share < 0.45) & (luck < 0.2))] = CORE
    kind[(share > 0.9) & (luck > 0.25)] = EDGE
    kind[(luck > 0.93) & (share > 0.02)] = PARK
    radius = np.sqrt(n / np.pi) * 0.55
    away = np.hypot(column + 0.5 - radius * np.cos(heading), row + 0.5 - radius * np.sin(heading))
    kind[np.argsort(away, kind="stable")[: max(1, round(0.045 * n))]] = APARTMENTS
    return kind


def _choose(kind: Ints, pick: Floats, by_kind: list[list[int]]) -> Ints:
    """A drawing for each square, of its kind."""
    block = np.empty(len(kind), dtype=np.int64)
    for k, choices in enumerate(by_kind):
        mine = kind == k
        block[mine] = np.array(choices)[(pick[mine] * len(choices)).astype(int)]
    return block

"""The whole problem as the compiled loops see it: bidders, segments of seats in grid order, lists and heaps.

Loops take these tuples apart once and then work on plain arrays: reaching into a tuple of arrays for every
pair would count references each time, which was measured to take ten times as long as the work itself.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np


class Grid(NamedTuple):
    """Cells of equal angle from a south-west corner; longitudes count eastwards from `west`."""

    south: float
    west: float
    cell: float
    rows: int
    columns: int


class Ground(NamedTuple):
    """Segments of seats, sorted by the grid cell of their place; those of a place lie together."""

    spot: Any  # (s, 4) float64: unit vector of the place, worth of an hour of weight 1
    kind: Any  # (s,) int64: class of what the segment asks for
    place: Any  # (s,) int64: place in grid order
    slot: Any  # (s,) int64: segments of one slot have the same times; -1 has no time
    starts: Any  # (s,) int64 epoch seconds
    ends: Any
    room: Any  # (s,) int64: seats
    segment_start: Any  # (m+1,) int64: segments of a place
    first: Any  # (cells+1,) int64: segments of a grid cell
    grid: Grid


class Bidders(NamedTuple):
    """Who wants seats: pairs fixed by hand first (each wants its one place), then volunteers by grid cell."""

    home: Any  # (n, 5) float64: unit vector, squared chord of how far they travel, weight (show chance)
    kind: Any  # (n,) int64: class of skills, languages and free times
    demand: Any  # (n,) int64
    only: Any  # (n,) int64: the one place of a fixed pair, else -1
    fits: Any  # (kinds of bidders, kinds of segments) bool
    special_start: Any  # (n+1,) int64: pairs with a bonus of their own
    special_place: Any  # int64
    special_bonus: Any  # float64; -inf: never
    fixed_start: Any  # (n+1,) int64: where the volunteer is fixed, for the bidder of the other shifts
    fixed_segment: Any  # int64: any one segment of that place
    km_cost: float


class Lists(NamedTuple):
    """Per bidder the best few segments of the last look; what was not listed was worth `floor` at most."""

    segment: Any  # (n, k) int32
    base: Any  # (n, k) float64: bonus less the cost of the way; (1, k) zeros where there is neither
    count: Any  # (n,) int64
    floor: Any  # (n,) float64


class Seats(NamedTuple):
    """Who sits where: a heap of bids per segment, the lowest bid on top once all seats are taken.

    A segment with more seats than there are people is never full and so has no heap: it starts where it ends.
    """

    start: Any  # (s+1,) int64
    bid: Any  # (seats,) float64
    holder: Any  # int64
    size: Any  # (s,) int64
    price: Any  # (s,) float64


class Held(NamedTuple):
    """Per bidder the segments held."""

    start: Any  # (n+1,) int64
    segment: Any  # int64
    count: Any  # (n,) int64

    def pairs(self) -> tuple[Any, Any]:
        """Bidder and segment of every seat held."""
        owner = np.repeat(np.arange(len(self.count)), self.count)
        nth = np.arange(len(owner)) - np.repeat(np.cumsum(self.count) - self.count, self.count)
        return owner, self.segment[self.start[owner] + nth]


class Takers(NamedTuple):
    """Who may be offered a seat: volunteers by grid cell, and of each place the pairs fixed there."""

    first: Any  # (cells+1,) int64: where each cell begins in `people`
    people: Any  # int64: bidders
    grid: Grid
    widest: float  # greatest squared chord of how far they travel
    fixed_first: Any  # (m+1,) int64: where each place begins in `fixed`
    fixed: Any  # int64: bidders

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
    special_span: Any  # (n, 2) int64: first and behind the last of the pairs with a bonus of their own
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


BLOCK = 16


class Takers(NamedTuple):
    """Who may be offered a seat: volunteers by grid cell, and of each place the pairs fixed there.

    Each BLOCK people that follow one another are passed over together, where a seat could not draw even
    somebody of the block's greatest weight and least gain.
    """

    first: Any  # (cells+1,) int64: where each cell begins in `people`
    people: Any  # int64: bidders
    grid: Grid
    widest: float  # greatest squared chord of how far they travel
    late: Any  # (2,) int64: where those who signed up since, of any cell, begin and end in `people`
    at: Any  # (n,) int64: where each bidder is in `people`, -1: nowhere
    weight: Any  # (blocks,) float64: greatest weight
    special: Any  # (blocks,) bool: somebody has pairs with a bonus of their own
    several: Any  # (blocks,) bool: somebody wants several seats
    fixed_first: Any  # (m+1,) int64: where each place begins in `fixed`
    fixed: Any  # int64: bidders


class Marks(NamedTuple):
    """Whom and what a change touched, each once; arrays of length 0 where nobody wants to know."""

    is_bidder: Any  # (n,) bool
    bidder: Any  # (n,) int64: the first count[0]
    is_segment: Any  # (s,) bool
    segment: Any  # (s,) int64: the first count[1]
    count: Any  # (2,) int64


def marks(bidders: int, segments: int) -> Marks:
    """Nothing touched yet."""
    return Marks(
        np.zeros(bidders, np.bool_), np.empty(bidders, np.int64),
        np.zeros(segments, np.bool_), np.empty(segments, np.int64), np.zeros(2, np.int64),
    )  # fmt: skip

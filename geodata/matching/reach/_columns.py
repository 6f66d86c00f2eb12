"""The whole problem as the compiled loops see it: bidders, places in grid order, and seats by segment."""

from __future__ import annotations

from typing import Any, NamedTuple


class Ground(NamedTuple):
    """Places sorted by grid cell. Positions are unit vectors; `room` is seats per segment."""

    x: Any  # (m,) float64
    y: Any
    z: Any
    kind: Any  # (m,) int64: class of what the place asks for
    slot: Any  # (m,) int64: places of one slot have the same times; -1 has no time
    starts: Any  # (m,) int64 epoch seconds
    ends: Any
    segment_start: Any  # (m+1,) int64
    place_of: Any  # (s,) int64: place of a segment
    worth: Any  # (s,) float64: value of a bidder of weight 1
    room: Any  # (s,) int64
    first: Any  # (cells+1,) int64: places of a grid cell
    cell: float  # width of a grid cell, radians
    across: int  # cells in a row


class Bidders(NamedTuple):
    """Who wants seats: pairs fixed by hand first (each wants its one place), then volunteers."""

    x: Any  # (n,) float64
    y: Any
    z: Any
    chord2: Any  # (n,) float64: squared chord of how far they travel
    weight: Any  # (n,) float64: show chance and experience
    kind: Any  # (n,) int64: class of skills, languages and free times
    demand: Any  # (n,) int64
    only: Any  # (n,) int64: the one place of a fixed pair, else -1
    fits: Any  # (kinds of bidders, kinds of places) bool
    special_start: Any  # (n+1,) int64: pairs with a bonus of their own
    special_place: Any  # int64
    special_bonus: Any  # float64; -inf: never
    fixed_start: Any  # (n+1,) int64: places the volunteer is fixed at, for the bidder of the other shifts
    fixed_place: Any  # int64
    km_cost: float


class Lists(NamedTuple):
    """Per bidder the best few places of the last look; what was not listed was worth at most `floor` then."""

    place: Any  # (n, k) int64, -1 beyond `count`
    base: Any  # (n, k) float64: bonus less the cost of the way
    count: Any  # (n,) int64
    floor: Any  # (n,) float64


class Seats(NamedTuple):
    """Who sits where: a heap of bids per segment, the lowest bid on top once all seats are taken."""

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

"""The market laid out for the compiled loops: neighbours side by side, and one row for each price to look at.

Loops take these tuples apart once and then work on plain arrays: reaching into a tuple of arrays for every
row was measured to take far longer than the work itself.
"""

from __future__ import annotations

from concurrent.futures import Executor
from typing import Any, NamedTuple

import numpy as np

from geodata.compiled import kernel
from geodata.matching._market import Market
from geodata.matching._ranges import in_ranges
from geodata.matching._walk import walk
from geodata.matching.problem import Longs


class Table(NamedTuple):
    """Bidders in walking order (rows start[b] to stop[b]) and segments by the walking order of places.

    A row is a segment with seats that the bidder can gain by: pairs worth nothing there are left out, but
    for forced bidders.
    """

    bidder: Any  # (n,) int64: number in the market
    demand: Any  # (n,) int32
    forced: Any  # (n,) bool
    start: Any  # (n+1,) int64: where rows begin
    stop: Any  # (n,) int64: where they end; between that and the next start lie rows not in use
    segment: Any  # (r,) int32
    worth: Any  # (r,) float64: of the seat to the bidder, price not counted
    number: Any  # (s,) int64: number of the segment in the problem
    size: Any  # (s,) int64: seats
    asked: Any  # (s,) int64: rows
    room: Any  # (s,) int64: seats, but at most one more than there are rows (a billion needs no memory)
    place: Any  # (s,) int64
    starts: Any  # (s,) int64 epoch seconds
    ends: Any


class Asking(NamedTuple):
    """The rows of each segment: bidders who[first[s]:first[s+1]], to whom a seat is worth `worth`."""

    first: Any  # (s+1,) int64
    who: Any  # (r,) int32
    worth: Any  # (r,) float64


class Seats(NamedTuple):
    """Who sits where: a heap of bids per segment, the lowest bid on top once all seats are taken."""

    start: Any  # (s+1,) int64
    bid: Any  # (seats,) float64
    holder: Any  # (seats,) int32
    taken: Any  # (s,) int64
    price: Any  # (s,) float64


class Held(NamedTuple):
    """Per bidder the rows held."""

    start: Any  # (n+1,) int64
    row: Any  # int64
    count: Any  # (n,) int32


def lay_out(market: Market, seed: int, pool: Executor) -> Table:
    """The market in walking order (see `walk` for the seed)."""
    problem = market.problem
    order, rank = walk(market, seed)
    counts = np.diff(problem.segment_start)
    by_rank = np.argsort(rank)
    place = np.repeat(by_rank, counts[by_rank])
    first = np.empty((problem.n_places, 2), np.int32)  # new number of a place's first segment, and the end
    first[by_rank, 1] = np.cumsum(counts[by_rank])
    first[:, 0] = first[:, 1] - counts
    number = np.arange(len(place)) - first[place, 0] + problem.segment_start[place]
    size = problem.segment_size[number].astype(np.int64)
    start = np.concatenate([[0], np.cumsum(_most_rows(market, counts)[order])]).astype(np.int64)
    stop, segment, worth = np.empty(len(order), np.int64), np.empty(start[-1], np.int32), np.empty(start[-1])
    drop = np.where(size > 0, problem.segment_drop[number], -1.0)

    def fill(low: int, high: int) -> Longs:
        asked = np.zeros(len(size), np.int64)
        _rows(
            order, market.start, market.forced, market.place, market.value, market.weight,
            first, drop, low, high, start, stop, segment, worth, asked,
        )  # fmt: skip
        return asked

    asked = np.sum([np.zeros(len(size), np.int64), *in_ranges(pool, len(order), fill)], axis=0)
    return Table(
        bidder=order,
        demand=market.demand[order],
        forced=market.forced[order],
        start=start,
        stop=stop,
        segment=segment,
        worth=worth,
        number=number,
        size=size,
        asked=asked,
        room=np.minimum(size, asked + 1),
        place=place,
        starts=problem.starts_at[place],
        ends=problem.ends_at[place],
    )


def _most_rows(market: Market, segments: Longs) -> Longs:
    """Segments of the places that each bidder lists."""
    if (segments == 1).all():
        return np.diff(market.start)
    before = np.concatenate([[0], np.cumsum(segments[market.place])])
    return np.diff(before[market.start])


@kernel
def _rows(  # type: ignore[no-untyped-def]
    order,
    from_start,
    forced,
    place,
    value,
    weight,
    first,
    drop,
    low,
    high,
    start,
    stop,
    segment,
    worth,
    asked,
):
    """Fill the rows of bidders low to high - 1 and count who asks for each segment. drop -1: no seats."""
    for i in range(low, high):
        b = order[i]
        at = start[i]
        for k in range(from_start[b], from_start[b + 1]):
            for s in range(first[place[k], 0], first[place[k], 1]):
                there = value[k] if drop[s] == 0 else value[k] - weight[k] * drop[s]
                if drop[s] >= 0 and (there > 0 or forced[b]):
                    segment[at], worth[at] = s, there
                    asked[s] += 1
                    at += 1
        stop[i] = at


def asking(table: Table, groups: list[Longs], pool: Executor) -> Asking:
    """The rows by segment, those of the bidders in `groups`, which make up all.

    The groups but the last are put in side by side: no two of them may ask for the same segment.
    """
    first = np.concatenate([[0], np.cumsum(table.asked)]).astype(np.int64)
    end = first[:-1].copy()
    who, worth = np.empty(first[-1], np.int32), np.empty(first[-1])

    def put(some: Longs) -> None:
        _by_segment(some, table.start, table.stop, table.segment, table.worth, end, who, worth)

    list(pool.map(put, groups[:-1]))
    put(groups[-1])
    return Asking(first, who, worth)


@kernel
def _by_segment(some, start, stop, segment, worth, end, who, worth_there):  # type: ignore[no-untyped-def]
    for b in some:
        for row in range(start[b], stop[b]):
            at = end[segment[row]]
            who[at], worth_there[at] = b, worth[row]
            end[segment[row]] = at + 1


def empty_seats(table: Table, price: Any) -> Seats:
    """All seats free, at these prices (a copy of them)."""
    start = np.concatenate([[0], np.cumsum(table.room)]).astype(np.int64)
    return Seats(
        start,
        np.empty(start[-1]),
        np.empty(start[-1], np.int32),
        np.zeros(len(table.room), np.int64),
        price.copy(),
    )


def nothing_held(table: Table) -> Held:
    """Nobody has a seat."""
    start = np.concatenate([[0], np.cumsum(table.demand)]).astype(np.int64)
    return Held(start, np.empty(start[-1], np.int64), np.zeros(len(table.demand), np.int32))


def arcs_of(market: Market, table: Table, rows: Longs, pool: Executor) -> Longs:
    """Rows of the problem's arcs for rows of the table, given in the order of their bidders."""
    found = np.empty(len(rows), np.int64)

    def find(low: int, high: int) -> None:
        _arcs(
            table.start, table.segment, table.bidder, table.place, market.start, market.place, market.arc,
            rows[low:high], found[low:high],
        )  # fmt: skip

    in_ranges(pool, len(rows), find)
    return found


@kernel
def _arcs(start, segment, bidder, place_of, from_start, place, arc, rows, found):  # type: ignore[no-untyped-def]
    b = np.searchsorted(start, rows[0], side="right") - 1
    for i in range(len(rows)):
        while start[b + 1] <= rows[i]:
            b += 1
        k = from_start[bidder[b]]
        while place[k] != place_of[segment[rows[i]]]:
            k += 1
        found[i] = arc[k]

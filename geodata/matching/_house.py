"""One auction after the other over the same table, its parts side by side."""

from __future__ import annotations

import time
from concurrent.futures import Executor

import numpy as np

from geodata.matching import _bids, _gains, _offers
from geodata.matching._parts import parts
from geodata.matching._ranges import in_ranges
from geodata.matching._table import Table, asking, empty_seats, nothing_held
from geodata.matching.problem import Bools, Floats, Longs

BIDS_BETWEEN_LOOKS = 100_000  # at the clock


class AuctionHouse:
    """`seats` and `held` say how the last auction ended."""

    def __init__(self, table: Table, pool: Executor) -> None:
        self.table = table
        self.seats = empty_seats(table, np.zeros(len(table.size)))
        self.held = nothing_held(table)
        self._pool = pool
        self._side, self._parts = parts(table, pool)
        self._forced = np.flatnonzero(table.forced)
        self._members = [np.flatnonzero(self._side == k) for k in range(self._parts + 1)]
        self._asking = asking(table, self._members, pool)
        self._outbid = self._most_offered()
        self._waiting: Bools = np.zeros(len(table.demand), dtype=bool)
        self._step, self._deadline, self._is_cut = 0.0, np.inf, False

    def run(self, price: Floats, step: float, deadline: float) -> bool:
        """One auction from empty seats at these prices; whether it ran to its end.

        After the deadline everybody stops where they are, but those fixed by hand are seated.
        """
        self.seats = empty_seats(self.table, price)
        self.held = nothing_held(self.table)
        self._waiting[:] = False
        self._step, self._deadline, self._is_cut = step, deadline, False
        self._seat_forced()
        newcomers = [each[~self.table.forced[each]] for each in self._members]
        border = newcomers.pop()
        while len(border) or any(len(each) for each in newcomers):
            evicted = list(self._pool.map(self._bid, range(self._parts), newcomers))
            outside = self._bid(self._parts, np.concatenate([border, *evicted]))
            newcomers = [outside[self._side[outside] == k] for k in range(self._parts)]
            border = border[:0]
            if self._is_cut:
                self._seat_forced()
                return False
        self._fill()
        return True

    def bound(self, price: Floats) -> float:
        """No plan is worth more: what all seats cost at these prices, plus the most that each bidder gains at
        them."""

        def some(low: int, high: int) -> float:
            return float(_gains.most_gained(self.table, price, low, high))

        return sum(in_ranges(self._pool, len(self.table.demand), some)) + float(price @ self.table.size)

    def worth(self) -> tuple[int, float]:
        """Number and worth of the seats taken."""
        seated, worth = _gains.worth_held(self.table, self.held)
        return int(seated), float(worth)

    def rows(self) -> Longs:
        """Rows of the seats taken."""
        rows = np.empty(int(self.held.count.sum()), np.int64)
        _gains.rows_held(self.held, rows)
        return rows

    def _bid(self, mine: int, queue: Longs) -> Longs:
        """The bidders of the queue and whom they outbid, until all are settled or the time is up; those of
        another side who lost their seat are returned."""
        stack, aside = np.empty((2, len(self._side)), np.int64)
        ends = np.zeros(3, np.int64)
        while ends[0] < len(queue) or ends[1] > 0:
            self._some_bids(mine, queue, stack, aside, ends, BIDS_BETWEEN_LOOKS)
            if time.perf_counter() >= self._deadline:
                self._is_cut = self._is_cut or bool(ends[0] < len(queue) or ends[1] > 0)
                break
        return aside[: ends[2]].copy()

    def _seat_forced(self) -> None:
        """Seat those fixed by hand who have no seat (who stands up for them is not asked again)."""
        stack, aside = np.empty((2, len(self._side)), np.int64)
        while len(queue := self._forced[self.held.count[self._forced] == 0]):
            self._some_bids(-1, queue, stack, aside, np.zeros(3, np.int64), len(queue))

    def _some_bids(self, mine: int, queue: Longs, stack: Longs, aside: Longs, ends: Longs, most: int) -> None:
        _bids.bid(
            self.table, self.seats, self.held, queue, stack, aside, ends, self._waiting, self._side, mine,
            self._outbid, self._step, self._step * 1e-6, most,
        )  # fmt: skip

    def _fill(self) -> None:
        """Segments left short of people at a price above 0 offer their seats."""
        short = np.flatnonzero((self.seats.taken < self.table.room) & (self.seats.price > 0))
        _offers.offer(self.table, self._asking, self.seats, self.held, short, self._step)

    def _most_offered(self) -> Floats:
        """Per segment, the most that anybody would give for a seat; not asked for where nobody is forced."""
        most = np.zeros(len(self.table.size))
        if len(self._forced):
            used = np.flatnonzero(self._asking.first[:-1] < self._asking.first[1:])
            most[used] = np.maximum.reduceat(self._asking.worth, self._asking.first[used])
        return most

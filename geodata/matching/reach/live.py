"""A plan that lives on: one change at a time, in milliseconds, with a proven gap after each.

Prices, seats and what everybody could gain are kept. Who signs up bids at the prices that stand and is
followed to the end of the chain of people who have to move; a seat that falls free is offered to whom it
gains most. Only what the change touches is looked at, and the bound is mended, not worked out anew.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from geodata.matching.problem import Infeasible, Ints, Longs, relative_gap
from geodata.matching.reach import _bids, _living, _offers, _scan
from geodata.matching.reach._columns import Bidders, Held, Lists, Takers
from geodata.matching.reach._grid import cells, inside
from geodata.matching.reach._prepare import Kinds, Prepared, by_cell, homes
from geodata.matching.reach.problem import People, ReachProblem, ReachResult

SPARE = 1024  # volunteers who may be added
MOST_WANTED = 8  # shifts that one of them may want
LIST_LENGTH = 12
STEP_SHARE = 0.3  # the bid step, of the gap a seat may leave
MOST_OFFERS = 1_000_000
MUCH_DEARER = 10  # steps that a price must rise for the bound to be worked out anew for those who sit there
CLOSED = 1e15  # price of a segment without seats


@dataclass(frozen=True, slots=True, eq=False)
class Moved:
    """What a change did: pairs (volunteer, place) lost and gained, and the plan's figures after it."""

    lost: Ints
    gained: Ints
    objective: float
    bound: float
    gap: float
    seconds: float


class LivePlan:
    """A plan kept ready for changes. Volunteers and places are rows of the problem; newcomers get the next.

    objective, bound and gap hold after every change: the bound may loosen a little with each, since what a
    dearer seat takes from others is not worked out; refresh() works it out for everybody.
    """

    def __init__(self, problem: ReachProblem, result: ReachResult, *, gap: float = 0.001) -> None:
        self._ready = Prepared(problem, newcomers=SPARE)
        self._count = problem.people.count
        bidders, held = _with_spare(self._ready.bidders, self._ready.held())
        self._bidders, self._held = bidders, held
        self._volunteer = np.concatenate([self._ready.volunteer, np.full(SPARE, -1, np.int64)])
        self._own = np.full(self._count + SPARE, -1, np.int64)
        mine = np.flatnonzero(bidders.only[: len(self._ready.volunteer)] < 0)
        self._own[self._ready.volunteer[mine]] = mine
        self._used = len(self._ready.volunteer)
        self._seats = self._ready.seats(self._ready.prices(result.price))
        self._room = self._ready.ground.room
        self._lists = _lists(len(bidders.demand), self._ready.lists(LIST_LENGTH).segment.shape[1])
        self._takers = self._ready.takers()
        self._rank_of_segment = np.argsort(self._ready.segment_row)
        self._seat(problem, result)
        self._step = STEP_SHARE * gap * max(result.objective, 1e-9) / max(len(result.pairs), 1)
        self._gain = _offers.gains_now(bidders, self._ready.ground, held, self._seats.price)
        self._could = np.zeros(len(bidders.demand))
        self._price, self._segments = self._seats.price.copy(), held.segment.copy()
        self._counts, self._side = held.count.copy(), np.zeros(len(bidders.demand), np.int64)
        self._waiting, self._worth = np.zeros(len(bidders.demand), bool), np.zeros(len(bidders.demand))
        _living.worths(bidders, self._ready.ground, *held.pairs(), self._worth)
        self.objective, self.bound = float(self._worth.sum()), 0.0
        self.refresh()

    @property
    def gap(self) -> float:
        return relative_gap(self.objective, self.bound)

    def pairs(self) -> Ints:
        """(k, 2) volunteer and place rows, sorted."""
        return self._rows(*self._held.pairs())

    def refresh(self) -> None:
        """Work out the bound for everybody at the prices that stand (seconds at a million volunteers)."""
        self._work_out(np.arange(self._used))
        self.bound = float(self._could.sum() + self._seats.price @ self._room)

    def sign_up(self, person: People) -> tuple[int, Moved]:
        """Add one volunteer (People of one row) and place them; returns their row and what moved.

        Raises ValueError when more than SPARE were added or they want more than MOST_WANTED shifts.
        """
        if self._used == len(self._volunteer) or int(person.wanted[0]) > MOST_WANTED:
            raise ValueError(f"a live plan takes {SPARE} newcomers, each of at most {MOST_WANTED} shifts")
        begun = time.perf_counter()
        b, row = self._used, self._count
        self._used, self._count = b + 1, row + 1
        self._bidders.home[b] = homes(person)[0]
        self._bidders.kind[b] = self._kind(person)
        self._bidders.demand[b] = int(person.wanted[0])
        self._gain[b] = 0.0 if person.wanted[0] > 0 else np.inf
        self._volunteer[b], self._own[row] = row, b
        if self._bidders.home[b, 3] >= 0:
            self._takers = _with_one_more(self._takers, self._bidders, b, person)
        return row, self._settle([b], [b], begun)

    def withdraw(self, volunteer: int) -> Moved:
        """Take a volunteer out of the plan: their seats go to whom they gain most."""
        begun = time.perf_counter()
        self._bidder(volunteer)
        theirs = np.flatnonzero(
            self._volunteer[: self._used] == volunteer
        ).tolist()  # pairs fixed by hand too
        for b in theirs:
            self._leave_all(b)
            self._bidders.demand[b] = 0
        return self._settle([], theirs, begun)

    def decline(self, volunteer: int, place: int) -> Moved:
        """The volunteer will not go there; they may go elsewhere. Raises Infeasible when fixed there."""
        begun, b = time.perf_counter(), self._bidder(volunteer)
        p = int(self._ready.rank[place])
        self._refuse_fixed_pair(volunteer, place, p)
        self._bidders = _with_never(self._bidders, b, p)
        for s in self._held_by(b):
            if self._ready.ground.place[s] == p:
                _offers.leave(self._seats, self._held, b, s)
        self._forget(b)
        return self._settle([b], [b], begun)

    def close(self, place: int, *, seats: int = 0) -> Moved:
        """Leave a place only so many seats, the best first; 0 cancels it. No seats can be added.

        Raises Infeasible where more are fixed there, ValueError for less than no seats.
        """
        if seats < 0:
            raise ValueError(f"a place cannot have {seats} seats")
        begun, p = time.perf_counter(), int(self._ready.rank[place])
        start, ground = self._ready.ground.segment_start, self._ready.ground
        out: list[int] = []
        self._refuse_fixed(place, p, seats)
        for s in range(int(start[p]), int(start[p + 1])):
            now = min(int(self._room[s]), seats)
            seats -= now
            self.bound -= float(self._seats.price[s]) * (int(self._room[s]) - now)
            while self._seats.size[s] > now:
                b = self._loosest(s)
                _offers.leave(self._seats, self._held, b, s)
                self._forget(b)
                out.append(b)
            ground.room[s] = now
            if now == 0:
                self._seats.price[s] = CLOSED  # it may stand in the lists of others
        return self._settle(out, out, begun)

    # How a change is worked out.

    def _settle(self, bidding: list[int], changed: list[int], begun: float) -> Moved:
        ground, seats = self._ready.ground, self._seats
        if bidding:
            self._waiting[bidding] = True
            _bids.bid(
                self._bidders, ground, self._lists, seats, self._held, seats.price,
                np.array(bidding, np.int64), self._waiting, self._side, 0, np.empty(0, np.int64),
                self._step, self._step * 1e-6,
            )  # fmt: skip
        self._tell_gains(self._differing())
        short = np.flatnonzero((seats.size < ground.room) & (seats.price > 0))
        if len(short):
            _offers.offer(
                self._bidders,
                ground,
                seats,
                self._held,
                self._gain,
                self._takers,
                short,
                self._step,
                MOST_OFFERS,
            )
        return self._book(changed, begun)

    def _tell_gains(self, moved: Longs) -> None:
        """What people gain now, after bids moved some and made seats dearer for others."""
        dearer = np.flatnonzero(self._seats.price != self._price)
        self._gain[moved] = np.where(self._bidders.demand[moved] == 0, np.inf, 0.0)
        holding = [s for b in moved.tolist() for s in self._held_by(b)]
        touched = np.unique(np.concatenate([dearer, np.array(holding, np.int64)])).astype(np.int64)
        _living.gains_of_holders(
            self._bidders, self._ready.ground, self._seats, self._held, touched, self._gain
        )

    def _book(self, changed: list[int], begun: float) -> Moved:
        """The new figures, from what differs."""
        moved = self._differing()
        lost, gained = self._exchange(moved)
        price = self._seats.price
        self.bound += float((price - self._price) @ self._room)
        before = float(self._could.sum())
        fell = np.flatnonzero(price < self._price)
        again = _living.cheaper(
            self._bidders, self._ready.ground, self._lists, self._seats, self._held, self._takers, fell,
            self._could, self._step,
        )  # fmt: skip
        dearer = self._holders(np.flatnonzero(price > self._price + MUCH_DEARER * self._step))
        self._work_out(np.unique(np.concatenate([again, moved, dearer, np.array(changed, np.int64)])))
        self.bound += float(self._could.sum()) - before
        self._price = price.copy()
        return Moved(lost, gained, self.objective, self.bound, self.gap, time.perf_counter() - begun)

    def _work_out(self, bidders: Longs) -> None:
        for low, high in _runs(bidders):
            _scan.most_gain(
                self._bidders, self._ready.ground, self._seats.price, self._ready.slot_start,
                self._ready.slot_end, self._could, low, high,
            )  # fmt: skip

    def _differing(self) -> Longs:
        """Bidders who hold something else than when last booked."""
        entries = np.flatnonzero(self._held.segment != self._segments)
        owners = np.searchsorted(self._held.start, entries, side="right") - 1
        return np.union1d(owners, np.flatnonzero(self._held.count != self._counts)).astype(np.int64)

    def _exchange(self, moved: Longs) -> tuple[Ints, Ints]:
        old = [(b, int(s)) for b in moved.tolist() for s in self._held_before(b)]
        new = [(b, int(s)) for b in moved.tolist() for s in self._held_by(b)]
        self.objective -= float(self._worth[moved].sum())
        self._worth[moved] = 0.0
        _living.worths(self._bidders, self._ready.ground, *_columns(new), self._worth)
        self.objective += float(self._worth[moved].sum())
        for b in moved.tolist():
            first, last = self._held.start[b], self._held.start[b + 1]
            self._segments[first:last] = self._held.segment[first:last]
            self._counts[b] = self._held.count[b]
        lost, gained = (self._rows(*_columns(sorted(pairs))) for pairs in (old, new))
        return _without(lost, gained), _without(gained, lost)

    # Small helpers on the arrays.

    def _seat(self, problem: ReachProblem, result: ReachResult) -> None:
        row = problem.sites.segment_start[result.pairs[:, 1]] + result.segment
        bidder = self._own[result.pairs[:, 0]]
        fixed = np.flatnonzero(self._ready.bidders.only >= 0)
        of_pair = {(int(self._ready.volunteer[b]), int(self._ready.bidders.only[b])): int(b) for b in fixed}
        for i, (v, p) in enumerate(result.pairs.tolist() if of_pair else []):
            bidder[i] = of_pair.get((v, int(self._ready.rank[p])), bidder[i])
        _living.seat_all(self._seats, self._held, bidder, self._rank_of_segment[row])

    def _rows(self, who: Longs, segment: Longs) -> Ints:
        place = self._ready.order[self._ready.ground.place[segment]]
        pairs = np.column_stack([self._volunteer[who], place]).astype(np.int32).reshape(-1, 2)
        return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]

    def _bidder(self, volunteer: int) -> int:
        if not 0 <= volunteer < self._count:
            raise ValueError(f"there is no volunteer {volunteer}; rows go from 0 to {self._count - 1}")
        return int(self._own[volunteer])

    def _held_by(self, b: int) -> list[int]:
        first = self._held.start[b]
        return [int(s) for s in self._held.segment[first : first + self._held.count[b]]]

    def _held_before(self, b: int) -> list[int]:
        first = self._held.start[b]
        return [int(s) for s in self._segments[first : first + self._counts[b]]]

    def _refuse_fixed(self, place: int, p: int, seats: int) -> None:
        fixed = int(((self._bidders.only == p) & (self._bidders.demand > 0)).sum())
        if fixed > seats:
            name = self._ready.problem.place_name(place)
            raise Infeasible(f"{fixed} are fixed at {name}, which would have {seats} seats: free them first.")

    def _refuse_fixed_pair(self, volunteer: int, place: int, p: int) -> None:
        theirs = self._bidders.only[: self._used][self._volunteer[: self._used] == volunteer]
        if (theirs == p).any():
            name = self._ready.problem.place_name(place)
            raise Infeasible(f"volunteer {volunteer} is fixed at {name}: free them first.")

    def _holders(self, segments: Longs) -> Longs:
        start, size = self._seats.start, self._seats.size
        found = [self._seats.holder[start[s] : start[s] + size[s]] for s in segments.tolist()]
        return np.concatenate([np.zeros(0, np.int64), *found])

    def _loosest(self, s: int) -> int:
        """Who sits there by the lowest bid; of those fixed only if all are, who then bid again."""
        first = int(self._seats.start[s])
        at = np.arange(first, first + int(self._seats.size[s]))
        fixed = self._bidders.only[self._seats.holder[at]] >= 0
        return int(self._seats.holder[at[np.lexsort((self._seats.bid[at], fixed))[0]]])

    def _leave_all(self, b: int) -> None:
        for s in self._held_by(b):
            _offers.leave(self._seats, self._held, b, s)

    def _forget(self, b: int) -> None:
        self._lists.count[b], self._lists.floor[b] = 0, np.inf

    def _kind(self, person: People) -> int:
        kinds = Kinds(person, self._ready.problem.sites)
        suits = kinds.fits[kinds.of_person[0]]
        same = np.flatnonzero((self._bidders.fits == suits).all(axis=1))
        if not len(same):
            self._bidders = self._bidders._replace(fits=np.vstack([self._bidders.fits, suits]))
            return len(self._bidders.fits) - 1
        return int(same[0])


def _with_spare(bidders: Bidders, held: Held) -> tuple[Bidders, Held]:
    """Room for newcomers at the end, who want nothing yet."""

    def longer(values: np.ndarray, fill: float) -> np.ndarray:
        return np.concatenate([values, np.full((SPARE, *values.shape[1:]), fill, values.dtype)])

    def ragged(start: Longs) -> Longs:
        return np.concatenate([start, np.full(SPARE, start[-1])])

    bidders = bidders._replace(
        home=longer(bidders.home, -1), kind=longer(bidders.kind, 0), demand=longer(bidders.demand, 0),
        only=longer(bidders.only, -1), special_start=ragged(bidders.special_start),
        fixed_start=ragged(bidders.fixed_start),
    )  # fmt: skip
    more = held.start[-1] + MOST_WANTED * np.arange(1, SPARE + 1)
    return bidders, Held(
        np.concatenate([held.start, more]),
        np.full(int(more[-1]), -1, np.int64),
        np.zeros(len(bidders.demand), np.int64),
    )


def _lists(n: int, length: int) -> Lists:
    return Lists(
        np.empty((n, length), np.int32),
        np.zeros((n, length)),
        np.zeros(n, np.int64),
        np.full(n, np.inf),
    )


def _with_one_more(takers: Takers, bidders: Bidders, b: int, person: People) -> Takers:
    widest = max(takers.widest, float(bidders.home[b, 3]))
    if not inside(takers.grid, person.latitude, person.longitude):  # rare: a grid that covers them as well
        first, people, grid = by_cell(bidders.home, np.append(takers.people, b), takers.grid.cell)
        return takers._replace(first=first, people=people, grid=grid, widest=widest)
    cell = int(cells(takers.grid, person.latitude, person.longitude)[0])
    first = takers.first.copy()
    first[cell + 1 :] += 1
    people = np.insert(takers.people, takers.first[cell + 1], b)
    return takers._replace(first=first, people=people, widest=widest)


def _with_never(bidders: Bidders, b: int, place: int) -> Bidders:
    at = int(bidders.special_start[b])
    start = bidders.special_start.copy()
    start[b + 1 :] += 1
    return bidders._replace(
        special_start=start,
        special_place=np.insert(bidders.special_place, at, place),
        special_bonus=np.insert(bidders.special_bonus, at, -np.inf),
    )


def _columns(pairs: list[tuple[int, int]]) -> tuple[Longs, Longs]:
    table = np.array(pairs, np.int64).reshape(-1, 2)
    return np.ascontiguousarray(table[:, 0]), np.ascontiguousarray(table[:, 1])


def _without(pairs: Ints, others: Ints) -> Ints:
    gone = {tuple(pair) for pair in others.tolist()}
    return np.array([pair for pair in pairs.tolist() if tuple(pair) not in gone], np.int32).reshape(-1, 2)


def _runs(rows: Longs) -> list[tuple[int, int]]:
    """Runs of consecutive rows: (first, behind the last)."""
    if not len(rows):
        return []
    breaks = np.flatnonzero(np.diff(rows) > 1)
    firsts = np.concatenate([[rows[0]], rows[breaks + 1]])
    lasts = np.concatenate([rows[breaks], [rows[-1]]])
    return [(int(a), int(z) + 1) for a, z in zip(firsts, lasts, strict=True)]

"""A plan that lives on: one change at a time, in milliseconds, with a proven gap after each.

Prices, seats and what everybody could gain are kept. Who signs up bids at the prices that stand and is
followed to the end of the chain of people who have to move; a seat that falls free is offered to whom it
gains most. Only what the change touches is looked at, and the bound is mended, not worked out anew.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from geodata.matching.problem import Bools, Infeasible, Ints, Longs, relative_gap
from geodata.matching.reach import _bids, _grown, _living, _offers, _scan
from geodata.matching.reach._columns import marks
from geodata.matching.reach._grown import MOST_WANTED, SPARE
from geodata.matching.reach._prepare import Prepared, homes
from geodata.matching.reach.problem import People, ReachProblem, ReachResult

LIST_LENGTH = 12
STEP_SHARE = 0.6  # the bid step, of the gap a seat may leave
MOST_OFFERS = 1_000_000
MUCH_DEARER = 5  # steps that a price must rise for the bound to be worked out anew for those who sit there
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
        bidders, held = _grown.with_spare(self._ready.bidders, self._ready.held())
        self._bidders, self._held = bidders, held
        self._specials = len(bidders.special_place)
        self._volunteer = np.concatenate([self._ready.volunteer, np.full(SPARE, -1, np.int64)])
        self._used, self._pins = len(self._ready.volunteer), int((bidders.only >= 0).sum())
        self._own = np.full(self._count + SPARE, -1, np.int64)
        self._own[self._ready.volunteer[self._pins :]] = np.arange(self._pins, self._used)
        self._seats = self._ready.seats(self._ready.prices(result.price))
        self._room = self._ready.ground.room
        self._lists = _grown.empty_lists(len(bidders.demand), self._ready.lists(LIST_LENGTH).segment.shape[1])
        self._takers = self._ready.takers()
        self._rank_of_segment = np.argsort(self._ready.segment_row)
        self._seat(problem, result)
        self._step = STEP_SHARE * gap * max(result.objective, 1e-9) / max(len(result.pairs), 1)
        self._gain = _offers.gains_now(bidders, self._ready.ground, held, self._seats.price)
        self._least_gain = _offers.least_of(self._takers, self._gain)
        self._could = np.zeros(len(bidders.demand))
        self._price, self._free = self._seats.price.copy(), np.zeros(len(self._room))
        self._before = held._replace(segment=held.segment.copy(), count=held.count.copy())
        self._waiting, self._side = (
            np.zeros(len(bidders.demand), bool),
            np.zeros(len(bidders.demand), np.int64),
        )
        self._marks = marks(len(bidders.demand), len(self._room))
        self._listed: list[Longs] = []  # who has a list, which holds until a price falls
        self._worth = np.zeros(len(bidders.demand))
        _living.worths(bidders, self._ready.ground, self._free, *held.pairs(), self._worth)
        _grown.mark_all(self._marks, [], np.flatnonzero(self._is_short(np.arange(len(self._room)))))
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
        _scan.most_gain(
            self._bidders, self._ready.ground, self._seats.price, self._ready.slot_start,
            self._ready.slot_end, self._could, 0, self._used,
        )  # fmt: skip
        self._least_could = _offers.least_of(self._takers, self._could)
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
        self._volunteer[b], self._own[row] = row, b
        if self._bidders.home[b, 3] >= 0:
            _grown.take_in(self._takers, self._bidders, b)
        return row, self._settle([b], [b], begun)

    def withdraw(self, volunteer: int) -> Moved:
        """Take a volunteer out of the plan: their seats go to whom they gain most."""
        begun = time.perf_counter()
        self._bidder(volunteer)
        theirs = [*self._fixed_pairs(volunteer), self._own[volunteer]]
        for b in theirs:
            for s in self._held_by(b):
                self._leave(b, s)
            self._bidders.demand[b] = 0
        return self._settle([], theirs, begun)

    def decline(self, volunteer: int, place: int) -> Moved:
        """The volunteer will not go there; they may go elsewhere. Raises Infeasible when fixed there."""
        begun, b = time.perf_counter(), self._bidder(volunteer)
        p = int(self._ready.rank[place])
        self._refuse_fixed_pair(volunteer, place, p)
        self._bidders, self._specials = _grown.forbid(self._bidders, self._takers, self._specials, b, p)
        for s in self._held_by(b):
            if self._ready.ground.place[s] == p:
                self._leave(b, s)
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
        for b in self._fixed_at(p).tolist():
            self._forget(b)  # beside a seat that is closed, their own would seem worth any bid
        for s in range(int(start[p]), int(start[p + 1])):
            now = min(int(self._room[s]), seats)
            seats -= now
            self.bound -= float(self._seats.price[s]) * (int(self._room[s]) - now)
            while self._seats.size[s] > now:
                b = self._loosest(s)
                self._leave(b, s)
                self._forget(b)
                out.append(b)
            ground.room[s] = now
            if now == 0:
                self._seats.price[s] = self._price[s] = CLOSED  # it may stand in the lists of others
        return self._settle(out, out, begun)

    # How a change is worked out.

    def _settle(self, bidding: list[int], changed: list[int], begun: float) -> Moved:
        ground, seats = self._ready.ground, self._seats
        _grown.mark_all(self._marks, changed, [])
        if bidding:
            self._waiting[bidding] = True
            _bids.bid(
                self._bidders, ground, self._lists, seats, self._held, seats.price,
                np.array(bidding, np.int64), self._waiting, self._side, 0, np.empty(0, np.int64),
                self._step, self._step * 1e-6, self._marks,
            )  # fmt: skip
        moved, touched = _grown.marked(self._marks)
        self._listed.append(moved)
        dearer = touched[seats.price[touched] != self._price[touched]]
        _living.gains_again(
            self._bidders, ground, seats, self._held, moved, dearer, self._takers, self._gain,
            self._least_gain,
        )  # fmt: skip
        short = np.sort(touched[self._is_short(touched)])
        if len(short):
            _offers.offer(
                self._bidders, ground, seats, self._held, self._gain, self._least_gain, self._takers, short,
                self._step, MOST_OFFERS, self._marks,
            )  # fmt: skip
        return self._book(changed, begun)

    def _book(self, changed: list[int], begun: float) -> Moved:
        """The new figures, from what the change touched."""
        touched, segments = _grown.marked(self._marks)
        _grown.wipe(self._marks)
        moved = _living.differing(self._held, self._before, touched)
        lost, gained = self._exchange(moved)
        price, old = self._seats.price, self._price[segments].copy()
        self.bound += float((price[segments] - old) @ self._room[segments])
        self._price[segments] = price[segments]
        again = self._tell_cheaper(segments[price[segments] < old])
        dearer = self._holders(segments[price[segments] > old + MUCH_DEARER * self._step])
        self._work_out(np.unique(np.concatenate([again, moved, dearer, np.array(changed, np.int64)])))
        return Moved(lost, gained, self.objective, self.bound, self.gap, time.perf_counter() - begun)

    def _tell_cheaper(self, fell: Longs) -> Longs:
        """What people could gain by segments whose price fell; returns those to work out anew."""
        if not len(fell):
            return fell
        for listed in self._listed:
            self._lists.count[listed], self._lists.floor[listed] = 0, np.inf
        self._listed.clear()
        grown, again = _living.cheaper(
            self._bidders, self._ready.ground, self._seats.price, self._takers, fell, self._could,
            self._least_could,
        )  # fmt: skip
        self.bound += grown
        size = self._seats.size
        widest = max(
            self._takers.widest, float(self._bidders.home[self._ready.bidders.home.shape[0] :, 3].max())
        )
        _living.bid_less(
            self._bidders, self._ready.ground, self._seats, fell,
            np.flatnonzero((size > 0) & (size < self._room)), widest, self._step,
        )  # fmt: skip
        return again

    def _work_out(self, bidders: Longs) -> None:
        self.bound += _living.work_out(
            self._bidders, self._ready.ground, self._seats.price, self._ready.slot_start,
            self._ready.slot_end, self._could, bidders, self._takers, self._least_could,
        )  # fmt: skip

    def _exchange(self, moved: Longs) -> tuple[Ints, Ints]:
        old, new = _living.held_of(self._before, moved), _living.held_of(self._held, moved)
        self.objective -= float(self._worth[moved].sum())
        self._worth[moved] = 0.0
        _living.worths(self._bidders, self._ready.ground, self._free, *new, self._worth)
        self.objective += float(self._worth[moved].sum())
        _living.copy_held(self._held, self._before, moved)
        lost, gained = self._rows(*old), self._rows(*new)
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

    def _fixed_pairs(self, volunteer: int) -> list[int]:
        """Bidders of the pairs that fix them somewhere: those come first, by volunteer."""
        rows = self._ready.volunteer[: self._pins]
        first, last = (int(np.searchsorted(rows, volunteer, side=side)) for side in ("left", "right"))
        return list(range(first, last))

    def _fixed_at(self, p: int) -> Longs:
        """Bidders of the pairs fixed at a place."""
        first, last = self._takers.fixed_first[p : p + 2]
        return np.asarray(self._takers.fixed[first:last])

    def _is_short(self, segments: Longs) -> Bools:
        """Which of the segments have seats left, but a price."""
        size, price = self._seats.size[segments], self._seats.price[segments]
        return np.asarray((size < self._room[segments]) & (price > 0))

    def _refuse_fixed(self, place: int, p: int, seats: int) -> None:
        fixed = int((self._bidders.demand[self._fixed_at(p)] > 0).sum())
        if fixed > seats:
            name = self._ready.problem.place_name(place)
            raise Infeasible(f"{fixed} are fixed at {name}, which would have {seats} seats: free them first.")

    def _refuse_fixed_pair(self, volunteer: int, place: int, p: int) -> None:
        if (self._bidders.only[self._fixed_pairs(volunteer)] == p).any():
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

    def _leave(self, b: int, s: int) -> None:
        _offers.leave(self._seats, self._held, b, s)
        _grown.mark_all(self._marks, [b], [s])

    def _forget(self, b: int) -> None:
        self._lists.count[b], self._lists.floor[b] = 0, np.inf

    def _kind(self, person: People) -> int:
        suits = self._ready.kinds.of_one(person)
        same = np.flatnonzero((self._bidders.fits == suits).all(axis=1))
        if not len(same):
            self._bidders = self._bidders._replace(fits=np.vstack([self._bidders.fits, suits]))
            return len(self._bidders.fits) - 1
        return int(same[0])


def _without(pairs: Ints, others: Ints) -> Ints:
    gone = {tuple(pair) for pair in others.tolist()}
    return np.array([pair for pair in pairs.tolist() if tuple(pair) not in gone], np.int32).reshape(-1, 2)

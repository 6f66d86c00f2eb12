"""From the columns of the problem to those of the compiled loops."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from geodata.matching.problem import Bools, Floats, Longs
from geodata.matching.reach._columns import BLOCK, Bidders, Grid, Ground, Held, Lists, Seats, Takers
from geodata.matching.reach._grid import cells, grid_of, starts, unit
from geodata.matching.reach._pins import checked_pins
from geodata.matching.reach._scan import EARTH_RADIUS_KM
from geodata.matching.reach.problem import People, ReachProblem, Sites

CELLS_A_REACH = 4


class Prepared:
    """Ground and bidders, with the way back to rows.

    order        place row of each place in grid order; rank: the other way round
    segment_row  segment row of each segment in grid order
    volunteer    volunteer row of each bidder
    """

    def __init__(self, problem: ReachProblem, *, newcomers: int = 0) -> None:
        """newcomers: how many people may be added later, so that seats are kept for them."""
        people, sites = problem.people, problem.sites
        self.problem = problem
        self.kinds = kinds = Kinds(people, sites)
        self.order, self.rank, self.segment_row, self.ground = _ground(
            sites, people, kinds.of_segment, newcomers
        )
        self.newcomers = newcomers
        self.bidders, self.volunteer = _bidders(
            problem, self.rank, kinds, self.ground, newcomers=newcomers > 0
        )
        self.slot_start, self.slot_end = _slots(sites)

    def takers(self) -> Takers:
        """Who may be offered a seat."""
        b = self.bidders
        free = np.flatnonzero((b.only < 0) & (b.home[:, 3] >= 0) & (b.demand > 0))
        first, people, grid = _people_by_cell(b.home, free, self.ground.grid.cell)
        late = -(-len(people) // BLOCK) * BLOCK
        at = np.full(len(b.demand) + self.newcomers, -1, np.int64)
        at[people] = np.arange(len(people))
        fixed = np.flatnonzero(b.only >= 0)
        fixed = fixed[np.argsort(b.only[fixed], kind="stable")]
        blocks = (late + self.newcomers) // BLOCK + 1
        return Takers(
            first, np.concatenate([people, np.full(blocks * BLOCK - len(people), -1)]), grid,
            float(b.home[:, 3].max(initial=0.0)), np.array([late, late]), at,
            _by_block(b.home[people, 4], blocks, np.maximum),
            _by_block(b.special_span[people, 0] < b.special_span[people, 1], blocks, np.logical_or),
            _by_block(b.demand[people] > 1, blocks, np.logical_or),
            np.searchsorted(b.only[fixed], np.arange(len(self.order) + 1)).astype(np.int64), fixed,
        )  # fmt: skip

    def lists(self, length: int) -> Lists:
        """Empty lists that must be renewed before the first bid."""
        n, b = len(self.volunteer), self.bidders
        has_base = b.km_cost > 0 or len(b.special_place) > 0
        longest = int(np.diff(self.ground.segment_start).max(initial=1))
        length = max(min(length, len(self.ground.room)), longest, 1)
        return Lists(
            np.empty((n, length), np.int32),
            np.zeros((n if has_base else 1, length)),
            np.zeros(n, np.int64),
            np.full(n, np.inf),
        )

    def seats(self, price: Floats) -> Seats:
        """All seats empty. A segment that can never be full has no bids written down, and no price."""
        room = self.ground.room
        is_endless = (room > self.problem.people.count) & (self.newcomers == 0)
        start = np.concatenate([[0], np.cumsum(np.where(is_endless, 0, room))]).astype(np.int64)
        return Seats(
            start,
            np.empty(start[-1]),
            np.empty(start[-1], np.int64),
            np.zeros(len(room), np.int64),
            np.where(is_endless, 0.0, price),
        )

    def held(self) -> Held:
        """Nobody holds anything."""
        start = np.concatenate([[0], np.cumsum(self.bidders.demand)]).astype(np.int64)
        return Held(start, np.empty(start[-1], np.int64), np.zeros(len(self.volunteer), np.int64))

    def prices(self, of_rows: Floats) -> Floats:
        """Prices by segment row as prices in grid order."""
        return np.ascontiguousarray(of_rows[self.segment_row])


class Kinds:
    """Class of every person and every segment, and which suit each other.

    The last two classes of persons are those fixed by hand, who suit every ordinary seat: without and with
    the standing of a lead, for whom alone the leads' seats are.
    """

    def __init__(self, people: People, sites: Sites) -> None:
        self._sites = sites
        of_place, self._place = _combined(sites.requires[0], sites.languages[0], sites.slot + 1)
        self.of_person, person = _combined(
            people.skills[0], people.languages[0], people.free[0], people.leads.astype(np.int64)
        )
        suits = self._suits(people, person)
        can_lead = person[:, 3].astype(bool)[:, None]
        ordinary = np.ones((2, len(self._place)), dtype=bool)
        everybody = np.vstack([suits, ordinary])
        leads = np.vstack([suits & can_lead, np.array([[False], [True]]) & ordinary])
        self.fits: Bools = np.hstack([everybody, leads])
        count = np.diff(sites.segment_start)
        self.of_segment = np.repeat(of_place, count) + len(self._place) * sites.for_leads.astype(np.int64)
        self.fixed = len(person) + people.leads.astype(np.int64)

    def of_one(self, person: People) -> Bools:
        """(kinds of segments,) what somebody new suits; People of one row, of the same slots."""
        codes = np.array([[person.skills[0][0], person.languages[0][0], person.free[0][0]]], np.int64)
        suits = self._suits(person, codes)[0]
        return np.concatenate([suits, suits & bool(person.leads[0])])

    def _suits(self, people: People, person: Longs) -> Bools:
        """Which kinds of people (codes by row) may take an ordinary seat of which kinds of places."""
        sites, place = self._sites, self._place
        skilled = _covers(people.skills[1], sites.requires[1], all)
        spoken = _covers(people.languages[1], sites.languages[1], any)
        free = np.asarray(people.free[1], dtype=bool).reshape(len(people.free[1]), -1)
        free = np.column_stack([np.ones(len(free), bool), free])
        suits = skilled[person[:, 0][:, None], place[:, 0]] & spoken[person[:, 1][:, None], place[:, 1]]
        return np.asarray(suits & free[person[:, 2][:, None], place[:, 2]])


def _combined(*codes: Any) -> tuple[Longs, Longs]:
    """One class per combination: (rows,) class, (classes, k) the codes of each."""
    table = np.column_stack([np.asarray(code, np.int64) for code in codes])
    sizes = [int(column.max(initial=0)) + 1 for column in table.T]
    key = np.ravel_multi_index(tuple(table.T), tuple(sizes))
    distinct, row = np.unique(key, return_inverse=True)
    return row.reshape(-1).astype(np.int64), np.column_stack(np.unravel_index(distinct, tuple(sizes)))


def _covers(have: Sequence[frozenset[str]], need: Sequence[frozenset[str]], rule: Any) -> Bools:
    rows = [[not wanted or rule(each in has for each in wanted) for wanted in need] for has in have]
    return np.array(rows, dtype=bool).reshape(len(have), len(need))


def _ground(sites: Sites, people: People, kind: Longs, newcomers: int) -> tuple[Longs, Longs, Longs, Ground]:
    grid = grid_of(sites.latitude, sites.longitude, _cell(people))
    cell = cells(grid, sites.latitude, sites.longitude)
    order = np.argsort(cell, kind="stable").astype(np.int64)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    count = np.diff(sites.segment_start)[order]
    start = np.concatenate([[0], np.cumsum(count)]).astype(np.int64)
    place = np.repeat(np.arange(len(order)), count)
    row = np.repeat(sites.segment_start[:-1][order], count) + np.arange(start[-1]) - start[place]
    slot = sites.slot[order][place]
    times = np.vstack([sites.slot_times.reshape(-1, 2), [[0, 0]]]).astype(np.int64)
    slot_rank = np.full(len(times), -1, np.int64)
    slot_rank[np.argsort(times[:-1, 1], kind="stable")] = np.arange(len(times) - 1)
    x, y, z = (each[place] for each in unit(sites.latitude[order], sites.longitude[order]))
    ground = Ground(
        spot=np.ascontiguousarray(np.column_stack([x, y, z, sites.segment_worth[row]]), np.float64),
        kind=kind[row], place=place, slot=slot_rank[slot], starts=np.ascontiguousarray(times[slot, 0]),
        ends=np.ascontiguousarray(times[slot, 1]), room=_room(sites, people, newcomers)[row],
        segment_start=start, first=starts(cell[order][place], grid), grid=grid,
    )  # fmt: skip
    return order, rank, row, ground


def _cell(people: People) -> float:
    """Width of a grid cell in radians: a quarter of the usual reach."""
    reach = people.reach_km[np.isfinite(people.reach_km) & (people.reach_km > 0)]
    typical = float(np.median(reach)) if len(reach) else 50.0
    return min(typical / CELLS_A_REACH / EARTH_RADIUS_KM, 1.0)


def _room(sites: Sites, people: People, newcomers: int) -> Longs:
    """Seats per segment, but at most one more than people there are: that seat stays free, at no price."""
    return np.minimum(sites.segment_size, people.count + newcomers + 1).astype(np.int64)


def _most_places(sites: Sites) -> int:
    """More places than anybody can take: one for each time, and all that have no time."""
    return int((sites.slot < 0).sum()) + len(np.unique(sites.slot[sites.slot >= 0]))


def _bidders(
    problem: ReachProblem, rank: Longs, kinds: Kinds, ground: Ground, *, newcomers: bool
) -> tuple[Bidders, Longs]:
    people = problem.people
    pinned = checked_pins(problem)
    k = len(pinned)
    own = _by_cell(people, ground, newcomers)
    volunteer = np.concatenate([pinned[:, 0], own]).astype(np.int64)
    left = people.wanted.astype(np.int64) - np.bincount(pinned[:, 0], minlength=people.count)
    left = np.minimum(left, _most_places(problem.sites))
    special_start, special_place, special_bonus = _specials(problem, rank)
    fixed_start = np.searchsorted(pinned[:, 0], np.arange(people.count + 1)).astype(np.int64)
    special = _table("special", special_start, own, k, place=special_place, bonus=special_bonus)
    special_first = special.pop("special_start")
    bidders = Bidders(
        home=homes(people)[volunteer],
        kind=np.concatenate([kinds.fixed[pinned[:, 0]], kinds.of_person[own]]),
        demand=np.concatenate([np.ones(k, np.int64), left[own]]),
        only=np.concatenate([rank[pinned[:, 1]], np.full(people.count, -1, np.int64)]),
        fits=kinds.fits,
        special_span=np.column_stack([special_first[:-1], special_first[1:]]),
        **special,
        **_table("fixed", fixed_start, own, k, segment=ground.segment_start[rank[pinned[:, 1]]]),
        km_cost=float(problem.km_cost),
    )
    return bidders, volunteer


def _by_cell(people: People, ground: Ground, by_weight: bool) -> Longs:
    """Volunteers' rows, those near each other together; unknown homes last.

    by_weight: those of one cell by weight, so that blocks of them are alike.
    """
    is_known = np.isfinite(people.latitude) & np.isfinite(people.longitude)
    known, others = np.flatnonzero(is_known), np.flatnonzero(~is_known)
    latitude, longitude = people.latitude[known], people.longitude[known]
    cell = cells(grid_of(latitude, longitude, ground.grid.cell), latitude, longitude)
    order = np.lexsort((people.weight[known], cell)) if by_weight else np.argsort(cell, kind="stable")
    return np.concatenate([known[order], others])


def _by_block(values: Any, blocks: int, rule: np.ufunc) -> Any:
    """The rule over each block of values by person; 0 for blocks of nobody."""
    padded = np.zeros(blocks * BLOCK, values.dtype)
    padded[: len(values)] = values
    return rule.reduce(padded.reshape(blocks, BLOCK), axis=1)


def _people_by_cell(home: Floats, bidders: Longs, cell: float) -> tuple[Longs, Longs, Grid]:
    """These bidders by cells of a grid that covers them: first of each cell, bidders, the grid."""
    x, y, z = home[bidders, :3].T
    latitude = np.degrees(np.arcsin(np.clip(z, -1.0, 1.0)))
    longitude = np.degrees(np.arctan2(y, x))
    grid = grid_of(latitude, longitude, cell)
    at = cells(grid, latitude, longitude)
    order = np.argsort(at, kind="stable")
    return starts(at[order], grid), bidders[order], grid


def homes(people: People) -> Floats:
    x, y, z = unit(people.latitude, people.longitude)
    known = np.isfinite(people.latitude) & np.isfinite(people.longitude) & (people.reach_km >= 0)
    half = np.minimum(people.reach_km / EARTH_RADIUS_KM, np.pi) / 2
    # a hair more than the chord, so that a place exactly at the limit is in reach
    chord2 = np.where(known, (2 * np.sin(half)) ** 2 * (1 + 1e-12), -1.0)
    return np.ascontiguousarray(np.column_stack([x, y, z, chord2, people.weight]), np.float64)


def _specials(problem: ReachProblem, rank: Longs) -> tuple[Longs, Longs, Floats]:
    pairs = np.vstack([problem.never.reshape(-1, 2), problem.previous.reshape(-1, 2)]).astype(np.int64)
    bonus = np.concatenate(
        [np.full(len(problem.never), -np.inf), np.full(len(problem.previous), problem.stay_bonus)]
    )
    order = np.argsort(pairs[:, 0], kind="stable")
    start = np.searchsorted(pairs[order, 0], np.arange(problem.people.count + 1)).astype(np.int64)
    return start, rank[pairs[order, 1]], bonus[order].astype(np.float64)


def _table(name: str, start: Longs, own: Longs, fixed: int, **columns: Any) -> dict[str, Any]:
    """A ragged table by volunteer row as one by bidder: nothing for fixed pairs, then the volunteers."""
    count = np.diff(start)[own]
    new = np.concatenate([np.zeros(fixed, np.int64), [0], np.cumsum(count)]).astype(np.int64)
    row = np.repeat(start[:-1][own] - new[fixed:-1], count) + np.arange(new[-1])
    table = {f"{name}_{column}": values[row] for column, values in columns.items()}
    return {f"{name}_start": new, **table}


def _slots(sites: Sites) -> tuple[Longs, Longs]:
    """Start and end of each slot, by their ends."""
    times = sites.slot_times.reshape(-1, 2).astype(np.int64)
    order = np.argsort(times[:, 1], kind="stable")
    return np.ascontiguousarray(times[order, 0]), np.ascontiguousarray(times[order, 1])

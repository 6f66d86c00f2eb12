"""People who want to go together: the plan's prices choose their place, pins keep them there.

First everybody is matched alone. At the prices found, each group's best common place is the one where they
gain most together; they are fixed there and the rest is matched again, until no group more would gain at
the prices found. The bound is that of the problem without such wishes, so the gap holds what they cost.
"""

from __future__ import annotations

import numpy as np

from geodata.matching.problem import Bools, Floats, Ints, Longs
from geodata.matching.reach.pairs import capacity, km_of, suits, times
from geodata.matching.reach.problem import ReachProblem

LARGEST_GROUP = 8


def groups_of(problem: ReachProblem) -> list[list[int]]:
    """Volunteers who want to go together, by the pairs of `together`: sorted rows, each group once.

    Who wants no shift is left out. Raises ValueError for more than LARGEST_GROUP people.
    """
    parent: dict[int, int] = {}

    def root(v: int) -> int:
        while parent.setdefault(v, v) != v:
            v = parent[v]
        return v

    for a, b in problem.together.tolist():
        first, second = sorted((root(a), root(b)))
        parent[second] = first
    members: dict[int, list[int]] = {}
    for v in sorted(parent):
        if problem.people.wanted[v] > 0:
            members.setdefault(root(v), []).append(v)
    found = [group for group in members.values() if len(group) > 1]
    for group in found:
        if len(group) > LARGEST_GROUP:
            raise ValueError(
                f"{problem.volunteer_name(group[0])} and {len(group) - 1} others want to go together; "
                f"a group has at most {LARGEST_GROUP}"
            )
    return found


def joint_pins(problem: ReachProblem, price: Floats) -> Ints:
    """(k, 2) pairs that bring each group to its best common place at these prices (s,).

    Groups come in order of their first member and never take more seats of a place than it has. A group for
    which no place would do, or none is worth going to, gets none.
    """
    market = _Market(problem, price)
    pins: list[tuple[int, int]] = []
    for group in groups_of(problem):
        place = market.best(group)
        if place is not None:
            pins += market.take(group, place)
    return np.array(pins, np.int32).reshape(-1, 2)


class _Market:
    def __init__(self, problem: ReachProblem, price: Floats) -> None:
        self.problem, sites = problem, problem.sites
        self.pinned: dict[int, set[int]] = {}
        for v, p in problem.pinned.tolist():
            self.pinned.setdefault(v, set()).add(p)
        self.never: dict[int, list[int]] = {}
        for v, p in problem.never.tolist():
            self.never.setdefault(v, []).append(p)
        fixed = np.bincount(problem.pinned[:, 1], minlength=sites.count)
        of_leads = np.where(sites.for_leads, sites.segment_size, 0)
        self.left = capacity(problem) - np.add.reduceat(of_leads, sites.segment_start[:-1]) - fixed
        self.worth, self.price = _by_place(problem, price)
        self.at = times(problem)
        self.places = np.arange(sites.count)

    def best(self, group: list[int]) -> int | None:
        """The place where the group gains most together, None where it gains nothing."""
        fixed = set.intersection(*(self.pinned.get(v, set()) for v in group))
        if fixed:
            return None  # they are together already
        gain = np.zeros(len(self.places))
        for v in group:
            gain += self._gain(v)
        new = np.full(len(self.places), len(group))
        for v in group:
            new[list(self.pinned.get(v, ()))] -= 1
        gain[self.left < new] = -np.inf
        best = int(np.argmax(gain))
        return best if gain[best] > 0 else None

    def take(self, group: list[int], place: int) -> list[tuple[int, int]]:
        pins = [(v, place) for v in group if place not in self.pinned.get(v, set())]
        self.left[place] -= len(pins)
        for v, p in pins:
            self.pinned.setdefault(v, set()).add(p)
        return pins

    def _gain(self, v: int) -> Floats:
        """What the volunteer gains at each place, -inf where they cannot go."""
        problem, who = self.problem, np.full(len(self.places), v)
        gain = (problem.people.weight[v] * self.worth - self.price).max(axis=1)
        gain = gain - problem.km_cost * km_of(problem, who, self.places)
        gain[~self._may(v, who)] = -np.inf
        return gain

    def _may(self, v: int, who: Longs) -> Bools:
        may = suits(self.problem, who, self.places)
        may[self.never.get(v, [])] = False
        pinned = self.pinned.get(v, set())
        if len(pinned) >= self.problem.people.wanted[v]:
            may[:] = False
        for q in pinned:
            may &= ~clashing(self.at, q)
            may[q] = True
        return may


def clashing(at: Longs, place: int) -> Bools:
    """Which places (rows of `at`, from times()) one person cannot take besides this one."""
    starts, ends = at[:, 0], at[:, 1]
    overlap = (np.maximum(starts, at[place, 0]) < np.minimum(ends, at[place, 1])) & (starts < ends)
    overlap[place] = True
    return np.asarray(overlap, bool)


def _by_place(problem: ReachProblem, price: Floats) -> tuple[Floats, Floats]:
    """Worth and price of each ordinary segment with seats, (m, most segments); others cost everything."""
    sites = problem.sites
    count = np.diff(sites.segment_start)
    worth = np.zeros((sites.count, int(count.max(initial=1))))
    cost = np.full(worth.shape, np.inf)
    place = np.repeat(np.arange(sites.count), count)
    rank = np.arange(len(place)) - sites.segment_start[place]
    use = (sites.segment_size > 0) & ~np.asarray(sites.for_leads, bool)
    worth[place[use], rank[use]], cost[place[use], rank[use]] = sites.segment_worth[use], price[use]
    return worth, cost

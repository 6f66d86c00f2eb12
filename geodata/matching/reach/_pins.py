"""Pairs fixed by hand that cannot all be kept are refused by name."""

from __future__ import annotations

import itertools

import numpy as np

from geodata.matching.problem import Infeasible, Longs
from geodata.matching.reach.problem import ReachProblem


class ImpossiblePin(Infeasible):
    """A pair fixed by hand that cannot be kept; `volunteer` is the row of who is fixed."""

    def __init__(self, sentence: str, volunteer: int) -> None:
        super().__init__(sentence)
        self.volunteer = volunteer


def checked_pins(problem: ReachProblem) -> Longs:
    """The distinct pinned pairs (k, 2), sorted by volunteer. Raises ImpossiblePin, naming who and where."""
    pinned = np.unique(problem.pinned.reshape(-1, 2), axis=0).astype(np.int64)
    if len(pinned):
        _refuse_never(problem, pinned)
        _refuse_full(problem, pinned)
        _refuse_strangers(problem, pinned)
        _refuse_too_many(problem, pinned)
        _refuse_overlaps(problem, pinned)
    return pinned


def _refuse_never(problem: ReachProblem, pinned: Longs) -> None:
    never = {(int(v), int(p)) for v, p in problem.never}
    for v, p in pinned.tolist():
        if (v, p) in never:
            raise ImpossiblePin(
                f"{problem.volunteer_name(v)} and {problem.place_name(p)} are fixed together and also marked "
                "never: take one of the two back.",
                v,
            )


def _refuse_full(problem: ReachProblem, pinned: Longs) -> None:
    sites = problem.sites
    seats = np.add.reduceat(sites.segment_size.astype(np.int64), sites.segment_start[:-1])
    fixed = np.bincount(pinned[:, 1], minlength=sites.count)
    for p in np.flatnonzero(fixed > seats)[:1].tolist():
        raise ImpossiblePin(
            f"{problem.place_name(p)} has room for {int(seats[p])}, but {int(fixed[p])} are fixed there. "
            "Free one of them or raise the capacity.",
            int(pinned[pinned[:, 1] == p, 0][-1]),
        )


def _refuse_strangers(problem: ReachProblem, pinned: Longs) -> None:
    """Seats kept for leads are of no use to anybody else who is fixed there."""
    sites = problem.sites
    size = np.where(sites.for_leads, 0, sites.segment_size.astype(np.int64))
    seats = np.add.reduceat(size, sites.segment_start[:-1])
    strangers = pinned[~problem.people.leads[pinned[:, 0]]]
    fixed = np.bincount(strangers[:, 1], minlength=sites.count)
    for p in np.flatnonzero(fixed > seats)[:1].tolist():
        raise ImpossiblePin(
            f"{problem.place_name(p)} has room for {int(seats[p])} besides its leads, but {int(fixed[p])} "
            "who are no leads are fixed there. Free one of them or keep fewer seats for leads.",
            int(strangers[strangers[:, 1] == p, 0][-1]),
        )


def _refuse_too_many(problem: ReachProblem, pinned: Longs) -> None:
    given = np.bincount(pinned[:, 0], minlength=problem.people.count)
    for v in np.flatnonzero(given > problem.people.wanted)[:1].tolist():
        raise ImpossiblePin(
            f"{problem.volunteer_name(v)} wants {int(problem.people.wanted[v])} shifts, but is fixed at "
            f"{int(given[v])}. Free one of them.",
            v,
        )


def _refuse_overlaps(problem: ReachProblem, pinned: Longs) -> None:
    times = np.vstack([problem.sites.slot_times.reshape(-1, 2), [[0, 0]]])[problem.sites.slot]
    several = np.flatnonzero(np.bincount(pinned[:, 0], minlength=problem.people.count) > 1)
    for v in several.tolist():
        places = sorted(pinned[pinned[:, 0] == v, 1].tolist(), key=lambda p: tuple(times[p]))
        timed = [p for p in places if times[p, 0] < times[p, 1]]
        for first, second in itertools.pairwise(timed):
            if times[second, 0] < times[first, 1]:
                raise ImpossiblePin(
                    f"{problem.volunteer_name(v)} is fixed at {problem.place_name(first)} and "
                    f"{problem.place_name(second)}, which overlap in time: free one of them.",
                    v,
                )

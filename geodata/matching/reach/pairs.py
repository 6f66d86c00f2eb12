"""Pairs of a problem looked at one by one: may they be, what are they worth. For a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.crs import great_circle_km
from geodata.matching.problem import Bools, Floats, Longs
from geodata.matching.reach.problem import SAID, People, ReachProblem

AnyInts = npt.NDArray[Any]
REACH_SLACK = 1e-9


def people_of(people: People, rows: AnyInts) -> People:
    """These volunteers alone, in this order."""
    columns: dict[str, Any] = {}
    for each in fields(people):
        value = getattr(people, each.name)
        if isinstance(value, tuple):  # classes: of each row, and what each class holds
            value = (value[0][rows], *value[1:])
        elif value is not None:
            value = value[rows]
        columns[each.name] = value
    return People(**columns)


def km_of(problem: ReachProblem, volunteer: AnyInts, place: AnyInts) -> Floats:
    """Kilometres one way of each pair of rows; 0 where the home is not known."""
    people, sites = problem.people, problem.sites
    km = great_circle_km(
        people.latitude[volunteer], people.longitude[volunteer], sites.latitude[place], sites.longitude[place]
    )
    return np.nan_to_num(np.asarray(km, dtype=np.float64))


def suits(problem: ReachProblem, volunteer: AnyInts, place: AnyInts) -> Bools:
    """Which pairs are within reach, free at the time, skilled and of a common language. Never-pairs count."""
    people, sites = problem.people, problem.sites
    skilled, spoken, free = tables(problem)
    known = np.isfinite(people.latitude[volunteer]) & np.isfinite(people.longitude[volunteer])
    near = km_of(problem, volunteer, place) <= people.reach_km[volunteer] * (1 + REACH_SLACK)
    return np.asarray(
        known
        & near
        & skilled[people.skills[0][volunteer], sites.requires[0][place]]
        & spoken[people.languages[0][volunteer], sites.languages[0][place]]
        & free[people.free[0][volunteer], sites.slot[place]]
    )


def tables(problem: ReachProblem) -> tuple[Bools, Bools, Bools]:
    """By class: has all skills, speaks one of the languages, is free in the slot (last column: no time)."""
    people, sites = problem.people, problem.sites
    free = np.asarray(people.free[1], dtype=bool).reshape(len(people.free[1]), -1)
    return (
        _covers(people.skills[1], sites.requires[1], all),
        _covers(people.languages[1], sites.languages[1], any),
        np.column_stack([free, np.ones(len(free), dtype=bool)]),
    )


def skilled_and_said(problem: ReachProblem) -> tuple[Bools, Bools]:
    """The first of the tables in two: by class, has all skills; has all that people say of themselves."""
    have, need = problem.people.skills[1], problem.sites.requires[1]
    said = [frozenset(name for name in names if name.startswith(SAID)) for names in need]
    skills = [names - apart for names, apart in zip(need, said, strict=True)]
    return _covers(have, skills, all), _covers(have, said, all)


def _covers(
    have: Sequence[frozenset[str]], need: Sequence[frozenset[str]], rule: Callable[[Any], bool]
) -> Bools:
    rows = [[not wanted or rule(each in has for each in wanted) for wanted in need] for has in have]
    return np.array(rows, dtype=bool).reshape(len(have), len(need))


def times(problem: ReachProblem) -> Longs:
    """(m, 2) start and end of each place, epoch seconds; equal: no time, which overlaps nothing."""
    sites = problem.sites
    return np.vstack([sites.slot_times.reshape(-1, 2), [[0, 0]]])[sites.slot]


def clash(at: Longs, first: int, second: int) -> bool:
    """Whether one person cannot take both places; `at` comes from times()."""
    (b1, e1), (b2, e2) = at[first].tolist(), at[second].tolist()
    return first == second or (b1 < e1 and b2 < e2 and max(b1, b2) < min(e1, e2))


def capacity(problem: ReachProblem) -> Longs:
    """(m,) seats of each place."""
    start = problem.sites.segment_start
    total = np.concatenate([[0], np.cumsum(problem.sites.segment_size.astype(np.int64))])
    return np.asarray(total[start[1:]] - total[start[:-1]])


def worth(problem: ReachProblem, volunteer: AnyInts, place: AnyInts, position: AnyInts) -> Floats:
    """What each pair is worth on the seat at this position of its place (0 is the best); beyond the last
    seat nothing. Without the bonus of staying.
    """
    sites = problem.sites
    first, last = sites.segment_start[place], sites.segment_start[np.asarray(place) + 1]
    ends = np.concatenate([[0], np.cumsum(sites.segment_size.astype(np.int64))])
    seat = ends[first] + position
    segment = np.searchsorted(ends, seat, side="right") - 1
    inside = segment < last
    value = problem.people.weight[volunteer] * sites.segment_worth[np.minimum(segment, len(ends) - 2)]
    return np.where(inside, value - problem.km_cost * km_of(problem, volunteer, place), 0.0)

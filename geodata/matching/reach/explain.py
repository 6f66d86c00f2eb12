"""Why here, why not there, why nobody: what else each volunteer could do at the plan's prices.

Everything is found by looks around every volunteer that share nothing with the solver but the problem.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from geodata.compiled import kernel
from geodata.crs import great_circle_km
from geodata.matching.problem import Bools, Floats, Ints, Longs
from geodata.matching.reach._around import TESTS, around, best_seat, in_the_way, sift, within
from geodata.matching.reach.pairs import capacity
from geodata.matching.reach.problem import ReachProblem, ReachResult

AT_ONCE = 20_000
PAIRS_AT_ONCE = 2_000_000
SAME = 1e-9
PINNED, FULL, FREE = "pinned", "capacity", "nothing"
WHY = (
    "no_location", "wants_no_shift", "no_place_in_reach", "not_free_then", "skill_missing",
    "not_said", "language_missing", "only_never_pairs", "not_worth_the_way", FULL, FREE,
)  # fmt: skip
"""Why a volunteer goes nowhere: what they lack, or the first test that no place within reach passed; then
whether the place that would gain most is full."""


@dataclass(frozen=True, slots=True, eq=False)
class Alternatives:
    """Per volunteer the best places by value less price, best first, of those that are worth the way.

    place   (n, k) row, -1 beyond what there is
    gain    (n, k) value less the price of the seat: nothing or less where others need the seat as much
    value   (n, k) on the segment that gains most, without the bonus of staying
    """

    place: Longs
    gain: Floats
    value: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Of given volunteers: how many places lie within reach, how many of them suit and are not `never`, how
    many of those are worth the way, and how far the nearest of all within reach is (km, infinite: none).
    """

    in_reach: Ints
    suits: Ints
    worth_it: Ints
    nearest_km: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Others:
    """Of some volunteers the best place they do not have, at the plan's prices. place -1: there is none.

    value: what they would be worth there on the seat that gains most, without the bonus of staying; km one
    way; price of that seat; is_full: all seats of the place are taken.
    """

    place: Longs
    value: Floats
    km: Floats
    price: Floats
    is_full: Bools


@dataclass(frozen=True, slots=True, eq=False)
class Reasons:
    """Why a plan is as it is, by column.

    For each of its k pairs: price (k,) of the seat, binds (k,) of PINNED, FULL (the next best would be worth
    more, but others want its seats) or FREE, and the `next_best`. `home`: (h,) rows of the volunteers without
    a place, with `why` (h,) of WHY, `in_reach` and `free_then` (h,) places, `nearest_km` (h,) of all places,
    for those with none in reach (infinite: there is none), and their `best` place. Of each place `filled`,
    `seats` and `place_price` (m,), what one more seat would add at most.
    """

    price: Floats
    binds: tuple[str, ...]
    next_best: Others
    home: Longs
    why: tuple[str, ...]
    in_reach: Longs
    free_then: Longs
    nearest_km: Floats
    best: Others
    filled: Longs
    seats: Longs
    place_price: Floats


def reasons(problem: ReachProblem, result: ReachResult) -> Reasons:
    """Why each volunteer goes where they go, and why some go nowhere, at the plan's own prices."""
    volunteer, place = (result.pairs[:, column].astype(np.int64) for column in (0, 1))
    seats, filled = capacity(problem), np.bincount(place, minlength=problem.sites.count)
    home = np.flatnonzero(np.bincount(volunteer, minlength=problem.people.count) == 0)
    everybody = np.concatenate([volunteer, home])
    counts, others = _looked_around(problem, result, everybody, np.append(place, np.full(len(home), -1)))
    is_full = others.place >= 0
    is_full[is_full] = (filled >= seats)[others.place[is_full]]
    next_best = _rows(others, is_full, slice(0, len(volunteer)))
    best = _rows(others, is_full, slice(len(volunteer), None))
    counts = counts[len(volunteer) :]
    return Reasons(
        price=result.price[problem.sites.segment_start[place] + result.segment],
        binds=_binds(problem, result, next_best),
        next_best=next_best,
        home=home,
        why=_why(problem, home, counts, best),
        in_reach=counts[:, 0],
        free_then=counts[:, 1],
        nearest_km=_nearest(problem, home, counts[:, 0] == 0),
        best=best,
        filled=filled,
        seats=seats,
        place_price=_place_price(problem, result, filled, seats),
    )


def alternatives(problem: ReachProblem, result: ReachResult, *, most: int = 4) -> Alternatives:
    """The best `most` places of every volunteer at the plan's prices, whoever sits there now."""
    count, ground = problem.people.count, around(problem)
    place = np.full((count, most), -1, np.int64)
    gain, value = np.full((count, most), -np.inf), np.zeros((count, most))
    wants = np.asarray(problem.people.wanted) > 0
    _side_by_side(count, lambda rows: _list(ground, result.price, wants, rows, place, gain, value))
    return Alternatives(place, gain, value)


def choice_of(problem: ReachProblem, volunteers: Longs) -> Choice:
    """How much choice these volunteers have."""
    ground, rows = around(problem), np.asarray(volunteers, np.int64)
    counts, nearest = np.zeros((len(rows), TESTS + 1), np.int64), np.full(len(rows), np.inf)
    _side_by_side(len(rows), lambda part: _count(ground, rows, part, counts, nearest))
    in_reach, suits, worth_it = (counts[:, column].astype(np.int32) for column in (0, TESTS - 1, TESTS))
    return Choice(in_reach, suits, worth_it, nearest)


def _side_by_side(count: int, work: Callable[[Longs], object]) -> None:
    """Share rows out over the processors; the kernels let go of the interpreter."""
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        list(pool.map(work, (np.arange(low, min(low + AT_ONCE, count)) for low in range(0, count, AT_ONCE))))


def _rows(others: Others, is_full: Bools, rows: slice) -> Others:
    return Others(others.place[rows], others.value[rows], others.km[rows], others.price[rows], is_full[rows])


def _looked_around(
    problem: ReachProblem, result: ReachResult, volunteer: Longs, own: Longs
) -> tuple[Longs, Others]:
    """Of each volunteer how many places stay after each test (n, TESTS + 1), and the best place besides what
    they have; what they have besides `own` stays, so that nothing in the way of it counts.
    """
    ground, held = around(problem), result.pairs[:, 1].astype(np.int64)
    held_start = np.searchsorted(result.pairs[:, 0], np.arange(problem.people.count + 1)).astype(np.int64)
    counts, best = np.zeros((len(volunteer), TESTS + 1), np.int64), np.full(len(volunteer), -1, np.int64)
    found = np.zeros((len(volunteer), 3))
    price = np.ascontiguousarray(result.price, np.float64)
    _side_by_side(
        len(volunteer),
        lambda rows: _look_around(ground, volunteer, own, held_start, held, price, rows, counts, best, found),
    )
    return counts, Others(best, found[:, 0], found[:, 1], found[:, 2], best >= 0)


@kernel
def _look_around(ground, volunteer, own, held_start, held, price, rows, counts, best, found):  # type: ignore[no-untyped-def]
    places, km = np.empty(len(ground.order), np.int64), np.empty(len(ground.order))
    for i in rows:
        v, gain = volunteer[i], -np.inf
        near = within(ground, v, places, km)
        counts[i, 0] = near
        for j in range(near):
            p = places[j]
            passed = sift(ground, v, p, km[j])
            for test in range(1, passed + 1):
                counts[i, test] += 1
            if passed < TESTS:
                continue
            net, segment = best_seat(ground, price, v, p, km[j])
            if net > gain and not in_the_way(ground, held_start, held, v, own[i], p):
                gain, best[i] = net, p
                found[i, 0], found[i, 1], found[i, 2] = net + price[segment], km[j], price[segment]


@kernel
def _count(ground, volunteers, rows, counts, nearest):  # type: ignore[no-untyped-def]
    places, km = np.empty(len(ground.order), np.int64), np.empty(len(ground.order))
    for i in rows:
        v = volunteers[i]
        near = within(ground, v, places, km)
        counts[i, 0] = near
        for j in range(near):
            nearest[i] = min(nearest[i], km[j])
            for test in range(1, sift(ground, v, places[j], km[j]) + 1):
                counts[i, test] += 1


@kernel
def _list(ground, price, wants, rows, place, gain, value):  # type: ignore[no-untyped-def]
    places, km = np.empty(len(ground.order), np.int64), np.empty(len(ground.order))
    most = place.shape[1]
    for v in rows:
        if not wants[v]:
            continue
        for j in range(within(ground, v, places, km)):
            if sift(ground, v, places[j], km[j]) < TESTS:
                continue
            net, segment = best_seat(ground, price, v, places[j], km[j])
            if net + price[segment] <= 0.0 or net <= gain[v, most - 1]:
                continue
            at = most - 1
            while at > 0 and gain[v, at - 1] < net:
                gain[v, at], value[v, at], place[v, at] = gain[v, at - 1], value[v, at - 1], place[v, at - 1]
                at -= 1
            gain[v, at], value[v, at], place[v, at] = net, net + price[segment], places[j]


def _binds(problem: ReachProblem, result: ReachResult, others: Others) -> tuple[str, ...]:
    pinned = {(int(v), int(p)) for v, p in problem.pinned}
    better = (others.place >= 0) & (others.value > result.value + SAME) & others.is_full
    return tuple(
        PINNED if (v, p) in pinned else FULL if wants else FREE
        for (v, p), wants in zip(result.pairs.tolist(), better.tolist(), strict=True)
    )


def _why(problem: ReachProblem, home: Longs, counts: Longs, best: Others) -> tuple[str, ...]:
    people = problem.people
    known = np.isfinite(people.latitude[home]) & np.isfinite(people.longitude[home])
    # the first step at which no place was left; all steps passed: the best place decides
    last = len(WHY) - 1
    step = np.where((counts == 0).any(axis=1), np.argmax(counts == 0, axis=1) + 2, last)
    step = np.where((step == last) & best.is_full, WHY.index(FULL), step)
    step = np.where(people.wanted[home] == 0, WHY.index("wants_no_shift"), step)
    step = np.where(known, step, WHY.index("no_location"))
    return tuple(WHY[each] for each in step.tolist())


def _nearest(problem: ReachProblem, home: Longs, is_wanted: Bools) -> Floats:
    """Kilometres to the nearest place of all for those wanted, 0 for the others, infinite without any."""
    people, sites = problem.people, problem.sites
    is_wanted = is_wanted & np.isfinite(people.latitude[home]) & np.isfinite(people.longitude[home])
    found = np.where(is_wanted, np.inf, 0.0)
    if not sites.count or not is_wanted.any():
        return found
    rows = home[is_wanted]
    homes = np.column_stack([people.latitude[rows], people.longitude[rows]])
    distinct, back = np.unique(homes, axis=0, return_inverse=True)
    step = max(1, PAIRS_AT_ONCE // sites.count)
    nearest = [
        np.min(great_circle_km(part[:, :1], part[:, 1:], sites.latitude, sites.longitude), axis=1)
        for part in (distinct[low : low + step] for low in range(0, len(distinct), step))
    ]
    found[is_wanted] = np.concatenate(nearest)[back.reshape(-1)]
    return found


def _place_price(problem: ReachProblem, result: ReachResult, filled: Longs, seats: Longs) -> Floats:
    """The price of the last segment of each place that has seats; 0 where seats are left."""
    sites = problem.sites
    price = np.zeros(sites.count)
    place_of = np.repeat(np.arange(sites.count), np.diff(sites.segment_start))
    has_room = np.flatnonzero(sites.segment_size > 0)
    price[place_of[has_room]] = result.price[has_room]  # rows of a place come in order: the last one stays
    return np.where(filled >= seats, price, 0.0)

"""Plans: hours by district. Ours by the curves of value, and what people do today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from geodata.priority import Hour, Priorities
from geodata.priority.contest import Floats

CLOSE = 0.05  # a seat decided by less than this last time is one that people call a battleground
HOMES = 20_000


@dataclass(frozen=True, eq=False)
class Plan:
    """name: a word for tables; title: for people; hours: (n,); how: how the hours were given out."""

    name: str
    title: str
    hours: Floats
    how: str


def by_value(found: Priorities, total: float) -> Floats:
    """(n,) hours where they are worth most: the best segments first, which is best of all as curves fall."""
    hours, value = found.segment_hours.ravel(), found.segment_value.ravel()
    order = np.argsort(-value, kind="stable")
    before = np.cumsum(hours[order]) - hours[order]
    given = np.zeros_like(hours)
    given[order] = np.clip(total - before, 0, hours[order])
    return np.asarray(given.reshape(found.segment_hours.shape).sum(axis=1))


def spread(share: Floats, room: Floats, total: float) -> Floats:
    """(n,) hours in proportion to share (n,) >= 0, none above its room (n,); the rest to the others."""
    given = np.zeros(len(share))
    while (left := min(total, float(room[share > 0].sum())) - float(given.sum())) > 1e-6 * max(total, 1):
        open_to = np.where(given < room * (1 - 1e-12), share, 0.0)
        if open_to.sum() <= 0:
            break
        given = np.minimum(given + left * open_to / open_to.sum(), room)
    return given


def in_order(group: np.ndarray, closeness: Floats, people: Floats, room: Floats, total: float) -> Floats:
    """(n,) hours to the group (n,) of districts with the smallest closeness until it is full, then the next.

    closeness: by group. Within a group hours go by people (n,).
    """
    given = np.zeros(len(room))
    for each in np.argsort(closeness, kind="stable"):
        left = total - float(given.sum())
        if left <= 1e-6 * max(total, 1):
            break
        given += spread(np.where(group == each, people, 0.0), room, left)
    return given


def by_homes(weight: Floats, reach: Sequence[np.ndarray], room: Floats, total: float, seed: int) -> Floats:
    """(n,) hours of volunteers who live in proportion to weight (n,) and go to the nearest with room.

    reach: per district an array (h, k) of the districts nearest to each of h homes drawn in it, nearest
    first. Hours of a home that finds all of them full are given out by weight.
    """
    rng = np.random.default_rng(seed)
    homes = np.asarray(rng.multinomial(HOMES, weight / weight.sum()), dtype=np.float64)
    each = total / HOMES
    left = room.copy()
    for at in rng.permutation(len(weight)):
        for choice in reach[at]:
            want = homes[at] * each / len(reach[at])
            for place in choice:
                taken = min(want, left[place])
                left[place] -= taken
                want -= taken
    over = total - float((room - left).sum())
    return room - left + spread(weight, left, over)


def plans(
    hour: Hour,
    found: Priorities,
    total: float,
    *,
    last: tuple[str, Floats, Floats] | None,
    reach: Sequence[np.ndarray] | None,
    seed: int,
) -> list[Plan]:
    """Ours first, then the baselines that what is known allows.

    last: name, district margins and seat margins of the election before, None if there was none; reach: see
    by_homes, None without boundaries.
    """
    room, people = hour.segment_hours.sum(axis=1), hour.prior.electorate
    made = [
        Plan("ours", "Our plan", by_value(found, total), "where the next hour is worth most"),
        Plan("equal", "Equal hours", spread(np.ones(len(room)), room, total), "the same in every district"),
        Plan("population", "By population", spread(people, room, total), "in proportion to the electorate"),
    ]
    if last is not None:
        made += _by_margin(hour, total, last)
    if reach is not None:
        weight = hour.prior.ours if last is not None else people
        hours = by_homes(weight, reach, room, total, seed)
        made.append(Plan("nearest", "Nearest district", hours, "volunteers live where our voters live"))
    return made


def _by_margin(hour: Hour, total: float, last: tuple[str, Floats, Floats]) -> list[Plan]:
    name, district, seats = last
    room, people, seat = hour.segment_hours.sum(axis=1), hour.prior.electorate, hour.contest.seat
    each = np.arange(len(room))
    own = in_order(each, np.abs(district), people, room, total)
    made = [Plan("closest_district", "Closest district first", own, f"by the district's margin in {name}")]
    if 1 < len(seats) < len(room):
        order = in_order(seat, np.abs(seats), people, room, total)
        made.insert(0, Plan("closest_seat", "Closest seat first", order, f"by the seat's margin in {name}"))
    if len(seats) > 1:
        close = np.abs(seats) < max(CLOSE, np.abs(seats).min() * 1.001)
        hours = spread(np.where(close[seat], people, 0.0), room, total)
        hours += spread(people, room - hours, total - float(hours.sum()))
        how = f"by population, in the {close.sum()} seats within {CLOSE:.0%} in {name}"
        made.append(Plan("close_seats", "All close seats", hours, how))
    return made

"""More people than are needed, since not all of them come: how many, what that is worth, what to expect."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from geodata.compiled import kernel
from geodata.matching.problem import Floats, Longs
from geodata.matching.reach._prepare import Prepared
from geodata.matching.reach._scan import TURNS, box, columns
from geodata.matching.reach.problem import ReachProblem, Sites

MOST_EXTRA = 4  # times the people needed
BANDS = 4  # segments that the extra seats of a place are put into


@dataclass(frozen=True, slots=True, eq=False)
class Turnout:
    """Per place (m,): people needed and sent, how many are expected, and the chance that enough come."""

    needed: Longs
    sent: Longs
    expected: Floats
    chance: Floats


def overbooked(sites: Sites, show: Floats, risk: float, most: Longs | None = None) -> tuple[Sites, Longs]:
    """Seats beyond those needed, so that fewer people come than needed with a chance of at most `risk`.

    show (m,): how likely those who would be sent to each place come; most (m,): how many could be. A seat
    beyond the needed ones is worth what the place's last seat is, times the chance that whoever sits there is
    needed; such seats are put into segments of falling worth. Returns the sites and the row that each segment
    came from. A place where even MOST_EXTRA times as many would not do gets that many.
    """
    needed = np.add.reduceat(sites.segment_size.astype(np.int64), sites.segment_start[:-1])
    last = sites.segment_start[1:] - 1
    size, worth, origin, count = [], [], [], []
    for p in range(sites.count):
        own = np.arange(sites.segment_start[p], sites.segment_start[p + 1])
        short = chances_short(
            int(needed[p]), float(show[p]), risk, int(most[p]) if most is not None else None
        )
        bands = [band for band in np.array_split(short, min(BANDS, max(len(short), 1))) if len(band)]
        size += [*sites.segment_size[own].tolist(), *(len(band) for band in bands)]
        worth += [*sites.segment_worth[own].tolist()]
        worth += [float(sites.segment_worth[last[p]] * band.mean()) for band in bands]
        origin += [*own.tolist(), *[int(last[p])] * len(bands)]
        count.append(len(own) + len(bands))
    rows = np.array(origin, np.int64)
    is_extra = np.concatenate([[False], np.diff(rows) == 0]) if len(rows) else np.zeros(0, bool)
    return replace(
        sites,
        segment_start=np.concatenate([[0], np.cumsum(count)]).astype(np.int64),
        segment_size=np.array(size, np.int32),
        segment_worth=np.array(worth, np.float64),
        for_leads=np.where(is_extra, False, np.asarray(sites.for_leads, bool)[rows]),
    ), rows


def chances_short(needed: int, show: float, risk: float, most: int | None = None) -> Floats:
    """Chance that fewer than `needed` come when `needed`, needed + 1, ... are sent: one for each further
    person to send until it is at most `risk`, or `most` are sent. Empty where nobody is needed or everybody
    comes.
    """
    if needed == 0 or show <= 0 or show >= 1:
        return np.zeros(0)
    last = (MOST_EXTRA + 1) * needed if most is None else min((MOST_EXTRA + 1) * needed, most - 1)
    short = -math.expm1(needed * math.log(show))  # somebody of just as many as needed stays away
    # logarithm of the chance that just one too few come, of the binomial distribution
    one_short = math.log(needed) + (needed - 1) * math.log(show) + math.log1p(-show)
    found: list[float] = []
    for sent in range(needed, last + 1):
        if short <= risk:
            break
        found.append(short)
        short -= show * math.exp(one_short)
        one_short += math.log((sent + 1) / (sent + 2 - needed)) + math.log1p(-show)
    return np.array(found)


def show_near(problem: ReachProblem) -> tuple[Floats, Longs]:
    """(m,) mean weight of the volunteers within reach of each place, of all where nobody is; and how many
    they are.
    """
    ready = Prepared(problem)
    total, count = np.zeros(problem.sites.count), np.zeros(problem.sites.count)
    _sums(ready.bidders, ready.ground, total, count)
    people = problem.people.weight
    usual = float(people.mean()) if len(people) else 1.0
    found, near = np.empty(len(total)), np.empty(len(total), np.int64)
    found[ready.order] = np.divide(total, count, out=np.full(len(total), usual), where=count > 0)
    near[ready.order] = count.astype(np.int64)
    return found, near


@kernel
def _sums(bidders, ground, total, count):  # type: ignore[no-untyped-def]
    home, spot, place, first, grid = bidders.home, ground.spot, ground.place, ground.first, ground.grid
    for b in range(len(home)):
        if home[b, 3] < 0 or bidders.only[b] >= 0 or bidders.demand[b] == 0:
            continue
        last = -1
        south, north, middle, half = box(home[b, 0], home[b, 1], home[b, 2], home[b, 3], grid)
        for r in range(south, north + 1):
            for turn in TURNS:
                west, east = columns(middle, half, turn, grid)
                if west > east:
                    continue
                for s in range(first[r * grid.columns + west], first[r * grid.columns + east + 1]):
                    dx, dy, dz = spot[s, 0] - home[b, 0], spot[s, 1] - home[b, 1], spot[s, 2] - home[b, 2]
                    if place[s] != last and dx * dx + dy * dy + dz * dz <= home[b, 3]:
                        last = place[s]
                        total[last] += home[b, 4]
                        count[last] += 1


def turnout(needed: Longs, place: Longs, show: Floats) -> Turnout:
    """What to expect where these people are sent: needed (m,); place, show (k,): of each of them.

    They are taken to come or not independently of each other (Poisson binomial distribution).
    """
    order = np.argsort(place, kind="stable")
    start = np.searchsorted(place[order], np.arange(len(needed) + 1)).astype(np.int64)
    chance = np.ones(len(needed))
    _chances(
        np.ascontiguousarray(needed, np.int64), start, np.ascontiguousarray(show[order], np.float64), chance
    )
    expected = np.bincount(place, show, len(needed)).astype(np.float64)
    return Turnout(np.asarray(needed, np.int64), np.diff(start), expected, chance)


@kernel
def _chances(needed, start, show, chance):  # type: ignore[no-untyped-def]
    for p in range(len(needed)):
        if start[p + 1] - start[p] < needed[p]:
            chance[p] = 0.0
            continue
        some = np.zeros(needed[p] + 1)  # chance of 0, 1, ... `needed` or more
        some[0] = 1.0
        for i in range(start[p], start[p + 1]):
            for k in range(needed[p], -1, -1):
                stay = some[k] if k == needed[p] else some[k] * (1 - show[i])
                some[k] = stay + (some[k - 1] * show[i] if k > 0 else 0.0)
        chance[p] = some[needed[p]]

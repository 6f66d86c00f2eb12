"""The first plan: one walk through all stops of an area, and the best cut of it."""

from __future__ import annotations

import itertools
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from geodata.routing import open_walk
from geodata.routing.curve import along_the_curve
from geodata.routing.neighbours import Floats, Longs
from geodata.turf import _cuts
from geodata.turf.barriers import Lines
from geodata.turf.ground import Ground, crossed
from geodata.turf.limits import Limits

PRICES = 16.0  # minutes a turf may be priced at, either way, to come to the number wanted
HALVINGS = 7
PIECE = 5_000  # stops of one walk
BREAK_MIN = 20.0  # what the way round a barrier may cost: the search finds one, or the turf is parted there
SAMPLE = 25_000  # stops on which a price is sought where there are many more


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """paths: stops of each turf in walking order; rules: what the size of a turf costs (see Limits.rules)."""

    paths: list[Longs]
    rules: tuple[float, ...]


def first_plans(
    ground: Ground, parts: list[Longs], talk_min: Floats, doors: Longs, lines: Lines, limits: Limits, *,
    metres_per_min: float, seed: int, kicks: float, seconds: float,
) -> list[Plan]:  # fmt: skip
    """Cut the stops of each part (rows of the ground, which may share turfs) by a walk through all of them;
    talk_min and doors of all rows. All parts side by side, in so many seconds or less.
    """

    def cut_up(order: Longs) -> Plan:
        leg, breaks = np.zeros(len(order)), np.zeros(len(order), bool)
        leg[1:] = ground.legs(order[:-1], order[1:]) / metres_per_min
        breaks[1:] = crossed(ground, order[:-1], order[1:], lines)
        talk, load = talk_min[order], doors[order].astype(np.float64)
        minutes = float(talk.sum() + leg[~breaks].sum())
        count = limits.count(minutes, int(load.sum()))
        rules = limits.rules(minutes, count)
        return Plan(np.split(order, _cut_into(count, talk, load, leg, breaks, rules)[1:]), rules)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(cut_up, _walks(pool, ground.xy_m, parts, seed, kicks, seconds)))


def _walks(
    pool: ThreadPoolExecutor, xy_m: Floats, parts: list[Longs], seed: int, kicks: float, seconds: float
) -> list[Longs]:
    """A short walk through each part; large ones piece by piece along a curve that fills them."""
    pieces_of = [np.array_split(part[along_the_curve(xy_m[part])], -(-len(part) // PIECE)) for part in parts]
    pieces = [piece for some in pieces_of for piece in some]
    second_each = seconds * min(os.cpu_count() or 1, len(pieces)) / sum(len(piece) for piece in pieces)

    def walked(rows: Longs) -> Longs:
        xy = np.ascontiguousarray(xy_m[rows])
        limit_s = second_each * len(rows)
        return rows[open_walk(xy, seed=seed, kicks_per_point=kicks, time_limit_s=limit_s).order]

    walks = pool.map(walked, pieces)
    return [_joined(xy_m, list(itertools.islice(walks, len(some)))) for some in pieces_of]


def _joined(xy_m: Floats, walks: list[Longs]) -> Longs:
    """One walk, each of these from its end nearer to the one before."""
    for before, walk in itertools.pairwise(walks):
        ends = np.hypot(*(xy_m[walk[[0, -1]]] - xy_m[before[-1]]).T)
        if ends[1] < ends[0]:
            walk[:] = walk[::-1].copy()
    return np.concatenate(walks)


def _cut_into(
    count: int, talk: Floats, load: Floats, leg: Floats, breaks: Longs, rules: tuple[float, ...]
) -> Longs:
    """The first stops of at most `count` turfs, or of as few more as the limits need: a price a turf is
    sought that makes just so many the best.
    """
    if len(talk) > 2 * SAMPLE:
        few = slice(0, SAMPLE)
        share = round(count * float(talk[few].sum() + leg[few].sum()) / float(talk.sum() + leg.sum()))
        price, _ = _price(share, talk[few], load[few], leg[few], breaks[few], rules)
        firsts: Longs = _cuts.best_cut(talk, load, leg, breaks, rules, price, BREAK_MIN)
        return firsts
    return _price(count, talk, load, leg, breaks, rules)[1]


def _price(
    count: int, talk: Floats, load: Floats, leg: Floats, breaks: Longs, rules: tuple[float, ...]
) -> tuple[float, Longs]:
    """The price of a turf at which at most `count` are the best, and their first stops."""
    low, high = -PRICES, PRICES
    best: Longs = _cuts.best_cut(talk, load, leg, breaks, rules, 0.0, BREAK_MIN)
    if len(best) == count:
        return 0.0, best
    best = _cuts.best_cut(talk, load, leg, breaks, rules, high, BREAK_MIN)
    for _ in range(HALVINGS):
        price = (low + high) / 2
        firsts = _cuts.best_cut(talk, load, leg, breaks, rules, price, BREAK_MIN)
        if len(firsts) > count:
            low = price
        else:
            high, best = price, firsts
        if len(best) == count:
            break
    return high, best

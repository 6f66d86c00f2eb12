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


def first_plan(
    ground: Ground, stops: Longs, talk_min: Floats, doors: Longs, lines: Lines, limits: Limits, *,
    metres_per_min: float, seed: int, kicks: float, seconds: float,
) -> Plan:  # fmt: skip
    """Cut the stops (rows of the ground) of one area that may share turfs; talk_min and doors of all rows."""
    order = stops[_walk(np.ascontiguousarray(ground.xy_m[stops]), seed, kicks, seconds)]
    leg, breaks = np.zeros(len(order)), np.zeros(len(order), bool)
    leg[1:] = ground.legs(order[:-1], order[1:]) / metres_per_min
    breaks[1:] = crossed(ground, order[:-1], order[1:], lines)
    talk, load = talk_min[order], doors[order].astype(np.float64)
    minutes = float(talk.sum() + leg[~breaks].sum())
    count = limits.count(minutes, int(load.sum()))
    rules = limits.rules(minutes, count)
    return Plan(np.split(order, _cut_into(count, talk, load, leg, breaks, rules)[1:]), rules)


def _walk(xy_m: Floats, seed: int, kicks: float, seconds: float) -> Longs:
    """A short walk through all; large areas piece by piece along a curve that fills them, side by side."""
    pieces = np.array_split(along_the_curve(xy_m), -(-len(xy_m) // PIECE))
    many = os.cpu_count() or 1
    each_s = seconds if len(pieces) == 1 else seconds * many / len(pieces)

    def walked(rows: Longs) -> Longs:
        return rows[open_walk(xy_m[rows], seed=seed, kicks_per_point=kicks, time_limit_s=each_s).order]

    with ThreadPoolExecutor(many) as pool:
        walks = list(pool.map(walked, pieces))
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

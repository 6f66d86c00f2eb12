"""The first plan: one walk through all stops of an area, and the best cut of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.routing import open_walk
from geodata.routing.neighbours import Floats, Longs
from geodata.turf import _cuts
from geodata.turf.barriers import Lines
from geodata.turf.ground import Ground, crossed
from geodata.turf.limits import Limits

PRICES = 16.0  # minutes a turf may be priced at, either way, to come to the number wanted
HALVINGS = 7


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
    xy = np.ascontiguousarray(ground.xy_m[stops])
    order = stops[open_walk(xy, seed=seed, kicks_per_point=kicks, time_limit_s=seconds).order]
    leg, breaks = np.zeros(len(order)), np.zeros(len(order), bool)
    leg[1:] = ground.legs(order[:-1], order[1:]) / metres_per_min
    breaks[1:] = crossed(ground, order[:-1], order[1:], lines)
    talk, load = talk_min[order], doors[order].astype(np.float64)
    minutes = float(talk.sum() + leg[~breaks].sum())
    count = limits.count(minutes, int(load.sum()))
    rules = limits.rules(minutes, count)
    return Plan(np.split(order, _cut_into(count, talk, load, leg, breaks, rules)[1:]), rules)


def _cut_into(
    count: int, talk: Floats, load: Floats, leg: Floats, breaks: Longs, rules: tuple[float, ...]
) -> Longs:
    """The first stops of at most `count` turfs, or of as few more as the limits need: a price a turf is
    sought that makes just so many the best.
    """
    low, high = -PRICES, PRICES
    best: Longs = _cuts.best_cut(talk, load, leg, breaks, rules, 0.0)
    if len(best) == count:
        return best
    best = _cuts.best_cut(talk, load, leg, breaks, rules, high)
    for _ in range(HALVINGS):
        price = (low + high) / 2
        firsts = _cuts.best_cut(talk, load, leg, breaks, rules, price)
        if len(firsts) > count:
            low = price
        else:
            high, best = price, firsts
        if len(best) == count:
            break
    return best

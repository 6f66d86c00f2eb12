"""Turfs left with too few doors, or over a barrier, cut anew together with their neighbours."""

from __future__ import annotations

import math
import time

import numpy as np
import numpy.typing as npt

from geodata.routing.matrix import best_order
from geodata.routing.neighbours import Floats, Longs
from geodata.turf import _cuts, _ruin, _tables
from geodata.turf.barriers import Lines
from geodata.turf.ground import Ground, Table, crossed
from geodata.turf.search import MOST_STOPS, NEIGHBOURS, Load, seed_of
from geodata.turf.start import Plan

TOGETHER = (3, 5, 8, 2, 12)  # turfs, one number after the other
TRIES = 6  # in vain, one after the other, before the rest is left as it is
ROUNDS = 8.0  # for each stop
HEATS_MIN = (1.0, 0.1)
KICKS = 1.0  # for each stop
SAMPLE = 40  # turfs that may be neighbours, by their middles

State = npt.NDArray[np.uint64]


def mend(
    ground: Ground, plan: Plan, load: Load, lines: Lines, *, seed: int, deadline: float = np.inf
) -> None:
    """Better the plan's paths in place until none has a fault that was found a cure for.

    deadline: by time.perf_counter(); what is not mended by then stays.
    """
    faulty, number, in_vain = _faulty(ground, plan, load, lines), 0, 0
    while len(faulty) and len(plan.paths) > 1 and in_vain < TRIES and time.perf_counter() < deadline:
        row = int(faulty[number % len(faulty)])
        rows = _together(ground.xy_m, plan.paths, row, TOGETHER[number % len(TOGETHER)])
        number, in_vain = number + 1, in_vain + 1
        if _cut_anew(ground, plan, rows, load, seed_of(seed, -1, number)):
            plan.paths[:] = [path for path in plan.paths if len(path)]
            faulty, in_vain = _faulty(ground, plan, load, lines), 0


def _faulty(ground: Ground, plan: Plan, load: Load, lines: Lines) -> Longs:
    """Rows of paths that cross a barrier, or have too few doors where there might be enough."""
    least, most = plan.rules[4:6]
    doors = np.array([load.doors[path].sum() for path in plan.paths])
    enough = math.ceil(doors.sum() / most) <= doors.sum() // max(1.0, least)
    faulty = (doors < least) & enough
    if lines:
        owner = np.repeat(np.arange(len(doors)), [len(path) for path in plan.paths])
        stops = np.concatenate(plan.paths)
        over = crossed(ground, stops[:-1], stops[1:], lines) & (owner[1:] == owner[:-1])
        faulty[owner[1:][over]] = True
    return np.flatnonzero(faulty)


def _together(xy_m: Floats, paths: list[Longs], row: int, count: int) -> Longs:
    """This path and those whose stops are nearest to its own, `count` in all, of no more than MOST_STOPS."""
    own = xy_m[paths[row]]
    middles = np.array([xy_m[path].mean(axis=0) for path in paths])
    near = np.argsort(np.hypot(*(middles - own.mean(axis=0)).T), kind="stable")[: SAMPLE + 1]
    near = near[near != row]
    gaps = [np.hypot(*(own[:, None] - xy_m[paths[other]]).T).min() for other in near]
    rows = np.concatenate([[row], near[np.argsort(gaps, kind="stable")][: count - 1]])
    size = np.cumsum([len(paths[each]) for each in rows])
    return rows[size <= MOST_STOPS]


def _cut_anew(ground: Ground, plan: Plan, rows: Longs, load: Load, number: int) -> bool:
    """Cut one walk through all stops of these turfs, then search; whether that is better and was taken."""
    if len(rows) < 2:
        return False
    stops = np.concatenate([plan.paths[row] for row in rows])
    ends = np.cumsum([len(plan.paths[row]) for row in rows])
    table = ground.table(stops)
    few = Load(load.talk_min[stops], load.doors[stops], load.metres_per_min)
    as_was = np.split(np.arange(len(stops)), ends[:-1])
    state = np.array([number], np.uint64)
    walk = best_order(table.astype(np.float64), -1, -1, int(KICKS * len(stops)), state)
    found = [as_was, _best_cut(walk, table, few, plan.rules)]
    found = [_searched(paths, table, few, plan.rules, state) for paths in found]
    costs = [_cost(paths, table, few, plan.rules) for paths in (as_was, *found)]
    best = int(np.argmin(costs))
    if costs[best] >= costs[0] - _ruin.TOO_SMALL / 2:
        return False
    paths = found[best - 1]
    for at, row in enumerate(rows.tolist()):
        plan.paths[row] = stops[paths[at]] if at < len(paths) else stops[:0]
    plan.paths.extend(stops[path] for path in paths[len(rows) :])
    return True


def _best_cut(walk: Longs, table: Table, load: Load, rules: tuple[float, ...]) -> list[Longs]:
    leg = np.concatenate([[0.0], table[walk[:-1], walk[1:]].astype(np.float64)])
    breaks = leg >= _tables.BLOCKED_M
    leg = np.where(breaks, 0.0, leg) / load.metres_per_min
    firsts = _cuts.best_cut(load.talk_min[walk], load.doors[walk], leg, breaks, rules, 0.0, _ruin.BLOCKED_MIN)
    return np.split(walk, firsts[1:])


def _searched(
    paths: list[Longs], table: Table, load: Load, rules: tuple[float, ...], state: State
) -> list[Longs]:
    """Bettered by ruin and recreate, and by other orders within the turfs in between."""
    near = _tables.nearest_in(table, NEIGHBOURS)
    for heat in HEATS_MIN:
        paths = [_ordered(path, table, state) for path in paths if len(path)]
        count = np.array([len(path) for path in paths], np.int32)
        places = np.zeros((len(paths), int(count.max()) * 3 // 2 + 20), np.int32)
        for row, path in enumerate(paths):
            places[row, : count[row]] = path
        _ruin.ruin_and_recreate(
            table, near, load.talk_min, load.doors, places, count, load.metres_per_min, rules,
            int(ROUNDS * len(near)), heat, heat, state,
        )  # fmt: skip
        paths = [places[row, : count[row]].astype(np.int64) for row in range(len(paths))]
    return [path for path in paths if len(path)]


def _ordered(path: Longs, table: Table, state: State) -> Longs:
    if len(path) < 3:
        return path
    own = table[np.ix_(path, path)].astype(np.float64)
    return path[best_order(own, -1, -1, int(KICKS * len(path)), state)]


def _cost(paths: list[Longs], table: Table, load: Load, rules: tuple[float, ...]) -> float:
    """Minutes, with penalties, of all these."""
    return float(
        sum(
            _ruin.cost_of(
                float(table[path[:-1], path[1:]].astype(np.float64).sum()), float(load.talk_min[path].sum()),
                float(load.doors[path].sum()), load.metres_per_min, rules,
            )
            for path in paths
        )
    )  # fmt: skip

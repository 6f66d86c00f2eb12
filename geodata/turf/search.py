"""Better and better turfs: neighbours are taken together, stops go to and fro between them, others next time.

Groups of a round share no turf, so they are bettered side by side and in any order: the same seed gives the
same plan on any number of processors, unless time ends the search.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np

from geodata.routing.neighbours import Floats, Longs
from geodata.turf import _ruin, _tables
from geodata.turf.ground import Ground
from geodata.turf.start import Plan

TOGETHER = 8  # turfs
NEIGHBOURS = 20
MOST_STOPS = 1_500  # in one group: its table has the square of that
HOT_MIN, COLD_MIN = 0.3, 0.02
_STEP = 0x9E3779B97F4A7C15


@dataclass(frozen=True, slots=True)
class Effort:
    """rounds: ruins for each stop in each of `sweeps`; kicks: of the first walk and of the orders at the end,
    for each stop.
    """

    kicks: float
    rounds: float
    sweeps: int
    kicks_of_orders: float = 2.0


@dataclass(frozen=True, slots=True, eq=False)
class Load:
    """talk_min (s,) and doors (s,) of all stops; metres_per_min."""

    talk_min: Floats
    doors: Floats
    metres_per_min: float


@dataclass(frozen=True, slots=True)
class Chances:
    """Of one sweep: ruins for each stop, how many minutes worse is still taken now and then, when to end."""

    rounds: float
    heat_min: float
    deadline: float


def improve(
    ground: Ground, plans: list[Plan], load: Load, effort: Effort, *, seed: int, deadline: float = np.inf,
) -> str:  # fmt: skip
    """Better the plans' paths in place; returns why it stopped: "done" or "time limit".

    deadline: by time.perf_counter().
    """
    begun, sweep, stopped = time.perf_counter(), 0, "done"
    rng = np.random.default_rng(seed)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        while sweep < effort.sweeps or np.isfinite(deadline):
            share = sweep / effort.sweeps
            if np.isfinite(deadline):
                share = (time.perf_counter() - begun) / max(1e-3, deadline - begun)
            if share >= 1:
                stopped = "time limit" if np.isfinite(deadline) else "done"
                break
            heat = HOT_MIN * (COLD_MIN / HOT_MIN) ** share
            jobs = [(plan, group) for plan in plans for group in _groups(ground.xy_m, plan.paths, rng)]
            numbers = [seed_of(seed, sweep, at) for at in range(len(jobs))]
            chances = Chances(effort.rounds, heat, deadline)

            def better(job: tuple[Plan, Longs], number: int, chances: Chances = chances) -> None:
                _better(ground, *job, load, chances, number)

            list(pool.map(better, jobs, numbers))
            for plan in plans:
                plan.paths[:] = [path for path in plan.paths if len(path)]
            sweep += 1
    return stopped


def seed_of(seed: int, sweep: int, at: int) -> int:
    """A number for chance, never 0."""
    return (seed * 1_000_003 + sweep * 7_919 + at + 1) * _STEP % 2**64 or 1


def _groups(xy_m: Floats, paths: list[Longs], rng: np.random.Generator) -> list[Longs]:
    """The turfs in compact groups of at most TOGETHER, cut along lines of a random direction."""
    middle = np.array([xy_m[path].mean(axis=0) for path in paths])
    size = np.array([len(path) for path in paths])
    angle = rng.uniform(0, np.pi)
    turned = middle @ np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    waiting, groups = [np.arange(len(paths))], []
    while waiting:
        group = waiting.pop()
        if len(group) <= 1 or (len(group) <= TOGETHER and size[group].sum() <= MOST_STOPS):
            groups.append(group)
            continue
        axis = int(np.argmax(np.ptp(turned[group], axis=0)))
        order = group[np.argsort(turned[group, axis], kind="stable")]
        pieces = -(-len(group) // TOGETHER)
        half = max(1, round(len(group) * (pieces // 2) / pieces)) if pieces > 1 else len(group) // 2
        if len(group) > TOGETHER:
            half = min(len(group) - 1, max(1, half + int(rng.integers(-2, 3))))
        waiting += [order[:half], order[half:]]
    return groups


def _better(ground: Ground, plan: Plan, group: Longs, load: Load, chances: Chances, number: int) -> None:
    """Better a few turfs of a plan, unless the time is over; number: where chance begins."""
    if time.perf_counter() >= chances.deadline:
        return
    paths = [plan.paths[row] for row in group]
    stops = np.concatenate(paths)
    if len(stops) < 3 or len(stops) > MOST_STOPS:
        return
    count = np.array([len(path) for path in paths], np.int32)
    places = np.zeros((len(paths), int(count.max()) * 3 // 2 + 20), np.int32)
    ends = np.cumsum(count)
    for row, end in enumerate(ends.tolist()):
        places[row, : count[row]] = np.arange(end - count[row], end)
    table = ground.table(stops)
    _ruin.ruin_and_recreate(
        table, _tables.nearest_in(table, NEIGHBOURS), load.talk_min[stops], load.doors[stops], places, count,
        load.metres_per_min, plan.rules, int(chances.rounds * len(stops)), chances.heat_min, chances.heat_min,
        np.array([number], np.uint64),
    )  # fmt: skip
    for row, turf in enumerate(group.tolist()):
        plan.paths[turf] = stops[places[row, : count[row]]]

"""How long to search: a fixed number of rounds by size, or what fits in so many seconds."""

from __future__ import annotations

import functools

import numpy as np

from geodata.turf.barriers import Lines
from geodata.turf.ground import Ground, Straight
from geodata.turf.limits import Limits
from geodata.turf.search import Effort, Load, improve
from geodata.turf.start import first_plan

ROUNDS_PER_STOP = 36.0
ROUNDS = 300_000  # for larger areas, until fewer than LEAST_ROUNDS a stop are left
LEAST_ROUNDS = 3.0
SWEEPS = 6
KICKS = 200_000
KICKS_S = 600.0
ROUNDS_PER_S = 150_000  # roughly, on two slow processors


def usual(stops: int) -> Effort:
    """The same for everybody: about two seconds for a town of 8,000 stops, five for a city of 50,000."""
    rounds = max(LEAST_ROUNDS, min(ROUNDS_PER_STOP, ROUNDS / stops))
    return Effort(max(0.3, min(5.0, KICKS / stops)), rounds / SWEEPS, SWEEPS)


def within(stops: int, seconds: float) -> Effort:
    """For a search that ends by time: short rounds where there is little of it."""
    rounds = ROUNDS_PER_S * seconds / stops
    return Effort(100.0, max(0.5, min(20.0, rounds / 10)), SWEEPS, 0.0 if rounds < LEAST_ROUNDS else 2.0)


def search_share(effort: Effort) -> float:
    """The share of the time until the orders are set at the end."""
    return 0.85 if effort.kicks_of_orders == 0 else 0.92


def kick_share(ground: Ground) -> float:
    """The share of the time for the first walk: it is worth more where it is measured as the turfs are."""
    return 0.5 if isinstance(ground, Straight) else 0.1


@functools.cache
def _compile() -> None:
    """Compile (or load) the kernels on a few points, so that no time limit is spent on it."""
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 100, (40, 2))
    ground = Straight(xy, Lines(None))
    talk = np.ones(40)
    plan = first_plan(
        ground, np.arange(40), talk, np.ones(40, np.int64), Lines(None), Limits(10.0), metres_per_min=75.0,
        seed=0, kicks=1.0, seconds=60.0,
    )  # fmt: skip
    improve(ground, [plan], Load(talk, talk, 75.0), Effort(1.0, 1.0, 1), seed=0)


def compile_all(ground: Ground) -> None:
    """Have everything compiled that a search on this ground needs."""
    _compile()
    if not isinstance(ground, Straight):
        ground.table(np.arange(min(3, len(ground.xy_m))))

"""How long to search: a fixed number of rounds by size, or what fits in so many seconds."""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
import shapely

from geodata.routing.neighbours import Floats
from geodata.streets import WalkTable, build_network, tie, walk_table
from geodata.streets.classes import NUMBER
from geodata.turf.barriers import Lines
from geodata.turf.ground import Ground, Straight, Streets
from geodata.turf.limits import Limits
from geodata.turf.orders import set_orders
from geodata.turf.search import Effort, Load, improve
from geodata.turf.start import first_plans

ROUNDS_PER_STOP, ROUNDS_PER_STOP_OF_STREETS = 36.0, 27.0  # a table of walks takes longer to fill
TOWN = 8_000  # stops; larger areas get less for each stop
LEAST_ROUNDS = 0.8
SWEEPS = 6
FEW_SWEEPS = 2
KICKS, KICKS_PER_STOP = 3_000, 0.5
WALKS_S = 600.0
WALK_SHARE, WALK_SHARE_OF_STREETS = 0.5, 0.1  # of the time, for the first walks
ORDERS_SHARE = 0.1  # of it, for the orders at the end
KICK_S = 30e-6  # of an order, likewise
ROUNDS_PER_S = 150_000  # roughly, on two slow processors


def usual(stops: int, ground: Ground) -> Effort:
    """The same for everybody: two or three seconds for towns and cities up to 50,000 stops."""
    most = ROUNDS_PER_STOP if isinstance(ground, Straight) else ROUNDS_PER_STOP_OF_STREETS
    rounds = max(LEAST_ROUNDS, min(most, most * (TOWN / stops) ** 1.8))
    sweeps = SWEEPS if rounds >= 2 * SWEEPS else FEW_SWEEPS
    return Effort(min(KICKS_PER_STOP, KICKS / stops), rounds / sweeps, sweeps, _kicks_of_orders(stops))


def _kicks_of_orders(stops: int) -> float:
    return 2.0 if stops <= 3 * TOWN else 0.2 if stops <= 10 * TOWN else 0.0


def within(stops: int, seconds: float) -> Effort:
    """For a search that ends by time: short rounds and quick orders where there is little of it."""
    rounds = ROUNDS_PER_S * seconds / stops
    kicks = min(2.0, ORDERS_SHARE * seconds / (stops * KICK_S))
    return Effort(100.0, max(0.5, min(20.0, rounds / 10)), SWEEPS, kicks if kicks >= 0.3 else 0.0)


@dataclass(frozen=True, slots=True)
class Deadlines:
    """By time.perf_counter(): of the first walks, of the turfs and of the orders at the end."""

    walks: float
    turfs: float
    orders: float


def deadlines(begun: float, seconds: float | None, effort: Effort, ground: Ground) -> Deadlines:
    """When a search of so many seconds does what; without a limit only the first walks have one.

    The first walk gets more where it is measured as the turfs are.
    """
    if seconds is None:
        return Deadlines(begun + WALKS_S, np.inf, np.inf)
    walks = WALK_SHARE if isinstance(ground, Straight) else WALK_SHARE_OF_STREETS
    turfs = 1 - ORDERS_SHARE if effort.kicks_of_orders else 0.9
    return Deadlines(begun + walks * seconds, begun + turfs * seconds, begun + 0.95 * seconds)


@functools.cache
def compile_all(*, has_streets: bool) -> None:
    """Compile (or load) every kernel on a few points, so that no time limit is spent on it."""
    rng = np.random.default_rng(0)
    xy = rng.uniform(0, 100, (40, 2))
    ground: Ground = Straight(xy, Lines(None))
    if has_streets:
        ground = Streets(_tiny_table(xy), np.arange(40), Lines(None))
    talk = np.ones(40)
    plans = first_plans(
        ground, [np.arange(40)], talk, np.ones(40, np.int64), Lines(None), Limits(10.0), metres_per_min=75.0,
        seed=0, kicks=1.0, seconds=60.0,
    )  # fmt: skip
    improve(ground, plans, Load(talk, talk, 75.0), Effort(1.0, 1.0, 1), seed=0)
    set_orders(ground, [np.arange(40)], seed=0)


def _tiny_table(xy: Floats) -> WalkTable:
    """Doors on two streets that cross."""
    lines = shapely.linestrings([[(0, 50), (100, 50)], [(50, 0), (50, 100)]])
    network = build_network(lines, np.full(2, NUMBER["residential"]))
    return walk_table(xy, tie(xy, None, network), network)

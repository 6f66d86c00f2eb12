"""The cases of turf along streets: `town-streets`, `cambridge` and `lamoille`."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from geodata.routing.neighbours import Floats
from geodata.streets import Network, Ties, WalkTable, build_network, tie, walk_table
from geodata.turf import CutResult, Pace, cut
from geodata.turf.proof import Walker
from volunteer_hub.bench.engine.case import PICTURE, Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.engine.peers import best_walks_m
from volunteer_hub.bench.engine.turf_picture import View, draw
from volunteer_hub.bench.engine.turfing import proved, quality, walks
from volunteer_hub.bench.instances.city import city
from volunteer_hub.bench.instances.quarter import Quarter

Make = Callable[[int, int, Path], Quarter]
"""Makes or reads the quarter of so many doors, by a seed; the folder is for what it must write."""

TURFS = "turfs.json"
SECONDS = 2.8  # of search where the answer is wanted within three
SMALL = 200  # doors of the city that compiles everything


def invented(count: int, seed: int, _folder: Path) -> Quarter:
    """The invented city, as any other quarter is made."""
    return city(count, seed)


@dataclass(frozen=True, slots=True)
class Plan:
    """How a case is cut. room: share by which turfs may differ from m doors; minutes: of a turf, a door or
    seconds of search (None: as long as usual); view_m: width of the picture.
    """

    room: float
    minutes: float | None = None
    minutes_a_door: float = 0.0
    seconds: float | None = None
    view_m: float = 1_200.0
    has_best_walks: bool = False

    def wish(self, m: int) -> dict[str, Any]:
        """What cut() is asked for turfs of m doors."""
        return {
            "minutes_per_turf": self.minutes or self.minutes_a_door * m,
            "min_doors": math.ceil(m * (1 - self.room)),
            "max_doors": math.floor(m * (1 + self.room)),
        }


@dataclass(frozen=True, slots=True, eq=False)
class Ground:
    """A quarter's walking network, its doors tied to it, and their table; seconds: of each step."""

    network: Network
    ties: Ties
    table: WalkTable
    seconds: dict[str, float]


def ground_of(quarter: Quarter) -> Ground:
    """Network, ties and table of a quarter, each timed."""
    gauges = [Gauge() for _ in range(3)]
    with gauges[0]:
        network = build_network(quarter.lines, quarter.kinds, quarter.names, barriers=quarter.barriers)
    with gauges[1]:
        ties = tie(quarter.xy_m, quarter.street, network, quarter.barriers)
    with gauges[2]:
        table = walk_table(quarter.xy_m, ties, network)
    names = ("network_s", "tying_s", "table_s")
    took = {name: gauge.seconds for name, gauge in zip(names, gauges, strict=True)}
    return Ground(network, ties, table, {"reading_s": quarter.read_s} | took)


def ours(make: Make, plan: Plan, task: Task) -> Figures:
    """The quarter read, tied and cut along its streets; figures beside those of quality() and proved()."""
    quarter, wish = make(task.n, task.seed, task.folder), plan.wish(task.m)
    warm_up_s = seconds_of(compile_streets)
    ground = ground_of(quarter)
    with Gauge() as gauge:
        found = cut_along(quarter, ground, wish, seed=task.seed, seconds=plan.seconds)
    figures = gauge.figures() | ground.seconds | {"warm_up_s": warm_up_s, "seconds": found.search_seconds}
    figures |= {"doors": len(quarter), "doubtful": int(ground.ties.doubtful.sum())}
    figures |= {"off_network": found.quality.off_network} | quality(found, task.m)
    figures["turfs_over"] = figures["turfs"] / (len(quarter) / task.m)
    (task.folder / TURFS).write_text(json.dumps(figures["turfs"]))
    if not task.check:
        return figures
    if plan.has_best_walks:
        figures |= _beside_best(found, quarter, ground)
    picture(found, quarter, ground, wish, plan.view_m, task.folder / PICTURE)
    return figures | proved_along(found, quarter, ground, wish)


def proved_along(found: CutResult, quarter: Quarter, ground: Ground, wish: dict[str, Any]) -> Figures:
    """proved() with the walks along the streets, the buildings and the barriers of the quarter."""
    return proved(
        found, wish, xy_m=quarter.xy_m, walker=Walker(quarter.xy_m, ground.table), building=quarter.building,
        barriers=quarter.barriers,
    )  # fmt: skip


def compile_streets() -> None:
    """Everything that cuts along streets, compiled by a small city."""
    small = city(SMALL, 0)
    cut_along(small, ground_of(small), {"minutes_per_turf": 60.0})


def cut_along(
    quarter: Quarter, ground: Ground | None, wish: dict[str, Any], *, seed: int = 0, **more: Any
) -> CutResult:
    """The quarter cut as wished, along its streets; by straight lines where `ground` is None."""
    streets: dict[str, Any] = {"table": ground.table, "network": ground.network} if ground else {}
    asked: dict[str, Any] = {"polygons": False} | streets | wish | more
    return cut(
        quarter.xy_m, building=quarter.building, street=quarter.street, number=quarter.number,
        unit=quarter.unit, barriers=quarter.barriers or None, pace=Pace(), seed=seed, **asked,
    )  # fmt: skip


def picture(
    found: CutResult, quarter: Quarter, ground: Ground, wish: dict[str, Any], view_m: float, out: Path
) -> None:
    """The middle of a cut along streets, drawn."""
    shown = cut_along(quarter, ground, wish, polygons=True, lines=True, locked=walks(found))
    draw(
        shown,
        View(np.median(quarter.xy_m, axis=0), view_m),
        out,
        streets=quarter.lines,
        barriers=quarter.barriers,
    )


def _beside_best(found: CutResult, quarter: Quarter, ground: Ground) -> Figures:
    """Our walks' metres by those of the best orders, where the peers' interpreter can tell."""
    best = best_walks_m([_between(_stops(turf.doors, quarter.building), ground) for turf in found.turfs])
    return {} if best is None else {"best_orders_m": best, "order_over_best": found.quality.metres / best}


def _stops(doors: Any, building: list[Any] | None) -> Any:
    """The first door of each building of a walk."""
    if building is None:
        return doors
    return np.array(list({building[row]: row for row in reversed(doors.tolist())}.values()))


def _between(stops: Any, ground: Ground) -> Floats:
    metres, _ = ground.table.exact(np.repeat(stops, len(stops)), np.tile(stops, len(stops)))
    return metres.reshape(len(stops), len(stops))


def straight(make: Make, plan: Plan, task: Task) -> Figures:
    """The plan by straight lines within the same limits, measured along the streets; `even_turfs`, `even_m`:
    the same asked for as many turfs as ours has.
    """
    quarter, wish = make(task.n, task.seed, task.folder), plan.wish(task.m)
    ground = ground_of(quarter)
    seconds_of(compile_streets)
    with Gauge() as gauge:
        found = cut_along(quarter, None, wish, seed=task.seed, seconds=plan.seconds)
    figures = gauge.figures() | {"seconds": found.search_seconds, "turfs": found.quality.turfs}
    metres = _along_streets(found, ground)
    figures |= {"metres": metres, "metres_per_door": metres / len(quarter)}
    even = _with_turfs(quarter, wish, json.loads((task.folder / TURFS).read_text()), found, task.seed)
    return figures | {"even_turfs": even.quality.turfs, "even_m": _along_streets(even, ground)}


def _along_streets(found: CutResult, ground: Ground) -> float:
    first = np.concatenate([turf.doors[:-1] for turf in found.turfs])
    last = np.concatenate([turf.doors[1:] for turf in found.turfs])
    return float(ground.table.exact(first, last)[0].sum())


def _with_turfs(
    quarter: Quarter, wish: dict[str, Any], turfs: int, found: CutResult, seed: int, *, tries: int = 4
) -> CutResult:
    """The straight plan whose number of turfs is nearest to `turfs`, by minutes that come nearer in turn."""
    best, minutes = found, wish["minutes_per_turf"]
    for _ in range(tries):
        if best.quality.turfs == turfs:
            break
        minutes *= found.quality.turfs / turfs
        found = cut_along(quarter, None, wish | {"minutes_per_turf": minutes}, seed=seed)
        best = min(best, found, key=lambda each: abs(each.quality.turfs - turfs))
    return best

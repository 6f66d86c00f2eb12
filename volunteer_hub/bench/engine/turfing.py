"""The cases of turf by straight lines: `turf`, `newport` and `iceaddr`."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from geodata.routing.neighbours import Floats
from geodata.turf import CutResult, Pace, cut
from geodata.turf.proof import Proof, Walker, prove
from volunteer_hub.bench.engine import peers
from volunteer_hub.bench.engine.case import PICTURE, Figures, Task
from volunteer_hub.bench.engine.gauge import Gauge, seconds_of
from volunteer_hub.bench.engine.turf_picture import View, draw

Doors = Callable[[int, int], Floats]
"""Makes or reads so many doors, in metres, by a seed."""

ROOM = 0.2  # turfs may have a fifth more doors or fewer than m
MINUTES_A_DOOR = 2.2  # talking, and some 15 m of walking
CLOSELY, NEARLY = 0.15, 0.25
SHARES = {"hundredth_m": 0.01, "tenth_m": 0.1, "equal_m": 1.0}
"""Names of our metres within these shares of the peer's time."""


def limits(task: Task) -> tuple[int, int]:
    """Least and most doors of a turf."""
    return int(task.m * (1 - ROOM)), int(task.m * (1 + ROOM))


def ours(doors: Doors, task: Task, *, view_m: float | None = None) -> Figures:
    """cut() with door limits, as long as usual; view_m: the width of a picture of the middle of the cut."""
    least, most = limits(task)
    wish = {"minutes_per_turf": MINUTES_A_DOOR * task.m, "min_doors": least, "max_doors": most}
    return _ours(doors, task, wish, view_m)


def by_minutes(doors: Doors, task: Task, *, view_m: float | None = None) -> Figures:
    """cut() into turfs of about m minutes, with no door limits."""
    return _ours(doors, task, {"minutes_per_turf": float(task.m), "at_most": False}, view_m)


def _ours(doors: Doors, task: Task, wish: dict[str, Any], view_m: float | None) -> Figures:
    xy = doors(task.n, task.seed)
    warm_up_s = seconds_of(lambda: cut(xy[:100], minutes_per_turf=60, polygons=False))
    with Gauge() as gauge:
        found = cut(xy, pace=Pace(), polygons=False, seed=task.seed, **wish)
    figures = gauge.figures() | {"warm_up_s": warm_up_s, "seconds": found.search_seconds, "doors": len(xy)}
    figures |= quality(found, task.m if "min_doors" in wish else None)
    if not task.check:
        return figures
    if view_m:
        shown = cut(xy, pace=Pace(), lines=True, locked=walks(found), **wish)
        draw(shown, View(np.median(xy, axis=0), view_m), task.folder / PICTURE)
    return figures | proved(found, wish, xy_m=xy, walker=Walker(xy))


def walks(found: CutResult) -> list[list[int]]:
    """The doors of each turf in their order, to be locked when it is cut again for a picture."""
    return [turf.doors.tolist() for turf in found.turfs]


def quality(found: CutResult, aim: int | None) -> Figures:
    """turfs, metres, metres_per_door, and doors_share: of turfs within 25 % of `aim` doors, where there is an
    aim.
    """
    told = found.quality
    figures = {"turfs": told.turfs, "metres": told.metres, "metres_per_door": told.metres_per_door}
    if aim is None:
        return figures
    doors = np.array([len(turf.doors) for turf in found.turfs])
    return figures | {"doors_share": float((np.abs(doors / aim - 1) <= NEARLY).mean())}


def proved(found: CutResult, wish: dict[str, Any], *, xy_m: Floats, walker: Walker, **kept: Any) -> Figures:
    """violations, over_barriers (those of steps over them), checked_m, and checked_share: of turfs whose
    minutes, counted again, are within 15 %. kept: building and barriers that the cut had to keep to.
    """
    proof = proof_of(found, wish, xy_m=xy_m, walker=walker, **kept)
    aim = wish["minutes_per_turf"]
    close = [abs(minutes / aim - 1) <= CLOSELY for minutes in proof.minutes.values()]
    return {
        "violations": len(proof.violations),
        "over_barriers": sum("crosses a barrier" in each for each in proof.violations),
        "checked_m": math.fsum(proof.metres.values()),
        "checked_share": float(np.mean(close)),
    }


def proof_of(
    found: CutResult, wish: dict[str, Any], *, xy_m: Floats, walker: Walker, building: Any = None,
    barriers: Any = (),
) -> Proof:  # fmt: skip
    """The cut judged by code that shares nothing with the search."""
    rows = [
        (str(row), str(turf), str(at + 1))
        for turf, each in enumerate(found.turfs)
        for at, row in enumerate(each.doors)
    ]
    return prove(
        doors=[str(row) for row in range(len(xy_m))], building=building, group=None, walker=walker,
        xy_m=xy_m, barriers=barriers, pace=Pace(), least=wish.get("min_doors"), most=wish.get("max_doors"),
        minutes=wish["minutes_per_turf"], rows=rows, without=frozenset(),
    )  # fmt: skip


def peer(doors: Doors, task: Task) -> Figures:
    """k-means-constrained with as many turfs as ours, then the best walk in each by LKH; and what we reach
    within shares of its time.
    """
    least, most = limits(task)
    xy = doors(task.n, task.seed)

    def our_cut(seconds: float | None) -> CutResult:
        return cut(
            xy, minutes_per_turf=MINUTES_A_DOOR * task.m, min_doors=least, max_doors=most, pace=Pace(),
            polygons=False, seed=task.seed, seconds=seconds,
        )  # fmt: skip

    figures: Figures = peers.clusters(xy, our_cut(None).quality.turfs, least, most)
    for name, share in SHARES.items():
        found = our_cut(max(0.02, figures["seconds"] * share))
        figures[f"ours_{name}"] = found.quality.metres / figures["metres"]
    return figures

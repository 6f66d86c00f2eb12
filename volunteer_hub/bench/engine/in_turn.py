"""The baseline of the matching: what a sign-up sheet does, one volunteer after the other."""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from geodata.compiled import kernel
from volunteer_hub.bench.engine.case import Figures
from volunteer_hub.bench.engine.gauge import peak_mb
from volunteer_hub.bench.instances.country import KM_COST, Country, country, near

WARM_UP = 100, 10  # volunteers, places


def in_turn(land: Country, *, reach_km: float, most: int | None) -> Figures:
    """Volunteers in their order each take the nearest place with a seat left; then, apart, the best one left.

    `value` is of the nearest, `best_value` of the best; both look at the `most` nearest places (None: all).
    """
    if len(land.latitude) > WARM_UP[0]:
        in_turn(country(*WARM_UP, 0), reach_km=reach_km, most=most)  # compiles
    begun = time.perf_counter()
    limit = np.int64(most if most is not None else np.iinfo(np.int32).max)
    left_nearest, left_best = land.capacity.copy(), land.capacity.copy()
    found = np.zeros(4)
    for some in near(land, reach_km):
        rows = slice(some.first, some.first + len(some.start) - 1)
        shared = (some.start, some.place, some.km, limit, land.weight[rows], land.worth)
        found[:2] += _take_nearest(*shared, left_nearest)
        found[2:] += _take_best(*shared, left_best)
    return {
        "seconds": time.perf_counter() - begun,
        "peak_mb": peak_mb(),
        "value": float(found[0]),
        "placed": int(found[1]),
        "best_value": float(found[2]),
        "best_placed": int(found[3]),
    }


@kernel
def _take_nearest(start: Any, place: Any, km: Any, limit: Any, weight: Any, worth: Any, left: Any) -> Any:
    value = placed = 0.0
    for v in range(len(start) - 1):
        for k in range(start[v], min(start[v + 1], start[v] + limit)):
            if left[place[k]] > 0:
                left[place[k]] -= 1
                value += weight[v] * worth[place[k]] - KM_COST * km[k]
                placed += 1
                break
    return np.array([value, placed])


@kernel
def _take_best(start: Any, place: Any, km: Any, limit: Any, weight: Any, worth: Any, left: Any) -> Any:
    value = placed = 0.0
    for v in range(len(start) - 1):
        best, at = 0.0, -1
        for k in range(start[v], min(start[v + 1], start[v] + limit)):
            there = weight[v] * worth[place[k]] - KM_COST * km[k]
            if left[place[k]] > 0 and there > best:
                best, at = there, place[k]
        if at >= 0:
            left[at] -= 1
            value += best
            placed += 1
    return np.array([value, placed])

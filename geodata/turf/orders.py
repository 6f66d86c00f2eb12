"""The walking order within each turf, and the end to begin at."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from geodata.routing.matrix import best_order
from geodata.routing.neighbours import Floats, Longs
from geodata.turf.ground import Ground

KICKS_PER_STOP = 10.0
MOST_STOPS = 1_200  # larger turfs keep the order of the search


def set_orders(
    ground: Ground, paths: list[Longs], *, seed: int, kicks: float = KICKS_PER_STOP, deadline: float = np.inf
) -> list[Longs]:
    """The same turfs, each walked in an order that is short, and never longer than it was.

    deadline: by time.perf_counter(); turfs not begun by then keep the order they have.
    """

    def short(job: tuple[int, Longs]) -> Longs:
        number, path = job
        return path if time.perf_counter() >= deadline else _short(ground, path, seed + number, kicks)

    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(short, enumerate(paths)))


def _short(ground: Ground, path: Longs, seed: int, kicks: float) -> Longs:
    if not 3 <= len(path) <= MOST_STOPS:
        return path
    table = ground.table(path).astype(np.float64)
    state = np.array([(seed * 0x9E3779B97F4A7C15 + 1) % 2**64 or 1], np.uint64)
    order = best_order(table, -1, -1, int(kicks * len(path)), state)
    as_was = table[np.arange(len(path) - 1), np.arange(1, len(path))].sum()
    return path[order] if table[order[:-1], order[1:]].sum() < as_was - 1e-6 else path


def from_inside(xy_m: Floats, path: Longs, middle: Floats) -> Longs:
    """The path from its end nearer to the middle of the area, where people set out from."""
    first, last = (float(np.hypot(*(xy_m[path[end]] - middle))) for end in (0, -1))
    return path if first <= last else path[::-1]

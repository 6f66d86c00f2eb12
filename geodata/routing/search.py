"""The search for a short cyclic order: exchanges everywhere, then kicks, window by window on every core."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from geodata.routing._windows import work_on

WINDOW = 10_000
SPAN = 50
LIMITS = np.array([10, 5, 2, 1_000, 1_000])  # see _kicks
KICKS_A_ROUND = 0.05  # for each node, where there are many windows
SMALL_SHARE = 0.1  # of a round
KICKS_BETWEEN_LOOKS = 100  # at the clock; or a tenth of the nodes, if that is more
HALVED = 2_000  # from so many nodes on, two cores share one window every other time


@dataclass(frozen=True, slots=True, eq=False)
class Cycle:
    """A cyclic order and what is needed to shorten it.

    place (n,) complex128, x + iy in metres, NaN for the gate; order, pos (n,) int32; near, near_m (n, k) the
    neighbours, nearest first, and how far they are (inf: none), k at least LIMITS[0]; fixed (2,) int64 the
    nodes that stay side by side, or -1, -1.
    """

    place: npt.NDArray[np.complex128]
    order: npt.NDArray[np.int32]
    pos: npt.NDArray[np.int32]
    near: npt.NDArray[np.int32]
    near_m: npt.NDArray[np.float64]
    fixed: npt.NDArray[np.int64]


def shorten(cycle: Cycle, *, seed: int, deadline: float, kicks_per_node: float) -> str:
    """Shorten the order in place until so many kicks are done, or until the deadline (perf_counter); returns
    "done" or "time limit". The first descent always runs to its end.

    Windows never overlap within a round, and each has chance of its own, so that the number of threads
    changes nothing.
    """
    rng = np.random.default_rng(seed)
    n, left = len(cycle.order), kicks_per_node
    a_round = KICKS_A_ROUND if n > WINDOW else max(KICKS_BETWEEN_LOOKS / n, 0.1)
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        _round(pool, cycle, _windows(cycle, rng, halved=False), rng, None, np.inf)
        turn, round_s = 0, 0.0
        while left > 0:
            begun = time.perf_counter()
            kicks = min(left, a_round * (1.0 if n > WINDOW else _share(deadline - begun, round_s)))
            windows = _windows(cycle, rng, halved=turn % 2 == 0)
            if not _round(pool, cycle, windows, rng, kicks, deadline):
                return "time limit"
            round_s = (time.perf_counter() - begun) * a_round / kicks
            left -= kicks
            turn += 1
    return "done"


def _share(left_s: float, round_s: float) -> float:
    """How much of a round to work before a look at the clock: less of the first, and right before the end."""
    return SMALL_SHARE if round_s == 0 else min(1.0, max(SMALL_SHARE, left_s / round_s))


def _round(
    pool: ThreadPoolExecutor, cycle: Cycle, windows: list[tuple[int, int]], rng: np.random.Generator,
    kicks_per_node: float | None, deadline: float,
) -> bool:  # fmt: skip
    """Work on all windows: kick, or descend where kicks are None. False when the deadline left some out."""
    states = rng.integers(1, 2**63, size=(len(windows), 1), dtype=np.int64).astype(np.uint64)

    def one(at: int) -> bool:
        if time.perf_counter() >= deadline:
            return False
        begin, count = windows[at]
        kicks = 0 if kicks_per_node is None else round(kicks_per_node * count)
        work_on(
            cycle.place, cycle.order, cycle.pos, cycle.near, cycle.near_m, cycle.fixed, LIMITS,
            begin, count, SPAN, kicks_per_node is None, kicks, states[at],
        )  # fmt: skip
        return True

    return all(list(pool.map(one, range(len(windows)))))


def _windows(cycle: Cycle, rng: np.random.Generator, *, halved: bool) -> list[tuple[int, int]]:
    """First position and length of stretches that together are the whole order, begun anywhere.

    Two nodes that must stay side by side are the last of the last stretch and the first of the first.
    """
    n = len(cycle.order)
    begin = int(rng.integers(n))
    if cycle.fixed[0] >= 0:
        one, two = (int(cycle.pos[node]) for node in cycle.fixed)
        begin = two if (one + 1) % n == two else one
    share = rng.uniform(0.7, 1.3)
    if n > WINDOW:
        cuts = np.linspace(0, n, max(2, round(n / (WINDOW * share))) + 1).astype(int).tolist()
    elif halved and n >= HALVED:
        cuts = [0, int(n * share / 2), n]
    else:
        cuts = [0, n]
    return [((begin + low) % n, high - low) for low, high in pairwise(cuts)]

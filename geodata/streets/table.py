"""Walking distances between near stops, as plain arrays that compiled loops read."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from geodata.routing.neighbours import nearest_neighbours
from geodata.streets import _search
from geodata.streets.corners import STEP_M, sidewalk_m, whole_steps
from geodata.streets.network import Network
from geodata.streets.noding import Bools, Floats, Longs
from geodata.streets.ties import Ties

ENOUGH_CORNERS = 300  # that many corners around each make walks of a turf's size exact
SHORTEST_REACH_M, LONGEST_REACH_M = 500.0, 4_000.0
MOST_ENTRIES = 60_000_000  # 8 bytes each
_BLOCK = 512


@dataclass(frozen=True, slots=True, eq=False)
class WalkTable:
    """Where n stops stand on the network, and the metres between c corners within reach of each other.

    corner (n, 2) int32: corners at the ends of the stop's sidewalk, -1 off the network; corner_m (n, 2)
    float64 metres to each; sidewalk (n,) int64: 2 * edge + side; across_m (n,) metres of crossing there, inf
    on busy streets; along_m (n,) place along the edge. first (c + 1,) int64, to (m,) int32 ascending in a
    row, metres (m,) float32. xy_m (n, 2): the stop's own place. A pair beyond reach_m or off the network
    counts straight line x detour (a pair on the network at least reach_m). Up to reach_m the metres are those
    of the shortest walk; beyond it `between` gives a walk that the table knows, if not the shortest, and
    `exact` the shortest. links: the steps between corners in rows, as first, to, metres.
    """

    corner: npt.NDArray[np.int32]
    corner_m: Floats
    sidewalk: Longs
    across_m: Floats
    along_m: Floats
    first: Longs
    to: npt.NDArray[np.int32]
    metres: npt.NDArray[np.float32]
    xy_m: Floats
    detour: float
    reach_m: float
    links: tuple[Longs, npt.NDArray[np.int32], Floats] = field(repr=False)

    def __len__(self) -> int:
        return len(self.xy_m)

    @property
    def arrays(self) -> tuple[Any, ...]:
        """What compiled `between` takes before the two stops."""
        return (
            self.corner, self.corner_m, self.sidewalk, self.across_m, self.along_m, self.first, self.to,
            self.metres, self.xy_m, self.detour, self.reach_m,
        )  # fmt: skip

    def between(self, a: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
        """(k,) walking metres between stops a (k,) and b (k,)."""
        return np.asarray(_search.between_pairs(*self.arrays, *self._rows(a, b)))

    def exact(self, a: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Floats, Bools]:
        """(k,) metres of the shortest walks between stops a (k,) and b (k,), however long, and (k,) whether
        they are straight line x detour: off the network, or where nothing joins the two streets.

        A search of the network for each pair beyond the reach: for the steps of a finished walk, not for all.
        """
        a, b = self._rows(a, b)
        metres = np.asarray(_search.between_pairs(*self.arrays, a, b))
        straight = ((self.corner[a, 0] < 0) | (self.corner[b, 0] < 0)) & (a != b)
        far = np.flatnonzero(~straight & (metres >= self.reach_m))
        if not len(far):
            return metres, straight
        a, b = a[far], b[far]
        corners = _search.whole_walks(self.corner, self.corner_m, *self.links, 2 * self.reach_m, a, b)
        walks = np.minimum(corners, self._by_sidewalk(a, b))
        straight[far] = ~np.isfinite(walks)
        lines = self.detour * np.hypot(*(self.xy_m[a] - self.xy_m[b]).T)
        metres[far] = np.where(np.isfinite(walks), walks, lines)
        return metres, straight

    def guessed(self, a: npt.ArrayLike, b: npt.ArrayLike) -> Bools:
        """(k,) whether `between` counts a pair as a straight line: off the network or beyond the reach."""
        near = np.asarray(_search.between_pairs(*self.arrays[:9], np.inf, np.inf, *self._rows(a, b)))
        return ~np.isfinite(near)

    def _by_sidewalk(self, a: Longs, b: Longs) -> Floats:
        """(k,) metres along one edge's sidewalks, crossing it where need be; inf for stops of two edges."""
        along = np.abs(self.along_m[a] - self.along_m[b])
        along += np.where(self.sidewalk[a] == self.sidewalk[b], 0.0, self.across_m[a])
        return np.where(self.sidewalk[a] >> 1 == self.sidewalk[b] >> 1, along, np.inf)

    @staticmethod
    def _rows(a: npt.ArrayLike, b: npt.ArrayLike) -> list[Longs]:
        both = np.broadcast_arrays(np.asarray(a, dtype=np.int64), np.asarray(b, dtype=np.int64))
        return [np.atleast_1d(np.ascontiguousarray(rows)) for rows in both]


def walk_table(
    xy_m: npt.ArrayLike, ties: Ties, network: Network, *, reach_m: float | None = None, detour: float = 1.4
) -> WalkTable:
    """The walking distances of stops at xy_m (n, 2), tied to the network.

    reach_m: None takes the way that covers ENOUGH_CORNERS corners with stops in the middle of the cases, at
    most as much as keeps the table under MOST_ENTRIES.
    """
    xy = np.ascontiguousarray(np.asarray(xy_m, dtype=np.float64).reshape(-1, 2))
    edge, side, on = ties.edge, ties.side, ~ties.off_network
    ends = network.corners.corner[np.where(on, edge, 0), np.where(on, side, 0)]
    trim = network.corners.trim_m[np.where(on, edge, 0)]
    length = network.length_m[np.where(on, edge, 0)]
    way = sidewalk_m(length, trim)
    begun = np.clip(whole_steps(ties.along_m - trim[:, 0]), 0.0, way)
    corner = np.where(on[:, None], ends, -1).astype(np.int32)
    corner_m = np.where(on[:, None], np.stack([begun, way - begun], axis=1), 0.0)
    across = np.where(network.quiet[edge], network.width_m[edge], np.inf)
    links = (network.corners.first, network.corners.to, network.corners.metres)
    wanted = np.zeros(len(links[0]) - 1, dtype=bool)
    wanted[corner[on]] = True
    reach = float(whole_steps(np.array([reach_m or _reach(links, wanted)]))[0])
    first, to, metres = _rows_within(links, wanted, reach)
    return WalkTable(
        corner, corner_m, np.where(on, 2 * edge + side, -1 - np.arange(len(xy)) * 2).astype(np.int64),
        np.where(on, whole_steps(across), np.inf), np.where(on, begun, 0.0), first, to, metres, xy,
        float(detour), reach, links,
    )  # fmt: skip


def _reach(links: tuple[Longs, Any, Floats], wanted: npt.NDArray[np.bool_]) -> float:
    """A reach that holds enough corners, sampled."""
    sources = np.flatnonzero(wanted)
    if not len(sources):
        return SHORTEST_REACH_M
    some = sources[:: max(1, len(sources) // 64)].astype(np.int32)
    enough = min(ENOUGH_CORNERS, max(1, MOST_ENTRIES // len(sources)))
    radius = float(np.median(_search.radius_of(*links, some, wanted, enough, LONGEST_REACH_M)))
    return max(radius, SHORTEST_REACH_M if enough == ENOUGH_CORNERS else 2 * STEP_M)


def _rows_within(
    links: tuple[Longs, Any, Floats], wanted: npt.NDArray[np.bool_], reach_m: float
) -> tuple[Longs, npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    sources = np.flatnonzero(wanted).astype(np.int32)
    blocks = [sources[at : at + _BLOCK] for at in range(0, len(sources), _BLOCK)]
    found = _spread(lambda block: _search.reach_rows(*links, block, wanted, reach_m), blocks)
    counts = np.zeros(len(wanted), np.int64)
    if not found:
        return np.zeros(len(wanted) + 1, np.int64), np.empty(0, np.int32), np.empty(0, np.float32)
    counts[sources] = np.concatenate([part[0] for part in found])
    first = np.concatenate([[0], np.cumsum(counts)]).astype(np.int64)
    return first, np.concatenate([p[1] for p in found]), np.concatenate([p[2] for p in found])


def _spread(work: Any, blocks: list[Any]) -> list[Any]:
    """The compiled work on every block, on all processors (it holds no lock)."""
    if len(blocks) < 2:
        return [work(block) for block in blocks]
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        return list(pool.map(work, blocks))


def nearest(table: WalkTable, k: int) -> tuple[Longs, Floats]:
    """The k nearest other stops of each by walking distance: rows (n, k) int64 and metres (n, k), nearest
    first, equal distances by row; k is at most n - 1.

    Where fewer than k are within reach, and for stops off the network, the nearest by straight line fill up.
    """
    n = len(table)
    k = max(0, min(k, n - 1))
    if k == 0:
        return np.empty((n, 0), np.int64), np.empty((n, 0))
    lists = _lists(table)
    blocks = [(low, min(low + 4 * _BLOCK, n)) for low in range(0, n, 4 * _BLOCK)]
    head = (*table.links, table.reach_m, *table.arrays[:5], *lists)
    found = _spread(lambda block: _search.nearest_rows(*head, *block, k), blocks)
    rows, ways = (np.concatenate([part[i] for part in found]) for i in range(2))
    beyond = ways > table.reach_m
    rows[beyond], ways[beyond] = -1, np.inf
    short = np.flatnonzero(beyond[:, -1] | (table.corner[:, 0] < 0).any())
    if len(short):
        _fill_up(table, rows, ways, short, k)
    return rows, ways


def _lists(table: WalkTable) -> tuple[Any, ...]:
    """Stops by corner, nearest first, and by sidewalk in order along it."""
    on = np.flatnonzero(table.corner[:, 0] >= 0)
    at, far = table.corner[on].T.reshape(-1), table.corner_m[on].T.reshape(-1)
    stop = np.concatenate([on, on])
    order = np.lexsort((stop, far, at))
    corners = np.arange(len(table.links[0]), dtype=np.int64)
    walk, along = table.sidewalk[on], table.along_m[on]
    row = np.lexsort((on, along, walk))
    walks = np.arange((int(walk.max()) | 1) + 2 if len(on) else 1, dtype=np.int64)
    place = np.zeros(len(table), np.int64)
    place[on[row]] = np.arange(len(on))
    return (
        np.searchsorted(at[order], corners), stop[order], far[order],
        np.searchsorted(walk[row], walks), on[row], along[row], place,
    )  # fmt: skip


def _fill_up(table: WalkTable, rows: Longs, ways: Floats, short: Longs, k: int) -> None:
    """Join what was found within reach with the nearest by straight line, for these stops."""
    straight = nearest_neighbours(table.xy_m, min(2 * k, len(table) - 1))[short]
    k2 = straight.shape[1]
    metres = table.between(np.repeat(short, k2), straight.reshape(-1)).reshape(-1, k2)
    known = (straight[:, :, None] == rows[short][:, None, :]).any(axis=2)
    metres[known] = np.inf
    everyone = np.concatenate([rows[short], straight], axis=1)
    far = np.concatenate([ways[short], metres], axis=1)
    best = np.lexsort((everyone, far), axis=1)[:, :k]
    rows[short] = np.take_along_axis(everyone, best, axis=1)
    ways[short] = np.take_along_axis(far, best, axis=1)

"""Doors tied to streets: by name and nearness together, never across a barrier."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.compiled import kernel
from geodata.streets.barriers import crossed_by
from geodata.streets.names import OTHER, UNSAID, agreements, codes_of
from geodata.streets.network import Network
from geodata.streets.noding import Floats, Longs

NEAR_M, FAR_M, FARTHEST_M = 60.0, 200.0, 500.0  # looked for in these steps
NAME_WORTH_M = (0.0, 25.0, 80.0, 40.0)  # SAME, ALIKE, OTHER, UNSAID: how much farther a better name may lie
TOSS_UP_M = 3.0  # doors without a name as near as that to a second street are in doubt


@dataclass(frozen=True, slots=True, eq=False)
class Ties:
    """Where each of n doors stands: edge (n,), side (n,) 0 left 1 right, along_m (n,) metres from the edge's
    start, off_m (n,) metres to its middle line, doubtful (n,), off_network (n,): edge is 0 there, off_m NaN.

    doubtful: the door names a street and this one is called otherwise or nothing, or it names none and a
    second street is as near.
    """

    edge: Longs
    side: Longs
    along_m: Floats
    off_m: Floats
    doubtful: npt.NDArray[np.bool_]
    off_network: npt.NDArray[np.bool_]


def tie(
    doors_xy: npt.ArrayLike,
    street_names: Any,
    network: Network,
    barriers: Any = None,
    *,
    most_m: float = FARTHEST_M,
) -> Ties:
    """Tie doors at doors_xy (n, 2) to the network (the same local CRS), at most `most_m` away.

    street_names: text or None of each, or None for all; barriers: shapely lines and areas no way to a street
    may cross. Nearest wins, where a street of another name counts as 80 m farther, one without a name 40 m.
    """
    xy = np.ascontiguousarray(np.asarray(doors_xy, dtype=np.float64).reshape(-1, 2))
    codes, names = codes_of(street_names, len(xy))
    lines = network.lines()
    tree = shapely.STRtree(lines)
    walls = [
        *np.atleast_1d(np.asarray(barriers if barriers is not None else [], dtype=object)),
        *network.shut,
    ]
    best = np.full(len(xy), -1, dtype=np.int64)
    doubtful = np.zeros(len(xy), dtype=bool)
    open_ = np.flatnonzero(np.isfinite(xy).all(axis=1))
    for radius in sorted({min(NEAR_M, most_m), min(FAR_M, most_m), most_m}):
        if not len(open_):
            break
        last = radius == most_m
        open_ = _look(xy, codes, names, network, lines, tree, walls, open_, radius, last, best, doubtful)
    return _placed(xy, best, doubtful, network)


def _look(
    xy: Floats, codes: Longs, names: list[str], network: Network, lines: Any, tree: shapely.STRtree,
    walls: list[Any], rows: Longs, radius: float, last: bool, best: Longs, doubtful: npt.NDArray[np.bool_],
) -> Longs:  # fmt: skip
    """Settle what can be settled within this radius; returns the rows still open."""
    points = shapely.points(xy[rows])
    door, edge = tree.query(points, "dwithin", distance=radius)
    off: Any = shapely.distance(points[door], lines[edge])
    # No edge beyond the radius can beat a cost within it, for it cannot cost less than its distance.
    said = [tuple(network.names[i] for i in names_) for names_ in network.edges.names]
    grade = agreements(codes[rows[door]], network.edges.name[edge], names, said)
    nameless = codes[rows[door]] < 0
    cost = off + np.where(nameless, 0.0, np.asarray(NAME_WORTH_M)[grade])
    order = np.lexsort((edge, cost, door))
    door, edge, cost, off, grade = (part[order] for part in (door, edge, cost, off, grade))
    keep = ~_walled(xy[rows[door]], lines[edge], walls)
    door, edge, cost, off, grade = (part[keep] for part in (door, edge, cost, off, grade))
    first = np.ones(len(door), dtype=bool)
    first[1:] = door[1:] != door[:-1]
    settled = first & ((cost <= radius) | last)
    row = rows[door[settled]]
    best[row] = edge[settled]
    has_name = codes[row] >= 0
    strange = has_name & np.isin(grade[settled], (OTHER, UNSAID))
    doubtful[row] = strange | (~has_name & _toss_ups(door, edge, off, network)[settled])
    return rows[best[rows] < 0]


def _toss_ups(door: Longs, edge: Longs, off: Floats, network: Network) -> npt.NDArray[np.bool_]:
    """Whether the next choice of the same door is as near and a street of another name."""
    out = np.zeros(len(door), dtype=bool)
    same = door[1:] == door[:-1]
    name = network.edges.name[edge]
    out[:-1] = same & (np.abs(off[1:] - off[:-1]) < TOSS_UP_M) & (name[1:] != name[:-1])
    return out


def _walled(xy: Floats, lines: Any, walls: list[Any]) -> npt.NDArray[np.bool_]:
    """Whether the shortest way from the door to the street crosses a barrier before it gets there."""
    if not walls or not len(xy):
        return np.zeros(len(xy), dtype=bool)
    target = shapely.get_coordinates(shapely.shortest_line(shapely.points(xy), lines))[1::2]
    return crossed_by(walls, xy, target)


def _placed(xy: Floats, best: Longs, doubtful: npt.NDArray[np.bool_], network: Network) -> Ties:
    off_network = best < 0
    edge = np.where(off_network, 0, best)
    along, off, left = _project(xy, edge, network.edges.xy_m, network.edges.first)
    return Ties(
        edge,
        np.where(off_network, 0, np.where(left, 0, 1)).astype(np.int64),
        np.where(off_network, 0.0, along),
        np.where(off_network, np.nan, off),
        doubtful & ~off_network,
        off_network,
    )


@kernel
def _project(xy, edge, line, first):  # type: ignore[no-untyped-def]
    """Metres along its edge and off it of each door, and whether it lies on the left."""
    n = len(edge)
    along, off, left = np.zeros(n), np.full(n, np.inf), np.ones(n, np.bool_)
    for d in range(n):
        gone = 0.0
        for i in range(first[edge[d]], first[edge[d] + 1] - 1):
            x, y = line[i, 0], line[i, 1]
            dx, dy = line[i + 1, 0] - x, line[i + 1, 1] - y
            length = np.hypot(dx, dy)
            px, py = xy[d, 0] - x, xy[d, 1] - y
            t = min(max((px * dx + py * dy) / (length * length), 0.0), 1.0)
            away = np.hypot(px - t * dx, py - t * dy)
            if away < off[d]:
                off[d], along[d] = away, gone + t * length
                left[d] = dx * py - dy * px >= 0.0
            gone += length
    return along, off, left

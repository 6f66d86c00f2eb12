"""The line a walk takes along sidewalks and over crossings, for maps and files."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.compiled import kernel
from geodata.streets._search import ball
from geodata.streets.network import Network
from geodata.streets.noding import Floats
from geodata.streets.table import WalkTable


def lines(network: Network, table: WalkTable, order: npt.ArrayLike) -> list[shapely.LineString]:
    """A line from each stop of the order to the next, (len(order) - 1), in the network's CRS.

    It runs along sidewalks and crossings; straight from door to door where no street joins
    them. The metres of each are `table.exact(order[:-1], order[1:])`: drawn corners are sharper than walked
    ones.
    """
    rows = np.asarray(order, dtype=np.int64)
    if len(rows) < 2:
        return []
    metres, straight = table.exact(rows[:-1], rows[1:])
    room = _Room(table)
    parts: list[Floats] = []
    at = places(network, table, rows)
    for i, (a, b) in enumerate(pairwise(rows.tolist())):
        if straight[i]:
            parts.append(table.xy_m[[a, b]])
        else:  # a place at a bend is drawn once, whichever way one leaves it
            way = _leg(network, table, room, a, b, float(metres[i]))
            parts.append(np.vstack([at[i : i + 1], way[1:-1], at[i + 1 : i + 2]]))
    return [shapely.LineString(part) for part in parts]


def walk_line(network: Network, table: WalkTable, order: npt.ArrayLike) -> shapely.LineString:
    """The whole walk as one line; a single stop gives a line of no length."""
    rows = np.asarray(order, dtype=np.int64)
    legs = lines(network, table, rows)
    if not legs:
        return shapely.LineString(np.repeat(places(network, table, rows[:1]), 2, axis=0))
    return shapely.LineString(np.vstack([shapely.get_coordinates(leg) for leg in legs]))


def places(network: Network, table: WalkTable, rows: npt.ArrayLike) -> Floats:
    """(k, 2) where stops stand on their sidewalks; off the network, where they are."""
    out = [
        _stretch(network, table, row, 0.0, 0.0)[0] if table.corner[row, 0] >= 0 else table.xy_m[row]
        for row in np.asarray(rows, dtype=np.int64).tolist()
    ]
    return np.array(out, dtype=np.float64).reshape(-1, 2)


class _Room:
    """Arrays a search works in, made once for all legs."""

    def __init__(self, table: WalkTable) -> None:
        first, to, _ = table.links
        self.least = np.full(len(first) - 1, np.inf)
        self.touched = np.empty(len(first) - 1, np.int32)
        self.key, self.item = np.empty(len(to) + 4), np.empty(len(to) + 4, np.int32)


def _leg(network: Network, table: WalkTable, room: _Room, a: int, b: int, metres: float) -> Floats:
    walk_a, walk_b = int(table.sidewalk[a]), int(table.sidewalk[b])
    if walk_a >> 1 == walk_b >> 1:
        across = 0.0 if walk_a == walk_b else float(table.across_m[a])
        step = float(table.along_m[b] - table.along_m[a])
        if abs(step) + across <= metres:
            return np.vstack([_stretch(network, table, a, 0.0, step), _stretch(network, table, b, 0.0, 0.0)])
    corners = _corners(
        *table.links,
        table.corner,
        table.corner_m,
        a,
        b,
        metres,
        room.least,
        room.touched,
        room.key,
        room.item,
    )
    parts = [_to_corner(network, table, a, int(corners[0]))]
    parts += [_step(network, int(u), int(v)) for u, v in pairwise(corners)]
    parts.append(_to_corner(network, table, b, int(corners[-1]))[::-1])
    return np.vstack(parts)


@kernel
def _corners(  # type: ignore[no-untyped-def]
    first, to, step_m, corner, corner_m, a, b, metres, least, touched, key, item
):
    """The corners a shortest walk from stop a to stop b passes. Lengths are sums of whole steps, so that the
    way back is found by equality.
    """
    begun = 0
    for i in range(2):
        u = corner[a, i]
        if least[u] == np.inf:
            touched[begun] = u
            begun += 1
        least[u] = min(least[u], corner_m[a, i])
    seen = ball(first, to, step_m, begun, metres, least, touched, key, item)
    end = 0 if least[corner[b, 0]] + corner_m[b, 0] <= least[corner[b, 1]] + corner_m[b, 1] else 1
    at = corner[b, end]
    way = np.empty(seen + 1, np.int64)
    way[0], count = at, 1
    while count <= seen and not (
        (at == corner[a, 0] and least[at] == corner_m[a, 0])
        or (at == corner[a, 1] and least[at] == corner_m[a, 1])
    ):
        for link in range(first[at], first[at + 1]):
            before = least[to[link]]
            if before < least[at] and before + step_m[link] == least[at]:
                at = to[link]
                break
        way[count] = at
        count += 1
    for i in range(seen):
        least[touched[i]] = np.inf
    return way[:count][::-1].copy()


def _to_corner(network: Network, table: WalkTable, stop: int, corner: int) -> Floats:
    """From the stop's place along its sidewalk to this corner, by the nearer end where both are it."""
    ends = [end for end in (0, 1) if table.corner[stop, end] == corner]
    end = min(ends, key=lambda each: float(table.corner_m[stop, each]))
    way = float(table.corner_m[stop, end]) * (-1.0 if end == 0 else 1.0)
    return np.vstack([_stretch(network, table, stop, 0.0, way), network.corners.xy_m[corner]])


def _step(network: Network, u: int, v: int) -> Floats:
    """The line of the shortest link from one corner to the next."""
    links = network.corners
    row = slice(int(links.first[u]), int(links.first[u + 1]))
    found = np.flatnonzero(links.to[row] == v) + row.start
    walk = int(links.sidewalk[found[int(np.argmin(links.metres[found]))]])
    ends = links.xy_m[[u, v]]
    if walk < 0:
        return np.asarray(ends)
    edge, side = walk >> 1, walk & 1
    low, high = links.trim_m[edge, 0], network.length_m[edge] - links.trim_m[edge, 1]
    piece = _offset(_part(network, edge, low, high), network.width_m[edge] / 2, side)
    if int(links.corner[edge, side, 0]) != u or (links.corner[edge, side, 0] == links.corner[edge, side, 1]):
        piece = piece[::-1]
    return np.vstack([ends[:1], piece[1:-1], ends[1:]])


def _stretch(network: Network, table: WalkTable, stop: int, begin: float, end: float) -> Floats:
    """Along the stop's sidewalk, from `begin` to `end` metres beyond its place."""
    edge, side = int(table.sidewalk[stop]) >> 1, int(table.sidewalk[stop]) & 1
    at = float(network.corners.trim_m[edge, 0] + table.along_m[stop])
    low, high = sorted((at + begin, at + end))
    piece = _offset(_part(network, edge, low, high), network.width_m[edge] / 2, side)
    return piece if begin <= end else piece[::-1]


def _part(network: Network, edge: int, low: float, high: float) -> Floats:
    """The middle line from `low` to `high` metres; its two points are alike where these are."""
    first = network.edges.first
    xy = network.edges.xy_m[first[edge] : first[edge + 1]]
    gone = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(xy, axis=0).T))])
    between = (gone > low) & (gone < high)
    ends = np.array([[np.interp(m, gone, xy[:, 0]), np.interp(m, gone, xy[:, 1])] for m in (low, high)])
    if high - low < 1e-6:  # keep a direction to step aside from
        at = int(np.clip(np.searchsorted(gone, low, side="right") - 1, 0, len(gone) - 2))
        way = (xy[at + 1] - xy[at]) / (gone[at + 1] - gone[at])
        return np.vstack([ends[0], ends[0] + way * 1e-6])
    return np.vstack([ends[:1], xy[between], ends[1:]])


def _offset(xy: Floats, half: float, side: int) -> Floats:
    """A line drawn aside, to the left (0) or right, bends cut at twice the distance."""
    way = np.diff(xy, axis=0)
    length = np.hypot(way[:, 0], way[:, 1])
    unit: Any = way / np.where(length > 0, length, 1.0)[:, None]
    normal = np.stack([-unit[:, 1], unit[:, 0]], axis=1) * (half if side == 0 else -half)
    both = np.vstack([normal[:1], (normal[:-1] + normal[1:]) / 2, normal[-1:]])
    size = np.maximum((both**2).sum(axis=1), half * half / 2) if half else np.ones(len(both))
    return np.asarray(xy + both * (half * half / size)[:, None] if half else xy)

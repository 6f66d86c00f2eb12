"""Sidewalks and corners of a street network: where one can stand, and what each step from there costs.

Every end of an edge has a crosswalk, set back by the half width of the streets beside it; its two ends are
the corners. In the sector between neighbouring edges the corners of both are one, or joined by the way
around.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from geodata.compiled import kernel
from geodata.streets.noding import Bools, Edges, Floats, Ints, Longs

STEP_M = 1 / 128  # lengths are whole multiples, so that sums are the same in whatever order they are taken
LOOK_M = 12.0  # the direction of an edge at its end is taken this far along it
_ROUND = np.radians(135.0)  # from here on two edges go on as one street rather than form a corner


@dataclass(frozen=True, slots=True, eq=False)
class Corners:
    """corner (e, side, end) int32, side 0 is left; trim_m (e, end) metres from the node to the crosswalk;
    links in rows by corner: first, to, metres, and sidewalk (2 * edge + side, or -1 for other steps).
    """

    corner: Ints
    trim_m: Floats
    xy_m: Floats
    first: Longs
    to: Ints
    metres: Floats
    sidewalk: Longs


def whole_steps(metres: Floats) -> Floats:
    """Lengths as whole multiples of STEP_M."""
    return np.round(np.asarray(metres) / STEP_M) * STEP_M


def sidewalk_m(length_m: Floats, trim_m: Floats) -> Floats:
    """(e,) metres from crosswalk to crosswalk; trim_m (e, end). Never nothing, or a way back found by falling
    metres would go to and fro.
    """
    return np.maximum(STEP_M, whole_steps(length_m - trim_m.sum(axis=1)))


def build_corners(edges: Edges, length_m: Floats, width_m: Floats, quiet: Bools) -> Corners:
    """Corners and links; width_m and quiet (e,) of every edge."""
    count = len(length_m)
    half = np.repeat(width_m / 2, 2)  # by edge end: 2 * edge + end
    heading = np.stack([_heading(edges, 0), _heading(edges, 1)], axis=1).reshape(-1)
    node = edges.ends.reshape(-1)
    order = np.lexsort((heading, node)).astype(np.int64)
    following, sector = _sectors(node[order], heading[order])
    left_need, right_need = _needs(sector, half[order], half[order[following]])
    need = np.zeros(2 * count)
    np.maximum.at(need, order, left_need)
    np.maximum.at(need, order[following], right_need)
    trim = whole_steps(np.clip(need, 0.0, 0.45 * np.repeat(length_m, 2)))
    links = _links(edges, order, following, left_need, right_need, trim, length_m, width_m, quiet)
    return _joined(links, edges, heading, trim, half, count)


def _heading(edges: Edges, end: int) -> Floats:
    """(e,) direction (radians) in which each edge leaves its start (0) or its end (1)."""
    return np.asarray(_look(edges.xy_m, edges.first, end, LOOK_M))


@kernel
def _look(xy, first, end, look_m):  # type: ignore[no-untyped-def]
    heading = np.empty(len(first) - 1)
    for e in range(len(first) - 1):
        low, high = first[e], first[e + 1] - 1
        at, step = (low, 1) if end == 0 else (high, -1)
        x0, y0 = xy[at, 0], xy[at, 1]
        left = look_m
        x, y = x0, y0
        for _ in range(high - low):
            dx, dy = xy[at + step, 0] - x, xy[at + step, 1] - y
            length = np.hypot(dx, dy)
            if length >= left:
                x, y = x + dx * left / length, y + dy * left / length
                break
            left -= length
            at += step
            x, y = xy[at, 0], xy[at, 1]
        if x == x0 and y == y0:  # a ring shorter than the look
            at = low + 1 if end == 0 else high - 1
            x, y = xy[at, 0], xy[at, 1]
        heading[e] = np.arctan2(y - y0, x - x0)
    return heading


def _sectors(node: Longs, heading: Floats) -> tuple[Longs, Floats]:
    """For edge ends sorted by node and direction: the next one counter-clockwise, and the angle to it."""
    count = len(node)
    following = np.arange(1, count + 1, dtype=np.int64)
    last = np.ones(count, dtype=bool)
    last[:-1] = node[1:] != node[:-1]
    start = np.flatnonzero(np.concatenate([[True], last[:-1]])) if count else np.empty(0, np.int64)
    following[np.flatnonzero(last)] = start
    sector = np.mod(heading[following] - heading, 2 * np.pi)
    sector[last] = np.where(sector[last] <= 1e-9, 2 * np.pi, sector[last])
    return following, sector


def _needs(sector: Floats, left: Floats, right: Floats) -> tuple[Floats, Floats]:
    """Metres from the node at which the sidewalks of two neighbouring edges meet, along each of them."""
    most = 2 * np.maximum(left, right)
    sine = np.where(np.abs(np.sin(sector)) < 1e-6, 1e-6, np.sin(sector))
    a, b = (right + left * np.cos(sector)) / sine, (left + right * np.cos(sector)) / sine
    go_on = (left + right) / 2 / np.tan(np.clip(sector, 1e-6, 2 * np.pi - 1e-6) / 2)
    flat = sector > _ROUND
    a, b = np.where(flat, go_on, a), np.where(flat, go_on, b)
    return np.clip(a, -most, most), np.clip(b, -most, most)


def _links(
    edges: Edges, order: Longs, following: Longs, left_need: Floats, right_need: Floats, trim: Floats,
    length_m: Floats, width_m: Floats, quiet: Bools,
) -> tuple[Longs, Longs, Floats, Longs]:  # fmt: skip
    """All links as (from, to, metres, sidewalk); a raw corner is 4 * edge + 2 * end + side."""
    count = len(length_m)
    edge = np.arange(count, dtype=np.int64)
    side = np.tile(np.array([0, 1], np.int64), count)
    along = sidewalk_m(length_m, trim.reshape(-1, 2))
    start = 4 * np.repeat(edge, 2) + side
    walk = (start, start + 2, np.repeat(along, 2), 2 * np.repeat(edge, 2) + side)
    degree = np.bincount(edges.ends.reshape(-1), minlength=int(edges.ends.max(initial=-1)) + 1)
    crossable = np.repeat(quiet, 2) | (degree[edges.ends.reshape(-1)] != 2)
    end = np.flatnonzero(crossable)
    cross = (2 * end, 2 * end + 1, whole_steps(np.repeat(width_m, 2)[end]), np.full(len(end), -1))
    here, there = order, order[following]
    around = whole_steps(np.maximum(0.0, trim[here] - left_need + trim[there] - right_need))
    dead_end = here == there
    # Seen from the node the left of an edge is its left side at its start, its right side at its end.
    turn = (2 * here + here % 2, 2 * there + 1 - there % 2, around, np.full(len(here), -1))
    turn = tuple(part[~dead_end] for part in turn)
    parts = [np.concatenate(column) for column in zip(walk, cross, turn, strict=True)]
    return parts[0], parts[1], parts[2], parts[3]


def _joined(
    links: tuple[Longs, Longs, Floats, Longs], edges: Edges, heading: Floats, trim: Floats, half: Floats,
    count: int,
) -> Corners:  # fmt: skip
    """Corners at no distance from each other made one, links sorted into rows."""
    a, b, metres, sidewalk = links
    same = (metres == 0) & (sidewalk < 0)
    root = _roots(4 * count, a[same], b[same])
    used, number = np.unique(root, return_inverse=True)
    xy = _corner_xy(edges, heading, trim, half)[used]
    a, b = number[a], number[b]
    keep = (a != b) & ~same
    a, b, metres, sidewalk = a[keep], b[keep], metres[keep], sidewalk[keep]
    start, end = np.concatenate([a, b]), np.concatenate([b, a])
    both, walks = np.concatenate([metres, metres]), np.concatenate([sidewalk, sidewalk])
    order = np.lexsort((both, end, start))
    first = np.searchsorted(start[order], np.arange(len(used) + 1)).astype(np.int64)
    corner = number.reshape(count, 2, 2).transpose(0, 2, 1).astype(np.int32)
    return Corners(
        np.ascontiguousarray(corner), trim.reshape(-1, 2), xy, first, end[order].astype(np.int32),
        both[order], walks[order],
    )  # fmt: skip


def _corner_xy(edges: Edges, heading: Floats, trim: Floats, half: Floats) -> Floats:
    """(4 e, 2) where each raw corner lies, for drawing."""
    ends = np.stack([edges.first[:-1], edges.first[1:] - 1], axis=1).reshape(-1)
    out = np.stack([np.cos(heading), np.sin(heading)], axis=1)
    left = np.stack([-out[:, 1], out[:, 0]], axis=1)
    left[1::2] *= -1.0  # the edge's own left, not that of one who leaves its end
    middle = edges.xy_m[ends] + out * trim[:, None]
    both = np.stack([middle + left * half[:, None], middle - left * half[:, None]], axis=1)
    return both.reshape(-1, 2)


@kernel
def _roots(count, a, b):  # type: ignore[no-untyped-def]
    """The lowest of those joined with each."""
    root = np.arange(count)
    for k in range(len(a)):
        u, v = a[k], b[k]
        while root[u] != u:
            root[u] = root[root[u]]
            u = root[u]
        while root[v] != v:
            root[v] = root[root[v]]
            v = root[v]
        root[max(u, v)] = min(u, v)
    for u in range(count):
        root[u] = root[root[u]]
    return root

"""Lines become nodes and edges: two streets meet where they share a coordinate, and nowhere else.

A bridge has no coordinate in common with what it passes over, so it is not joined to it. Ends that miss a
line by less than `snap_m` are drawn to it and counted.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import shapely

from geodata.compiled import kernel
from geodata.streets.errors import BadStreets

Floats = npt.NDArray[np.float64]
Longs = npt.NDArray[np.int64]
Ints = npt.NDArray[np.int32]
Bools = npt.NDArray[np.bool_]

GRID_M = 0.01  # coordinates closer than this are one


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Edge e runs over xy_m[first[e] : first[e + 1]], from node ends[e, 0] to ends[e, 1].

    kind (e,) number of its kind; name (e,) row of `names`, each the set of names (codes) it carries.
    """

    xy_m: Floats
    first: Longs
    ends: Longs
    kind: Longs
    name: Longs
    names: tuple[frozenset[int], ...]
    snapped: int
    doubled: int


def node_lines(lines: Any, kind: npt.ArrayLike, name: npt.ArrayLike, *, snap_m: float = 0.3) -> Edges:
    """Edges of shapely LineStrings in metres, with a kind and a name (code, -1: none) each.

    Pieces that lie on each other become one, with all their names and the heaviest of their kinds. Raises
    BadStreets where a coordinate is not finite.
    """
    lines = np.asarray(lines, dtype=object)
    xy, owner = shapely.get_coordinates(lines, return_index=True)
    if not np.isfinite(xy).all():
        raise BadStreets("A street has a coordinate that is not a number. Mend or leave it out.")
    vertex, at = _vertices(xy)
    pair = np.flatnonzero((owner[1:] == owner[:-1]) & (vertex[1:] != vertex[:-1]))
    a, b, line = vertex[pair], vertex[pair + 1], owner[pair]
    a, b, line, vertex_of, snapped = _snap(at, a, b, line, snap_m)
    low, high = np.minimum(vertex_of[a], vertex_of[b]), np.maximum(vertex_of[a], vertex_of[b])
    keep = low != high
    kinds, names = np.asarray(kind, dtype=np.int64), np.asarray(name, dtype=np.int64)
    return _chained(at, low[keep], high[keep], kinds[line[keep]], names[line[keep]], snapped)


def _vertices(xy: Floats) -> tuple[Longs, Floats]:
    """Number of the place of every coordinate, and the places (v, 2)."""
    cells = np.round(xy / GRID_M).astype(np.int64)
    order = np.lexsort((cells[:, 1], cells[:, 0]))
    new = np.ones(len(order), dtype=bool)
    new[1:] = (np.diff(cells[order], axis=0) != 0).any(axis=1)
    vertex = np.empty(len(order), np.int64)
    vertex[order] = np.cumsum(new) - 1
    return vertex, xy[order[new]]


def _snap(
    at: Floats, a: Longs, b: Longs, line: Longs, snap_m: float
) -> tuple[Longs, Longs, Longs, Longs, int]:
    """Loose ends that nearly touch another street: joined to its coordinate, or to a new one on its way."""
    same = np.arange(len(at), dtype=np.int64)
    degree = np.bincount(np.concatenate([a, b]), minlength=len(at))
    loose = np.flatnonzero(degree == 1)
    if not len(loose) or snap_m <= 0:
        return a, b, line, same, 0
    pieces = shapely.linestrings(np.stack([at[a], at[b]], axis=1))
    end, piece = shapely.STRtree(pieces).query(shapely.points(at[loose]), "dwithin", distance=snap_m)
    other = (a[piece] != loose[end]) & (b[piece] != loose[end])
    end, piece = end[other], piece[other]
    extra: list[tuple[int, int]] = []
    snapped = 0
    for v, s in zip(loose[end].tolist(), piece.tolist(), strict=True):
        if same[v] != v or degree[v] == 0:
            continue
        near = a[s] if np.hypot(*(at[a[s]] - at[v])) <= np.hypot(*(at[b[s]] - at[v])) else b[s]
        if np.hypot(*(at[near] - at[v])) <= snap_m:
            if same[near] == near:
                same[v] = near
                degree[near] += 1
                snapped += 1
        elif degree[v] > 0:
            extra.append((s, v))
            snapped += 1
    return *_split(at, a, b, line, extra), same, snapped


def _split(
    at: Floats, a: Longs, b: Longs, line: Longs, extra: list[tuple[int, int]]
) -> tuple[Longs, Longs, Longs]:
    """Pieces that a loose end comes to the middle of are split there."""
    if not extra:
        return a, b, line
    cuts: dict[int, list[int]] = {}
    for s, v in extra:
        cuts.setdefault(s, []).append(v)
    whole = np.ones(len(a), dtype=bool)
    parts: list[tuple[int, int, int]] = []
    for s, vertices in cuts.items():
        whole[s] = False
        along = sorted(set(vertices), key=lambda v: float(np.hypot(*(at[v] - at[a[s]]))))
        stations = [int(a[s]), *along, int(b[s])]
        parts += [(u, w, int(line[s])) for u, w in pairwise(stations)]
    more = np.array(parts, dtype=np.int64).reshape(-1, 3)
    return (
        np.concatenate([a[whole], more[:, 0]]),
        np.concatenate([b[whole], more[:, 1]]),
        np.concatenate([line[whole], more[:, 2]]),
    )


def _chained(at: Floats, low: Longs, high: Longs, kind: Longs, name: Longs, snapped: int) -> Edges:
    order = np.lexsort((high, low))
    low, high, kind, name = low[order], high[order], kind[order], name[order]
    new = np.ones(len(low), dtype=bool)
    new[1:] = (np.diff(low) != 0) | (np.diff(high) != 0)
    group = np.cumsum(new) - 1
    heaviest = np.full(int(new.sum()), -1, dtype=np.int64)
    np.maximum.at(heaviest, group, kind)
    sets, code = _name_sets(group, name, int(new.sum()))
    low, high = low[new], high[new]
    sort = heaviest * (len(sets) + 1) + code
    first, vertices, piece = _chains(len(at), low, high, sort)
    ends = np.stack([vertices[first[:-1]], vertices[first[1:] - 1]], axis=1)
    nodes = np.unique(ends, return_inverse=True)[1]
    return Edges(
        at[vertices], first, nodes.reshape(-1, 2).astype(np.int64), heaviest[piece], code[piece], tuple(sets),
        snapped, len(order) - int(new.sum()),
    )  # fmt: skip


def _name_sets(group: Longs, name: Longs, groups: int) -> tuple[list[frozenset[int]], Longs]:
    """The different sets of names, and which one each group of pieces carries."""
    number: dict[frozenset[int], int] = {}
    code = np.empty(groups, np.int64)
    start = np.searchsorted(group, np.arange(groups + 1))
    names = name.tolist()
    for g in range(groups):
        found = frozenset(n for n in names[start[g] : start[g + 1]] if n >= 0)
        code[g] = number.setdefault(found, len(number))
    return list(number), code


@kernel
def _chains(count, low, high, sort):  # type: ignore[no-untyped-def]
    """Join pieces through places where exactly two of one sort meet; returns first, vertices, a piece of
    each chain. A ring without any other place begins where its first piece begins.
    """
    m = len(low)
    start = np.zeros(count + 1, np.int64)
    for s in range(m):
        start[low[s] + 1] += 1
        start[high[s] + 1] += 1
    for v in range(count):
        start[v + 1] += start[v]
    fill = start[:-1].copy()
    touch = np.empty(2 * m, np.int64)
    for s in range(m):
        touch[fill[low[s]]] = s
        fill[low[s]] += 1
        touch[fill[high[s]]] = s
        fill[high[s]] += 1
    through = np.zeros(count, np.bool_)
    for v in range(count):
        if start[v + 1] - start[v] == 2:
            through[v] = sort[touch[start[v]]] == sort[touch[start[v] + 1]]
    first = np.zeros(m + 1, np.int64)
    vertices = np.empty(2 * m, np.int64)
    piece = np.empty(m, np.int64)
    done = np.zeros(m, np.bool_)
    edges, w = 0, 0
    for turn in range(2):  # first from real ends, then the rings that are left
        for s in range(m):
            for side in range(2):
                v = low[s] if side == 0 else high[s]
                if done[s] or (turn == 0 and through[v]):
                    continue
                here, at = s, v
                vertices[w] = at
                w += 1
                while True:
                    done[here] = True
                    at = high[here] if low[here] == at else low[here]
                    vertices[w] = at
                    w += 1
                    if not through[at]:
                        break
                    other = touch[start[at]]
                    if other == here:
                        other = touch[start[at] + 1]
                    if done[other]:
                        break
                    here = other
                piece[edges] = s
                edges += 1
                first[edges] = w
    return first[: edges + 1].copy(), vertices[:w].copy(), piece[:edges].copy()

"""Small networks for tests: grids with holes, loose lines, and walks measured by plain Dijkstra."""

from __future__ import annotations

import heapq
import math
from itertools import pairwise

import numpy as np
from hypothesis import strategies as st
from shapely import LineString

from geodata.streets import build_network, tie, walk_table
from geodata.streets.classes import NUMBER

KINDS = ("residential", "residential", "secondary", "footway", "tertiary", "service")


def grid(columns=3, rows=3, step=100.0, kind="residential"):
    """Lines and kinds of a grid of streets, a line a block."""
    lines = [
        LineString([(x * step, y * step), ((x + 1) * step, y * step)])
        for y in range(rows)
        for x in range(columns - 1)
    ]
    lines += [
        LineString([(x * step, y * step), (x * step, (y + 1) * step)])
        for y in range(rows - 1)
        for x in range(columns)
    ]
    return lines, [NUMBER[kind]] * len(lines)


@st.composite
def towns(draw):
    """(network, doors (n, 2)): a grid with uneven blocks, some missing, some busy, and doors about it."""
    xs = np.cumsum(draw(st.lists(st.integers(30, 200), min_size=2, max_size=5)))
    ys = np.cumsum(draw(st.lists(st.integers(30, 200), min_size=2, max_size=5)))
    blocks = [((x, y), (u, y)) for y in ys for x, u in pairwise(xs)]
    blocks += [((x, y), (x, v)) for x in xs for y, v in pairwise(ys)]
    kept = [block for block in blocks if draw(st.integers(0, 9)) > 1] or blocks[:1]
    lines = [LineString(block) for block in kept]
    kinds = [NUMBER[draw(st.sampled_from(KINDS))] for _ in lines]
    network = build_network(lines, kinds, join_m=0.0)
    return network, doors_about(draw, xs, ys)


@st.composite
def scribbles(draw):
    """(network, doors): lines of any shape, crossing themselves and each other, doubled, of no length."""
    at = st.tuples(st.integers(0, 12), st.integers(0, 12)).map(lambda p: (p[0] * 25.0, p[1] * 25.0))
    shapes = draw(st.lists(st.lists(at, min_size=2, max_size=6), min_size=1, max_size=10))
    shapes += shapes[: draw(st.integers(0, 2))]
    if all(len(set(shape)) == 1 for shape in shapes):
        shapes.append([(0.0, 0.0), (100.0, 0.0)])
    kinds = [NUMBER[draw(st.sampled_from(KINDS))] for _ in shapes]
    network = build_network([LineString(shape) for shape in shapes], kinds, join_m=0.0)
    return network, doors_about(draw, [0, 300], [0, 300])


def doors_about(draw, xs, ys):
    within = st.tuples(
        st.integers(int(xs[0]) - 20, int(xs[-1]) + 20), st.integers(int(ys[0]) - 20, int(ys[-1]) + 20)
    )
    return np.array(draw(st.lists(within, min_size=1, max_size=14)), dtype=np.float64)


def table_of(network, doors, reach_m=1_000.0, **options):
    return walk_table(doors, tie(doors, None, network, **options), network, reach_m=reach_m)


def plain_dijkstra(table, a):
    """Metres from stop a to every stop by the whole graph: heaps and dictionaries, nothing of the tables."""
    first, to, metres = table.links
    least = {}
    heap = sorted((float(table.corner_m[a, i]), int(table.corner[a, i])) for i in (0, 1))
    while heap:
        d, u = heapq.heappop(heap)
        if u in least:
            continue
        least[u] = d
        for k in range(first[u], first[u + 1]):
            heapq.heappush(heap, (d + float(metres[k]), int(to[k])))
    out = []
    for b in range(len(table)):
        ways = [least.get(int(table.corner[b, i]), math.inf) + table.corner_m[b, i] for i in (0, 1)]
        if table.sidewalk[a] >> 1 == table.sidewalk[b] >> 1:
            across = 0.0 if table.sidewalk[a] == table.sidewalk[b] else table.across_m[a]
            ways.append(abs(table.along_m[a] - table.along_m[b]) + across)
        out.append(min(ways) if a != b else 0.0)
    return np.array(out)

"""Promises of the areas drawn for turfs: their own doors, no others, no barrier, no other district."""

import numpy as np
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geodata.streets import build_network, tie, walk_table
from geodata.streets.classes import NUMBER
from geodata.turf import Pace, cut, walk_turf
from geodata.turf.areas import LEAST_M, areas
from geodata.turf.barriers import Lines
from geodata.turf.shapes import FINE_M, finely

SIDE_M = 600.0
KINDS = ("spread", "streets", "pairs", "tower", "one line")
SEEDS = st.integers(0, 2**32 - 1)


def doors_of(rng, kind):
    count = int(rng.integers(1, 120))
    xy = rng.uniform(0, SIDE_M, (count, 2))
    if kind == "streets":
        xy = np.column_stack([rng.integers(0, 40, count) * 15.0, rng.integers(0, 7, count) * 80.0])
    elif kind == "pairs":
        xy = np.repeat(xy, 2, axis=0) + rng.choice([0.0, 0.4, 3.0], (2 * count, 2))
    elif kind == "tower":
        xy[rng.random(count) < 0.4] = xy[0]
    elif kind == "one line":
        xy[:, 1] = 0.5 * xy[:, 0]
    return xy


def barriers_of(rng):
    """A river with two banks, a railway from end to end, fences with open ends and a walled park; some."""
    x = np.linspace(-700, 1300, 40)
    bend = rng.uniform(0, SIDE_M) + 60 * np.sin(x / rng.uniform(50, 200)) + rng.uniform(-0.5, 0.5) * x
    river = shapely.LineString(np.column_stack([x, bend])).buffer(rng.uniform(2, 30))
    railway = shapely.LineString([(rng.uniform(0, SIDE_M), -900.0), (rng.uniform(0, SIDE_M), 1500.0)])
    ends = rng.uniform(0, SIDE_M, (3, 1, 2))
    fences = shapely.linestrings(np.concatenate([ends, ends + rng.uniform(-150, 150, (3, 1, 2))], axis=1))
    low = rng.uniform(0, SIDE_M, 2)
    park = shapely.box(*low, *(low + rng.uniform(1, 200, 2)))
    every = [river, railway, *fences, park]
    return [each for each in every if rng.random() < 0.6]


def districts_of(rng):
    """Three districts side by side, the last two of them overlapping by some metres."""
    low, high = -100.0, SIDE_M + 100.0
    a, b = np.sort(rng.uniform(0, SIDE_M, 2))
    slope = rng.uniform(-50, 50)
    first = shapely.Polygon([(low, low), (a + slope, low), (a - slope, high), (low, high)])
    second = shapely.Polygon([(a + slope, low), (high, low), (high, b), (a - slope, high)])
    third = shapely.box(low, b - rng.choice([0.0, 5.0]), high, high)
    return [first, second.difference(first), third.difference(first)]


def cut_up(rng, xy, district):
    """Turfs of one district each: successive doors by x, or any."""
    rows = []
    for each in np.unique(district):
        own = np.flatnonzero(district == each)
        own = rng.permutation(own) if rng.random() < 0.3 else own[np.lexsort(xy[own].T)]
        rows += np.array_split(own, max(1, len(own) // int(rng.integers(5, 40))))
    return rows


def discs(xy):
    return shapely.union_all(shapely.buffer(shapely.points(xy), LEAST_M + 1e-6))


def assert_own_doors_alone(shapes, xy, rows):
    assert shapely.is_valid(shapes).all()
    points = shapely.points(xy)
    owner = np.empty(len(xy), np.int64)
    for turf, own in enumerate(rows):
        owner[own] = turf
        assert shapely.distance(shapes[turf], points[own]).max(initial=0.0) <= 0.01
    tree = shapely.STRtree(shapes)
    door, turf = tree.query(points, predicate="within")
    depth = shapely.distance(points[door], shapely.boundary(shapes[turf]))
    assert depth[owner[door] != turf].max(initial=0.0) <= 0.01
    union = shapely.union_all(shapes, grid_size=FINE_M)
    assert shapely.area(shapes).sum() == pytest.approx(union.area, rel=1e-6, abs=1e-6)


def assert_over_no_wall(shapes, xy, rows, barriers, grounds):
    lines = Lines(barriers).lines
    for shape, own, ground in zip(shapes, rows, grounds, strict=True):
        beyond = shape if ground is None else finely(shapely.difference, shape, ground)
        around = discs(xy[own])
        if ground is not None:
            assert beyond.difference(around).area < 0.01
        inside = shape.difference(around).buffer(-1e-6)
        assert not shapely.intersects(lines, inside).any()


@settings(deadline=None, max_examples=30)
@example(1058, "one line", True)  # a clipped area with a stray line
@example(0, "one line", False)  # borders that run along each other
@given(SEEDS, st.sampled_from(KINDS), st.booleans())
def test_no_area_lies_over_a_barrier_or_in_another_district(seed, kind, has_districts):
    rng = np.random.default_rng(seed)
    xy, barriers, districts = doors_of(rng, kind), barriers_of(rng), districts_of(rng)
    points = shapely.points(xy)
    district = np.zeros(len(xy), np.int64)
    if has_districts:
        district = np.stack([shapely.distance(each, points) for each in districts]).argmin(axis=0)
    rows = cut_up(rng, xy, district)
    grounds = [districts[district[own[0]]] if has_districts else None for own in rows]
    shapes = np.array(areas(xy, rows, barriers=Lines(barriers), grounds=grounds), dtype=object)
    assert_own_doors_alone(shapes, xy, rows)
    assert_over_no_wall(shapes, xy, rows, barriers, grounds)


@settings(deadline=None, max_examples=30)
@given(SEEDS)
def test_what_lies_behind_a_barrier_belongs_to_no_turf_without_a_door_there(seed):
    rng = np.random.default_rng(seed)
    xy, barriers = doors_of(rng, "spread"), barriers_of(rng)
    rows = cut_up(rng, xy, np.zeros(len(xy), np.int64))
    for shape, own in zip(areas(xy, rows, barriers=Lines(barriers)), rows, strict=True):
        parts = shapely.get_parts(shape)
        near = shapely.dwithin(parts[:, None], shapely.points(xy[own]), 0.01)
        assert near.any(axis=1).all()


@settings(deadline=None, max_examples=10)
@given(SEEDS)
def test_a_cut_hands_its_barriers_and_districts_on(seed):
    rng = np.random.default_rng(seed)
    xy, barriers, districts = doors_of(rng, "spread"), barriers_of(rng), districts_of(rng)
    points = shapely.points(xy)
    group = ["abc"[at] for at in np.stack([shapely.distance(d, points) for d in districts]).argmin(axis=0)]
    within = dict(zip("abc", districts, strict=True))
    found = cut(xy, minutes_per_turf=40, pace=Pace(), barriers=barriers, groups=group, within=within)
    shapes = np.array([turf.polygon for turf in found.turfs], dtype=object)
    rows = [turf.doors for turf in found.turfs]
    assert_own_doors_alone(shapes, xy, rows)
    assert_over_no_wall(shapes, xy, rows, barriers, [within[turf.group] for turf in found.turfs])


def test_a_turf_whose_walk_crosses_a_river_by_a_bridge_has_a_part_on_each_bank():
    river = shapely.box(-2_000, 40, 2_000, 60)
    lines = shapely.linestrings([[(0, 0), (300, 0)], [(0, 100), (300, 100)], [(0, 0), (0, 100)]])
    network = build_network(lines, np.full(3, NUMBER["residential"]), barriers=[river])
    xy = np.array([(x, y) for x in range(10, 300, 20) for y in (8.0, 92.0)])
    table = walk_table(xy, tie(xy, None, network, [river]), network)
    turf = walk_turf(xy, table=table, network=network, barriers=[river], pace=Pace())
    south, north = sorted(shapely.get_parts(turf.polygon), key=lambda part: part.centroid.y)
    assert (south.bounds[3], north.bounds[1]) == pytest.approx((39.5, 60.5), abs=1.0)
    assert not shapely.intersects(turf.polygon, river)
    assert shapely.covers(turf.polygon, shapely.points(xy)).all()


def test_districts_known_only_by_name_keep_their_areas_apart():
    xy = np.random.default_rng(0).uniform(0, 400, (200, 2))
    group = np.where(xy[:, 0] < 200, "west", "east").tolist()
    found = cut(xy, minutes_per_turf=60, groups=group, pace=Pace())
    assert_own_doors_alone(
        np.array([turf.polygon for turf in found.turfs], dtype=object),
        xy,
        [turf.doors for turf in found.turfs],
    )


@pytest.mark.parametrize("where", ["on the line", "a metre beyond it", "on the river's bank"])
def test_a_door_on_or_beyond_a_line_keeps_a_little_ground(where):
    at = {
        "on the line": (100.0, 50.0),
        "a metre beyond it": (101.0, 50.0),
        "on the river's bank": (50.0, 90.0),
    }
    xy = np.array([(20.0, 50.0), (60.0, 50.0), at[where], (150.0, 50.0)])
    west, east = shapely.box(-50, -50, 100, 200), shapely.box(100, -50, 250, 200)
    river = shapely.box(-500, 90, 500, 120)
    rows = [np.arange(3), np.array([3])]
    shapes = np.array(areas(xy, rows, barriers=Lines([river]), grounds=[west, east]), dtype=object)
    assert_own_doors_alone(shapes, xy, rows)
    assert_over_no_wall(shapes, xy, rows, [river], [west, east])


@settings(deadline=None, max_examples=30)
@given(SEEDS, st.integers(2, 60))
def test_areas_reach_around_their_doors_and_fill_the_bays_between(seed, count):
    xy = np.random.default_rng(seed).uniform(0, 100, (count, 2))
    (shape,) = areas(xy, [np.arange(count)])
    assert shapely.distance(shapely.points(xy), shapely.boundary(shape)).min() > 9
    assert shapely.hausdorff_distance(shape, shapely.multipoints(xy)) < 120
    assert shape.geom_type == "Polygon" or count < 6

"""Every point is in exactly one district, and always in the same one."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.boundaries import locate
from geodata.crs import great_circle_km

SIDE = 4
GRID = np.array([shapely.box(c, r, c + 1, r + 1) for r in range(SIDE) for c in range(SIDE)])
IDS = [f"{i:02d}" for i in range(SIDE * SIDE)]
# halves fall on edges and corners as often as inside
SPOT = st.one_of(st.integers(0, 2 * SIDE).map(lambda k: k / 2), st.floats(0, SIDE))
SPOTS = st.lists(st.tuples(SPOT, SPOT), min_size=1, max_size=40)


@given(SPOTS)
def test_every_point_of_the_ground_is_in_exactly_one(spots):
    x, y = np.array(spots).T
    found = locate(x, y, GRID, ids=IDS)
    assert (found.index >= 0).all()
    assert (found.inside, found.snapped, found.nowhere) == (len(x), 0, 0)
    assert shapely.intersects_xy(GRID[found.index], x, y).all()


@given(SPOTS)
def test_on_a_shared_edge_the_lowest_id_wins(spots):
    x, y = np.array(spots).T
    found = locate(x, y, GRID, ids=IDS)
    lowest = [int(np.flatnonzero(shapely.intersects_xy(GRID, a, b))[0]) for a, b in spots]
    assert found.index.tolist() == lowest


@given(SPOTS, st.randoms(use_true_random=False))
def test_neither_the_order_of_points_nor_of_polygons_matters(spots, random):
    x, y = np.array(spots).T
    names = np.array(IDS)[locate(x, y, GRID, ids=IDS).index]
    order = list(range(len(GRID)))
    random.shuffle(order)
    turn = list(range(len(x)))
    random.shuffle(turn)
    shuffled = locate(x[turn], y[turn], GRID[order], ids=[IDS[i] for i in order])
    assert np.array(IDS)[order][shuffled.index].tolist() == names[turn].tolist()


def test_shared_points_are_counted():
    found = locate([1.0, 2.0, 0.5], [0.5, 2.0, 0.5], GRID)
    assert (found.shared, found.inside) == (2, 3)


def test_outside_is_nowhere_unless_snapped():
    x, y = [-0.001, -0.001, 9.0], [0.5, 1.5, 9.0]
    assert locate(x, y, GRID).index.tolist() == [-1, -1, -1]
    found = locate(x, y, GRID, snap_m=200.0)
    assert found.index.tolist() == [0, 4, -1]
    assert (found.inside, found.snapped, found.nowhere) == (0, 2, 1)
    assert found.distance_m[0] == pytest.approx(111.3, rel=0.01)
    assert np.isnan(found.distance_m[2])


def test_equally_near_goes_to_the_lowest_id():
    found = locate([-0.001], [1.0], GRID, ids=IDS[::-1], snap_m=200.0)
    assert found.index.tolist() == [4]  # its id is "11", its neighbour's "15"


@settings(deadline=None, max_examples=40)
@given(st.floats(-70, 70), st.floats(-170, 170), st.floats(0.0001, 0.02), st.floats(100, 2000))
def test_snapping_measures_true_metres_anywhere(lat, lon, away, snap_m):
    box = shapely.box(lon, lat, lon + 0.5, lat + 0.5)
    true_m = 1000 * float(great_circle_km(lat + 0.25, lon - away, lat + 0.25, lon))
    found = locate([lon - away], [lat + 0.25], [box], snap_m=snap_m)
    if true_m < 0.99 * snap_m:
        assert found.index[0] == 0
        assert found.distance_m[0] == pytest.approx(true_m, rel=0.01)
    elif true_m > 1.01 * snap_m:
        assert found.index[0] == -1


def test_near_the_pole_a_degree_of_longitude_is_short():
    svalbard = shapely.box(20.0, 79.0, 22.0, 80.0)
    assert locate([19.95], [79.5], [svalbard], snap_m=1_200.0).index.tolist() == [0]


@pytest.mark.parametrize(
    ("lon", "lat", "says"),
    [
        ([0.5, np.nan], [0.5, 0.5], "point 2 is not on the globe"),
        ([28.5], [-120.2], "look swapped"),
        ([500.0], [0.0], "not on the globe"),
        ([0.5], [0.5, 0.6], "equal length"),
    ],
)
def test_points_off_the_globe_are_named(lon, lat, says):
    with pytest.raises(ValueError, match=says):
        locate(lon, lat, GRID)


def test_no_points_and_no_polygons():
    assert locate([], [], GRID).index.shape == (0,)
    assert locate([0.5], [0.5], [], snap_m=100).index.tolist() == [-1]


def test_ids_must_fit_the_polygons():
    with pytest.raises(ValueError, match="3 ids for 16 polygons"):
        locate([0.5], [0.5], GRID, ids=["a", "b", "c"])


def test_empty_polygons_hold_nothing():
    found = locate([0.5], [0.5], [shapely.Polygon(), GRID[0]], snap_m=10)
    assert found.index.tolist() == [1]


def test_missing_polygons_hold_nothing_and_keep_their_row():
    assert locate([0.5], [0.5], [None, shapely.Polygon(), GRID[0]]).index.tolist() == [2]


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 10_000), st.integers(1, 60))
def test_polygons_that_overlap_anyhow_give_the_lowest_that_holds_the_point(seed, count):
    rng = np.random.default_rng(seed)
    corner, side = rng.integers(0, 8, (count, 2)) / 2, rng.integers(1, 6, (count, 2)) / 2
    shapes = shapely.box(*corner.T, *(corner + side).T)
    x, y = rng.integers(0, 14, (2, 50)) / 2
    holds = np.array(
        [[shape.intersects(shapely.Point(a, b)) for shape in shapes] for a, b in zip(x, y, strict=True)]
    )
    found = locate(x, y, shapes)
    lowest = np.where(holds.any(axis=1), holds.argmax(axis=1), -1)
    assert found.index.tolist() == lowest.tolist()
    assert found.shared == (holds.sum(axis=1) > 1).sum()

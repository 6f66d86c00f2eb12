"""Walks and tours: every point once, short, and the same every time."""

import csv
import io
import itertools
import zipfile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.routing import length_m, open_walk, tour
from geodata.routing.neighbours import nearest_neighbours
from tests.conftest import REAL_DATA


@st.composite
def point_sets(draw, most=60):
    """Points spread out, on a grid, on a line, or all in a few spots, at any scale and place."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(0, most))
    kind = draw(st.sampled_from(["spread", "grid", "line", "spots", "outlier"]))
    xy = rng.random((n, 2))
    if kind == "grid":
        xy = rng.integers(0, 5, (n, 2)).astype(float)
    elif kind == "line":
        xy[:, 1] = 3 * xy[:, 0] + 1
    elif kind == "spots":
        xy = rng.random((3, 2))[rng.integers(0, 3, n)]
    elif kind == "outlier" and n:
        xy[0] = 1e5
    return xy * draw(st.sampled_from([1e-3, 1.0, 1e6])) + draw(st.sampled_from([0.0, 5e6]))


def shortest(xy, closed, start=None):
    """By trying every order."""
    orders = (o for o in itertools.permutations(range(len(xy))) if start is None or o[0] == start)
    return min(length_m(xy, o, closed=closed) for o in orders)


@settings(deadline=None)
@given(point_sets(), st.booleans(), st.integers(0, 3))
def test_every_point_is_visited_once_and_the_same_way_every_time(xy, closed, seed):
    walk = tour if closed else open_walk
    first, second = walk(xy, seed=seed), walk(xy, seed=seed)
    assert sorted(first.order.tolist()) == list(range(len(xy)))
    assert (first.order == second.order).all()
    assert first.metres == length_m(xy, first.order, closed=closed)


@settings(deadline=None)
@given(point_sets(), st.data())
def test_a_walk_begins_at_the_start_asked_for(xy, data):
    if len(xy):
        start = data.draw(st.integers(0, len(xy) - 1))
        walk = open_walk(xy, start=start)
        assert walk.order[0] == start
        assert sorted(walk.order.tolist()) == list(range(len(xy)))


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("n", [2, 3, 4, 5, 7])
def test_few_points_are_walked_as_short_as_can_be(n, seed):
    xy = np.random.default_rng(seed).random((n, 2))
    assert tour(xy, kicks_per_point=50).metres == pytest.approx(shortest(xy, True))
    assert open_walk(xy, kicks_per_point=50).metres == pytest.approx(shortest(xy, False), rel=0.02)
    assert open_walk(xy, start=1, kicks_per_point=50).metres == pytest.approx(
        shortest(xy, False, 1), rel=0.02
    )


def test_a_line_is_walked_from_end_to_end():
    x = np.random.default_rng(0).permutation(200).astype(float)
    assert open_walk(np.column_stack([x, 2 * x])).metres == pytest.approx(199 * np.sqrt(5))


def test_points_at_one_spot_keep_the_order_of_their_rows():
    walk = open_walk(np.zeros((5, 2)))
    assert walk.order.tolist() == [0, 1, 2, 3, 4]
    assert open_walk(np.zeros((5, 2)), start=3).order.tolist() == [3, 0, 1, 2, 4]


def test_a_large_uniform_square_comes_near_its_known_limit():
    xy = np.random.default_rng(3).random((20_000, 2)) * 1000
    walk = tour(xy, kicks_per_point=1.0)
    assert walk.stopped == "done"
    assert (
        walk.metres < 1.05 * 0.7124 * np.sqrt(20_000) * 1000
    )  # Johnson and McGeoch 1996: the limit's constant


def test_the_search_ends_when_its_time_is_up():
    walk = tour(np.random.default_rng(3).random((5000, 2)), time_limit_s=0.0)
    assert walk.stopped == "time limit"
    assert len(walk.order) == 5000


@pytest.mark.parametrize("walk", [tour, open_walk])
def test_bad_points_are_refused_with_a_sentence(walk):
    with pytest.raises(ValueError, match="point 1 has a coordinate that is not a number"):
        walk([[0.0, 0.0], [np.nan, 1.0]])
    with pytest.raises(ValueError, match="two columns"):
        walk(np.zeros((4, 3)))
    with pytest.raises(ValueError, match="start must be a row from 0 to 1"):
        open_walk(np.zeros((2, 2)), start=2)


@settings(deadline=None)
@given(point_sets(), st.integers(1, 9))
def test_neighbours_are_those_of_the_full_matrix(xy, k):
    xy = np.unique(xy, axis=0)
    near = nearest_neighbours(xy, k)
    square = ((xy[:, None] - xy[None]) ** 2).sum(axis=2)
    np.fill_diagonal(square, np.inf)
    expected = np.sort(square, axis=1)[:, : near.shape[1]]
    assert np.array_equal(np.take_along_axis(square, near, axis=1), expected)
    assert near.shape == (len(xy), max(0, min(k, len(xy) - 1)))


def tsplib(name):
    """Points of a TSPLIB instance and its known optimum."""
    with zipfile.ZipFile(REAL_DATA / "bench" / "tsplib.zip") as archive:
        text = archive.read(f"{name}.tsp").decode()
    body = text.split("NODE_COORD_SECTION")[1].split("EOF")[0].split("\n")
    xy = np.array([[float(v) for v in line.split()[1:3]] for line in body if line.strip()])
    rows = csv.DictReader(io.StringIO((REAL_DATA / "bench" / "best_known.csv").read_text()))
    return xy, next(int(float(r["value"])) for r in rows if (r["set"], r["instance"]) == ("tsplib", name))


def rounded_length(xy, order):
    """TSPLIB's EUC_2D: every distance to the nearest whole number."""
    closed = xy[np.append(order, order[0])]
    return int(np.floor(np.hypot(*np.diff(closed, axis=0).T) + 0.5).sum())


@pytest.mark.real_data
@pytest.mark.skipif(
    not (REAL_DATA / "bench" / "tsplib.zip").exists(), reason=f"no TSPLIB instances in {REAL_DATA}/bench"
)
@pytest.mark.parametrize(
    ("name", "most"),
    [("eil101", 0.02), ("a280", 0.03), ("pr1002", 0.04), ("rl1304", 0.05), ("pcb3038", 0.05)],
)
def test_tours_come_close_to_known_optima(name, most):
    xy, optimum = tsplib(name)
    found = rounded_length(xy, tour(xy, kicks_per_point=10).order)
    print(f"{name}: {found / optimum - 1:.2%} above the optimum")
    assert optimum <= found <= (1 + most) * optimum

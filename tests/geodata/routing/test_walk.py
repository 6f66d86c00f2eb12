"""Walks and tours: every point once, short, and the same every time."""

import csv
import io
import itertools
import os
import zipfile
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.routing import length_m, lower_bound_m, open_walk, search, tour
from geodata.routing.neighbours import ONE_SIDED, nearest_neighbours, neighbours_around
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
    assert tour(xy).metres == pytest.approx(shortest(xy, True))
    assert open_walk(xy).metres == pytest.approx(shortest(xy, False))
    assert open_walk(xy, start=1).metres == pytest.approx(shortest(xy, False, 1))


@pytest.fixture
def small_windows(monkeypatch):
    """So that a few hundred points are searched as a million are."""
    monkeypatch.setattr(search, "WINDOW", 40)
    monkeypatch.setattr(search, "HALVED", 20)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(point_sets(300), st.booleans(), st.booleans())
def test_window_by_window_every_point_is_visited_once_from_the_start(small_windows, xy, closed, with_start):
    start = len(xy) // 2 if with_start and len(xy) and not closed else None
    walk = tour(xy, kicks_per_point=1) if closed else open_walk(xy, start=start, kicks_per_point=1)
    assert sorted(walk.order.tolist()) == list(range(len(xy)))
    assert start is None or walk.order[0] == start


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(point_sets(200), st.booleans())
def test_more_kicks_never_make_it_longer(small_windows, xy, closed):
    walk = tour if closed else open_walk
    few = walk(xy, kicks_per_point=0).metres
    assert walk(xy, kicks_per_point=3).metres <= few * (1 + 1e-9)


@pytest.mark.parametrize("walk", [tour, open_walk])
def test_the_order_does_not_depend_on_the_number_of_cores(walk, small_windows, monkeypatch):
    xy = np.random.default_rng(5).random((500, 2))
    many = walk(xy)
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    assert np.array_equal(walk(xy).order, many.order)


def test_clusters_far_apart_are_joined_by_short_ways():
    rng = np.random.default_rng(2)
    centres = np.array([[0.0, 0.0], [1e4, 0.0], [1e4, 1e4], [0.0, 1e4]])
    xy = np.vstack([centre + rng.random((60, 2)) for centre in centres])
    assert tour(xy).metres < 4 * 1e4 + 4 * 60


def test_with_seconds_given_the_search_goes_on_until_they_are_over():
    walk = tour(np.random.default_rng(3).random((300, 2)), seconds=0.2)
    assert walk.stopped == "time limit"
    assert walk.seconds >= 0.19


def test_a_line_is_walked_from_end_to_end():
    x = np.random.default_rng(0).permutation(200).astype(float)
    assert open_walk(np.column_stack([x, 2 * x])).metres == pytest.approx(199 * np.sqrt(5))


def test_points_at_one_spot_keep_the_order_of_their_rows():
    walk = open_walk(np.zeros((5, 2)))
    assert walk.order.tolist() == [0, 1, 2, 3, 4]
    assert open_walk(np.zeros((5, 2)), start=3).order.tolist() == [3, 0, 1, 2, 4]


def test_a_large_uniform_square_comes_near_its_known_limit():
    xy = np.random.default_rng(3).random((20_000, 2)) * 1000
    walk = tour(xy, kicks_per_point=0.2, time_limit_s=600)
    assert walk.stopped == "done"
    assert (
        walk.metres < 1.04 * 0.7124 * np.sqrt(20_000) * 1000
    )  # Johnson and McGeoch 1996: the limit's constant


def test_a_search_without_time_still_has_an_order_and_says_why_it_stopped():
    walk = tour(np.random.default_rng(3).random((5000, 2)), time_limit_s=0.0)
    assert walk.stopped == "time limit"
    assert sorted(walk.order.tolist()) == list(range(5000))


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


@settings(deadline=None)
@given(point_sets(), st.integers(4, 10))
def test_neighbours_around_are_the_nearest_and_one_in_every_quarter(xy, k):
    xy = np.ascontiguousarray(np.unique(xy, axis=0))
    with ThreadPoolExecutor(1) as pool:
        near, near_m = neighbours_around(xy, k, pool)
    square = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    np.fill_diagonal(square, np.inf)
    for row in range(len(xy)):
        found = near[row][np.isfinite(near_m[row])]
        assert len(set(found.tolist())) == len(found)
        assert near_m[row][: len(found)] == pytest.approx(square[row, found])
        assert (np.diff(near_m[row][: len(found)]) >= 0).all()
        nearest = np.sort(square[row])[: min(k - ONE_SIDED, len(xy) - 1)]
        assert near_m[row][: len(nearest)] == pytest.approx(nearest)


@settings(deadline=None)
@given(point_sets(8), st.booleans(), st.booleans())
def test_no_order_is_shorter_than_the_bound(xy, closed, with_start):
    start = len(xy) // 2 if with_start and not closed and len(xy) else None
    bound = lower_bound_m(xy, np.arange(len(xy)), closed=closed, start=start, seconds=0.2)
    found = tour(xy) if closed else open_walk(xy, start=start)
    assert (bound is None) == (len(xy) < 5)
    assert bound is None or bound <= found.metres * (1 + 1e-9) + 1e-6


def test_the_bound_of_chance_points_is_close():
    xy = np.random.default_rng(1).random((300, 2))
    found = tour(xy, kicks_per_point=30)
    bound = lower_bound_m(xy, found.order, closed=True, seconds=60.0)
    assert 0.975 * found.metres < bound <= found.metres


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
    [("eil101", 0.02), ("a280", 0.02), ("pr1002", 0.02), ("rl1304", 0.03), ("pcb3038", 0.02)],
)
def test_tours_come_close_to_known_optima(name, most):
    xy, optimum = tsplib(name)
    found = rounded_length(xy, tour(xy, kicks_per_point=10).order)
    print(f"{name}: {found / optimum - 1:.2%} above the optimum")
    assert optimum <= found <= (1 + most) * optimum

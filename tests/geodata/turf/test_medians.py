"""Every point in one cluster, no cluster too full, each centre in its own, and little worse than the best."""

from __future__ import annotations

from itertools import combinations, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.turf.medians import Medians, NoRoom, capacitated_medians


def problem(seed: int, n: int, p: int) -> tuple[np.ndarray, np.ndarray, float]:
    """Points on a small grid (some on one spot), demands from 0, and a capacity that mostly suffices."""
    rng = np.random.default_rng(seed)
    demand = rng.integers(0, 9, n).astype(float)
    capacity = max(demand.max(), np.ceil(demand.sum() / p * rng.uniform(1.1, 1.6)))
    return rng.integers(0, 12, (n, 2)).astype(float), demand, float(capacity)


def keeps_limits(found: Medians, xy: np.ndarray, demand: np.ndarray, capacity: float, p: int) -> None:
    assert found.cluster.shape == demand.shape
    assert set(found.cluster.tolist()) == set(range(p))
    assert (np.bincount(found.cluster, demand, minlength=p) <= capacity).all()
    assert (found.cluster[found.median] == np.arange(p)).all()
    away = xy - xy[found.median[found.cluster]]
    assert found.cost == pytest.approx(np.hypot(*away.T).sum())
    assert found.cost <= found.start + 1e-9


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 40), st.data())
def test_every_point_is_in_one_cluster_that_holds_it(seed, n, data):
    p = data.draw(st.integers(1, n))
    xy, demand, capacity = problem(seed, n, p)
    try:
        found = capacitated_medians(xy, demand, capacity, p, seconds=60, tries=30, seed=seed)
    except NoRoom:
        return
    keeps_limits(found, xy, demand, capacity, p)


def best_of_all(xy: np.ndarray, demand: np.ndarray, capacity: float, p: int) -> float:
    """The least cost over all choices of centres and all allocations; inf where none fits."""
    n, best = len(xy), np.inf
    far = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    for chosen in combinations(range(n), p):
        others = [i for i in range(n) if i not in chosen]
        for clusters in product(range(p), repeat=len(others)):
            load = demand[list(chosen)]
            np.add.at(load, list(clusters), demand[others])
            if (load <= capacity).all():
                best = min(best, sum(far[i, chosen[c]] for i, c in zip(others, clusters, strict=True)))
    return float(best)


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(3, 6), st.integers(2, 3))
def test_tiny_cases_are_solved_to_the_best(seed, n, p):
    xy, demand, capacity = problem(seed, n, p)
    best = best_of_all(xy, demand, capacity, p)
    try:
        found = capacitated_medians(xy, demand, capacity, p, seconds=60, tries=300, seed=seed)
    except NoRoom:
        assert best == np.inf or demand.sum() > 0.6 * p * capacity  # only a tight fit may be missed
        return
    assert found.cost == pytest.approx(best)


def test_heaps_far_from_each_other_are_found():
    rng = np.random.default_rng(3)
    heap = np.repeat(np.arange(12), 25)
    xy = 1_000.0 * np.column_stack([heap % 4, heap // 4]) + rng.uniform(-1, 1, (300, 2))
    found = capacitated_medians(xy, np.ones(300), 25.0, 12, seconds=60, tries=2_000)
    assert all(len(np.unique(found.cluster[heap == h])) == 1 for h in range(12))


def test_distances_may_be_given_and_the_same_seed_and_steps_give_the_same():
    xy, demand, capacity = problem(7, 40, 6)
    far = np.hypot(*(xy[:, None] - xy[None]).transpose(2, 0, 1))
    first, again = (
        capacitated_medians(each, demand, capacity, 6, seconds=60, tries=50, seed=1) for each in (xy, far)
    )
    assert first.cost == again.cost
    assert first.cluster.tolist() == again.cluster.tolist()


def test_no_time_leaves_the_start_and_one_cluster_or_one_each_need_no_search():
    xy, demand, capacity = problem(5, 30, 4)
    found = capacitated_medians(xy, demand, capacity, 4, seconds=0)
    assert (found.cost, found.tries) == (found.start, 0)
    assert capacitated_medians(xy, demand, 1e9, 1).tries == 0
    assert capacitated_medians(xy, demand, 1e9, 30).cost == 0


@pytest.mark.parametrize(
    ("points", "demand", "capacity", "p", "says"),
    [
        (np.zeros((3, 2)), [1.0, 1.0], 5.0, 1, "do not belong together"),
        (np.zeros((3, 4)), [1.0, 1.0, 1.0], 5.0, 1, "coordinates, or|coordinates or"),
        (np.full((3, 2), np.nan), [1.0, 1.0, 1.0], 5.0, 1, "must be finite"),
        (np.zeros((3, 2)), [1.0, -1.0, 1.0], 5.0, 1, "not below 0"),
        (np.zeros((3, 2)), [1.0, 1.0, 1.0], 5.0, 4, "4 clusters cannot be made of 3 points"),
    ],
)
def test_numbers_that_fit_no_problem_are_refused(points, demand, capacity, p, says):
    with pytest.raises(ValueError, match=says):
        capacitated_medians(points, demand, capacity, p)


def test_too_little_room_is_said():
    with pytest.raises(NoRoom, match="does not fit into 2 clusters of 4"):
        capacitated_medians(np.zeros((3, 2)), [3.0, 3.0, 3.0], 4.0, 2)
    with pytest.raises(NoRoom, match="allow one more"):  # three of 3 into two of 5: each holds one
        capacitated_medians(np.zeros((3, 2)), [3.0, 3.0, 3.0], 5.0, 2)

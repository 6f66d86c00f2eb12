"""Walks whose ways are not straight: every stop once, from where they begin, short, and on time."""

import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.routing import open_walk
from geodata.routing.measured import WHOLE, measured_walk


def blocks_of(xy):
    """Metres along the blocks of a city."""
    return lambda a, b: np.abs(xy[a] - xy[b]).sum(axis=1)


def length(order, legs, closed=False):
    path = np.append(order, order[:1]) if closed else order
    return float(legs(path[:-1], path[1:]).sum())


@settings(deadline=None, max_examples=25)
@given(
    st.integers(0, 2**32 - 1), st.integers(0, 60), st.booleans(), st.booleans(), st.sampled_from([0.0, 0.02])
)
def test_every_stop_is_walked_once_from_the_start(seed, count, closed, has_start, limit_s):
    xy = np.random.default_rng(seed).integers(0, 30, (count, 2)).astype(float)
    start = seed % count if has_start and count else None
    order = measured_walk(xy, blocks_of(xy), closed=closed, start=start, seed=seed, time_limit_s=limit_s)
    assert sorted(order.tolist()) == list(range(count))
    assert start is None or order[0] == start


@pytest.mark.parametrize("closed", [False, True])
def test_many_stops_are_walked_once_in_little_time_too(closed):
    xy = np.random.default_rng(1).uniform(0, 1_000, (WHOLE + 500, 2))
    for limit_s in (0.01, 0.3):
        order = measured_walk(xy, blocks_of(xy), closed=closed, start=7, time_limit_s=limit_s)
        assert order[0] == 7
        assert sorted(order.tolist()) == list(range(len(xy)))


def test_ways_count_and_not_straight_lines():
    """Two rows of stops with a wall between: along one row, around its end, and back along the other."""
    xy = np.array([(x, y) for x in range(0, 400, 20) for y in (0.0, 5.0)])

    def legs(a, b):
        across = xy[a, 1] != xy[b, 1]
        return np.where(across, (400 - xy[a, 0]) + (400 - xy[b, 0]), np.abs(xy[a, 0] - xy[b, 0]))

    assert length(measured_walk(xy, legs, time_limit_s=0.5), legs) == 380 + 40 + 380


def test_stretches_are_never_longer_than_the_straight_line_order():
    xy = np.random.default_rng(2).uniform(0, 1_000, (WHOLE + 200, 2))
    legs = blocks_of(xy)
    order = measured_walk(xy, legs, seed=3, time_limit_s=2.0)
    assert length(order, legs) <= length(open_walk(xy, seed=3, time_limit_s=0.4).order, legs)


def test_the_seconds_are_kept_where_ways_are_slow_to_measure():
    """All ways of 900 stops would take a second, and a full search of them longer."""
    xy = np.random.default_rng(0).uniform(0, 1_000, (900, 2))
    plain = blocks_of(xy)

    def legs(a, b):
        time.sleep(len(a) * 2.5e-6)
        return plain(a, b)

    measured_walk(xy[:20], plain, time_limit_s=0.1)  # compiles
    begun = time.perf_counter()
    measured_walk(xy, legs, time_limit_s=0.1)
    assert time.perf_counter() - begun < 0.8

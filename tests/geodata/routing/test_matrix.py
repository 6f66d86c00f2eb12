"""Orders of a few stops by any distances: every stop once, the ends asked for, and the shortest where that
can be known.
"""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geodata.routing import open_walk_by


@st.composite
def tables(draw, most):
    """Symmetric distances of any kind: equal ones, zeros, and such as no map has."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n = draw(st.integers(1, most))
    top = draw(st.sampled_from([1, 4, 1000]))
    half = np.triu(rng.integers(0, top + 1, (n, n)), 1) * draw(st.sampled_from([1e-3, 1.0, 1e4]))
    return half + half.T


@st.composite
def walks_asked_for(draw, most):
    """A table and, perhaps, where to begin and where to end."""
    table = draw(tables(most))
    rows = st.none() | st.integers(0, len(table) - 1)
    start = draw(rows)
    return table, start, draw(rows.filter(lambda end: end is None or end != start))


def length(table, order):
    return table[order[:-1], order[1:]].sum()


@settings(deadline=None)
@given(walks_asked_for(6))
def test_a_few_stops_are_walked_the_shortest_way(asked):
    table, start, end = asked
    every = (np.array(order) for order in itertools.permutations(range(len(table))))
    allowed = (o for o in every if start in (None, o[0]) and end in (None, o[-1]))
    assert length(table, open_walk_by(table, start=start, end=end)) == pytest.approx(
        min(length(table, order) for order in allowed)
    )


@settings(deadline=None)
@given(walks_asked_for(40), st.integers(0, 3))
def test_every_stop_is_visited_once_from_start_to_end_and_the_same_way_every_time(asked, seed):
    table, start, end = asked
    order = open_walk_by(table, start=start, end=end, seed=seed)
    assert sorted(order.tolist()) == list(range(len(table)))
    assert start in (None, order[0])
    assert end in (None, order[-1])
    assert (order == open_walk_by(table, start=start, end=end, seed=seed)).all()


@settings(deadline=None)
@given(tables(40))
def test_kicks_never_make_the_walk_longer(table):
    few = length(table, open_walk_by(table, kicks_per_stop=0))
    assert length(table, open_walk_by(table)) <= few + 1e-6


def test_a_line_of_stops_is_walked_from_one_end_to_the_other():
    at = np.random.default_rng(3).permutation(60).astype(float)
    order = open_walk_by(np.abs(at[:, None] - at))
    assert np.abs(np.diff(at[order])).tolist() == [1.0] * 59


@pytest.mark.parametrize(
    ("table", "wish", "sentence"),
    [
        (np.zeros((2, 3)), {}, "as many rows as columns"),
        ([[0, np.nan], [np.nan, 0]], {}, "numbers of 0 or more"),
        ([[0, -1], [-1, 0]], {}, "numbers of 0 or more"),
        ([[0, 1], [2, 0]], {}, "same in both directions"),
        ([[0, 1], [1, 0]], {"start": 2}, "start must be a row from 0 to 1, got 2"),
        ([[0, 1], [1, 0]], {"start": 1, "end": 1}, "cannot begin and end at row 1"),
    ],
)
def test_a_table_that_cannot_be_walked_is_refused_with_a_sentence(table, wish, sentence):
    with pytest.raises(ValueError, match=sentence):
        open_walk_by(table, **wish)


def test_no_stops_give_no_order():
    assert len(open_walk_by(np.empty((0, 0)))) == 0

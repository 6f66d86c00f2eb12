"""Delegates given out by largest remainder: always all of them, and never to those below the threshold."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.priority.delegates import apportioned, gain_per_vote, steps, won

sizes = st.lists(st.integers(0, 10_000), min_size=1, max_size=40)


@given(st.integers(0, 300), sizes)
def test_all_are_given_out_within_one_of_the_exact_share(whole, sizes):
    sizes = np.array(sizes, dtype=np.float64)
    if not sizes.sum():
        sizes[0] = 1
    given_out = apportioned(whole, sizes)
    assert given_out.sum() == whole
    assert (np.abs(given_out - whole * sizes / sizes.sum()) < 1).all()


def test_nothing_is_given_in_proportion_to_nothing():
    with pytest.raises(ValueError, match="all 0"):
        apportioned(3, np.zeros(2))
    assert apportioned(0, np.zeros(2)).sum() == 0


@given(
    st.lists(st.tuples(*[st.integers(0, 5_000)] * 3), min_size=1, max_size=20),
    st.integers(0, 9),
    st.floats(0, 0.4),
)
def test_the_delegates_of_a_district_go_to_those_above_the_threshold(votes, count, threshold):
    votes = np.array(votes, dtype=np.float64).T
    given_out = won(votes, np.full(votes.shape[1], float(count)), threshold)
    total = votes.sum(axis=0)
    assert (given_out.sum(axis=0) == np.where(total > 0, count, 0)).all()
    below = (votes < threshold * total) & (votes < votes.max(axis=0))
    assert (given_out[below] == 0).all()


def test_a_district_by_hand():
    assert won(np.array([[55.0], [40.0], [5.0]]), np.array([4.0]), 0.15).tolist() == [[2], [2], [0]]
    assert won(np.array([[70.0], [30.0], [0.0]]), np.array([5.0]), 0.15).tolist() == [
        [4],
        [1],
        [0],
    ]  # 3.5 : 1.5
    assert won(np.array([[90.0], [10.0], [0.0]]), np.array([6.0]), 0.15).tolist() == [[6], [0], [0]]


@given(st.integers(1, 12), st.floats(0.2, 1.0), st.floats(0.01, 0.99))
def test_the_steps_are_where_the_count_rises(delegates, rival_share, share):
    at, gained = steps(delegates, rival_share, 0.15)
    if np.abs(at - share).min() < 1e-6:
        return
    rival = (1 - share) * rival_share
    others = (1 - share - rival) / 40  # too many and too small for the threshold
    votes = np.array([[share], [rival], *[[others]] * 40])
    if rival_share < 0.15:
        return
    assert won(votes * 1e6, np.array([float(delegates)]), 0.15)[0, 0] == gained[at <= share].sum()


@given(st.floats(0.05, 0.95), st.integers(1, 10))
def test_a_vote_never_costs_delegates(share, count):
    one = np.ones(1)
    gain = gain_per_vote(share * one, 0.05 * one, 1_000 * one, one, count * one, 0.15)
    assert gain[0] >= 0

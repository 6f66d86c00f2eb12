"""Seats without end, shifts without end, and pairs fixed on one of several segments."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from geodata.matching.reach import solve_reach
from tests.geodata.matching.test_live_fixed import town

NO_END = 2**31 - 1


def test_seats_that_stay_free_cost_nothing_however_many_there_are():
    result = solve_reach(town([1.0, 0.5, 0.5], *[[(NO_END, 2.0), (NO_END, 1.0)]] * 50))
    assert result.objective == result.bound == pytest.approx(4.0)
    assert (result.price == 0).all()


def test_who_wants_no_end_of_shifts_takes_every_place_and_each_bound_counts_them_all():
    problem = town([1.0, 0.9], *[[(1, 1.0)]] * 100)
    problem.people.wanted[:] = NO_END
    result = solve_reach(problem)
    assert len(result.pairs) == 100
    assert min(step.bound for step in result.rounds[0]) >= 100 - 1e-9


def test_whoever_is_fixed_moves_to_the_better_seat_of_the_place():
    problem = replace(town([0.25], [(1, 2.0), (1, 0.0)]), pinned=np.array([[0, 0]], np.int32), km_cost=0.001)
    problem.people.latitude[:] = 28.3
    result = solve_reach(problem)
    assert result.segment.tolist() == [0]
    assert result.gap <= 0.001

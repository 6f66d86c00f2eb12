"""A broken plan is caught, and each break is named."""

from dataclasses import replace

import numpy as np
import pytest

from geodata.matching import MatchProblem, certify, match


def violations(problem, result, **changes):
    proof = certify(problem, replace(result, **changes))
    assert not proof.feasible
    return " ".join(proof.violations)


def pairs_of(problem, pairs, result, **changes):
    """The result with other pairs, each in its place's first segment unless told otherwise."""
    changes = {"segment": np.zeros(len(pairs), int), "value": np.zeros(len(pairs)), **changes}
    return violations(problem, result, pairs=np.array(pairs), **changes)


def test_every_break_is_named(town):
    plan = match(town, method="exact", time_limit_s=600)
    assert "the school takes 1 people but is given 2" in pairs_of(town, [[0, 1], [2, 1]], plan)
    assert "Ana wants 1 shifts but is given 2" in pairs_of(town, [[0, 0], [0, 1]], plan)
    assert "volunteer 2 and place 0 are no pair" in pairs_of(town, [[2, 0]], plan)
    assert "occurs twice" in pairs_of(town, [[0, 0], [0, 0]], plan)
    assert "Segment 0 has 1 seats but 2 people" in pairs_of(town, [[0, 0], [1, 0]], plan)
    assert "no such segment" in pairs_of(town, [[0, 1]], plan, segment=np.array([1]))
    assert "says it is worth 99" in violations(town, plan, objective=99.0)
    assert "prices must be numbers" in violations(town, plan, segment_price=np.array([-1.0, 0, 0]))
    assert "prices must be numbers" in violations(town, plan, segment_price=np.array([np.nan, 0, 0]))


def test_orders_that_were_not_followed_are_named(town):
    plan = match(town, method="exact", time_limit_s=600)
    for orders, words in [
        ({"pinned": [(1, 1)]}, "Ben at the school is pinned but missing from the plan"),
        ({"kept": [(1, 1)]}, "Ben at the school is kept but missing from the plan"),
        ({"never": [(1, 0)]}, "Ben at the library is marked never but in the plan"),
    ]:
        assert words in violations(replace(town, **orders), plan)


def test_overlapping_shifts_of_one_person_are_named():
    free = MatchProblem(
        shifts_wanted=[2],
        capacity=[1, 1],
        arc_volunteer=[0, 0],
        arc_place=[0, 1],
        arc_value=[1.0, 1.0],
        starts_at=[0, 10],
        ends_at=[10, 20],
    )
    plan = match(free)
    assert certify(free, plan).feasible
    clashing = replace(free, starts_at=[0, 9])
    assert "place 0 and place 1, which overlap in time" in violations(clashing, plan)


def test_any_prices_prove_a_bound_but_bad_ones_a_loose_one(town):
    plan = match(town, method="exact", time_limit_s=600)
    for prices in ([0.0, 0.0, 0.0], [9.0, 9.0, 9.0]):
        proof = certify(town, replace(plan, segment_price=np.array(prices)))
        assert proof.feasible
        assert proof.bound >= plan.objective
        assert proof.gap > 0.05
    assert certify(town, plan).bound == pytest.approx(plan.objective)

"""Reasons agree with the plan they explain, and costs of changes with plans solved anew."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from geodata.matching import (
    Change,
    Infeasible,
    Places,
    Volunteers,
    apply_change,
    build_arcs,
    certify,
    cost_of,
    explain,
    match,
)
from tests.geodata.matching.conftest import problems


@given(problems())
def test_everybody_gets_exactly_one_kind_of_reason(problem):
    result = match(problem)
    reasons = explain(problem, result)
    assert [[r.volunteer, r.place] for r in reasons.pairs] == result.pairs.tolist()
    assert set(reasons.home) | {r.volunteer for r in reasons.pairs} == set(range(problem.n_volunteers))
    assert not set(reasons.home) & {r.volunteer for r in reasons.pairs}
    assert len(reasons.places) == problem.n_places
    for pair in reasons.pairs:
        assert pair.gain == pytest.approx(pair.value - pair.price)
        if pair.next_best:
            assert pair.next_best.value == pytest.approx(pair.value - pair.next_best.less)
            assert pair.next_best.place not in [p for v, p in result.pairs.tolist() if v == pair.volunteer]


def test_the_town_is_explained_as_a_person_would(town):
    reasons = explain(town, match(town, method="exact", time_limit_s=600))
    ana, ben, cal = reasons.pairs
    assert ana.sentence == (
        "Ana at the library: worth 3 net votes, 2.0 km away. Next best is the school (5.0 km), worth 1 less."
    )
    assert ben.binds == "capacity"
    assert ben.sentence.endswith(
        "the school (4.0 km) would be worth 0.5 more to this volunteer, "
        "but a seat there is worth 0.5 to others."
    )
    assert ben.change == "One more seat at the school could change it."
    assert cal.next_best is None
    assert reasons.places[1].sentence == (
        "the school is full (1); one more seat would add 0.5 net votes to the plan."
    )


def test_who_stays_at_home_learns_why():
    people = Volunteers(
        latitude=[30.0, 30.0, 45.0],
        longitude=[-97.0] * 3,
        show_chance=[0.9, 0.5, 0.9],
        names=["Ana", "Ben", "Cal"],
    )
    place = Places(latitude=[30.1], longitude=[-97.0], segments=[[(1, 2.0)]], names=["the library"])
    arcs = build_arcs(people, place)
    reasons = explain(arcs.problem, match(arcs.problem, method="exact", time_limit_s=600), arcs.without)
    assert reasons.home[1].binds == "capacity"
    assert "Closest was the library: worth 1 net votes, where a seat is worth 1." in reasons.home[1].sentence
    assert reasons.home[1].change.startswith("One more seat at the library")
    assert reasons.home[2].binds == "no_arcs"
    assert "No place lies within the 50 km that Cal travels" in reasons.home[2].sentence


def test_the_cost_of_a_change_is_told_in_value(town):
    plan = match(town, method="exact", time_limit_s=600)
    move = cost_of(town, plan, Change("move", volunteer=0, source=0, place=1))
    # Ana to the school (2), Ben to the library's first seat (1.5), Cal nowhere: 3.5 instead of 5.5
    assert move.cost == pytest.approx(2.0)
    assert move.sentence == "Moving Ana from the library to the school costs 2 net votes."
    gone = cost_of(town, plan, Change("remove", volunteer=0, source=0))
    assert gone.cost == pytest.approx(5.5 - 3.5)
    assert [0, 1] not in gone.after.pairs.tolist() or [2, 1] not in gone.after.pairs.tolist()


@given(problems(shifts=(1,), orders=False), st.data())
def test_a_change_costs_never_less_than_nothing_and_is_followed(problem, data):
    plan = match(problem, method="exact", time_limit_s=600)
    assume(len(plan.pairs))
    v, p = data.draw(st.sampled_from(plan.pairs.tolist()))
    cost = cost_of(problem, plan, Change("remove", volunteer=v, source=p))
    assert cost.cost >= -1e-6
    assert cost.least <= cost.cost + 1e-6
    assert [v, p] not in cost.after.pairs.tolist()
    assert certify(apply_change(problem, Change("remove", volunteer=v, source=p)), cost.after).feasible
    assert cost_of(problem, plan, Change("pin", volunteer=v, place=p)).cost == pytest.approx(0, abs=1e-6)


def test_a_change_that_cannot_be_is_refused_with_a_sentence(town):
    plan = match(town)
    with pytest.raises(Infeasible, match="Cal and the library are fixed together, but nothing says"):
        cost_of(town, plan, Change("pin", volunteer=2, place=0))
    with pytest.raises(ValueError, match="a move needs the place that is given up"):
        Change("move", volunteer=0, place=1)

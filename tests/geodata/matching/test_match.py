"""What every plan must keep, whatever the method."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.matching import Infeasible, MatchProblem, certify, match
from tests.geodata.matching.conftest import problems

METHODS = ("auction", "exact")


def best_by_trying(problem):
    """The worth of the best plan by trying every choice of arcs, pins kept; written apart from all
    solvers.
    """
    arcs = list(zip(problem.arc_volunteer.tolist(), problem.arc_place.tolist(), strict=True))
    pins = {tuple(p) for p in problem.pinned.tolist()}
    never = {tuple(p) for p in problem.never.tolist()}
    best = -np.inf
    for chosen in itertools.product([False, True], repeat=len(arcs)):
        rows = [k for k, use in enumerate(chosen) if use]
        pairs = {arcs[k] for k in rows}
        if pairs >= pins and not pairs & never and keeps_limits(problem, pairs):
            best = max(best, worth(problem, rows))
    return best


def keeps_limits(problem, pairs):
    for a, b in itertools.combinations(sorted(pairs), 2):
        s, e = problem.starts_at, problem.ends_at
        p, q = a[1], b[1]
        if a[0] == b[0] and s[p] < e[p] and s[q] < e[q] and s[p] < e[q] and s[q] < e[p]:
            return False
    given = np.bincount([v for v, _ in pairs], minlength=problem.n_volunteers)
    filled = np.bincount([p for _, p in pairs], minlength=problem.n_places)
    return (given <= problem.shifts_wanted).all() and (filled <= problem.capacity).all()


def worth(problem, rows):
    total = 0.0
    for p in {int(problem.arc_place[k]) for k in rows}:
        here = sorted((k for k in rows if problem.arc_place[k] == p), key=lambda k: -problem.arc_weight[k])
        first, last = problem.segment_start[p], problem.segment_start[p + 1]
        drops = np.repeat(problem.segment_drop[first:last], problem.segment_size[first:last])
        total += sum(
            problem.arc_value[k] - problem.arc_weight[k] * d for k, d in zip(here, drops, strict=False)
        )
    return total


@given(problems(), st.sampled_from(METHODS), st.integers(0, 3))
def test_every_plan_keeps_every_limit_and_its_certificate_agrees(problem, method, seed):
    result = match(problem, method=method, seed=seed)
    proof = certify(problem, result)
    assert proof.violations == ()
    assert result.feasible
    assert result.objective == pytest.approx(proof.objective, abs=1e-6)
    assert result.bound >= result.objective - 1e-9


@given(problems(most_volunteers=4, most_places=3))
def test_the_exact_method_finds_what_trying_everything_finds(problem):
    assert match(problem, method="exact", time_limit_s=600).objective == pytest.approx(
        best_by_trying(problem), abs=1e-6
    )


@given(problems())
def test_no_plan_is_above_the_bound_of_the_auction(problem):
    best = match(problem, method="exact", time_limit_s=600).objective
    result = match(problem, gap=0.05)
    assert result.bound >= best - 1e-6
    assert certify(problem, result).bound >= best - 1e-6
    assert result.objective <= best + 1e-6


@given(problems(shifts=(1,), orders=False), st.booleans())
def test_with_one_shift_each_the_auction_gets_within_the_gap_asked_for(problem, fine):
    gap = 0.001 if fine else 0.05
    assert match(problem, gap=gap).gap <= gap


@given(problems(ties=True), st.integers(0, 2))
def test_ties_end_and_are_as_good_as_the_best(problem, seed):
    best = match(problem, method="exact", time_limit_s=600).objective
    assert match(problem, seed=seed).objective >= 0.95 * best - 0.3


@given(problems(orders=False), st.integers(0, 2**32 - 1))
def test_the_best_worth_does_not_depend_on_the_order_of_rows(problem, seed):
    rng = np.random.default_rng(seed)
    who = rng.permutation(problem.n_volunteers)
    new_row = np.argsort(who)
    order = np.argsort(new_row[problem.arc_volunteer], kind="stable") if len(problem.arc_volunteer) else []
    shuffled = MatchProblem(
        shifts_wanted=problem.shifts_wanted[who],
        capacity=problem.capacity,
        arc_volunteer=new_row[problem.arc_volunteer][order].astype(int),
        arc_place=problem.arc_place[order],
        arc_value=problem.arc_value[order],
        arc_weight=problem.arc_weight[order],
        segment_start=problem.segment_start,
        segment_size=problem.segment_size,
        segment_drop=problem.segment_drop,
        starts_at=problem.starts_at,
        ends_at=problem.ends_at,
    )
    one, other = (match(p, method="exact", time_limit_s=600).objective for p in (problem, shuffled))
    assert one == pytest.approx(other, abs=1e-6)
    assert match(shuffled).bound >= one - 1e-6


@given(problems(), st.integers(0, 5))
def test_the_same_seed_gives_the_same_plan(problem, seed):
    first, second = match(problem, seed=seed), match(problem, seed=seed)
    assert (first.pairs == second.pairs).all()
    assert (first.segment_price == second.segment_price).all()


@pytest.mark.parametrize("method", METHODS)
def test_the_town_is_matched_as_by_hand(town, method):
    result = match(town, method=method)
    assert result.pairs.tolist() == [[0, 0], [1, 0], [2, 1]]
    assert result.segment.tolist() == [0, 1, 0]
    assert result.objective == pytest.approx(3 + (1.5 - 0.5 * 2) + 2)
    assert result.gap == pytest.approx(0, abs=0.002)


def test_exact_prices_are_what_one_more_seat_is_worth(town):
    result = match(town, method="exact", time_limit_s=600)
    # one more seat at the school: Ben would give up 0.5 at the library for 1.0
    assert result.price.tolist() == pytest.approx([0.0, 0.5])


@given(problems(shifts=(1,), orders=False))
def test_an_exact_price_is_what_one_more_seat_adds(problem):
    before = match(problem, method="exact", time_limit_s=600)
    for place in range(min(problem.n_places, 2)):
        last = problem.segment_start[place + 1] - 1
        size, capacity = problem.segment_size.copy(), problem.capacity.copy()
        size[last] += 1
        capacity[place] += 1
        if size[last] == 1:
            continue  # a segment without a seat had no price to find
        more = MatchProblem(
            shifts_wanted=problem.shifts_wanted,
            capacity=capacity,
            arc_volunteer=problem.arc_volunteer,
            arc_place=problem.arc_place,
            arc_value=problem.arc_value,
            arc_weight=problem.arc_weight,
            segment_start=problem.segment_start,
            segment_size=size,
            segment_drop=problem.segment_drop,
            starts_at=problem.starts_at,
            ends_at=problem.ends_at,
        )
        gain = match(more, method="exact", time_limit_s=600).objective - before.objective
        assert before.price[place] == pytest.approx(gain, abs=1e-5)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("wanted", "capacity"), [([], []), ([1, 2], []), ([], [3]), ([1, 1], [0]), ([0, 0], [5])]
)
def test_nothing_to_match_gives_an_empty_plan(method, wanted, capacity):
    pairs = [(v, p) for v in range(len(wanted)) for p in range(len(capacity))]
    problem = MatchProblem(
        shifts_wanted=wanted,
        capacity=capacity,
        arc_volunteer=[v for v, _ in pairs],
        arc_place=[p for _, p in pairs],
        arc_value=[1.0] * len(pairs),
    )
    result = match(problem, method=method)
    assert len(result.pairs) == 0
    assert (result.objective, result.bound, result.gap) == (0.0, 0.0, 0.0)
    assert certify(problem, result).feasible


def test_everyone_equal_at_one_point_fills_every_seat_at_once():
    people, places = 3000, 20
    problem = MatchProblem(
        shifts_wanted=np.ones(people, int),
        capacity=np.full(places, 100),
        arc_volunteer=np.repeat(np.arange(people), places),
        arc_place=np.tile(np.arange(places), people),
        arc_value=np.ones(people * places),
    )
    result = match(problem, time_limit_s=20)
    assert result.objective == 2000
    assert result.gap == 0
    assert result.stopped == "done"


def test_a_capacity_of_a_billion_needs_no_memory():
    problem = MatchProblem(
        shifts_wanted=[1, 1],
        capacity=[1_000_000_000],
        arc_volunteer=[0, 1],
        arc_place=[0, 0],
        arc_value=[1.0, 2.0],
    )
    result = match(problem)
    assert result.objective == 3
    assert result.bound == 3


def test_a_plan_cut_short_by_time_still_keeps_every_limit():
    rng = np.random.default_rng(1)
    people, places = 20_000, 50
    problem = MatchProblem(
        shifts_wanted=np.ones(people, int),
        capacity=np.full(places, 100),
        arc_volunteer=np.repeat(np.arange(people), places),
        arc_place=np.tile(np.arange(places), people),
        arc_value=rng.random(people * places),
        pinned=[(5, 3), (7, 3)],
    )
    result = match(problem, time_limit_s=0.0, gap=1e-6)
    assert result.stopped == "time limit"
    assert certify(problem, result).violations == ()


def infeasible(message, **changes):
    base = {
        "shifts_wanted": [1, 2],
        "capacity": [1, 1],
        "arc_volunteer": [0, 0, 1, 1],
        "arc_place": [0, 1, 0, 1],
        "arc_value": [1.0] * 4,
        "starts_at": [0, 5],
        "ends_at": [10, 15],
        "volunteer_names": ("Ana", "Ben"),
        "place_names": ("the library", "the school"),
    }
    problem = MatchProblem(**{**base, **changes})
    for method in METHODS:
        with pytest.raises(Infeasible, match=message):
            match(problem, method=method)


def test_pins_beyond_the_capacity_are_named():
    infeasible("the library has room for 1, but 2 are fixed there: Ana, Ben", pinned=[(0, 0)], kept=[(1, 0)])


def test_a_pin_on_a_place_without_seats_is_named():
    infeasible("the library has room for 0, but 1 are fixed there: Ana", pinned=[(0, 0)], capacity=[0, 1])


def test_pins_that_overlap_are_named():
    infeasible("Ben is fixed at the library and the school, which overlap", pinned=[(1, 0), (1, 1)])


def test_more_pins_than_shifts_wanted_are_named():
    infeasible("Ana wants 1 shifts, but is fixed at 2", pinned=[(0, 0), (0, 1)], starts_at=[0, 10])


def test_a_pair_both_pinned_and_never_is_named():
    infeasible("Ana and the school are fixed together and also marked never", pinned=[(0, 1)], never=[(0, 1)])


def test_a_pin_without_an_arc_is_named():
    infeasible("Ana and the school", pinned=[(0, 1)], arc_volunteer=[0], arc_place=[0], arc_value=[1.0])


def test_a_pin_holds_even_where_it_costs():
    problem = MatchProblem(
        shifts_wanted=[1, 1],
        capacity=[1],
        arc_volunteer=[0, 1],
        arc_place=[0, 0],
        arc_value=[-2.0, 5.0],
        pinned=[(0, 0)],
    )
    for method in METHODS:
        result = match(problem, method=method)
        assert result.pairs.tolist() == [[0, 0]]
        assert certify(problem, result).bound == pytest.approx(-2.0, abs=0.05)


@pytest.mark.parametrize(
    ("message", "changes"),
    [
        ("arc_value holds a value that is not a number", {"arc_value": [np.nan, 1.0]}),
        ("capacity is negative", {"capacity": [-1]}),
        ("arcs must be sorted", {"arc_volunteer": [1, 0]}),
        ("more than once", {"arc_volunteer": [0, 0]}),
        ("arc_place must be a row number from 0 to 0", {"arc_place": [0, 1]}),
        ("volunteer in pinned must be a row", {"pinned": [(9, 0)]}),
        ("ends before it starts", {"starts_at": [5], "ends_at": [4]}),
        ("hold 2 seats", {"segment_start": [0, 1], "segment_size": [2], "segment_drop": [0.0]}),
        (
            "must fall from segment to segment",
            {
                "capacity": [3],
                "segment_start": [0, 3],
                "segment_size": [1, 1, 1],
                "segment_drop": [0.0, 2.0, 1.0],
            },
        ),
        ("whole numbers", {"shifts_wanted": [0.5, 1]}),
    ],
)
def test_arrays_that_do_not_fit_are_refused_with_a_sentence(message, changes):
    base = {"shifts_wanted": [1, 1], "capacity": [1], "arc_volunteer": [0, 1], "arc_place": [0, 0]}
    with pytest.raises(ValueError, match=message):
        MatchProblem(**{**base, "arc_value": [1.0, 2.0], **changes})

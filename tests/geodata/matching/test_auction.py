"""What the auction keeps inside: parts that share no seat, plans that do not depend on processors, little
memory.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geodata.matching import MatchProblem, _bids, _house, _parts, _ranges, certify, match
from geodata.matching._market import open_market
from geodata.matching._table import empty_seats, lay_out
from geodata.matching._walk import walk
from geodata.matching.auction import auction
from tests.geodata.matching.conftest import problems

in_parts_however_small = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def in_parts(monkeypatch):
    """Parts and ranges even for a handful of bidders."""
    monkeypatch.setattr(_parts, "WORTH_PARTING", 0)
    monkeypatch.setattr(_parts, "MOST_PARTS", 4)
    monkeypatch.setattr(_parts, "MOST_BORDER", 1.0)
    monkeypatch.setattr(_ranges, "AT_ONCE", 3)


def solve(problem, threads, *, seed=0, gap=0.002, time_limit_s=10.0):
    return auction(problem, seed=seed, time_limit_s=time_limit_s, gap=gap, threads=threads)


def towns(rng, count, *, people=300, places=8, shifts=(1,), neighbours=True):
    """Towns on a line, each with its places; some people also reach the next town. Shifts of two hours."""
    n, m = count * people, count * places
    town = rng.integers(0, count, n)
    far = neighbours & (rng.random(n) < 0.05) & (town + 1 < count)
    volunteer = np.concatenate([np.repeat(np.arange(n), places), np.repeat(np.flatnonzero(far), places)])
    where = np.concatenate([town, town[far] + 1])
    place = (where[:, None] * places + np.arange(places)).ravel()
    order = np.argsort(volunteer, kind="stable")
    capacity = rng.integers(10, 60, m)
    sizes = np.column_stack([capacity // 3, capacity - capacity // 3]).ravel()
    drops = np.column_stack([np.zeros(m), rng.uniform(0, 0.5, m)]).ravel()
    starts = rng.integers(0, 4, m) * 3600
    return MatchProblem(
        shifts_wanted=rng.choice(shifts, n),
        capacity=capacity,
        arc_volunteer=volunteer[order],
        arc_place=place[order],
        arc_value=rng.uniform(0.2, 2.0, len(place)),
        arc_weight=rng.uniform(0.3, 0.9, len(place)),
        segment_start=2 * np.arange(m + 1),
        segment_size=sizes,
        segment_drop=drops,
        starts_at=starts,
        ends_at=starts + 7200,
    )


def same(one, other):
    return (
        np.array_equal(one.pairs, other.pairs)
        and np.array_equal(one.segment_price, other.segment_price)
        and one.bound == other.bound
    )


@in_parts_however_small
@given(problems(most_volunteers=30, most_places=12), st.integers(0, 3))
def test_the_plan_does_not_depend_on_the_number_of_threads(in_parts, problem, seed):
    assert same(solve(problem, 1, seed=seed), solve(problem, 3, seed=seed))


@pytest.mark.parametrize("shifts", [(1,), (1, 2, 3)])
def test_large_towns_in_parts_give_one_plan_on_any_number_of_threads(monkeypatch, shifts):
    monkeypatch.setattr(_parts, "WORTH_PARTING", 0)
    problem = towns(np.random.default_rng(3), 12, shifts=shifts, neighbours=shifts == (1,))
    plans = [solve(problem, threads) for threads in (1, 2, 5)]
    assert same(plans[0], plans[1])
    assert same(plans[0], plans[2])
    proof = certify(problem, plans[0])
    assert proof.violations == ()
    assert proof.gap <= (0.002 if shifts == (1,) else 0.02)


@in_parts_however_small
@given(problems(most_volunteers=30, most_places=12), st.integers(0, 3))
def test_parts_share_no_seat_and_the_border_wants_one_each(in_parts, problem, seed):
    with ThreadPoolExecutor(2) as pool:
        table = lay_out(open_market(problem), seed, pool)
        side, count = _parts.parts(table, pool)
    owner = {}
    for b in range(len(table.demand)):
        for s in table.segment[table.start[b] : table.stop[b]].tolist():
            assert side[b] == count or owner.setdefault(s, side[b]) == side[b]
    assert count == 1 or (table.demand[side == count] == 1).all()


def test_towns_far_apart_are_auctioned_in_several_parts(monkeypatch):
    monkeypatch.setattr(_parts, "WORTH_PARTING", 0)
    problem = towns(np.random.default_rng(4), 12)
    with ThreadPoolExecutor(1) as pool:
        side, count = _parts.parts(lay_out(open_market(problem), 0, pool), pool)
    assert count >= 4
    assert (side == count).mean() <= _parts.MOST_BORDER


@in_parts_however_small
@given(problems(most_volunteers=12, shifts=(1, 2, 3)))
def test_in_parts_too_overlaps_and_falling_segments_are_kept_and_the_bound_holds(in_parts, problem):
    best = match(problem, method="exact", time_limit_s=600).objective
    result = solve(problem, 2)
    proof = certify(problem, result)
    assert proof.violations == ()
    assert result.objective <= best + 1e-6
    assert min(result.bound, proof.bound) >= best - 1e-6


@in_parts_however_small
@given(problems(most_volunteers=25, most_places=10, shifts=(1,), orders=False))
def test_in_parts_too_falling_segments_are_filled_within_the_gap(in_parts, problem):
    result = solve(problem, 2, gap=0.001)
    assert result.gap <= 0.001
    assert result.objective >= 0.999 * match(problem, method="exact", time_limit_s=600).objective - 1e-9


@given(problems(most_volunteers=30, most_places=12), st.integers(0, 3))
def test_the_walk_meets_everybody_and_every_place_once(problem, seed):
    market = open_market(problem)
    order, rank = walk(market, seed)
    assert sorted(order.tolist()) == list(range(market.n_bidders))
    assert sorted(rank.tolist()) == list(range(problem.n_places))


def test_in_the_walk_people_of_one_town_stand_together():
    rng = np.random.default_rng(6)
    problem = towns(rng, 10, neighbours=False)
    market = open_market(problem)
    order, _ = walk(market, 0)
    town = market.place[market.start[order]] // 8
    assert np.count_nonzero(np.diff(town)) == 9


@given(problems(most_volunteers=12), st.integers(1, 10**8))
def test_heaps_are_no_larger_than_what_can_be_bid_for(problem, times):
    many = MatchProblem(
        shifts_wanted=problem.shifts_wanted,
        capacity=problem.capacity * times,
        arc_volunteer=problem.arc_volunteer,
        arc_place=problem.arc_place,
        arc_value=problem.arc_value,
        arc_weight=problem.arc_weight,
        segment_start=problem.segment_start,
        segment_size=problem.segment_size * times,
        segment_drop=problem.segment_drop,
        starts_at=problem.starts_at,
        ends_at=problem.ends_at,
    )
    with ThreadPoolExecutor(1) as pool:
        table = lay_out(open_market(many), 0, pool)
    seats = empty_seats(table, np.zeros(len(table.size)))
    assert len(seats.bid) <= len(table.segment) + len(table.size)
    result = match(many)
    assert certify(many, result).violations == ()
    assert result.bound >= match(problem).objective - 1e-9


@pytest.mark.parametrize("threads", [1, 3])
def test_cut_short_in_parts_those_fixed_by_hand_still_have_their_seat(in_parts, monkeypatch, threads):
    monkeypatch.setattr(_house, "BIDS_BETWEEN_LOOKS", 50)
    rng = np.random.default_rng(8)
    free = towns(rng, 6)
    picked = rng.choice(len(free.arc_place), 40, replace=False)
    _, at = np.unique(free.arc_volunteer[picked], return_index=True)
    rows = picked[at]
    pinned = np.column_stack([free.arc_volunteer[rows], free.arc_place[rows]])
    columns = {name: getattr(free, name) for name in MatchProblem.__slots__ if name != "pinned"}
    problem = MatchProblem(**columns, pinned=pinned)
    result = solve(problem, threads, time_limit_s=0.0, gap=1e-6)
    assert result.stopped == "time limit"
    assert certify(problem, result).violations == ()
    assert set(map(tuple, pinned.tolist())) <= set(map(tuple, result.pairs.tolist()))


@in_parts_however_small
@given(problems(most_volunteers=40, most_places=12, shifts=(1,)))
def test_a_part_seats_nobody_but_its_own(in_parts, problem):
    plain = _bids.bid

    def watched(table, seats, held, *rest):
        side, mine = rest[5], rest[6]
        before = np.where(held.count == 1, held.row, -1)
        made = plain(table, seats, held, *rest)
        moved = (held.count == 1) & (held.row != before)
        assert mine < 0 or (side[moved] == mine).all()
        return made

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_bids, "bid", watched)
        solve(problem, 1)


@pytest.mark.parametrize("bids", [1, 2, 3])
def test_who_is_fixed_by_hand_and_outbid_as_time_runs_out_gets_a_seat_back(monkeypatch, bids):
    monkeypatch.setattr(_house, "BIDS_BETWEEN_LOOKS", bids)
    # Ana is worth 1, Ben and Cal 5 each: the second of them would take the seat that Ana has
    problem = MatchProblem(
        shifts_wanted=[1, 1, 1],
        capacity=[2],
        arc_volunteer=[0, 1, 2],
        arc_place=[0, 0, 0],
        arc_value=[1.0, 5.0, 5.0],
        segment_start=[0, 2],
        segment_size=[1, 1],
        segment_drop=[0.0, 0.5],
        pinned=[(0, 0)],
    )
    result = solve(problem, 1, time_limit_s=0.0)
    assert certify(problem, result).violations == ()
    assert 0 in result.pairs[:, 0]

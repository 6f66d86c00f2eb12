"""What moved since yesterday, and why, in sentences."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.priority import Coverage, District, PastResult, Plurality, Turnout, changes, score

ROWS = [
    District(
        code,
        code.title(),
        seat="s",
        region=code,
        registered=20_000,
        doors=5_000,
        doors_left=5_000,
        attempted=0,
    )
    for code in ("lake", "hill", "cove")
]
RESULTS = [PastResult(d.id, "2020", 4, 6_000, 6_100, 12_300) for d in ROWS]


def snapshot(rule=None, results=RESULTS, **changed):
    return score([replace(d, **changed.get(d.id, {})) for d in ROWS], results, rule=rule or Plurality())


def test_nothing_moved():
    assert changes(snapshot(), snapshot()) == []


@pytest.mark.parametrize(
    ("changed", "factor", "says"),
    [
        ({"attempts": 900, "contacts": 400}, "contact_rate", "Lake rose by"),
        ({"attempts": 900, "contacts": 20}, "contact_rate", "how many people open (20.0% before,"),
        (
            {"answers": 400, "supporters": 20, "contacts": 400, "attempts": 2000},
            "support",
            "support found at doors",
        ),
        ({"attempts": 900, "contacts": 180, "hours": 30}, "doors_per_hour", "doors an hour before"),
        ({"attempted": 4_000, "doors_left": 1_000}, "best_doors_left", "(5,000 before, 1,000 now)"),
        ({"registered": 30_000}, "stay_at_home", "supporters still at home (38.5% before, 59.0% now)"),
    ],
)
def test_the_factor_that_moved_most_is_named(changed, factor, says):
    found = changes(snapshot(), snapshot(lake=changed))
    assert found[0].id == "lake"
    assert found[0].factor == factor
    assert says in found[0].sentence


def test_a_closer_race_moves_every_district():
    wide = [replace(r, ours=4_000, theirs=8_000) for r in RESULTS]
    found = changes(
        snapshot(results=wide), snapshot(results=[replace(r, ours=5_900, theirs=6_100) for r in RESULTS])
    )
    assert {c.id for c in found} == {"lake", "hill", "cove"}
    assert {c.factor for c in found} == {"closeness"}


def test_done_and_reopened():
    done, again = snapshot(hill={"doors_left": 0}), snapshot()
    (fell,), (rose,) = changes(again, done), changes(done, again)
    assert (fell.factor, fell.ratio) == ("done", 0)
    assert fell.sentence == "Hill is done: no doors are left (there were 5,000)."
    assert (rose.factor, rose.ratio) == ("reopened", math.inf)


def test_new_and_gone_districts():
    two = score(ROWS[:2], RESULTS[:2], rule=Plurality())
    appeared = [c for c in changes(two, snapshot()) if c.factor == "appeared"]
    assert [(c.id, c.before, c.rank_before) for c in appeared] == [("cove", None, None)]
    gone = [c for c in changes(snapshot(), two) if c.factor == "gone"]
    assert [c.sentence for c in gone] == ["Cove is no longer on the list."]


def test_another_rule_compares_ranks_only():
    found = changes(snapshot(rule=Coverage()), snapshot(rule=Turnout(), lake={"registered": 90_000}))
    assert all(c.factor == "rule" for c in found)
    assert all(c.rank_before != c.rank_now for c in found)


def test_stored_rows_work_like_arrays():
    old, new = snapshot(), snapshot(lake={"attempts": 900, "contacts": 400})
    assert changes(old.rows(), new.rows()) == changes(old, new)


def test_small_moves_are_left_out():
    new = snapshot(lake={"attempts": 900, "contacts": 400})
    assert changes(snapshot(), new, least=10.0) == []


@given(st.integers(0, 900), st.integers(0, 900))
def test_the_sentence_and_the_ratio_agree(a, b):
    old, new = (snapshot(lake={"attempts": 900, "contacts": n}) for n in (a, b))
    for change in changes(old, new, least=0.0):
        assert change.ratio == pytest.approx(change.now / change.before)
        assert (" rose " in change.sentence) == (change.ratio >= 1)

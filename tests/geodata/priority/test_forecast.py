"""A forecast never promises more doors than are left, and its interval holds what then happens."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geodata.priority import DayDone, forecast

TODAY = date(2026, 10, 21)  # a Wednesday
ELECTION = date(2026, 11, 3)


def days(doors, contacts=None, hours=0.0):
    first = TODAY - timedelta(days=len(doors))
    talks = [d * 0.2 for d in doors] if contacts is None else contacts
    return [DayDone(first + timedelta(days=k), d, talks[k], hours=hours) for k, d in enumerate(doors)]


def told(history, left=100_000, **options):
    return forecast(history, today=TODAY, deadline=ELECTION, doors_left=left, **options)


def test_a_steady_pace_goes_on():
    found = told(days([100] * 21))
    assert found.days == 13
    assert found.doors[1] == pytest.approx(1_300)
    assert found.contacts[1] == pytest.approx(260, rel=0.01)
    assert found.finished_on is None
    assert "By November 3, 2026, about 1,300 doors" in found.sentence


def test_weekends_keep_their_own_pace():
    first = TODAY - timedelta(days=21)
    busy = [500 if (first + timedelta(days=k)).weekday() >= 5 else 50 for k in range(21)]
    with_weekend = forecast(days(busy), today=date(2026, 10, 21), deadline=date(2026, 10, 25), doors_left=1e6)
    without = forecast(days(busy), today=date(2026, 10, 18), deadline=date(2026, 10, 22), doors_left=1e6)
    assert with_weekend.doors[1] > 2 * without.doors[1]


@given(st.lists(st.integers(0, 2_000), max_size=40), st.integers(0, 5_000))
def test_never_more_than_are_left_and_the_interval_in_order(doors, left):
    found = told(days(doors), left=left)
    assert 0 <= found.doors[0] <= found.doors[1] <= found.doors[2] <= left
    assert 0 <= found.contacts[0] <= found.contacts[1] <= found.contacts[2] <= left + 1e-9


def test_a_short_history_is_less_sure_than_a_long_one():
    short, long = told(days([100, 140, 60])), told(days([100, 140, 60] * 7))

    def width(f):
        return (f.doors[2] - f.doors[0]) / f.doors[1]

    assert width(short) > 1.3 * width(long)


def test_ninety_percent_intervals_hold_nine_in_ten_futures():
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(400):
        mean = rng.uniform(50, 500)
        past, future = rng.gamma(2.0, mean / 2.0, 21), rng.gamma(2.0, mean / 2.0, 13)
        found = told(days(past.tolist()), left=1e9)
        held += found.doors[0] <= future.sum() <= found.doors[2]
    assert 0.86 <= held / 400 <= 0.98


def test_planned_hours_count_at_the_pace_seen():
    history = days([100] * 10, hours=5.0)
    plan = {ELECTION: 200.0}
    found = told(history, planned_hours=plan)
    pace = (1000 + 400) / (50 + 20)
    assert found.doors[1] == pytest.approx(12 * 100 + 200 * pace)


def test_the_day_the_doors_run_out():
    found = told(days([100] * 21), left=350)
    assert found.finished_on == TODAY + timedelta(days=4)
    assert "would be done on October 25" in found.sentence


def test_nothing_done_nothing_said():
    assert told([]).sentence.startswith("Nothing has been done yet")
    assert told([], left=0).sentence == "All doors are done."
    over = forecast(days([100]), today=ELECTION, deadline=ELECTION, doors_left=10)
    assert over.sentence == "The deadline is here with 10 doors left."


def test_today_is_not_over_and_does_not_count():
    history = [*days([100] * 21), DayDone(TODAY, 3, 1)]
    assert told(history).doors[1] == pytest.approx(1_300)


def test_days_without_an_entry_are_days_without_doors():
    sparse = [d for d in days([100] * 21) if d.on.day % 2]
    assert told(sparse).doors[1] < 1_000


@pytest.mark.parametrize(
    ("history", "says"),
    [
        ([DayDone(TODAY, 5, 6)], "no more than doors"),
        ([DayDone(TODAY, -5, 0)], "0 or more"),
        ([DayDone(TODAY, 5, 1), DayDone(TODAY, 5, 1)], "given twice"),
    ],
)
def test_impossible_days_are_refused(history, says):
    with pytest.raises(ValueError, match=says):
        told(history)

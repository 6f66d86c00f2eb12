"""When somebody can help: the weekly pattern, a day more, a day less; the same for people and for plans."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.core.db import db
from volunteer_hub.matching.free_time import lies_within, offered
from volunteer_hub.people import queries
from volunteer_hub.people.windows import BadWindow, Window, is_free, joined

HERE = ZoneInfo("America/New_York")
FRIDAY = date(2026, 11, 20)
FRIDAYS = Window(4, None, time(9), time(17))
EXTRA = Window(None, FRIDAY + timedelta(days=1), time(10), time(14))
AWAY = Window(None, FRIDAY, time.min, time(23, 59), is_away=True)


def at(day: date, hour: int, minute: int = 0) -> datetime:
    return datetime.combine(day, time(hour, minute), HERE)


@pytest.mark.parametrize(
    ("windows", "starts", "ends", "free"),
    [
        ([FRIDAYS], at(FRIDAY, 10), at(FRIDAY, 13), True),
        ([FRIDAYS, AWAY], at(FRIDAY, 10), at(FRIDAY, 13), False),
        ([FRIDAYS, AWAY], at(FRIDAY + timedelta(days=7), 10), at(FRIDAY + timedelta(days=7), 13), True),
        ([FRIDAYS, EXTRA], at(FRIDAY + timedelta(days=1), 10), at(FRIDAY + timedelta(days=1), 13), True),
        ([AWAY], at(FRIDAY, 10), at(FRIDAY, 13), False),
        ([AWAY], at(FRIDAY + timedelta(days=1), 10), at(FRIDAY + timedelta(days=1), 13), True),
        ([Window(None, FRIDAY, time(9), time(12), is_away=True)], at(FRIDAY, 12), at(FRIDAY, 15), True),
        ([Window(None, FRIDAY, time(9), time(12), is_away=True)], at(FRIDAY, 11), at(FRIDAY, 15), False),
    ],
)
def test_a_day_away_counts_against_every_window(windows, starts, ends, free):
    assert is_free(windows, starts, ends, HERE) is free


def test_only_a_day_can_be_taken_out():
    with pytest.raises(BadWindow, match="on which day"):
        Window(4, None, time(9), time(17), is_away=True)


times = st.integers(0, 47).map(lambda half: time(half // 2, half % 2 * 30))
windows = st.builds(
    lambda day, weekday, pair, away: Window(
        None if day is not None else weekday, day, min(pair), max(pair), is_away=away and day is not None
    ),
    st.none() | st.integers(0, 6).map(lambda number: FRIDAY + timedelta(days=number)),
    st.integers(0, 6),
    st.tuples(times, times).filter(lambda pair: pair[0] != pair[1]),
    st.booleans(),
)


@given(given=st.lists(windows, max_size=6), day=st.integers(0, 6), start=st.integers(6, 20))
def test_people_and_plans_agree_on_who_is_free(given, day, start):
    starts_at = at(FRIDAY + timedelta(days=day), start)
    ends_at = starts_at + timedelta(hours=2)
    found = offered(tuple(joined(given)), HERE.key, at(FRIDAY, 0), at(FRIDAY + timedelta(days=8), 0))
    slot = np.array([[int(starts_at.timestamp()), int(ends_at.timestamp())]])
    assert is_free(given, starts_at, ends_at, HERE) == bool(lies_within(slot, found)[0])


def test_days_away_are_said_and_taken_back_on_ones_own_page(client, make):
    person = make.person()
    client.sign_in(person)
    page = "/profile/availability"
    client.post(page, {"weekdays": ["5"], "from_time": "09:00", "until_time": "12:00"})
    client.post(page, {"away_on": "2026-11-27", "away_until": "2026-11-29"})
    shown = client.get(page).text
    assert shown.count("Not on ") >= 3
    assert "Saturday, 9:00" in shown
    client.post(page, {"away_on": "2026-12-24", "away_from_time": "12:00", "away_until_time": "18:00"})
    assert "12:00\u202fPM – 6:00\u202fPM" in client.get(page).text
    refused = client.post(page, {"away_on": "2026-12-24", "away_until": "2026-12-01"}, status=422).text
    assert "last day" in refused
    client.post(page, {"away_on": ""}, status=422)
    assert "Not on" in client.get("/my/shifts").text
    for row in queries.availability(person.id):
        client.post(f"{page}/{row.id}/remove")
    assert queries.availability(person.id) == []


def test_papers_and_an_age_are_said_once_on_ones_profile(client, make):
    person = make.person()
    client.sign_in(person)
    client.post("/profile/papers", {"papers": ["driver", "notary"], "age_at_least": "21"})
    client.post("/profile/papers", {"papers": ["driver"], "age_at_least": "18"})
    db.session.expire_all()
    assert person.age_at_least == 21, "an age is only ever raised"
    assert [row.kind for row in queries.papers_of_people([person.id])[person.id]] == ["driver"]
    page = client.get("/profile").text
    assert 'value="driver"' in page
    client.post("/profile/papers", {"age_at_least": "0"}, status=422)

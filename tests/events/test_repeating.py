"""Series of shifts: the days and times they fall on, also when the clocks change."""

from __future__ import annotations

import re
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import plans
from volunteer_hub.events.forms import days_between
from volunteer_hub.events.hours import times_of
from volunteer_hub.events.models import Shift

ZONE = "America/New_York"


def test_a_wall_clock_time_stays_the_same_when_the_clocks_change():
    days = [date(2027, 3, 13), date(2027, 3, 14)]
    first, second = plans.series(days, [(time(10), time(13))], ZONE)
    assert first[0].hour == 15
    assert second[0].hour == 14
    assert second[1] - second[0] == timedelta(hours=3)


def test_a_time_that_the_clocks_skip_is_refused():
    with pytest.raises(Refusal, match="does not exist"):
        plans.span(date(2027, 3, 14), time(2, 30), time(5), ZONE)


def test_a_shift_through_the_night_the_clocks_go_back_has_its_true_length():
    starts_at, ends_at = plans.span(date(2027, 11, 6), time(23), time(3), ZONE)
    assert ends_at - starts_at == timedelta(hours=5)


def test_a_shift_of_a_whole_day_is_refused():
    with pytest.raises(Refusal, match="at most 16 hours"):
        plans.span(date(2027, 5, 1), time(5), time(22), ZONE)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("10:00-13:00", [(time(10), time(13))]),
        ("9-12; 2 pm - 5 pm", [(time(9), time(12)), (time(14), time(17))]),
        ("5-8pm", [(time(17), time(20))]),
        ("12am-2am", [(time(0), time(2))]),
        ("10-1pm", [(time(10), time(13))]),
        ("10-1", [(time(10), time(13))]),
        ("9-5", [(time(9), time(17))]),
        ("9am-5", [(time(9), time(17))]),
        ("6-9pm", [(time(18), time(21))]),
        ("5:30-8", [(time(17, 30), time(20))]),
        ("11pm-2am", [(time(23), time(2))]),
        ("11-2am", [(time(23), time(2))]),
        ("22-2", [(time(22), time(2))]),
        ("6-22", [(time(6), time(22))]),
        ("7:00-20:00", [(time(7), time(20))]),
        ("9-17", [(time(9), time(17))]),
        ("9-13", [(time(9), time(13))]),
        ("13-5", [(time(13), time(17))]),
        ("14-6", [(time(14), time(18))]),
        ("14:30 - 6:15", [(time(14, 30), time(18, 15))]),
        ("2-17", [(time(14), time(17))]),
        ("23-12", [(time(23), time(0))]),
        ("11-0:30", [(time(23), time(0, 30))]),
        ("13-05", [(time(13), time(5))]),
        ("09:00-12:00", [(time(9), time(12))]),
        ("10 a.m. – 1 p. m.", [(time(10), time(13))]),
        ("10 a 1pm", [(time(10), time(13))]),
    ],
)
def test_times_are_read_as_people_write_them(text, expected):
    assert times_of(text) == expected


CLOCK_HOURS, MINUTES = st.integers(1, 12), st.sampled_from([0, 15, 30, 45])
HALVES = st.sampled_from(["", "am", "pm"])


@given(CLOCK_HOURS, MINUTES, HALVES, CLOCK_HOURS, MINUTES, HALVES)
def test_hours_mean_what_they_say_and_else_the_shortest_shift(hour, minute, half, until, until_minute, said):
    [(starts, ends)] = times_of(f"{hour}:{minute:02}{half} - {until}:{until_minute:02} {said}")
    assert (starts.hour % 12, starts.minute) == (hour % 12, minute)
    assert (ends.hour % 12, ends.minute) == (until % 12, until_minute)
    for read, wanted in ((starts, half), (ends, said)):
        assert not wanted or wanted == ("am" if read.hour < 12 else "pm")
    if not (half and said):  # one of the two may be either half of the day, so half a day is the most
        assert 0 < _minutes(starts, ends) <= 12 * 60


OF_24 = st.builds(time, st.sampled_from([0, *range(13, 24)]), MINUTES)


@given(CLOCK_HOURS, MINUTES, OF_24)
def test_beside_the_24_hour_clock_an_end_of_either_half_makes_the_shortest_shift(hour, minute, sure):
    text = f"{hour}:{minute:02}"
    halves = [time(each, minute) for each in (hour % 12, hour % 12 + 12)]
    [(starts, ends)] = times_of(f"{sure:%H:%M}-{text}")
    assert (starts, ends) == (sure, min(halves, key=lambda each: _minutes(sure, each)))
    [(starts, ends)] = times_of(f"{text}-{sure:%H:%M}")
    shortest = min(halves, key=lambda each: _minutes(each, sure))
    assert (starts, ends) == (halves[0] if 6 <= hour < 12 and sure.hour > 12 else shortest, sure)


@given(st.times(), st.times())
def test_hours_of_the_24_hour_clock_are_read_as_they_stand(starts, ends):
    starts, ends = (each.replace(second=0, microsecond=0) for each in (starts, ends))
    [read] = times_of(f"{starts:%H:%M}-{ends:%H:%M}")
    for found, written in zip(read, (starts, ends), strict=True):
        may_be_either = written.hour in (10, 11, 12)  # of the 12-hour clock, too
        assert found == written or (
            may_be_either and found.replace(hour=found.hour % 12) == written.replace(hour=written.hour % 12)
        )


def _minutes(starts: time, ends: time) -> int:
    return (60 * (ends.hour - starts.hour) + ends.minute - starts.minute) % (24 * 60) or 24 * 60


@pytest.mark.parametrize("text", ["noon", "25:00-26:00", "10:00", "10-", "13pm-14pm", "10:99-11:00"])
def test_a_time_that_cannot_be_read_is_named(text):
    with pytest.raises(Refusal, match="is no time"):
        times_of(text)


def test_a_series_takes_the_chosen_weekdays_only():
    days = days_between(date(2027, 5, 1), date(2027, 5, 16), {5, 6})
    assert [day.day for day in days] == [1, 2, 8, 9, 15, 16]
    with pytest.raises(Refusal, match="None of the chosen weekdays"):
        days_between(date(2027, 5, 3), date(2027, 5, 4), {6})


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"capacity": "0"}, "between 1 and 10000"),
        ({"capacity": "99999999999999999999"}, "between 1 and 10000"),
        ({"times": "whenever"}, "is no time"),
        ({"times": "14:00-13:00"}, "2:00\u202fPM to 1:00\u202fPM ends before it begins"),
        ({"times": "14:00-14:00"}, "cannot end as it begins"),
        ({"until_on": "2020-01-01"}, "comes before the first"),
        ({"from_on": "2020-01-01", "until_on": "2020-01-02"}, "starts in the future"),
        ({"staging_location_id": "999999"}, "Not a valid choice"),
    ],
)
def test_a_mistake_in_a_series_adds_nothing(make, client, change, sentence):
    event, location = make.event(), make.location()
    form = {
        "from_on": _next_saturday().isoformat(),
        "times": "10-13",
        "staging_location_id": location.id,
        "capacity": 5,
        "lead_id": 0,
    }
    browser = client.sign_in(make.person(role="organizer"))
    page = browser.post(f"/organize/events/{event.id}/shifts/new", form | change, status=422).text
    assert sentence in page
    assert db.session.query(Shift).count() == 0


def test_the_preview_shows_where_a_shift_without_am_or_pm_begins_and_ends(make, client):
    event, location = make.event(), make.location()
    form = {
        "from_on": _next_saturday().isoformat(),
        "times": "10-1pm",
        "staging_location_id": location.id,
        "capacity": 5,
        "lead_id": 0,
    }
    browser = client.sign_in(make.person(role="organizer"))
    page = browser.post(f"/organize/events/{event.id}/shifts/new", form | {"do": "look"}, status=200).text
    words = " ".join(re.sub(r"<[^>]+>", "", page).split())
    assert "10:00 AM – 1:00 PM" in words
    browser.post(f"/organize/events/{event.id}/shifts/new", form)
    [shift] = db.session.query(Shift)
    assert shift.ends_at - shift.starts_at == timedelta(hours=3)


def _next_saturday() -> date:
    today = datetime.now(ZoneInfo(ZONE)).date()
    return today + timedelta(days=(5 - today.weekday()) % 7 + 7)

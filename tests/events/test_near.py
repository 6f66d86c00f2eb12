"""What can I do near me: the search as people use it, how far, how long, each event once, in bounded work."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert

from tests.browsing import Browser
from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events.lines import way_text
from volunteer_hub.events.models import Event, Shift, StagingLocation
from volunteer_hub.events.near import coarse, distance_km, drive_min, point_of
from volunteer_hub.events.queries import listing
from volunteer_hub.priority.models import Contest, Score, Snapshot

MIAMI, HIALEAH, ORLANDO = (25.7743, -80.1937), (25.8576, -80.2781), (28.5383, -81.3792)
points = st.tuples(st.floats(-89, 89), st.floats(-179, 179))


def at(make, point, **fields):
    return make.location(latitude=point[0], longitude=point[1], **fields)


def titles(page: str) -> list[str]:
    """The events of a list, in its order."""
    return re.findall(r'class="event-line__title"><a [^>]*>([^<]*)<', page)


@pytest.fixture
def search(make, client):
    """search("near=33128&sort=soonest") gives the names of the events found, in order."""
    return lambda query="": titles(client.get(f"/c/{make.default_campaign.slug}/shifts?{query}").text)


@given(points, points)
def test_a_distance_is_the_same_both_ways_and_none_to_itself(here, there):
    assert distance_km(here, there) == pytest.approx(distance_km(there, here))
    assert distance_km(here, here) == 0
    assert 0 <= distance_km(here, there) <= 20_038


def test_a_known_distance():
    assert distance_km(MIAMI, ORLANDO) == pytest.approx(329, abs=2)


@given(st.floats(0, 1000), st.floats(0, 1000))
def test_farther_never_takes_less_time(one, other):
    near, far = sorted((one, other))
    assert 5 <= drive_min(near) <= drive_min(far)


def test_the_time_by_car_is_told_as_people_tell_it(app):
    with app.test_request_context():
        assert way_text(0.4) == "0.2 miles away, about 5 min by car"
        assert way_text(10) == "6.2 miles away, about 20 min by car"
        assert way_text(56) == "35 miles away, about 1 h 15 min by car"
        assert way_text(329) == "204 miles away"


@given(points)
def test_a_position_is_too_coarse_to_tell_a_home(point):
    rounded = coarse(*point)
    assert rounded == coarse(*rounded)
    assert distance_km(point, rounded) < 0.8


@pytest.mark.parametrize("text", ["", "here", "1", "1,2,3", "91,0", "0,181", "nan,nan", "1," * 90, "inf,0"])
def test_what_is_no_position_is_none(text):
    assert point_of(text) is None


def test_the_nearest_is_told_first_with_its_distance_and_time(make, client, search):
    make.shift(event=make.event(name="In Hialeah"), location=at(make, HIALEAH))
    make.shift(event=make.event(name="Downtown"), location=at(make, MIAMI))
    make.shift(event=make.event(name="In Orlando"), location=at(make, ORLANDO))
    assert search("near=33128") == ["Downtown", "In Hialeah"]
    page = client.get(f"/c/{make.default_campaign.slug}/shifts?near=33128").text
    assert "7.1 miles away, about 20 min by car" in page
    assert "near Miami, FL 33128" in page
    assert search("near=33128&within=any") == ["Downtown", "In Hialeah", "In Orlando"]
    assert search("near=33128&within=5") == ["Downtown"]


def test_a_position_of_the_browser_searches_like_a_zip(make, search):
    make.shift(event=make.event(name="Downtown"), location=at(make, MIAMI))
    make.shift(event=make.event(name="In Orlando"), location=at(make, ORLANDO))
    assert search("at=25.774321,-80.193712") == ["Downtown"]
    assert search("at=28.54,-81.38") == ["In Orlando"]
    assert search("near=33128&at=28.54,-81.38") == ["Downtown"], "what was typed counts"


def test_a_city_searches_like_a_zip(make, search):
    make.shift(event=make.event(name="Downtown"), location=at(make, MIAMI))
    make.shift(event=make.event(name="In Orlando"), location=at(make, ORLANDO))
    assert search("near=Orlando, FL") == ["In Orlando"]


def test_where_nothing_is_near_the_nearest_further_away_are_shown(make, client):
    make.shift(event=make.event(name="In Orlando"), location=at(make, ORLANDO))
    page = client.get(f"/c/{make.default_campaign.slug}/shifts?near=33128").text
    assert "Nothing within 30 miles fits. These are the nearest." in page
    assert titles(page) == ["In Orlando"]
    chosen = client.get(f"/c/{make.default_campaign.slug}/shifts?near=33128&within=10").text
    assert "No shift fits that" in chosen, "whoever chose 10 miles is not sent 300"


def test_an_event_stands_once_with_its_next_times(make, client):
    event, place = make.event(name="Phones every day", kind="phone_bank"), at(make, MIAMI)
    first = clock.now() + timedelta(days=1)
    shifts = [
        make.shift(event=event, location=place, starts_at=first + timedelta(days=day)) for day in range(9)
    ]
    page = client.get(f"/c/{make.default_campaign.slug}/shifts").text
    assert titles(page) == ["Phones every day"]
    shown = [int(number) for number in re.findall(r'class="time-chip" href="/c/[^/]+/shifts/(\d+)"', page)]
    assert shown == [shift.id for shift in shifts[: listing.TIMES_SHOWN]]
    assert "More times" in page


def test_time_of_day_access_and_day_narrow_the_list(make, search):
    zone = ZoneInfo("America/New_York")
    morning = (clock.now() + timedelta(days=2)).astimezone(zone).replace(hour=9, minute=0)
    evening = morning.replace(hour=18)
    ramp, steps = at(make, MIAMI, is_accessible=True), at(make, MIAMI, is_accessible=False)
    make.shift(event=make.event(name="Doors at nine"), location=ramp, starts_at=morning)
    make.shift(event=make.event(name="Phones at six"), location=steps, starts_at=evening)
    assert search("part=morning") == ["Doors at nine"]
    assert search("part=evening") == ["Phones at six"]
    assert search("part=afternoon") == []
    assert search("step_free=1") == ["Doors at nine"]
    assert search("near=33128&step_free=1") == ["Doors at nine"]
    assert search(f"on={morning.date()}") == ["Doors at nine", "Phones at six"]
    assert search(f"on={morning.date() + timedelta(days=1)}") == []


def test_the_emptiest_comes_first_when_asked(make, search):
    place = at(make, MIAMI)
    for name, going in (("Half full", 5), ("Nearly full", 9), ("Empty", 0)):
        make.shift(event=make.event(name=name), location=place, going=going)
    for near in ("", "near=33128&"):
        assert search(f"{near}sort=needed") == ["Empty", "Half full", "Nearly full"]


def test_a_home_is_searched_from_and_passed_on_to_feeds_coarse(make, client):
    make.shift(event=make.event(name="Downtown"), location=at(make, MIAMI))
    make.shift(event=make.event(name="In Orlando"), location=at(make, ORLANDO))
    browser = client.sign_in(make.person(latitude=25.774321, longitude=-80.193712))
    page = browser.get("/shifts").text
    assert titles(page) == ["Downtown"]
    assert "at=25.77,-80.19" in page.replace("%2C", ",")
    assert "25.7743" not in page


def nation(make, places: int, events: int, shifts: int) -> None:
    """Many places around Miami with many shifts, written in bulk."""
    event, place = make.event(), at(make, MIAMI)
    start = clock.now() + timedelta(days=1)
    campaign = {"campaign_id": event.campaign_id}
    with transaction():
        place_ids = db.session.scalars(
            insert(StagingLocation).returning(StagingLocation.id),
            [
                campaign
                | {
                    "area_id": place.area_id, "name": f"Place {n}", "address": "1 Main St, Miami, FL 33128",
                    "latitude": MIAMI[0] + n / 10_000, "longitude": MIAMI[1],
                }
                for n in range(places)
            ],
        ).all()  # fmt: skip
        event_ids = db.session.scalars(
            insert(Event).returning(Event.id),
            [
                campaign
                | {
                    "area_id": place.area_id, "kind": "canvass", "name": f"Event {n}", "state": "published",
                    "is_public": True, "created_at": clock.now(),
                }
                for n in range(events)
            ],
        ).all()  # fmt: skip
        db.session.execute(
            insert(Shift),
            [
                campaign
                | {
                    "event_id": event_ids[n % events], "staging_location_id": place_ids[n % places],
                    "starts_at": start + timedelta(minutes=n), "ends_at": start + timedelta(minutes=n + 180),
                    "capacity": 20,
                }
                for n in range(shifts)
            ],
        )  # fmt: skip


@pytest.mark.parametrize("query", ["near=33128", "near=33128&sort=needed", "near=33128&within=any", ""])
def test_a_search_asks_two_questions_at_any_size_and_counts_no_more_than_it_shows(make, client, query):
    path = f"/c/{make.default_campaign.slug}/shifts?{query}"
    make.shift(location=at(make, MIAMI))
    client.get(path)
    with counted() as few:
        client.get(path)
    nation(make, places=100, events=1000, shifts=3000)
    client.get(path)  # the campaign is kept in memory again, however long that took
    with counted() as many:
        page = client.get(path).text
    assert "More than 500 shifts" in page
    assert len(titles(page)) == listing.PER_PAGE
    assert many.total == few.total == 2
    last = client.get(f"{path}&page=999").text
    assert 0 < len(titles(last)) <= listing.PER_PAGE


@pytest.mark.parametrize("query", ["near=33128&kind=canvass", "near=33128&sort=soonest", "language=fr"])
def test_pages_together_show_each_event_once(make, client, query):
    nation(make, places=7, events=40, shifts=200)
    slug = make.default_campaign.slug
    pages = [client.get(f"/c/{slug}/shifts?{query}&page={number}").text for number in (1, 2, 3, 4)]
    assert sorted(title for page in pages for title in titles(page)) == sorted(
        f"Event {n}" for n in range(40)
    )


def scored(make, districts, values) -> None:
    """A snapshot of an active contest in which the districts stand in this order."""
    campaign_id = make.default_campaign.id
    with transaction():
        contest = Contest(
            campaign_id=campaign_id, name="Seat", district_kind="county", ours="ours",
            weights={"plurality": 1.0}, created_at=clock.now(),
        )  # fmt: skip
        db.session.add(contest)
        db.session.flush()
        snapshot = Snapshot(
            campaign_id=campaign_id, contest_id=contest.id, taken_at=clock.now(), cause="by hand",
            weights={}, params={}, unit="votes", seconds=0.1,
        )  # fmt: skip
        db.session.add(snapshot)
        db.session.flush()
        for rank, (district, value) in enumerate(zip(districts, values, strict=True), start=1):
            db.session.add(
                Score(
                    campaign_id=campaign_id,
                    snapshot_id=snapshot.id,
                    district_id=district.id,
                    rank=rank,
                    value_per_hour=value,
                    low=value,
                    high=value,
                    hours=10,
                    doors_left=100,
                    doors_per_hour=20,
                    contact_rate=0.3,
                    contact_low=0.2,
                    contact_high=0.4,
                    detail={},
                    why="",
                )
            )


def test_why_a_shift_comes_first_is_told_to_volunteers_and_to_strangers_only_when_wanted(make, client):
    districts = [make.district() for _ in range(8)]
    scored(make, districts, [8, 7, 6, 5, 4, 3, 2, 1])
    first = make.shift(
        event=make.event(name="Where it counts"), location=at(make, MIAMI, district_id=districts[0].id)
    )
    last = make.shift(
        event=make.event(name="Elsewhere"), location=at(make, MIAMI, district_id=districts[7].id)
    )
    sentence = "In one of the 3 districts where an hour counts most"
    slug = make.default_campaign.slug
    stranger = f"/c/{slug}/shifts/{first.id}"
    assert sentence not in client.get(stranger).text
    lead = client.sign_in(make.person(role="organizer"))
    assert lead.get("/shifts").text.count(sentence) == 1
    assert sentence in lead.get(stranger).text
    assert sentence not in lead.get(f"/c/{slug}/shifts/{last.id}").text
    lead.post("/organize/sharing/reasons", {"wanted": "yes"})
    lead.app.extensions["brief"].pop("campaigns")  # another process would see it some seconds later
    assert sentence in Browser(lead.app).get(stranger).text


def test_nothing_is_told_where_nothing_is_worth_anything(make, client):
    districts = [make.district() for _ in range(8)]
    scored(make, districts, [0] * 8)
    make.shift(location=at(make, MIAMI, district_id=districts[0].id))
    assert "counts most" not in client.sign_in(make.person()).get("/shifts").text


def test_the_map_has_a_point_for_each_place_and_no_names_of_people(make, client):
    place = at(make, MIAMI)
    lead = make.person(name="Lara Leadson")
    for _ in range(3):
        make.shift(location=place, lead_id=lead.id)
    make.shift(location=at(make, HIALEAH), capacity=1, going=1)
    answer = client.get(f"/c/{make.default_campaign.slug}/shifts.geojson?near=33128")
    points_found = answer.json["features"]
    assert [each["geometry"]["coordinates"] for each in points_found] == [
        [MIAMI[1], MIAMI[0]], [HIALEAH[1], HIALEAH[0]],
    ]  # fmt: skip
    assert [each["properties"]["places"] for each in points_found] == [30, 0]
    assert "Lara" not in answer.text

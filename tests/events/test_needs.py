"""“What needs you”: the order, the filters, what can be done in one click; the map and the file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from random import Random

import pytest

from tests.statements import counted
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.priority.models import Contest, Score, Snapshot


@pytest.fixture
def organizer(make, client):
    """A signed-in organizer of the whole campaign."""
    return client.sign_in(make.person(role="organizer"))


def named(make, name, *, location=None, days=2.0, **fields):
    starts = clock.now() + timedelta(days=days)
    return make.shift(event=make.event(name=name), location=location, starts_at=starts, **fields)


def score(make, values: dict[str, float]) -> dict[str, object]:
    """A scored district for each name, and a staging location in it."""
    campaign = make.default_campaign
    places = {}
    with transaction():
        contest = Contest(
            campaign_id=campaign.id, name="Seat", district_kind="county", ours="us", weights={},
            is_active=True, created_at=clock.now(),
        )  # fmt: skip
        db.session.add(contest)
        db.session.flush()
        snapshot = Snapshot(
            campaign_id=campaign.id, contest_id=contest.id, taken_at=clock.now(), cause="by hand", weights={},
            params={}, unit="votes", seconds=0.1,
        )  # fmt: skip
        db.session.add(snapshot)
    for rank, (name, value) in enumerate(sorted(values.items(), key=lambda each: -each[1]), start=1):
        district = make.district(name=name)
        with transaction():
            row = Score(
                campaign_id=campaign.id, snapshot_id=snapshot.id, district_id=district.id, rank=rank,
                value_per_hour=value, low=value, high=value, hours=1, doors_left=1, doors_per_hour=1,
                contact_rate=0.5, contact_low=0.4, contact_high=0.6, detail={}, why="",
            )  # fmt: skip
            db.session.add(row)
        places[name] = make.location(district_id=district.id)
    return places


def order(page: str, *names: str) -> list[str]:
    body = page[page.index("<tbody>") : page.index("</tbody>")]
    return sorted((name for name in names if name in body), key=body.index)


def test_the_emptiest_important_shift_stands_at_the_top(make, organizer):
    places = score(make, {"Close": 4.0, "Safe": 1.0})
    named(make, "Half full and safe", location=places["Safe"], capacity=10, going=10)
    named(make, "Empty but safe", location=places["Safe"], capacity=10)
    named(make, "Empty and close", location=places["Close"], capacity=10)
    named(make, "Half full and close", location=places["Close"], capacity=10, going=10)
    page = organizer.get("/organize/events/needs").text
    names = ("Empty and close", "Half full and close", "Empty but safe", "Half full and safe")
    assert order(page, *names) == list(names)
    assert "rank 1 of 2" in page


def test_of_two_alike_the_sooner_one_comes_first_and_longer_ones_need_more(make, organizer):
    named(make, "Later", days=6)
    named(make, "Sooner", days=1)
    named(make, "Longer", days=6, hours=8)
    assert order(organizer.get("/organize/events/needs").text, "Sooner", "Later", "Longer") == [
        "Longer", "Sooner", "Later",
    ]  # fmt: skip


def test_what_is_expected_was_reckoned_or_is_the_usual_half(make, organizer):
    named(make, "Reckoned", capacity=20, going=10, expected=7.0)
    named(make, "Not yet", capacity=20, going=10)
    page = organizer.get("/organize/events/needs").text
    assert "7 of 20" in page
    assert "5 of 20" in page
    assert "the usual half" in page


def test_over_booked_shifts_are_measured_against_the_people_needed(make, organizer):
    named(make, "Enough", capacity=30, needed=10, short_risk=0.1, going=20, expected=10)
    page = organizer.get("/organize/events/needs").text
    assert "10 of 10" in page
    assert "Enough" in page


def test_drafts_cancelled_past_and_far_shifts_need_nobody(make, organizer):
    make.shift(event=make.event(name="A draft", state="draft"))
    named(make, "Called off", cancelled_at=clock.now())
    named(make, "Over", days=-2)
    named(make, "Next month", days=20)
    page = organizer.get("/organize/events/needs").text
    assert not [name for name in ("A draft", "Called off", "Over", "Next month") if name in page]
    assert "Next month" in organizer.get("/organize/events/needs?days=28").text


def test_filters_combine_and_stay_in_the_address(make, organizer):
    area = make.area(name="North")
    there = make.shift(event=make.event(area=area, name="North doors"), capacity=5)
    make.shift(event=make.event(name="South calls", kind="phone_bank"))
    make.shift(event=make.event(area=area, name="North full"), capacity=5, going=5, expected=5)
    page = organizer.get(f"/organize/events/needs?area={area.path}&kind=canvass&short=yes").text
    assert "North doors" in page
    assert "South calls" not in page
    assert "North full" not in page
    assert f"area={area.path.replace('/', '%2F')}" in page or f"area={area.path}" in page
    assert there.id


def test_nonsense_in_the_address_counts_as_not_given(organizer):
    organizer.get("/organize/events/needs?area=/9/&kind=x&district=x&days=x&page=x&on=x&short=x")
    organizer.get("/organize/events/calendar?on=9999-99-99&span=x")
    organizer.get("/organize/events/fill?event=&area=%25")


def test_shifts_of_other_areas_are_not_seen(make, client):
    here, there = make.area(), make.area()
    make.shift(event=make.event(area=there, name="Elsewhere"))
    browser = client.sign_in(make.person(role="organizer", area=here))
    for path in ("needs", "calendar", "map", "map.geojson", "needs.csv", f"needs?area={there.path}"):
        assert "Elsewhere" not in browser.get(f"/organize/events/{path}").text


def test_a_page_takes_as_many_statements_for_fifty_shifts_as_for_two(make, organizer):
    event = make.event()
    for _ in range(2):
        make.shift(event=event, going=1, capacity=5, expected=0.5)
    with counted() as few:
        organizer.get("/organize/events/needs")
    for _ in range(12):
        make.shift(event=event, going=1, capacity=5, expected=0.5)
    with counted() as many:
        organizer.get("/organize/events/needs")
    assert len(many) == len(few)


def test_over_booking_is_opened_in_one_click_and_comes_back_to_the_list(make, organizer):
    shift = make.shift(capacity=10)
    answer = organizer.post(
        f"/organize/shifts/{shift.id}/overbook", {"next": "/organize/events/needs?kind=canvass"}
    )
    assert answer.location == "/organize/events/needs?kind=canvass"
    db.session.expire_all()
    assert (shift.needed, shift.short_risk) == (10, pytest.approx(0.1))
    assert shift.capacity > 10
    organizer.post(f"/organize/shifts/{shift.id}/overbook", {"next": "https://elsewhere.example"})


def test_the_map_has_the_same_shifts_sized_by_who_is_missing(make, organizer):
    named(make, "Big hole", capacity=40)
    named(make, "Small hole", capacity=4, going=3, expected=3)
    points = {each["properties"]["label"]: each["properties"] for each in
              organizer.get("/organize/events/map.geojson").json["features"]}  # fmt: skip
    assert points["Big hole"]["size"] > points["Small hole"]["size"]
    assert (points["Big hole"]["kind"], points["Small hole"]["kind"]) == ("error", "warning")
    page = organizer.get("/organize/events/map").text
    assert "Big hole" in page
    assert "40" in page


def test_the_file_says_how_full_they_are_and_names_nobody(make, organizer):
    shift = named(make, "Doors", capacity=10)
    make.sign_up(shift, make.person(name="Secret Person"))
    text = organizer.get("/organize/events/needs.csv").text
    (row,) = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    assert (row["event"], row["going"], row["expected"], row["filled"]) == ("Doors", "1", "0.5", "0.1")
    assert "Secret" not in text


def test_how_full_weeks_were_is_a_chart_and_a_table(make, organizer):
    shift = named(make, "Doors", capacity=10, going=4)
    page = organizer.get(f"/organize/events/fill?event={shift.event_id}").text
    assert "4 of 10" in page
    assert re.search(r'<path class="chart__marks" d="M', page)
    organizer.get("/organize/events/fill?event=999999", status=404)


def test_the_order_is_the_product_that_the_page_states(make, organizer):
    """People missing x hours x worth x 7 / (7 + days), reckoned here by hand for shifts of all sorts."""
    places = score(make, {"High": 3.0, "Low": 1.0})
    random = Random(7)
    urgency = {}
    for number in range(12):
        where, days, hours = random.choice(["High", "Low"]), random.uniform(0.5, 6.5), random.randint(1, 8)
        capacity = random.randint(2, 30)
        going = random.randint(0, capacity)
        name = f"Shift number {number:02d}"
        named(make, name, location=places[where], days=days, hours=hours, capacity=capacity, going=going)
        worth = {"High": 1.5, "Low": 0.5}[where]
        urgency[name] = (capacity - going / 2) * hours * worth * 7 / (7 + days)
    page = organizer.get("/organize/events/needs").text
    assert order(page, *urgency) == sorted(urgency, key=urgency.get, reverse=True)

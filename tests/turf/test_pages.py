"""Pages of turf, and that they show a viewer's own areas only."""

from __future__ import annotations

import pytest

from tests.statements import counted
from volunteer_hub.core.db import db
from volunteer_hub.turf.models import Cut


@pytest.fixture
def lead(client, make):
    client.sign_in(make.person(role="field_lead"))
    return client


@pytest.fixture
def organizer(client, make):
    client.sign_in(make.person(role="organizer"))
    return client


def test_an_empty_campaign_says_what_to_do(lead):
    assert "Import precincts and doors first" in lead.get("/turf").text


def test_the_pages_show_turfs_with_their_holders(lead, make):
    turf = make.turf(5)
    make.lease(turf, make.person(name="Ana Pineda"))
    assert "Ana Pineda" in lead.get("/turf").text
    assert turf.name in lead.get(f"/turf/precincts/{turf.precinct_id}").text
    assert "Ana Pineda" in lead.get(f"/turf/{turf.id}").text
    assert "Main St" in lead.get(f"/turf/{turf.id}/print").text
    shapes = lead.get(f"/turf/shapes.geojson?precinct={turf.precinct_id}").json
    assert [each["properties"]["name"] for each in shapes["features"]] == [turf.name]


def test_an_organizer_cuts_and_sees_how_far_it_is(organizer, make, run_jobs):
    place = make.precinct(make.district())
    make.doors(40, precinct=place)
    organizer.post("/turf/cut", {"count": "3", "minutes": "30"})
    assert organizer.get(f"/turf/precincts/{place.id}/cut.json").json["finished"] is False
    assert "Being cut" in organizer.get("/turf").text
    run_jobs()
    assert organizer.get(f"/turf/precincts/{place.id}/cut.json").json["finished"] is True
    organizer.post(f"/turf/precincts/{place.id}/cut", {"minutes": "60"})
    assert db.session.query(Cut).count() == 2


def test_a_field_lead_does_not_cut(lead, make):
    place = make.precinct(make.district())
    lead.post(f"/turf/precincts/{place.id}/cut", {"minutes": "60"}, status=403)


def test_other_areas_stay_closed(client, make):
    turf = make.turf(3)
    elsewhere = make.area()
    client.sign_in(make.person(role="organizer", area=elsewhere))
    assert turf.name not in client.get("/turf").text
    for path in (f"/turf/{turf.id}", f"/turf/{turf.id}/print", f"/turf/precincts/{turf.precinct_id}"):
        client.get(path, status=404)
    client.post(f"/turf/precincts/{turf.precinct_id}/cut", {"minutes": "60"}, status=404)
    assert client.get("/turf/shapes.geojson").json["features"] == []


def test_a_list_costs_the_same_at_any_size(lead, make):
    make.turf(3)
    lead.get("/turf")  # the first look of a minute is noted in the audit log
    with counted() as few:
        lead.get("/turf")
    for _ in range(6):
        make.lease(make.turf(2))
    with counted() as many:
        lead.get("/turf")
    assert many.total == few.total


def test_one_door_is_one_door(lead, make):
    turf = make.turf(1)
    assert "0 of 1 door visited" in lead.get(f"/turf/{turf.id}").text
    sheet = lead.get(f"/turf/{turf.id}/print").text
    assert "1 door in walking order" in sheet
    assert "1 doors" not in sheet
    assert "1 door wants a visit" in lead.get(f"/turf/precincts/{turf.precinct_id}").text


def test_a_closed_page_says_once_whom_to_ask(lead, make):
    cut_id = make.turf(1).cut_id
    assert lead.get(f"/turf/cuts/{cut_id}", status=403).text.count("of your area") == 1

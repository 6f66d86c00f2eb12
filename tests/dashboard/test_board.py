"""The dashboard: the figures of one's areas, as a page and as JSON."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.statements import counted
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.priority import services
from volunteer_hub.priority.jobs import rescore
from volunteer_hub.turf.models import DoorStanding


def contest(make, **fields):
    with transaction():
        row = services.create_contest(
            make.default_campaign.id,
            name="Governor",
            district_kind="county",
            ours="Ours",
            weights={"coverage": 1.0},
            election_on=(clock.now() + timedelta(days=10)).date(),
            now=clock.now(),
            **fields,
        )
    rescore(row.campaign_id)
    return row


def knocks(doors, *, days_ago=0, talks=0, support=None):
    """A report at each door, the first `talks` of them talks."""
    at = clock.now() - timedelta(days=days_ago)
    with transaction():
        for number, door in enumerate(doors):
            is_talk = number < talks
            db.session.add(
                DoorReport(
                    id=uuid.uuid4(), campaign_id=door.campaign_id, door_id=door.id, at=at, received_at=at,
                    result="canvassed" if is_talk else "not_home", support=support if is_talk else None,
                )
            )  # fmt: skip
            db.session.add(
                DoorStanding(
                    door_id=door.id, campaign_id=door.campaign_id, district_id=door.district_id, attempts=1,
                    contacts=int(is_talk), support=support if is_talk else None,
                )
            )  # fmt: skip
        services.add_progress(
            doors[0].campaign_id,
            [
                services.Increment(
                    doors[0].district_id, None, attempts=len(doors), contacts=talks, supporters=talks,
                    doors_tried=len(doors), doors_done=talks,
                )
            ],
            now=at,
        )  # fmt: skip


@pytest.fixture
def north(make):
    county = make.district(name="North")
    make.result(county, ours=5000, theirs=5100)
    return county


@pytest.fixture
def organizer(make, client):
    return client.sign_in(make.person(role="organizer"))


def test_without_districts_it_says_what_to_bring(organizer):
    assert "Bring districts" in organizer.get("/dashboard").text


def test_it_counts_doors_talks_and_support(organizer, make, north):
    doors = make.doors(40, district=north)
    contest(make)
    knocks(doors[:10], talks=4, support=1)
    found = organizer.get("/dashboard/live.json").json["figures"]
    assert (found["doors"], found["doors_done"], found["doors_left"]) == (40, 4, 36)
    assert (found["attempts"], found["contacts"], found["contact_rate"]) == (10, 4, 0.4)
    assert found["support"] == {"1": 4, "2": 0, "3": 0, "4": 0, "5": 0}
    assert found["doors_today"] == 10
    page = organizer.get("/dashboard").text
    assert "North" in page
    assert "chart__marks" in page


def test_the_forecast_has_an_interval_and_stops_at_the_doors_left(organizer, make, north):
    doors = make.doors(200, district=north)
    contest(make)
    for days_ago in (1, 2, 3):
        knocks(doors[(days_ago - 1) * 20 : days_ago * 20], days_ago=days_ago, talks=5)
    found = organizer.get("/dashboard/live.json").json["figures"]
    low, expected, high = found["forecast"]["doors"]
    assert low < expected <= high <= found["doors_left"] == 185
    assert "By " in organizer.get("/dashboard").text


def test_what_the_last_scores_moved_is_said(organizer, make, north):
    doors = make.doors(40, district=north)
    row = contest(make)
    knocks(doors, talks=40, support=1)
    rescore(row.campaign_id)
    page = organizer.get("/dashboard").text
    assert "What moved last" in page
    assert "North is done: no doors are left" in page
    assert (
        "North is done: no doors are left" in organizer.get("/dashboard/live.json").json["parts"]["changes"]
    )


def test_reports_taken_back_do_not_count(organizer, make, north):
    doors = make.doors(5, district=north)
    contest(make)
    knocks(doors[:3])
    with transaction():
        db.session.query(DoorReport).filter_by(door_id=doors[0].id).update({"undone_at": clock.now()})
    assert organizer.get("/dashboard/live.json").json["figures"]["doors_today"] == 2


def test_the_map_has_the_share_done_and_the_value(organizer, make, north):
    make.doors(10, district=north)
    contest(make)
    values = organizer.get("/dashboard/live.json").json["values"]
    assert values[str(north.id)]["done"] == 0
    assert values[str(north.id)]["worth"] > 0


def test_an_unchanged_board_is_not_sent_again(organizer, make, north):
    doors = make.doors(10, district=north)
    contest(make)
    tag = organizer.get("/dashboard/live.json").headers["ETag"]
    organizer.get("/dashboard/live.json", status=304, headers={"If-None-Match": tag})
    knocks(doors[:1])
    assert organizer.get("/dashboard/live.json", headers={"If-None-Match": tag}).headers["ETag"] != tag


def test_each_part_of_the_answer_has_its_place_on_the_page(organizer, make, north):
    make.doors(10, district=north)
    contest(make)
    page = organizer.get("/dashboard").text
    for name in organizer.get("/dashboard/live.json").json["parts"]:
        assert f'data-live="{name}"' in page


def test_shifts_and_offers_ahead_show_how_full_they_are(organizer, make, north):
    contest(make)
    shift = make.shift(capacity=4)
    make.sign_up(shift)
    found = organizer.get("/dashboard/live.json").json["figures"]
    assert (found["shifts_ahead"], found["places_ahead"], found["going_ahead"]) == (1, 4, 1)
    assert "1/4" in organizer.get("/dashboard").text


def test_an_organizer_of_a_region_sees_its_figures_only(make, client, north):
    region = make.area(name="Panhandle")
    mine = make.district(name="Mine", area=region)
    make.doors(7, district=mine)
    make.doors(40, district=north)
    contest(make)
    make.sign_up(make.shift())
    viewer = client.sign_in(make.person(role="organizer", area=region))
    found = viewer.get("/dashboard/live.json").json
    assert (found["figures"]["districts"], found["figures"]["doors"]) == (1, 7)
    assert set(found["values"]) == {str(mine.id)}
    assert found["figures"]["shifts_ahead"] == 0
    assert "North" not in viewer.get("/dashboard").text


def test_volunteers_and_strangers_stay_outside(make, client, north):
    client.get("/dashboard", status=302)
    client.sign_in(make.person(role="field_lead"))
    client.get("/dashboard", status=403)
    client.get("/dashboard/live.json", status=403)


def test_another_campaign_sees_nothing_of_it(make, client, north):
    make.doors(10, district=north)
    contest(make)
    client.sign_in(make.person(role="organizer", campaign=make.campaign()))
    assert client.get("/dashboard/live.json").json["figures"]["doors"] == 0


def test_the_dashboard_costs_the_same_at_any_size(organizer, make, north):
    make.doors(5, district=north)
    row = contest(make)
    organizer.get("/dashboard/live.json")
    with counted() as few:
        organizer.get("/dashboard/live.json")
    for number in range(30):
        county = make.district()
        make.result(county, ours=100 + number, theirs=100)
        make.doors(3, district=county)
    for _ in range(3):
        make.sign_up(make.shift())
    rescore(row.campaign_id)
    organizer.get("/dashboard/live.json")
    with counted() as many:
        organizer.get("/dashboard/live.json")
    assert many.total == few.total
    assert many.total <= 25

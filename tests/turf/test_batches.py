"""Choosing what to cut, and cutting many precincts one by one: progress, dead workers, an end."""

from __future__ import annotations

import itertools
import json
from datetime import timedelta

import pytest
import shapely

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door
from volunteer_hub.turf import services
from volunteer_hub.turf.jobs import sweep_cuts
from volunteer_hub.turf.models import Cut, Turf, TurfDoor


@pytest.fixture
def organizer(client, make):
    client.sign_in(make.person(role="organizer"))
    return client


@pytest.fixture
def district(make):
    place = make.district(name="Volusia")
    for code in ("01", "02", "03"):
        make.doors(30, precinct=make.precinct(place, code=code))
    return place


def states(batch_id: int) -> list[str]:
    db.session.rollback()
    query = db.select(Cut.state).where(Cut.batch_id == batch_id)
    return list(db.session.scalars(query.order_by(Cut.id)))


def asked(organizer, district) -> int:
    answer = organizer.post("/turf/new/all", {"all-scope": f"district-{district.id}", "all-minutes": "30"})
    return int(answer.location.rpartition("/")[2])


def test_a_whole_district_is_cut_precinct_by_precinct_with_progress(organizer, district, run_jobs):
    batch = asked(organizer, district)
    assert organizer.get(f"/turf/batches/{batch}/progress.json").json["total"] == 3
    assert "Volusia" in organizer.get("/turf").text
    run_jobs()
    said = organizer.get(f"/turf/batches/{batch}/progress.json").json
    assert (said["done"], said["finished"]) == (3, True)
    page = organizer.get(f"/turf/batches/{batch}").text
    assert page.count("Ready") == 3
    assert db.session.query(TurfDoor).filter_by(is_open=True).count() == 90


def test_a_part_whose_worker_was_killed_is_put_back(organizer, district, app, run_jobs):
    batch = asked(organizer, district)
    app.extensions["redis"].flushdb()
    first = db.session.scalar(db.select(Cut.id).where(Cut.batch_id == batch).order_by(Cut.id).limit(1))
    with transaction():
        services.begin_cut(first, now=clock.now())
    with clock.standing_at(clock.now() + timedelta(minutes=3)):
        sweep_cuts()
        run_jobs()
    assert states(batch) == ["done"] * 3


def test_parts_appear_as_they_are_ready(organizer, district):
    from volunteer_hub.turf.jobs import cut_precinct

    batch = asked(organizer, district)
    page = organizer.get(f"/turf/batches/{batch}").text
    assert f"/turf/batches/{batch}/parts.json" in page
    cuts = list(db.session.scalars(db.select(Cut.id).where(Cut.batch_id == batch).order_by(Cut.id)))

    def ready() -> list[int]:
        shown = organizer.get(f"/turf/batches/{batch}/parts.json").json["parts"]["parts"]
        return [each for each in cuts if f'/turf/cuts/{each}"' in shown]

    assert ready() == []
    for at, cut_id in enumerate(cuts, start=1):
        cut_precinct(cut_id)
        assert ready() == cuts[:at]
        assert organizer.get(f"/turf/batches/{batch}/progress.json").json["done"] == at
    assert "parts.json" not in organizer.get(f"/turf/batches/{batch}").text, "nothing is left to wait for"


def test_letting_the_rest_go_keeps_what_is_cut(organizer, district, app, run_jobs):
    batch = asked(organizer, district)
    first = db.session.scalar(db.select(Cut.id).where(Cut.batch_id == batch).order_by(Cut.id).limit(1))
    from volunteer_hub.turf.jobs import cut_precinct

    cut_precinct(first)
    organizer.post(f"/turf/batches/{batch}/cancel")
    run_jobs()
    assert states(batch) == ["done", "cancelled", "cancelled"]
    assert "1 of 3 precincts are cut" in organizer.get(f"/turf/batches/{batch}").text
    assert db.session.query(TurfDoor).filter_by(is_open=True).count() == 30


def test_chosen_precincts_are_cut_together_at_once(organizer, district):
    ids = list(db.session.scalars(db.select(Door.precinct_id).distinct()))
    count = organizer.post("/turf/new/count", {"precincts": ids[:2]}, status=200).json
    assert count == {"doors": 60, "precincts": 2, "districts": 1}
    form = {"precincts": ids[:2], "minutes": "30", "together": "y"}
    answer = organizer.post(f"/turf/new?district={district.id}", form)
    assert "/turf/cuts/" in answer.location
    assert "Hand out on a shift" in organizer.get(answer.location).text
    assert db.session.query(TurfDoor).filter_by(is_open=True).count() == 60


def test_a_drawn_area_takes_its_doors_alone_and_leaves_the_rest_of_a_turf(organizer, make, district):
    page = f"/turf/new?district={district.id}"
    precinct = db.session.query(Door).order_by(Door.id).first().precinct_id
    doors = db.session.query(Door).filter_by(precinct_id=precinct).order_by(Door.latitude).all()
    rest = {door.id for door in doors[20:]}
    middle = (doors[19].latitude + doors[20].latitude) / 2
    x = doors[0].longitude
    area = [
        [x - 0.01, doors[0].latitude - 0.01],
        [x + 0.01, doors[0].latitude - 0.01],
        [x + 0.01, middle],
        [x - 0.01, middle],
    ]
    organizer.post(f"/turf/precincts/{precinct}/cut", {"minutes": "300"})
    before = db.session.query(Turf).filter_by(state="open").one()
    name, old = before.name, before.id
    answer = organizer.post(page, {"area": json.dumps(area), "minutes": "30"})
    assert "Area drawn in" in organizer.get(answer.location).text
    db.session.rollback()
    left = db.session.query(Turf).filter_by(state="open", name=name).one()
    assert left.id != old
    assert set(make.doors_of(left)) == rest
    _each_on_ground_of_its_own(make)
    assert db.session.query(TurfDoor).filter_by(is_open=True).count() == 3 * 20 + 10, (
        "three precincts lie there"
    )


def test_an_area_drawn_across_several_turfs_leaves_each_on_ground_of_its_own(organizer, make):
    precinct = make.precinct(make.district(), code="0103")
    rows = make.doors(120, precinct=precinct)
    make.cut(precinct, minutes=30)
    east = rows[0].longitude + 0.00025  # between the second and the third row of houses
    south = rows[0].latitude + 0.0013
    corners = [[east - 0.01, south], [east, south], [east, south + 0.0012], [east - 0.01, south + 0.0012]]
    organizer.post(
        f"/turf/new?district={precinct.district_id}", {"area": json.dumps(corners), "minutes": "30"}
    )
    assert db.session.query(TurfDoor).filter_by(is_open=True).count() == 120
    assert db.session.query(Cut).filter_by(state="done").count() == 2, "turfs of both cuts stand"
    _each_on_ground_of_its_own(make)


def _each_on_ground_of_its_own(make):
    """The outlines of standing turfs hold their doors and do not reach over each other."""
    turfs = db.session.query(Turf).filter(Turf.state != "retired").all()
    places = {door.id: (door.longitude, door.latitude) for door in db.session.query(Door)}
    for turf in turfs:
        spots = shapely.multipoints([places[each] for each in make.doors_of(turf)])
        assert turf.geometry.buffer(1e-6).covers(spots), turf.name
    for one, other in itertools.combinations(turfs, 2):
        shared = one.geometry.intersection(other.geometry).area
        same_ground = one.precinct_id != other.precinct_id  # precincts of the factory lie on one another
        assert same_ground or shared < 0.01 * min(one.geometry.area, other.geometry.area)


@pytest.mark.parametrize(
    "area", ["[[0,0],[1,1]]", "nonsense", '{"a": 1}', "[[0,0],[1,1],[2,2]]", "[[0,0],[500,0],[0,5]]"]
)
def test_an_area_that_is_none_is_refused_in_a_sentence(organizer, district, area):
    page = organizer.post(
        f"/turf/new?district={district.id}", {"area": area, "minutes": "30"}, status=200
    ).text
    assert "not a closed shape" in page


def test_nothing_chosen_is_said(organizer, district):
    page = organizer.post(f"/turf/new?district={district.id}", {"minutes": "30"}, status=200).text
    assert "No door that wants a visit lies there" in page


def test_an_empty_campaign_says_what_to_bring(organizer):
    assert "No doors to cut yet" in organizer.get("/turf/new").text


def test_precincts_of_other_areas_are_not_cut(client, make, district):
    client.sign_in(make.person(role="organizer", area=make.area()))
    ids = list(db.session.scalars(db.select(Door.precinct_id).distinct()))
    assert client.post("/turf/new/count", {"precincts": ids}, status=200).json["doors"] == 0
    assert client.get(f"/turf/new/precincts.geojson?district={district.id}").json["features"] == []
    assert client.get(f"/turf/new/doors.json?district={district.id}").json == []
    client.get(f"/turf/new?district={district.id}", status=404)
    client.post("/turf/new/all", {"all-scope": f"district-{district.id}", "all-minutes": "30"})
    assert db.session.query(Cut).count() == 0

"""Edits of one cut share its network of streets, until streets or doors change."""

from __future__ import annotations

from datetime import timedelta

import pytest
import shapely
from flask import current_app
from sqlalchemy import insert

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door, Import, Street
from volunteer_hub.districts.streets import pieces
from volunteer_hub.turf import place, services
from volunteer_hub.turf.models import Cut
from volunteer_hub.turf.services import grounds

COLUMNS = ("kind", "road_class", "name", "line", "digest", "min_lon", "min_lat", "max_lon", "max_lat")


def bring_streets(precinct, *, metres_west: float = 0.0) -> None:
    """A street along the factory's doors, as an import leaves it."""
    aside = precinct.longitude - 0.0001 - metres_west / 97_000
    ends = [(aside, precinct.latitude - 0.001), (aside, precinct.latitude + 0.005)]
    rows = pieces([shapely.LineString(ends)], ["residential"], [f"Main St {precinct.id}"], "street")
    with transaction():
        run = Import(
            campaign_id=precinct.campaign_id, kind="streets", state="done", file_name="roads.zip",
            stored_name="", created_at=clock.now(), finished_at=clock.now(),
        )  # fmt: skip
        db.session.add(run)
        db.session.flush()
        known = {"campaign_id": precinct.campaign_id, "import_id": run.id}
        db.session.execute(insert(Street), [dict(zip(COLUMNS, row, strict=True)) | known for row in rows])


@pytest.fixture
def precinct(make):
    found = make.precinct(make.district(), code="0103")
    make.doors(80, precinct=found)
    bring_streets(found)
    return found


@pytest.fixture
def built(monkeypatch):
    """How many networks were built, one entry each."""
    count: list[int] = []
    build = place.build_network

    def counted(lines, *args, **kwargs):
        count.append(len(lines))
        return build(lines, *args, **kwargs)

    monkeypatch.setattr(place, "build_network", counted)
    return count


def move(make, cut) -> services.Edited:
    """The last door of the first turf goes to the second."""
    one, two = make.turfs_of(cut)[:2]
    with transaction():
        row = db.session.get(Cut, cut.id, populate_existing=True)
        desk = services.Desk(cut.campaign_id, cut.id, row.version, by=None, now=clock.now())
        return services.move_doors(desk, [make.doors_of(one)[-1]], two.id)


def kept() -> int:
    return len(current_app.extensions["turf_grounds"])


def test_the_network_is_built_for_the_first_edit_and_serves_the_next(make, precinct, built):
    cut = make.cut(precinct)
    for _ in range(3):
        move(make, cut)
    assert len(built) == 1
    assert kept() == 1


def test_a_kept_network_gives_the_minutes_and_the_line_that_a_new_one_gives(make, precinct):
    cut = make.cut(precinct)

    def moved() -> list[tuple[object, ...]]:
        move(make, cut)
        found = [(turf.name, turf.minutes, turf.metres, turf.line) for turf in make.turfs_of(cut)]
        assert all(line for *_rest, line in found[:2])
        with transaction():
            row = db.session.get(Cut, cut.id, populate_existing=True)
            services.undo(services.Desk(cut.campaign_id, cut.id, row.version, by=None, now=clock.now()))
        return found

    first = moved()
    assert moved() == first
    current_app.extensions.pop("turf_grounds")
    assert moved() == first


def test_new_streets_are_walked_by_the_next_edit(make, precinct, built):
    cut = make.cut(precinct)
    move(make, cut)
    with clock.standing_at(clock.now() + timedelta(minutes=1)):
        bring_streets(precinct, metres_west=60)
    move(make, cut)
    assert built == [1, 2]


def test_a_door_that_moved_is_walked_to_where_it_stands_now(make, precinct, built):
    cut = make.cut(precinct)
    move(make, cut)
    with transaction():
        for door in db.session.query(Door).filter_by(precinct_id=precinct.id):
            door.longitude += 0.0001
    move(make, cut)
    assert len(built) == 2


def test_a_cut_asked_for_again_begins_anew(make, precinct, built, run_jobs):
    cut = make.cut(precinct)
    move(make, cut)
    with transaction():
        row = db.session.get(Cut, cut.id, populate_existing=True)
        desk = services.Desk(cut.campaign_id, cut.id, row.version, by=None, now=clock.now())
        services.cut_rest_again(desk, minutes=30, params={})
    run_jobs()
    before = len(built)
    move(make, cut)
    assert len(built) == before + 1


def test_no_more_than_some_cuts_are_kept(make, precinct, monkeypatch):
    monkeypatch.setattr(grounds, "MOST_CUTS", 2)
    district = make.district()
    for _ in range(3):
        other = make.precinct(district)
        make.doors(40, precinct=other)
        move(make, make.cut(other, minutes=20))
    assert kept() == 2


def test_of_a_large_cut_the_doors_around_the_edit_are_kept(make, precinct, monkeypatch):
    monkeypatch.setattr(grounds, "MOST_DOORS", 45)
    sizes = []
    made = grounds.place_around
    monkeypatch.setattr(
        grounds, "place_around", lambda campaign, doors: sizes.append(len(doors)) or made(campaign, doors)
    )
    cut = make.cut(precinct)
    move(make, cut)
    assert sizes == [45]


def test_the_map_of_a_cut_is_given_the_streets_around_it(client, make, precinct):
    client.sign_in(make.person(role="organizer"))
    cut = make.cut(precinct)
    drawn = client.get(f"/turf/cuts/{cut.id}/streets.json").json["features"]
    assert [each["properties"]["kind"] for each in drawn] == ["street"]
    line = shapely.geometry.shape(drawn[0]["geometry"])
    assert line.distance(shapely.Point(precinct.longitude - 0.0001, precinct.latitude)) < 1e-5
    assert line.length == pytest.approx(0.006, rel=0.01)
    elsewhere = make.precinct(make.district())
    make.doors(10, precinct=elsewhere)
    far = make.cut(elsewhere)
    assert client.get(f"/turf/cuts/{far.id}/streets.json").json["features"] == []

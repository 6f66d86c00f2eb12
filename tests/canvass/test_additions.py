"""People and doors that no file has: added once, reviewed by an organizer, on file or not, and back again."""

from __future__ import annotations

import uuid
from datetime import timedelta

import pytest

from tests.browsing import Browser
from tests.canvass.counting import assert_recount_agrees, progress, stored
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.services.additions import MOST_A_LEASE, keep_additions
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts import found
from volunteer_hub.districts.models import District, Door, Voter
from volunteer_hub.turf import queries as turf


@pytest.fixture
def add(phone):
    """add(**fields) keeps one addition at the first door; gives its receipt."""

    def keep(**fields):
        entry = {
            "id": str(uuid.uuid4()), "kind": "addition", "turf": phone.turf_id, "door": phone.doors[0],
            "at": clock.now().isoformat(), "what": "person", "name": "Ana Gómez", "answers": {},
        } | fields  # fmt: skip
        with transaction():
            (receipt,) = keep_additions([entry], turf.lease_by_token(phone.token), clock.now())
        return receipt

    return keep


@pytest.fixture
def decide(client, make):
    """decide(receipt, decision): an organizer does."""
    organizer = Browser(client.app).sign_in(make.person(role="organizer"))
    return lambda receipt, decision, **options: organizer.post(
        f"/canvass/additions/{receipt.id}/review", {"decision": decision}, **options
    )


def test_it_is_stored_once_and_shown_to_the_one_who_found_it(client, phone, add):
    first = add()
    assert (first.status, add(id=first.id).status) == ("stored", "known")
    page = client.get(f"/walk/{phone.token}").text
    assert "Ana Gómez" in page
    assert "waits for the campaign" in page
    assert (stored(), db.session.query(Voter).count()) == (0, 0)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"name": ""}, "Write the person's name."),
        ({"what": "door", "name": ""}, "Write the address"),
        ({"what": "house"}, "person or door"),
        ({"name": "x" * 121}, "at most 120 characters"),
        ({"name": ["Ana"]}, "must be text"),
        ({"door": 10**12}, "not on the walk list"),
        ({"id": "first"}, "must be a UUID"),
        ({"result": "danced"}, "must be one of"),
        ({"answers": {"support": 9}}, "from 1"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_a_sentence(add, fields, reason):
    receipt = add(**fields)
    assert receipt.status == "refused"
    assert reason in receipt.reason
    assert db.session.query(Addition).count() == 0


@pytest.mark.parametrize("raw", [None, 7, [], "x", {}])
def test_anything_may_come_from_outside(phone, raw):
    with transaction():
        (receipt,) = keep_additions([raw], turf.lease_by_token(phone.token), clock.now())
    assert receipt.status == "refused"


def test_a_list_takes_a_bounded_number(add, monkeypatch):
    from volunteer_hub.canvass.services import additions

    assert MOST_A_LEASE > 100
    monkeypatch.setattr(additions, "MOST_A_LEASE", 1)
    assert [add().status, add().status] == ["stored", "refused"]


def test_an_accepted_person_lives_at_the_door_and_the_knock_counts(phone, walk, add, decide):
    receipt = add(result="canvassed", answers={"support": 2}, note="new in town")
    decide(receipt, "accepted")
    voter = db.session.query(Voter).one()
    assert (voter.door_id, voter.given_name, voter.family_name) == (phone.doors[0], "Ana", "Gómez")
    assert db.session.query(DoorReport).one().voter_id == voter.id
    assert progress() == {
        "attempts": 1, "contacts": 1, "supporters": 1, "doors_tried": 1, "doors_done": 1
    }  # fmt: skip
    assert_recount_agrees(walk.campaign_id)


def test_an_accepted_door_is_on_file_beside_the_one_it_was_near(phone, walk, add, decide):
    decide(add(what="door", name="", address="15 elm street", unit="Apt 2", result="not_home"), "accepted")
    door = db.session.query(Door).filter_by(number="15").one()
    near = db.session.get(Door, phone.doors[0])
    assert (door.street, door.unit, door.precinct_id) == ("Elm St", "Apt 2", near.precinct_id)
    assert progress() == {"attempts": 1, "doors_tried": 1}
    assert_recount_agrees(walk.campaign_id)


def test_another_unit_of_the_building_needs_no_address(phone, add, decide):
    decide(add(what="door", name="", unit="Apt 9"), "accepted")
    near = db.session.get(Door, phone.doors[0])
    door = db.session.query(Door).filter_by(unit="Apt 9").one()
    assert (door.building_key, door.number, door.street) == (near.building_key, near.number, near.street)


def test_a_door_that_is_on_file_already_is_not_made_twice(phone, add, decide):
    for unit in ("Apt 9", "#9"):
        decide(add(what="door", name="", unit=unit), "accepted")
    assert db.session.query(Door).filter(Door.unit == "Apt 9").count() == 1
    assert sorted(row.is_door_known for row in db.session.query(Addition)) == [False, True]


def test_a_door_that_is_on_file_in_another_area_is_left_to_that_area(client, make, phone, walk, add):
    ours, theirs = make.area(), make.area()
    there_id = make.district(area=theirs).id
    with transaction():
        near = db.session.get(Door, phone.doors[0])
        db.session.get(District, near.district_id).area_id = ours.id
        db.session.flush()
        known, was_known = found.add_door(near, address="15 Elm St", unit="", area_paths=[ours.path])
        known.district_id, known.precinct_id = there_id, None
    assert not was_known
    receipt = add(what="door", name="", address="15 Elm St", result="canvassed")
    organizer = Browser(client.app).sign_in(make.person(role="organizer", area=ours))
    organizer.post(f"/canvass/additions/{receipt.id}/review", {"decision": "accepted"})
    assert "not yours" in organizer.get("/canvass/additions").text
    assert db.session.get(Addition, uuid.UUID(receipt.id), populate_existing=True).review == "pending"
    assert (stored(), db.session.query(Voter).count()) == (0, 0)


@pytest.mark.parametrize("ahead", [timedelta(hours=3), timedelta(hours=-30), timedelta(days=400)])
def test_a_phone_with_a_wrong_clock_finds_at_the_right_time(phone, ahead):
    now = clock.now()
    at = now - timedelta(minutes=10)
    entry = {"id": str(uuid.uuid4()), "door": phone.doors[0], "at": (at + ahead).isoformat()}
    with transaction():
        (receipt,) = keep_additions(
            [entry | {"what": "person", "name": "Ana Gómez"}],
            turf.lease_by_token(phone.token),
            now,
            ahead=ahead,
        )
    assert (receipt.status, db.session.query(Addition).one().at) == ("stored", at)


@pytest.mark.parametrize("at", ["0001-01-01T00:00:00+00:00", "9999-12-31T23:59:59+00:00"])
@pytest.mark.parametrize("ahead", [timedelta(days=1), timedelta(days=-1)])
def test_no_time_is_too_strange_to_be_read(phone, at, ahead):
    entry = {"id": str(uuid.uuid4()), "door": phone.doors[0], "at": at, "what": "person", "name": "Ana"}
    now = clock.now()
    with transaction():
        (receipt,) = keep_additions([entry], turf.lease_by_token(phone.token), now, ahead=ahead)
    assert receipt.status == ("refused" if at.startswith("0001") else "stored")


def test_dismissed_changes_nothing(add, decide):
    decide(add(result="canvassed"), "dismissed")
    assert (stored(), db.session.query(Voter).count()) == (0, 0)


@pytest.mark.parametrize("fields", [{}, {"what": "door", "address": "15 Elm St"}])
def test_a_decision_can_be_taken_back_and_taken_again(walk, add, decide, fields):
    receipt = add(result="canvassed", answers={"support": 1}, **fields)
    doors = db.session.query(Door).count()
    for _ in range(2):
        decide(receipt, "accepted")
        assert progress()["contacts"] == 1
        decide(receipt, "pending")
        assert progress() == {}
        assert db.session.query(Voter).count() == 0
        assert db.session.query(Door).count() == doors
        assert_recount_agrees(walk.campaign_id)


def test_a_door_that_others_use_by_now_stays_when_the_decision_is_taken_back(make, walk, add, decide):
    receipt = add(what="door", name="", address="15 Elm St", result="not_home")
    decide(receipt, "accepted")
    door = db.session.query(Door).filter_by(number="15").one()
    with transaction():
        db.session.add(
            DoorReport(
                id=uuid.uuid4(), campaign_id=walk.campaign_id, door_id=door.id, at=clock.now(),
                received_at=clock.now(), result="not_home", source="lead",
            )
        )  # fmt: skip
    decide(receipt, "pending")
    assert db.session.query(Door).filter_by(number="15").count() == 1


def test_two_organizers_do_not_decide_twice(add, decide):
    receipt = add()
    decide(receipt, "accepted")
    decide(receipt, "dismissed", status=409)
    assert db.session.query(Voter).count() == 1


def test_an_address_without_a_number_is_told_and_stays_waiting(client, make, add, decide):
    receipt = add(what="door", name="", address="the blue house")
    decide(receipt, "accepted")
    assert db.session.get(Addition, uuid.UUID(receipt.id), populate_existing=True).review == "pending"
    decide(receipt, "dismissed")


def test_the_organizers_page_shows_what_waits_and_what_was_decided(client, make, add, decide):
    waiting, known = add(name="Bo Lund"), add(name="Cy Ode")
    decide(known, "dismissed")
    page = client.sign_in(make.person(role="organizer")).get("/canvass/additions").text
    assert "Bo Lund" in page.split("Decided lately")[0]
    assert "Cy Ode" in page.split("Decided lately")[1]
    assert waiting.id in page


def test_the_form_works_without_a_script(client, phone):
    page = client.get(f"/walk/{phone.token}").text
    assert "Add a person or a door" in page
    form = {"id": str(uuid.uuid4()), "door": phone.doors[0], "what": "person", "name": "Ana Gómez"}
    for _ in range(2):
        client.post(f"/walk/{phone.token}/add", form | {"result": "canvassed", "support": "1"})
    row = db.session.query(Addition).one()
    assert (row.name, row.answers) == ("Ana Gómez", {"support": "1"})

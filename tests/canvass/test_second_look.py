"""Deceased, moved and do-not-come-again wait for a second person; nothing changes for good before."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from tests.canvass.counting import assert_recount_agrees, progress
from volunteer_hub.canvass import services
from volunteer_hub.canvass.services import ByStaff
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.districts.models import Door, Voter


def row_of(model, key):
    row = db.session.get(model, key, populate_existing=True)
    return {column.name: getattr(row, column.name) for column in model.__table__.columns}


def decide(client, report, decision, status=302):
    return client.post(f"/canvass/reports/{report['id']}/review", {"decision": decision}, status=status)


@pytest.mark.parametrize("result", ["deceased", "moved", "do_not_walk"])
def test_until_a_second_person_confirms_neither_door_nor_voter_changes(client, make, phone, walk, result):
    voters = db.session.scalars(select(Voter.id).where(Voter.door_id == phone.doors[0])).all()
    before = row_of(Door, phone.doors[0]), [row_of(Voter, each) for each in voters]
    report = phone.report(phone.doors[0], result)
    phone.send(report)
    assert (row_of(Door, phone.doors[0]), [row_of(Voter, each) for each in voters]) == before
    client.sign_in(make.person(role="organizer"))
    decide(client, report, "dismissed")
    assert (row_of(Door, phone.doors[0]), [row_of(Voter, each) for each in voters]) == before
    assert progress() == {"attempts": 1, "doors_tried": 1}


@pytest.mark.parametrize("result", ["deceased", "moved", "do_not_walk"])
@pytest.mark.parametrize("decision", ["confirmed", "dismissed"])
def test_a_decision_and_its_undo_leave_everything_as_it_was(client, make, phone, walk, result, decision):
    report = phone.report(phone.doors[0], result)
    phone.send(report)
    before = row_of(Door, phone.doors[0]), progress()
    client.sign_in(make.person(role="organizer"))
    decide(client, report, decision)
    decide(client, report, "pending")
    assert (row_of(Door, phone.doors[0]), progress()) == before
    assert_recount_agrees(walk.campaign_id)


@pytest.mark.parametrize("decision", ["confirmed", "dismissed", "pending"])
def test_who_brought_a_report_does_not_decide_about_it(client, make, walk, decision):
    reporter, other = make.person(role="organizer"), make.person(role="organizer", name="Bea Second")
    report = {
        "id": "7d3f0f34-5d2c-4a86-9a28-9a40a2b8a001", "door": walk.door_ids[0],
        "at": clock.now().isoformat(), "result": "deceased",
    }  # fmt: skip
    path = make.root_of(make.default_campaign).path
    with transaction():
        services.record([report], authority=ByStaff(walk.campaign_id, reporter.id, [path]), now=clock.now())
    client.sign_in(reporter)
    assert "another organizer decides" in client.get("/canvass/second-look").text
    assert "brought this report yourself" in decide(client, report, decision, status=403).text
    client.sign_in(other)
    decide(client, report, "confirmed")
    assert "Bea Second" in client.get("/canvass/second-look").text


def test_two_who_decide_at_once_do_not_overrule_each_other_unseen(client, make, phone):
    report = phone.report(phone.doors[0], "moved")
    phone.send(report)
    client.sign_in(make.person(role="organizer"))
    decide(client, report, "dismissed")
    client.sign_in(make.person(role="organizer"))
    assert "decided meanwhile" in decide(client, report, "confirmed", status=409).text
    decide(client, report, "pending")
    decide(client, report, "confirmed")


def test_what_was_taken_back_at_the_door_cannot_be_confirmed(client, make, phone):
    report = phone.report(phone.doors[0], "do_not_walk")
    undo = phone.report(phone.doors[0], None, undoes=report["id"], minutes_ago=5)
    phone.send(report, undo)
    client.sign_in(make.person(role="organizer"))
    decide(client, report, "confirmed", status=409)
    assert row_of(Door, phone.doors[0])["is_do_not_walk"] is False

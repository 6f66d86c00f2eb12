"""Reports typed from paper: one line for each door, stored once, the wrong ones shown again."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.canvass.counting import assert_recount_agrees, progress, stored
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db


@pytest.fixture
def shift(make):
    return make.shift(starts_at=clock.now() - timedelta(hours=4), capacity=50)


@pytest.fixture
def lead(client, make, shift):
    client.person = make.person(role="field_lead", name="Lena Lead")
    client.sign_in(client.person)
    return client


def form_of(browser, path) -> dict[str, str]:
    """The form as the page makes it: ids, shift and empty lines."""
    return fields_of(browser.get(path).text)


def fields_of(page) -> dict[str, str]:
    fields = dict(re.findall(r'<input type="hidden" name="((?:id|undoes)-\d+)" value="([^"]+)"', page))
    for name, box in re.findall(r'<select[^>]*name="([\w-]+)"[^>]*>(.*?)</select>', page, re.S):
        chosen = re.search(r'<option value="([^"]*)" selected', box)
        fields[name] = chosen[1] if chosen else re.search(r'value="([^"]*)"', box)[1]
    fields |= dict(re.findall(r'name="((?:support|note)-\d+)" value="([^"]*)"', page))
    return fields


def reports() -> list[DoorReport]:
    db.session.expire_all()
    return list(db.session.scalars(select(DoorReport).order_by(DoorReport.received_at, DoorReport.door_id)))


def test_a_sheet_is_typed_and_saved_once(lead, make, walk, shift):
    first, second, third = make.doors_of(walk)[:3]
    path = f"/turf/{walk.id}/paper"
    assert f'href="{path}"' in lead.get(f"/turf/{walk.id}").text
    typed = form_of(lead, path) | {
        f"result-{first}": "not_home",
        f"support-{second}": "2",
        f"note-{second}": "Wants a sign",
        f"result-{third}": "moved",
    }
    for _ in range(2):
        lead.post(path, typed)
    assert stored() == 3
    found = {each.door_id: each for each in reports()}
    assert {each.source for each in found.values()} == {"paper"}
    assert {each.entered_by for each in found.values()} == {lead.person.id}
    assert {each.at for each in found.values()} == {shift.starts_at}
    assert (found[second].result, found[second].support, found[second].note) == (
        "canvassed",
        2,
        "Wants a sign",
    )
    assert found[third].review == "pending"
    assert progress()["attempts"] == 3
    assert_recount_agrees(walk.campaign_id)
    assert [
        each.details["stored"]
        for each in db.session.scalars(select(AuditEntry))
        if each.action == "type.reports"
    ] == [3]


def test_lines_follow_the_walking_order_and_show_what_is_known(lead, make, walk):
    doors = make.doors_of(walk)
    page = lead.get(f"/turf/{walk.id}/paper").text
    assert [int(each) for each in re.findall(r'id="door-(\d+)"', page)] == doors
    lead.post(
        f"/turf/{walk.id}/paper", form_of(lead, f"/turf/{walk.id}/paper") | {f"result-{doors[0]}": "refused"}
    )
    assert "Does not want to talk</span>" in lead.get(f"/turf/{walk.id}/paper").text


def test_one_bad_line_stores_the_good_ones_and_loses_nothing(lead, make, walk):
    good, bad, lone, odd = make.doors_of(walk)[:4]
    path = f"/turf/{walk.id}/paper"
    typed = form_of(lead, path) | {
        f"result-{good}": "not_home",
        f"support-{bad}": "7", f"note-{bad}": "<b>Ana</b> wants a sign",
        f"note-{lone}": "a note alone",
        f"result-{odd}": "not_home", f"support-{odd}": "1",
    }  # fmt: skip
    sent = lead.post(path, typed, status=422)
    assert stored() == 1
    assert "3 lines are not saved yet" in sent.text
    assert "Support must be a number from 1" in sent.text
    assert "Choose a result for this note" in sent.text
    assert "Support belongs to a talk" in sent.text
    assert "&lt;b&gt;Ana&lt;/b&gt; wants a sign" in sent.text
    again = fields_of(sent.text)
    assert (again[f"support-{bad}"], again[f"note-{lone}"], again[f"id-{bad}"]) == (
        "7", "a note alone", typed[f"id-{bad}"],
    )  # fmt: skip
    assert again[f"result-{good}"] == ""
    lead.post(path, again | {f"support-{bad}": "3", f"result-{lone}": "refused", f"support-{odd}": ""})
    assert stored() == 4
    assert_recount_agrees(walk.campaign_id)


def test_a_saved_line_sent_with_something_else_is_offered_as_a_replacement(lead, make, walk):
    door = make.doors_of(walk)[0]
    path = f"/turf/{walk.id}/paper"
    typed = form_of(lead, path) | {f"result-{door}": "not_home"}
    lead.post(path, typed)
    sent = lead.post(path, typed | {f"result-{door}": "refused"}, status=422)
    assert "saved as “Nobody home” before" in sent.text
    assert stored() == 1
    lead.post(path, fields_of(sent.text))
    standing = [each.result for each in reports() if not each.undone_at]
    assert standing == ["refused"]
    assert progress()["attempts"] == 1
    assert_recount_agrees(walk.campaign_id)


def test_another_time_is_the_campaigns_and_a_walker_may_be_named(lead, make, walk):
    walker = make.person(name="Wanda Walker")
    make.lease(walk, walker)
    door = make.doors_of(walk)[0]
    path = f"/turf/{walk.id}/paper"
    day = (clock.now() - timedelta(days=3)).date()
    typed = form_of(lead, path) | {f"result-{door}": "not_home", "shift": "other", "walker": str(walker.id)}
    for wrong in ("", "nonsense", f"{day.year + 1}-01-01T10:00", "2001-01-01T10:00"):
        sent = lead.post(path, typed | {"at": wrong}, status=422)
        assert fields_of(sent.text)[f"result-{door}"] == "not_home"
    assert stored() == 0
    lead.post(path, typed | {"at": f"{day}T10:30"})
    (report,) = reports()
    assert report.at.astimezone(clock.now().tzinfo).isoformat()[:10] == str(day)
    assert (report.at.hour, report.at.minute) in ((14, 30), (15, 30))
    assert report.canvasser_id == walker.id


def test_the_list_of_reports_says_who_typed_it(lead, make, walk):
    door = make.doors_of(walk)[0]
    path = f"/turf/{walk.id}/paper"
    lead.post(path, form_of(lead, path) | {f"result-{door}": "not_home"})
    lead.sign_in(make.person(role="organizer"))
    assert "by paper, entered by Lena Lead" in lead.get("/canvass").text


def test_doors_of_other_turfs_and_hostile_fields_are_not_looked_at(lead, make, walk):
    other = make.doors_of(make.turf(3))[0]
    door = make.doors_of(walk)[0]
    path = f"/turf/{walk.id}/paper"
    typed = form_of(lead, path)
    lead.post(path, typed | {f"result-{other}": "not_home", f"id-{other}": "x", "result-abc": "moved"})
    assert stored() == 0
    sent = lead.post(path, typed | {f"result-{door}": "drop table", f"id-{door}": "not an id"}, status=422)
    assert "Choose a result from the list" in sent.text
    lead.post(path, typed | {f"result-{door}": "not_home", f"note-{door}": "\x00bad"})
    assert reports()[0].note == "bad"


def test_nobody_types_for_another_area(client, make, walk):
    client.sign_in(make.person(role="field_lead", area=make.area()))
    client.get(f"/turf/{walk.id}/paper", status=404)
    client.post(f"/turf/{walk.id}/paper", {}, status=404)
    client.sign_in(make.person())
    client.get(f"/turf/{walk.id}/paper", status=403)

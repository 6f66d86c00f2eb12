"""Running shifts: rosters, attendance, cover, export, and the numbers other features read."""

from __future__ import annotations

import csv
import io
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.exports import safe_cell
from volunteer_hub.events import queries, services
from volunteer_hub.events.models import CoverAsk, SignUp
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Availability

ZONE = "America/New_York"


def test_a_field_lead_marks_present_absent_and_takes_it_back_in_one_tap(make, client):
    shift = make.shift(starts_at=clock.now() + timedelta(hours=1))
    sign_up = make.sign_up(shift)
    browser = client.sign_in(make.person(role="field_lead"))
    assert "Present" in browser.get(f"/organize/shifts/{shift.id}").text

    def mark(what: str) -> str | None:
        browser.post(f"/organize/sign-ups/{sign_up.id}/attendance", {"mark": what})
        db.session.expire_all()
        return sign_up.attendance

    assert mark("attended") == "attended"
    assert sign_up.checked_in_at is not None
    assert mark("no_show") == "no_show"
    assert mark("clear") is None
    assert sign_up.checked_in_at is None


def test_nobody_is_marked_days_before_the_shift(make, client):
    sign_up = make.sign_up(make.shift())
    browser = client.sign_in(make.person(role="field_lead"))
    browser.post(f"/organize/sign-ups/{sign_up.id}/attendance", {"mark": "attended"})
    assert "two hours before" in browser.get(f"/organize/shifts/{sign_up.shift_id}").text
    db.session.expire_all()
    assert sign_up.attendance is None


def test_staff_add_move_and_take_off_people(make, client):
    event = make.event()
    here, there = make.shift(event=event), make.shift(event=event, starts_at=clock.now() + timedelta(days=9))
    person = make.person(name="Waldo Walker")
    browser = client.sign_in(make.person(role="field_lead"))
    assert "Waldo Walker" in browser.get(f"/organize/shifts/{here.id}?q=waldo").text
    browser.post(f"/organize/shifts/{here.id}/add", {"person_id": person.id})
    sign_up = db.session.query(SignUp).one()
    assert (sign_up.source, sign_up.state) == ("staff", "going")
    browser.post(f"/organize/sign-ups/{sign_up.id}/move", {"to_shift_id": there.id})
    db.session.expire_all()
    assert (here.going, there.going) == (0, 1)
    moved = db.session.query(SignUp).filter_by(state="going").one()
    browser.post(f"/organize/sign-ups/{moved.id}/cancel")
    db.session.expire_all()
    assert there.going == 0


def test_the_export_is_safe_for_spreadsheets_and_audited(make, client):
    shift = make.shift()
    make.sign_up(shift, make.person(name='=cmd|"/c calc"!A0', email="evil@example.org", phone="+13055550123"))
    lead = make.person(role="field_lead")
    answer = client.sign_in(lead).post(f"/organize/shifts/{shift.id}/roster.csv", status=200)
    rows = list(csv.DictReader(io.StringIO(answer.text.lstrip("\ufeff"))))
    assert rows[0]["name"] == '\'=cmd|"/c calc"!A0'
    entry = db.session.query(AuditEntry).filter_by(action="export.roster").one()
    assert (entry.actor_id, entry.subject, entry.details) == (lead.id, f"shift:{shift.id}", {"people": 1})


@pytest.mark.parametrize("text", ["=1+1", "+1-2", "-1+2", "@SUM(A1)", "\t=1", "\r=1", "  =1", "\n=1", "＝1"])
def test_a_formula_in_a_cell_stays_text(text):
    assert safe_cell(text).startswith("'")


@pytest.mark.parametrize("text", ["-12.5", "+13055550123", "Ana", "", "1-2", "a=b"])
def test_harmless_cells_stay_as_they_are(text):
    assert safe_cell(text) == text


def near(make, name, **fields):
    return make.person(name=name, **{"latitude": 25.78, "longitude": -80.2} | fields)


def test_cover_is_sought_among_suitable_people_near_who_were_not_asked_lately(make):
    shift = make.shift(skills=["canvass"], languages=["es"])
    fit = {"skills": ["canvass"], "languages": ["es"]}
    good = near(make, "Good", **fit)
    near(make, "No skill", languages=["es"])
    near(make, "No Spanish", skills=["canvass"])
    near(make, "Far", **fit | {"latitude": 28.5, "longitude": -81.4})
    near(make, "Silent", **fit | {"email_agreed_at": None})
    near(make, "Gone", **fit | {"is_active": False})
    asked, busy, away = near(make, "Asked", **fit), near(make, "Busy", **fit), near(make, "Away", **fit)
    make.sign_up(make.shift(starts_at=shift.starts_at), busy)
    other = make.shift(starts_at=shift.starts_at + timedelta(days=3))
    weekday = (shift.starts_at.astimezone(ZoneInfo(ZONE)).weekday() + 1) % 7
    with transaction():
        db.session.add(
            CoverAsk(
                campaign_id=asked.campaign_id,
                shift_id=other.id,
                person_id=asked.id,
                asked_at=clock.now() - timedelta(days=6),
            )
        )
        db.session.add(
            Availability(
                campaign_id=away.campaign_id,
                person_id=away.id,
                weekday=weekday,
                from_time=time(0),
                until_time=time(23, 59),
            )
        )
    card = queries.shift_card(shift.campaign_id, shift.id)
    assert [each.person_id for each in queries.candidates(card, now=clock.now())] == [good.id]


def test_asking_for_cover_sends_one_mail_with_a_link_each(make, client, run_jobs):
    shift, person = make.shift(), near(make, "Good")
    stranger = make.person(campaign=make.campaign())
    browser = client.sign_in(make.person(role="organizer"))
    assert "Good" in browser.get(f"/organize/shifts/{shift.id}/cover").text
    for _ in range(2):
        browser.post(f"/organize/shifts/{shift.id}/cover", {"person_id": [person.id, stranger.id]})
    run_jobs()
    assert messages() == ["shift_cover"]


def test_numbers_for_matching_and_the_dashboard(make):
    now = clock.now()
    shift = make.shift(capacity=4)
    make.sign_up(shift)
    with transaction():
        services.hold_place(shift.campaign_id, shift.id)
    draft = make.shift(event=make.event(state="draft"))
    (found,) = queries.open_shifts(shift.campaign_id, from_at=now)
    assert (found.id, found.places_left, found.capacity) == (shift.id, 2, 4)
    assert len(queries.open_shifts(shift.campaign_id, from_at=now, published_only=False)) == 2
    counts = queries.counts(shift.campaign_id, now)
    assert (counts.shifts_ahead, counts.places_ahead, counts.going_ahead, counts.held_ahead) == (1, 4, 1, 1)
    assert queries.open_shifts(draft.campaign_id, from_at=now, area_paths=["/999999/"]) == []
    (busy,) = queries.standing_between(shift.campaign_id, shift.starts_at, shift.ends_at)
    assert busy.shift_id == shift.id


def test_who_is_out_now_counts_those_who_were_seen(make):
    shift = make.shift(starts_at=clock.now() + timedelta(minutes=20))
    seen = make.sign_up(shift)
    make.sign_up(shift)
    with transaction():
        services.check_in(shift.campaign_id, seen.id, by=None, now=clock.now())
    (out,) = queries.people_out_now(shift.campaign_id, clock.now())
    assert (out.going, out.checked_in) == (2, 1)


def messages() -> list[str]:
    db.session.expire_all()
    return sorted(db.session.scalars(select(Message.kind)))

"""What organizers see of texts: whether they arrived, what they cost, and what people wrote back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from volunteer_hub.core import clock
from volunteer_hub.core.audit import AuditEntry
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.secrets import seal
from volunteer_hub.messaging import lines, services
from volunteer_hub.messaging.models import IncomingText, Message, TextPace

ANN = "+12025550123"


def texted(campaign_id, key, person_id=None, *, state="sent", number=ANN, **fields):
    """A text as it stands in the table after it left."""
    with transaction():
        db.session.add(
            Message(
                campaign_id=campaign_id, key=key, kind="reminder_day_text", channel="text",
                person_id=person_id, to_digest=services.digest_of("text", number),
                time_zone="America/New_York", not_before=clock.now(), state=state,
                created_at=clock.now(), sent_at=clock.now() if state == "sent" else None,
                **{"segments": 2, "details": {}} | fields,
            )
        )  # fmt: skip


def wrote(person, words, **fields):
    """A text somebody sent us."""
    with transaction():
        row = IncomingText(
            campaign_id=person.campaign_id,
            provider_id=f"SM{words}",
            person_id=person.id,
            from_digest=services.digest_of("text", ANN),
            body_sealed=seal(words),
            **{"meant": "other", "at": clock.now()} | fields,
        )
        db.session.add(row)
    return row.id


def test_the_page_counts_texts_their_segments_and_cost(make, client):
    organizer = make.person(role="organizer")
    campaign_id = organizer.campaign_id
    client.sign_in(organizer)
    assert "No texts yet" in client.get("/messages/texts").text
    for number in range(3):
        texted(campaign_id, f"a{number}", delivery="delivered", cost_micros=15_800)
    texted(campaign_id, "b", delivery="undelivered", details={"code": 30003})
    texted(campaign_id, "c", state="failed", details={"code": 21614})
    texted(campaign_id, "d", state="failed", details={"code": 99999})
    page = client.get("/messages/texts").text
    assert "0.05" in page  # 3 x 0.0158
    assert "of 3 so far" in page
    assert "The phone was switched off or out of reach." in page
    assert "it may be a landline" in page
    assert "Twilio&#39;s error 99999." in page
    listed = client.get("/messages").text
    assert "not delivered" in listed
    assert ANN not in page + listed


def test_replies_are_read_by_the_organizers_of_the_area_alone(make, client):
    north, south = make.area(), make.area()
    ann = make.person(area=north, name="Ann Able", phone=ANN)
    reply_id = wrote(ann, "Can I bring my dog?")
    here, there = make.person(role="organizer", area=north), make.person(role="organizer", area=south)
    page = client.sign_in(here).get("/messages/replies").text
    assert "Can I bring my dog?" in page
    assert "Ann Able" in page
    log = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "read.replies")).all()
    assert [(each.actor_id, each.details) for each in log] == [(here.id, {"rows": 1})]
    client.sign_in(there)
    assert "dog" not in client.get("/messages/replies").text
    client.get(f"/messages/replies/{reply_id}", status=404)
    client.post(f"/messages/replies/{reply_id}/read", status=404)
    client.post(f"/messages/replies/{reply_id}", {"words": "Yes"}, status=404)


def test_an_answer_leaves_at_once_and_what_is_read_moves_down(make, client):
    organizer = make.person(role="organizer")
    ann = make.person(phone=ANN, text_agreed_at=clock.now(), language="es")
    first, second = (
        wrote(ann, "Can I bring my dog?"),
        wrote(ann, "He is kind", at=clock.now() - timedelta(hours=1)),
    )
    client.sign_in(organizer)
    refused = client.post(f"/messages/replies/{first}", {"words": " "}, status=422).text
    assert "Write something first." in refused
    client.post(f"/messages/replies/{first}", {"words": "Of course – he’s welcome"})
    message = db.session.scalars(select(Message).where(Message.kind == "text_reply")).one()
    assert (message.is_urgent, message.person_id, message.segments) == (True, ann.id, 1)
    page = client.get("/messages/replies").text
    assert "Your answer leaves now, as 1 segment." in page
    assert page.index("He is kind") < page.index("Can I bring my dog?")
    client.post(f"/messages/replies/{second}/read")
    assert "waits for you" not in client.get("/messages/replies").text


@pytest.mark.parametrize("why", ["stop", "never agreed"])
def test_who_gets_no_texts_gets_no_answer_by_text(make, client, why):
    organizer = make.person(role="organizer")
    ann = make.person(phone=ANN, text_agreed_at=clock.now() if why == "stop" else None)
    reply_id = wrote(ann, "Hello")
    if why == "stop":
        with transaction():
            digest = services.digest_of("text", ANN)
            services.opt_out(ann.campaign_id, "text", digest, reason="stop", now=clock.now())
    page = client.sign_in(organizer).post(f"/messages/replies/{reply_id}", {"words": "Hi"}, status=422).text
    assert "Call, or write an email." in page
    assert "Hi</textarea>" in page
    assert db.session.scalars(select(Message)).all() == []


def test_numbers_that_no_text_can_reach_are_shown_until_there_is_another(make, client):
    organizer, ann = make.person(role="organizer"), make.person(name="Ann Able", phone=ANN)
    texted(ann.campaign_id, "one", ann.id, state="failed", details={"code": 21614})
    with transaction():
        services.mark_unreachable(ann.campaign_id, services.digest_of("text", ANN), now=clock.now())
    client.sign_in(organizer)
    assert "Ann Able" in client.get("/messages/replies").text
    with clock.standing_at(clock.now() + timedelta(minutes=1)):
        texted(ann.campaign_id, "two", ann.id, number="+12025550199")
    assert "Ann Able" not in client.get("/messages/replies").text


def test_a_day_that_is_full_is_said_so(app, make, client):
    organizer = make.person(role="organizer")
    number = "+13055550100"
    app.extensions["vh_config"] = replace(
        app.extensions["vh_config"], sms_provider="twilio", twilio_from=number, texts_per_day=3
    )
    texted(organizer.campaign_id, "waits", state="waiting")
    today = lines.line_of(app.extensions["vh_config"], organizer.campaign_id).day_of(clock.now()).date()
    with transaction():
        db.session.add(TextPace(sender=number, next_at=clock.now(), counted_on=today, sent_on_day=2))
    client.sign_in(organizer)
    assert "Today 2 of 3 have left." in client.get("/messages/texts").text
    with transaction():
        db.session.get_one(TextPace, number).sent_on_day = 3
    page = client.get("/messages/texts").text
    assert "The daily limit is reached" in page
    assert "a pace of 1 a second" in page

"""Each message leaves once, at a decent hour, to people who want it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import sending, services
from volunteer_hub.messaging.jobs import sweep_messages
from volunteer_hub.messaging.models import Message
from volunteer_hub.messaging.recipient import Recipient

NOON = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)  # noon in New York


@pytest.fixture(autouse=True)
def at_noon():
    with clock.standing_at(NOON):
        yield


def to(address="ann@example.org", channel="email", **more):
    return Recipient(channel, address, "America/New_York", **more)


def post(campaign, key="offer-1", recipient=None, **more):
    with transaction():
        return services.post_once(
            campaign.id, key, "offer", recipient or to(), "Saturday?", "Come on Saturday.\n", **more
        )


def states():
    db.session.expire_all()
    return dict(db.session.execute(select(Message.key, Message.state)).all())


def test_a_message_posted_twice_leaves_once(mail_app, make, inbox, run_jobs):
    campaign = make.campaign()
    assert post(campaign)
    assert not post(campaign)
    run_jobs()
    assert len(inbox.mails) == 1
    assert states() == {"offer-1": "sent"}


def test_the_message_id_is_the_id_of_the_row(mail_app, make, inbox, run_jobs):
    post(make.campaign())
    run_jobs()
    assert inbox.ids == [str(db.session.scalars(select(Message.id)).one())]


def test_secrets_are_blank_once_it_has_left(mail_app, make, inbox, run_jobs):
    post(make.campaign(), recipient=to("secret@example.org"))
    row = db.session.scalars(select(Message)).one()
    assert b"secret" not in row.to_sealed
    run_jobs()
    db.session.expire_all()
    row = db.session.scalars(select(Message)).one()
    assert (row.to_sealed, row.body_sealed) == (None, None)


def test_it_carries_one_click_unsubscribe_and_the_calendar(mail_app, make, inbox, run_jobs):
    post(make.campaign(), html="<p>Come</p>", ics="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    run_jobs()
    mail = inbox.mails[0]
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["List-Unsubscribe"].startswith("<https://hub.example.org/unsubscribe/")
    types = [part.get_content_type() for part in mail.walk()]
    assert "text/html" in types and "text/calendar" in types


def test_a_name_cannot_write_headers(mail_app, make, inbox, run_jobs):
    post(make.campaign(), recipient=to(name="Eve\r\nBcc: all@example.org"))
    run_jobs()
    assert inbox.mails[0]["Bcc"] is None


def test_nothing_leaves_at_night_where_the_person_is(mail_app, make, inbox, run_jobs):
    late = datetime(2026, 10, 11, 2, 0, tzinfo=UTC)  # 22:00 in New York, 19:00 in Los Angeles
    campaign = make.campaign()
    with clock.standing_at(late):
        post(campaign, "east")
        post(campaign, "west", Recipient("email", "w@example.org", "America/Los_Angeles"))
        post(campaign, "asked", is_urgent=True)
        run_jobs()
        assert states() == {"east": "waiting", "west": "sent", "asked": "sent"}
    with clock.standing_at(datetime(2026, 10, 11, 12, 31, tzinfo=UTC)):
        sweep_messages()
        run_jobs()
    assert states()["east"] == "sent"


def test_a_backlog_that_runs_into_the_night_waits_for_morning(mail_app, make, inbox):
    post(make.campaign())
    with clock.standing_at(datetime(2026, 10, 11, 3, 0, tzinfo=UTC)):
        sending.send_batch(mail_app.extensions["vh_config"])
    row = db.session.execute(select(Message.state, Message.not_before)).one()
    assert row == ("waiting", datetime(2026, 10, 11, 12, 30, tzinfo=UTC))


def test_stop_is_honoured_for_what_waits_and_what_comes(mail_app, make, inbox, run_jobs):
    campaign = make.campaign()
    post(campaign, "before")
    with transaction():
        services.opt_out(
            campaign.id, "email", services.digest_of("email", "ANN@example.org "), reason="stop", now=NOON
        )
    post(campaign, "after")
    run_jobs()
    assert inbox.mails == []
    assert states() == {"before": "suppressed", "after": "suppressed"}


def test_one_click_unsubscribe_needs_a_post(mail_app, make, inbox, run_jobs, client):
    campaign = make.campaign()
    post(campaign)
    message_id = db.session.scalars(select(Message.id)).one()
    path = services.unsubscribe_path(message_id)
    client.get(path)
    assert not services.is_suppressed(campaign.id, "email", "ann@example.org")
    client.http.post(path, data={"List-Unsubscribe": "One-Click"})
    assert services.is_suppressed(campaign.id, "email", "ann@example.org")
    client.get(path[:-1] + ("A" if path[-1] != "A" else "B"), status=404)


def test_a_refused_address_fails_and_the_others_leave(mail_app, make, inbox, run_jobs):
    inbox.answers["gone@example.org"] = "550 no such user"
    campaign = make.campaign()
    post(campaign, "gone", to("gone@example.org"))
    post(campaign, "here", to("here@example.org"))
    run_jobs()
    assert states() == {"gone": "failed", "here": "sent"}


def test_a_busy_server_is_asked_again_later(mail_app, make, inbox, run_jobs):
    inbox.answers["ann@example.org"] = "451 greylisted"
    post(make.campaign())
    run_jobs()
    assert states() == {"offer-1": "waiting"}
    inbox.answers.clear()
    with clock.standing_at(NOON + timedelta(minutes=5)):
        sweep_messages()
        run_jobs()
    assert states() == {"offer-1": "sent"}


def test_a_server_that_hangs_up_loses_nothing_and_gets_nothing_twice(mail_app, make, inbox, run_jobs):
    campaign = make.campaign()
    inbox.hang_up_after = 3
    for number in range(10):
        post(campaign, f"offer-{number}", to(f"v{number}@example.org"))
    run_jobs()
    inbox.hang_up_after = None
    with clock.standing_at(NOON + timedelta(minutes=5)):
        sweep_messages()
        run_jobs()
    assert set(states().values()) == {"sent"}
    assert sorted(inbox.ids) == sorted(set(inbox.ids))
    assert len(inbox.mails) == 10


def test_an_emptied_queue_is_refilled_by_the_sweep(mail_app, make, inbox, run_jobs):
    post(make.campaign())
    mail_app.extensions["redis"].flushdb()
    assert run_jobs() == 0
    sweep_messages()
    run_jobs()
    assert states() == {"offer-1": "sent"}


def test_what_a_dead_sender_claimed_goes_back_and_a_living_one_keeps_it(mail_app, make, inbox):
    campaign = make.campaign()
    post(campaign, "dead")
    post(campaign, "alive", to("b@example.org"))
    with transaction():
        for key, claim in (("dead", "111"), ("alive", "222")):
            db.session.execute(
                update(Message)
                .where(Message.key == key)
                .values(state="sending", claimed_by=claim, claimed_at=NOON - timedelta(minutes=1))
            )
    with db.engine.connect() as sender:
        sender.exec_driver_sql("SELECT pg_advisory_lock(222)")
        assert sending.free_orphans() == 1
        assert states() == {"dead": "waiting", "alive": "sending"}
        sender.exec_driver_sql("SELECT pg_advisory_unlock(222)")


def test_a_text_in_doubt_is_never_risked_twice(mail_app, make):
    post(make.campaign(), recipient=to("+12025550123", "text"))
    with transaction():
        db.session.execute(
            update(Message).values(state="sending", claimed_by="7", claimed_at=NOON - timedelta(minutes=1))
        )
    sending.free_orphans()
    assert states() == {"offer-1": "failed"}


def test_texts_go_to_the_recorder_by_default(mail_app, make, run_jobs):
    post(make.campaign(), recipient=to("+12025550123", "text"))
    run_jobs()
    lines = (mail_app.extensions["vh_config"].var_dir / "texts" / "texts.jsonl").read_text().splitlines()
    assert [json.loads(line)["to"] for line in lines] == ["+12025550123"]


def test_a_message_past_its_use_is_not_sent(mail_app, make, inbox, run_jobs):
    post(make.campaign(), expires_at=NOON - timedelta(seconds=1))
    run_jobs()
    assert inbox.mails == []
    assert states() == {"offer-1": "expired"}


def test_an_organizer_sees_states_but_no_address(mail_app, make, inbox, run_jobs, client):
    organizer = make.person(role="organizer")
    post(make.default_campaign, recipient=to("hidden@example.org"))
    run_jobs()
    page = client.sign_in(organizer).get("/messages").text
    assert "offer" in page and "hidden@example.org" not in page

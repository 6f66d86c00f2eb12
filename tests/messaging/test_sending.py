"""Each message leaves once, at a decent hour, to people who want it."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import claims, sending, services
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


def send_batch(config):
    """One batch, as the job sends them."""
    with sending.mail_hand(config) as hand:
        return sending.send_batch(config, hand)


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


def test_no_text_leaves_after_stop_however_urgent(mail_app, make, run_jobs):
    campaign, phone = make.campaign(), to("+13055550123", "text")
    post(campaign, "walk-1", phone, is_urgent=True)
    with transaction():
        digest = services.digest_of("text", phone.address)
        services.opt_out(campaign.id, "text", digest, reason="stop", now=clock.now())
    post(campaign, "walk-2", phone, is_urgent=True)
    run_jobs()
    assert states() == {"walk-1": "suppressed", "walk-2": "suppressed"}


@pytest.mark.parametrize("code", ["550", "451"])
def test_what_a_server_says_is_kept_without_the_address_it_repeats(mail_app, make, inbox, run_jobs, code):
    inbox.answers["ann@example.org"] = f"{code} 5.1.1 <ann@example.org>: Recipient address rejected"
    post(make.campaign())
    run_jobs()
    assert (
        db.session.scalars(select(Message.last_error)).one()
        == f"{code} 5.1.1 <…>: Recipient address rejected"
    )


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
    assert {"text/html", "text/calendar"} <= set(types)


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
        send_batch(mail_app.extensions["vh_config"])
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


def claimed(key, claim, *, in_flight=False):
    """As if a sender had claimed the message, and perhaps begun to hand it over."""
    flags = {"in_flight": True} if in_flight else {}
    with transaction():
        row = db.session.scalars(select(Message).where(Message.key == key)).one()
        row.state, row.claimed_by, row.claimed_at = "sending", claim, NOON
        row.details = row.details | flags


def test_what_a_dead_sender_claimed_goes_back_and_a_living_one_keeps_it(mail_app, make, inbox):
    campaign = make.campaign()
    post(campaign, "dead")
    post(campaign, "alive", to("b@example.org"))
    claimed("dead", "111")
    claimed("alive", "222", in_flight=True)
    with db.engine.connect() as sender:
        sender.exec_driver_sql("SELECT pg_advisory_lock(222)")
        assert claims.free_orphans() == 1
        assert states() == {"dead": "waiting", "alive": "sending"}
        sender.exec_driver_sql("SELECT pg_advisory_unlock(222)")


def after_the_doubt():
    """Two sweeps: the first finds the sender dead, the second finds that nobody answered for it."""
    claims.free_orphans()
    with clock.standing_at(NOON + timedelta(seconds=claims.IN_DOUBT_S + 60)):
        return claims.free_orphans()


def test_only_the_message_in_flight_is_in_doubt(mail_app, make):
    campaign = make.campaign()
    for number in range(3):
        post(campaign, f"offer-{number}", to(f"v{number}@example.org"))
        claimed(f"offer-{number}", "7", in_flight=number == 1)
    assert claims.free_orphans() == 2
    assert states() == {"offer-0": "waiting", "offer-1": "sending", "offer-2": "waiting"}
    assert after_the_doubt() == 1
    rows = db.session.execute(select(Message.key, Message.details)).all()
    assert [key for key, details in rows if "orphaned" in details] == ["offer-1"]


def test_a_text_in_doubt_is_asked_for_before_it_is_sent_and_the_others_leave_at_once(
    mail_app, make, run_jobs
):
    campaign, kept = make.campaign(), mail_app.extensions["vh_config"].var_dir / "texts" / "texts.jsonl"
    numbers = {"taken": "+12025550123", "lost": "+12025550125", "untouched": "+12025550124"}
    for key, number in numbers.items():
        post(campaign, key, to(number, "text"))
        claimed(key, "7", in_flight=key != "untouched")
    taken = db.session.scalars(select(Message.id).where(Message.key == "taken")).one()
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"id": str(taken), "to": numbers["taken"], "text": "Come."}) + "\n")
    after_the_doubt()
    run_jobs()
    sweep_messages()
    run_jobs()
    assert set(states().values()) == {"sent"}
    written = [json.loads(line)["to"] for line in kept.read_text().splitlines()]
    assert sorted(written) == sorted(numbers.values())


def test_a_sender_whose_claim_was_taken_over_hands_nothing_over_any_more(mail_app, make, inbox):
    campaign = make.campaign()
    for number in range(3):
        post(campaign, f"offer-{number}", to(f"v{number}@example.org"))
    with claims.claim() as slow:
        rows = slow.take(10)
        with transaction():
            db.session.execute(update(Message).values(claimed_by="another"))
        assert [slow.record(None, start=row.id) for row in rows] == [None] * 3


def test_a_sender_that_lost_its_connection_still_records_the_answer(mail_app, make, inbox):
    campaign = make.campaign()
    for number in range(5):
        post(campaign, f"offer-{number}", to(f"v{number}@example.org"))
    before, engine = inbox.handle_DATA, db.engine

    async def cut_the_database(server, session, envelope):
        if len(inbox.mails) == 2:
            _cut_others(engine)
        return await before(server, session, envelope)

    inbox.handle_DATA = cut_the_database
    with pytest.raises(claims.ConnectionLost):
        send_batch(mail_app.extensions["vh_config"])
    assert sorted(states().values()) == ["sent"] * 3 + ["waiting"] * 2
    send_batch(mail_app.extensions["vh_config"])
    assert len(inbox.ids) == len(set(inbox.ids)) == 5
    assert not db.session.scalar(select(Message.key).where(Message.details.has_key("orphaned")))


def _cut_others(engine):
    """End every other session of this database, as a server does that restarts."""
    with engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_a_stopping_worker_puts_back_what_it_has_not_begun(mail_app, make, inbox, monkeypatch):
    campaign = make.campaign()
    for number in range(5):
        post(campaign, f"offer-{number}", to(f"v{number}@example.org"))
    monkeypatch.setattr("volunteer_hub.core.jobs.is_stopping", lambda: len(inbox.mails) >= 2)
    claimed_count, tally = send_batch(mail_app.extensions["vh_config"])
    assert (claimed_count, tally.sent) == (5, 2)
    assert sorted(states().values()) == ["sent"] * 2 + ["waiting"] * 3


def test_a_stop_during_the_batch_is_honoured(mail_app, make, inbox):
    campaign = make.campaign()
    for number in range(3):
        post(campaign, f"offer-{number}", to(f"v{number}@example.org"))
    with claims.claim() as held:
        rows = held.take(10)
        with transaction():
            for row in rows[1:]:
                services.opt_out(campaign.id, "email", row.to_digest, reason="stop", now=NOON)
        config = mail_app.extensions["vh_config"]
        with sending.mail_hand(config) as hand:
            sending.MailSender(config, held, sending.Tally(), hand).send_all(rows)
    assert sorted(states().values()) == ["sent", "suppressed", "suppressed"]


def test_a_mail_server_that_is_away_for_hours_costs_no_message(mail_app, make, inbox):
    from dataclasses import replace

    post(make.campaign())
    config = mail_app.extensions["vh_config"]
    away = replace(config, smtp_url="smtp://127.0.0.1:9")
    for minute in range(0, 120, 4):
        with clock.standing_at(NOON + timedelta(minutes=minute)):
            send_batch(away)
    with clock.standing_at(NOON + timedelta(hours=3)):
        send_batch(config)
    assert states() == {"offer-1": "sent"}


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
    assert "offer" in page
    assert "hidden@example.org" not in page

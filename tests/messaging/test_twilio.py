"""Texts by Twilio: each leaves once, whatever befalls the line, and what Twilio knows of a number we know."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from sqlalchemy import select

from tests.messaging.twilio_like import NUMBER
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import claims, lines, pace, services, texting
from volunteer_hub.messaging.jobs import send_texts, sweep_messages
from volunteer_hub.messaging.models import Message
from volunteer_hub.messaging.quiet import next_allowed_in
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.texts import provider_of
from volunteer_hub.messaging.texts import twilio as twilio_module

NOON = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)  # noon in New York
ANN = "+12025550123"


@pytest.fixture(autouse=True)
def at_noon(twilio):
    twilio.now = NOON
    with clock.standing_at(NOON):
        yield


def to(number=ANN, **more):
    return Recipient("text", number, "America/New_York", **more)


def post(campaign, key="offer-1", number=ANN, text="Come on Saturday.", **more):
    db.session.add(campaign)  # a job may have ended the session it was read in
    with transaction():
        return services.post_once(campaign.id, key, "offer_text", to(number), "", text, **more)


def row(key="offer-1"):
    db.session.expire_all()
    return db.session.scalars(select(Message).where(Message.key == key)).one()


def round_by(config):
    with closing(provider_of(config)) as provider:
        return texting.send_round(config, provider)


def later(**delta):
    """Let time pass: sweep, and send what is due by then."""
    with clock.standing_at(NOON + timedelta(**delta)):
        sweep_messages()
        return send_texts()


def test_a_text_leaves_with_its_segments_and_what_twilio_calls_it(text_app, twilio, make, run_jobs):
    post(make.campaign(), text="It’s on – Saturday, 9:00\u202fAM. " * 6)
    assert row().segments == 2  # counted before it leaves
    run_jobs()
    sent = twilio.messages[0]
    assert (sent["from"], sent["to"]) == (NUMBER, ANN)
    assert sent["body"].startswith("It's on - Saturday, 9:00 AM.")
    assert sent["callback"] == f"https://hub.example.org/texts/status?message={row().id}"
    kept = row()
    assert (kept.state, kept.provider_id, kept.delivery, kept.segments) == ("sent", sent["sid"], "queued", 2)
    assert (kept.to_sealed, kept.body_sealed) == (None, None)


def test_twilio_delivers_nothing_after_the_night_begins_or_when_it_is_too_late(
    text_app, twilio, make, run_jobs
):
    campaign = make.campaign()
    with clock.standing_at(datetime(2026, 10, 11, 0, 0, tzinfo=UTC)):  # 8 PM in New York
        post(campaign, "evening")
        post(campaign, "soon", expires_at=datetime(2026, 10, 11, 0, 10, tzinfo=UTC))
        run_jobs()
    validity = [int(each["validity"]) for each in twilio.messages]
    assert 1700 < validity[0] <= 1800
    assert 500 < validity[1] <= 600


def test_a_messaging_service_sends_under_its_own_name(text_app, twilio, make, run_jobs):
    campaign = make.campaign(slug="north")
    service = "MG" + "1" * 32
    config = text_app.extensions["vh_config"]
    text_app.extensions["vh_config"] = replace(config, twilio_from_by_campaign=(("north", service),))
    post(campaign)
    post(make.campaign(), "offer-2")
    run_jobs()
    senders = {each["messaging_service_sid"]: each["from"] for each in twilio.messages}
    assert senders == {service: None, None: NUMBER}
    assert row().segments == 1  # a service says 0 at first: ours stands


def test_many_texts_share_one_line(text_app, twilio, make, run_jobs):
    campaign = make.campaign()
    for number in range(8):
        post(campaign, f"offer-{number}", f"+1202555{number:04d}")
    run_jobs()
    assert len(twilio.messages) == 8
    assert twilio.lines_opened == 1


@pytest.mark.parametrize(
    ("status", "code", "state", "reason"),
    [
        (400, 21211, "failed", "unreachable"),
        (400, 21614, "failed", "unreachable"),
        (400, 21610, "suppressed", "stop"),
        (400, 21408, "failed", None),
    ],
)
def test_what_twilio_knows_of_a_number_we_know(text_app, twilio, make, run_jobs, status, code, state, reason):
    campaign = make.campaign()
    twilio.refused[ANN] = (status, code)
    post(campaign)
    run_jobs()
    assert (row().state, row().details["code"]) == (state, code)
    assert ANN not in row().last_error
    post(campaign, "again")
    run_jobs()
    assert row("again").state == ("suppressed" if reason else "failed")
    assert len(twilio.arrived_s) == (1 if reason else 2)


def test_another_number_of_the_same_person_is_written_to(text_app, twilio, make, run_jobs):
    campaign = make.campaign()
    twilio.refused[ANN] = (400, 21614)
    post(campaign)
    run_jobs()
    post(campaign, "mobile", "+12025550199")
    run_jobs()
    assert row("mobile").state == "sent"


@pytest.mark.parametrize("mishap", ["429", "14107"])
def test_too_many_at_once_costs_no_text_and_twilio_is_left_alone(text_app, twilio, make, run_jobs, mishap):
    campaign = make.campaign()
    twilio.mishaps = [mishap]
    for number in range(4):
        post(campaign, f"offer-{number}", f"+1202555{number:04d}")
    send_texts()
    assert len(twilio.arrived_s) == 1
    if mishap == "429":  # Retry-After: 90
        assert later(seconds=80) == 0
    assert later(seconds=100) == 4
    assert len(twilio.messages) == 4


def test_a_wrong_token_is_ours_to_mend_and_fails_no_text(text_app, twilio, make):
    config = text_app.extensions["vh_config"]
    post(make.campaign())
    for minute in range(0, 60, 2):
        with clock.standing_at(NOON + timedelta(minutes=minute)):
            round_by(replace(config, twilio_auth_token="old"))
    assert row().state == "waiting"
    assert "error 20003" in row().last_error
    assert later(hours=2) == 1


def test_twilio_out_of_reach_for_hours_costs_no_text(text_app, twilio, make):
    config = text_app.extensions["vh_config"]
    post(make.campaign())
    for minute in range(0, 120, 5):
        with clock.standing_at(NOON + timedelta(minutes=minute)):
            round_by(replace(config, twilio_url="http://127.0.0.1:9"))
    assert row().state == "waiting"
    assert later(hours=3) == 1


@pytest.mark.parametrize(
    ("mishap", "was_taken"),
    [
        ("hang up before", False),
        ("hang up after", True),
        ("500", False),
        ("500 after", True),
        ("not JSON", False),
    ],
)
def test_a_text_without_an_answer_is_asked_for_and_never_doubled(text_app, twilio, make, mishap, was_taken):
    twilio.mishaps = [mishap]
    post(make.campaign())
    send_texts()
    assert (row().state, row().details["doubts"]) == ("waiting", 1)
    assert later(seconds=60) == 0
    assert twilio.asked_for == []
    assert later(minutes=10) == 1
    assert twilio.asked_for == [ANN]
    assert len(twilio.messages) == 1
    assert (row().state, row().provider_id) == ("sent", twilio.messages[0]["sid"])
    assert len(twilio.arrived_s) == (1 if was_taken else 2)


def test_a_silent_twilio_is_not_waited_for_for_ever(text_app, twilio, make, monkeypatch):
    monkeypatch.setattr(twilio_module, "ANSWER_S", 0.3)
    twilio.mishaps = ["silence"]
    post(make.campaign())
    send_texts()
    assert row().state == "waiting"
    assert later(minutes=10) == 1
    assert len(twilio.messages) == 1


def test_the_same_words_to_the_same_number_are_not_taken_for_each_other(text_app, twilio, make):
    campaign = make.campaign()
    post(campaign, "first")
    send_texts()
    twilio.mishaps = ["hang up before"]
    post(campaign, "second")
    send_texts()
    assert later(minutes=10) == 1
    assert len({row("first").provider_id, row("second").provider_id}) == len(twilio.messages) == 2


def test_after_two_doubts_nobody_tries_again(text_app, twilio, make):
    twilio.mishaps = ["hang up before", "hang up before"]
    post(make.campaign())
    for minutes in (0, 3, 6, 9, 12):
        later(minutes=minutes)
    assert (row().state, len(twilio.arrived_s), twilio.messages) == ("failed", 2, [])


def test_a_stop_while_a_text_is_in_doubt_ends_it_but_what_had_left_is_known(text_app, twilio, make):
    campaign = make.campaign()
    twilio.mishaps = ["hang up before"]
    post(campaign)
    send_texts()
    with transaction():
        digest = services.digest_of("text", ANN)
        services.opt_out(row().campaign_id, "text", digest, reason="stop", now=clock.now())
    assert later(minutes=5) == 0
    assert (row().state, twilio.messages) == ("suppressed", [])


def test_a_stop_during_the_batch_is_honoured(text_app, twilio, make):
    campaign = make.campaign()
    numbers = [f"+1202555{number:04d}" for number in range(3)]
    for number in numbers:
        post(campaign, number, number)

    campaign_id = campaign.id

    def stop_the_others(_fields):
        with text_app.app_context(), transaction():
            for number in numbers[1:]:
                digest = services.digest_of("text", number)
                services.opt_out(campaign_id, "text", digest, reason="stop", now=NOON)

    twilio.during = stop_the_others
    send_texts()
    assert len(twilio.messages) == 1
    assert sorted(row(each).state for each in numbers) == ["sent", "suppressed", "suppressed"]


def die_with_a_text_in_flight(config):
    with claims.claim() as claim, closing(provider_of(config)) as provider:
        line = lines.lines(config)[0]
        sender = texting.TextSender(config, claim, texting.Tally(), line, provider)
        rows = claim.take(10, "text", list(line.campaigns))
        claim.record(None, start=rows[0].id)
        sender.build(rows[0])()
        claim.let_go = lambda: None  # the dead put nothing back
        raise ZeroDivisionError


def test_a_sender_that_dies_in_the_middle_doubles_nothing(text_app, twilio, make):
    """The line to the database is cut while Twilio has the text: as after a kill, the row stays in flight."""
    campaign = make.campaign()
    for number in range(3):
        post(campaign, f"offer-{number}", f"+1202555{number:04d}")
    config = text_app.extensions["vh_config"]

    with pytest.raises(ZeroDivisionError):
        die_with_a_text_in_flight(config)
    assert len(twilio.messages) == 1
    later(seconds=40)
    assert len(twilio.messages) == 3
    assert sorted(row(f"offer-{number}").state for number in range(3)) == ["sending", "sent", "sent"]
    later(seconds=claims.IN_DOUBT_S + 50)
    later(seconds=claims.IN_DOUBT_S + 60)
    assert [row(f"offer-{number}").state for number in range(3)] == ["sent"] * 3
    assert len(twilio.messages) == 3


def test_a_number_sends_one_text_a_second(text_app, twilio, make, monkeypatch):
    config = replace(text_app.extensions["vh_config"], texts_per_s=None)
    campaign = make.campaign()
    for number in range(20):
        post(campaign, f"offer-{number}", f"+1202555{number:04d}")
    sent = []
    for tenth in range(100):
        with clock.standing_at(NOON + timedelta(minutes=1, seconds=tenth / 10)):
            done = round_by(config)
            sent += [tenth / 10] * done.tally.sent
    assert sent[:3] == [0.0] * 3  # what nobody drew in the two seconds before
    assert len(sent) in (12, 13)
    assert all(later - before > 0.8 for before, later in pairwise(sent[2:]))


def test_two_workers_keep_one_pace_and_what_a_dead_one_drew_is_only_lost_time(text_app, make):
    make.campaign()
    limit, today = pace.Pace(10.0, None), NOON.date()
    drawn = 0
    for tenth in range(50):
        moment = NOON + timedelta(seconds=tenth / 10)
        drawn += pace.draw("+1305", limit, 100, now=moment, today=today).count
        drawn += pace.draw("+1305", limit, 100, now=moment, today=today).count
    window = 10 * pace.WINDOW_S + 1
    assert 50 + window - 2 <= drawn <= 50 + window


def test_a_pause_is_not_made_up_for_by_a_flood(text_app, make):
    limit, today = pace.Pace(10.0, None), NOON.date()
    pace.draw("+1305", limit, 1, now=NOON, today=today)
    turns = pace.draw("+1305", limit, 1000, now=NOON + timedelta(hours=3), today=today)
    assert turns.count == 10 * pace.WINDOW_S + 1


def test_a_day_has_so_many_texts_and_the_rest_waits_for_the_next(text_app, twilio, make):
    campaign = make.campaign()
    text_app.extensions["vh_config"] = replace(text_app.extensions["vh_config"], texts_per_day=3)
    for number in range(5):
        post(campaign, f"offer-{number}", f"+1202555{number:04d}")
    send_texts()
    later(hours=2)
    assert len(twilio.messages) == 3
    later(days=1)
    assert len(twilio.messages) == 5


def test_emails_do_not_wait_behind_texts(text_app, twilio, make, inbox, run_jobs):
    config = replace(
        text_app.extensions["vh_config"], smtp_url=f"smtp://127.0.0.1:{inbox.port}", texts_per_s=1
    )
    text_app.extensions["vh_config"] = config
    campaign = make.campaign()
    for number in range(30):
        post(campaign, f"offer-{number}", f"+1202555{number:04d}", is_urgent=True)
    with transaction():
        letter = Recipient("email", "bo@example.org", "America/New_York")
        services.post_once(campaign.id, "letter", "offer", letter, "Saturday?", "Come.")
    from volunteer_hub.messaging.jobs import send_messages

    send_messages()
    send_texts()
    assert row("letter").state == "sent"
    assert len(twilio.messages) < 5


def test_no_text_wakes_anybody_in_the_zone_of_the_number_either(text_app, twilio, make, run_jobs):
    campaign = make.campaign()
    honolulu, toll_free = "+18085550123", "+18005550100"
    post(campaign, "island", honolulu)  # 6 AM in Honolulu, noon in New York
    post(campaign, "anywhere", toll_free)
    post(campaign, "asked", honolulu, is_urgent=True)
    run_jobs()
    assert [row(each).state for each in ("island", "anywhere", "asked")] == ["waiting", "sent", "sent"]
    assert later(hours=2, minutes=20) == 0
    assert later(hours=2, minutes=40) == 1


def test_zones_that_never_wake_together_leave_the_persons_own():
    from datetime import time as at

    zones = ["America/New_York", "Asia/Shanghai"]
    quiet = at(20, 0), at(8, 30)
    assert next_allowed_in(NOON, zones, *quiet) == NOON
    both = next_allowed_in(NOON, ["America/New_York", "America/Los_Angeles"], *quiet)
    assert both == NOON
    early = datetime(2026, 10, 10, 13, 0, tzinfo=UTC)  # 9 AM in New York, 6 AM in Los Angeles
    assert next_allowed_in(early, ["America/New_York", "America/Los_Angeles"], *quiet).hour == 15

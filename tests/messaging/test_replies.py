"""What comes from the provider: what became of texts, and what people answer."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import permutations
from urllib.parse import urlsplit

import pytest
from sqlalchemy import func, select

from tests.messaging.twilio_like import ACCOUNT, NUMBER, TOKEN, signed
from volunteer_hub.assignments.jobs import sweep_text_answers
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.core.secrets import unseal
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.messaging import claims, services
from volunteer_hub.messaging.jobs import ask_for_costs, forget_old_texts, send_texts, sweep_messages
from volunteer_hub.messaging.models import IncomingText, Message, Suppression
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.people.models import Campaign, Person

NOON = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)  # noon in New York
ANN = "+12025550123"
INCOMING = "https://hub.example.org/texts/incoming"
_sids = iter(range(1, 10_000))


@pytest.fixture(autouse=True)
def at_noon(twilio):
    twilio.now = NOON
    with clock.standing_at(NOON):
        yield


@pytest.fixture
def told(text_app, client):
    """Bring a signed request to the application: returns the answer."""

    def bring(request, *, status=None):
        path, fields, headers = request
        answer = client.http.post(path, data=fields, headers=headers)
        if status is not None:
            assert answer.status_code == status, answer.text
        return answer

    return bring


@pytest.fixture
def said(told):
    """Somebody texts us; returns the words that go back at once."""

    def say(body, number=ANN, to=NUMBER, sid=None, **more):
        fields = {"MessageSid": sid or f"SM{next(_sids):032x}", "From": number, "To": to, "Body": body}
        answer = told(signed(INCOMING, fields | {"AccountSid": ACCOUNT} | more), status=200)
        found = re.search("<Message>(.*)</Message>", answer.text)
        return found[1] if found else ""

    return say


def post(campaign, key="offer-1", number=ANN, **more):
    to = Recipient("text", number, "America/New_York", **more)
    with transaction():
        services.post_once(campaign.id, key, "offer_text", to, "", "Come on Saturday.")


def row(key="offer-1"):
    db.session.expire_all()
    return db.session.scalars(select(Message).where(Message.key == key)).one()


def incoming():
    db.session.expire_all()
    return list(db.session.scalars(select(IncomingText).order_by(IncomingText.id)))


def test_what_became_of_a_text_is_known(text_app, twilio, make, told):
    post(make.campaign())
    send_texts()
    for status in ("sending", "sent", "delivered"):
        told(twilio.callback(twilio.messages[0], status), status=204)
    assert row().delivery == "delivered"
    assert row().delivered_at is not None


def test_callbacks_in_any_order_end_the_same(text_app, twilio, make, told):
    campaign, last = make.campaign(), ("delivered", "undelivered")
    orders = [order for end in last for order in permutations(("queued", "sent", end))]
    for number in range(len(orders)):
        post(campaign, f"offer-{number}", f"+1202555{number:04d}")
    send_texts()
    sent = {each["to"]: each for each in twilio.messages}
    for number, order in enumerate(orders):
        for status in order:
            told(twilio.callback(sent[f"+1202555{number:04d}"], status), status=204)
    found = [row(f"offer-{number}").delivery for number in range(len(orders))]
    assert found == [end for end in last for _ in range(6)]


def test_late_and_repeated_callbacks_change_nothing(text_app, twilio, make, told):
    post(make.campaign())
    send_texts()
    for status in ("delivered", "sent", "queued", "delivered", "undelivered"):
        told(
            twilio.callback(twilio.messages[0], status, 30003 if status == "undelivered" else None),
            status=204,
        )
    assert (row().delivery, "code" in row().details) == ("delivered", False)


@pytest.mark.parametrize(
    ("code", "reason"), [(30003, None), (30005, "unreachable"), (30006, "unreachable"), (21610, "stop")]
)
def test_a_text_that_was_not_delivered_says_why(text_app, twilio, make, told, code, reason):
    campaign = make.campaign()
    post(campaign)
    send_texts()
    told(twilio.callback(twilio.messages[0], "undelivered", code), status=204)
    assert (row().delivery, row().details["code"], row().state) == ("undelivered", code, "sent")
    assert services.is_suppressed(row().campaign_id, "text", ANN) == bool(reason)


def test_a_callback_tells_of_a_text_whose_acceptance_nobody_heard(text_app, twilio, make, told):
    twilio.mishaps = ["hang up after"]
    post(make.campaign())
    send_texts()
    assert row().state == "waiting"
    told(twilio.callback(twilio.messages[0], "sent"), status=204)
    assert (row().state, row().provider_id, row().to_sealed) == ("sent", twilio.messages[0]["sid"], None)
    with clock.standing_at(NOON + timedelta(minutes=10)):
        sweep_messages()
        send_texts()
    assert (len(twilio.messages), twilio.asked_for) == (1, [])


def test_a_callback_in_the_last_moment_keeps_a_text_from_leaving_twice(text_app, twilio, make, told):
    twilio.mishaps = ["hang up after"]
    post(make.campaign())
    send_texts()
    with clock.standing_at(NOON + timedelta(minutes=10)), claims.claim() as held:
        taken = held.take(10, "text")
        told(twilio.callback(twilio.messages[0], "sent"), status=204)
        assert held.record(None, start=taken[0].id) is None
    with clock.standing_at(NOON + timedelta(minutes=11)):
        send_texts()
    assert (row().state, len(twilio.messages)) == ("sent", 1)


def test_what_nobody_sent_is_not_found_and_what_nobody_signed_is_refused(text_app, twilio, make, told):
    post(make.campaign())
    send_texts()
    path, fields, headers = twilio.callback(twilio.messages[0], "delivered")
    unknown = {"MessageSid": "SM" + "f" * 32, "MessageStatus": "sent"}
    told(signed("https://hub.example.org/texts/status", unknown), status=404)
    told((path, fields | {"MessageStatus": "failed"}, headers), status=403)
    told((path.replace("message=", "message=x"), fields, headers), status=403)
    told((path, fields, {}), status=403)
    told(signed(twilio.messages[0]["callback"], fields, token="of-another-account"), status=403)
    assert row().delivery == "queued"


def test_a_signature_with_the_port_in_the_address_holds_too(text_app, twilio, make, told):
    post(make.campaign())
    send_texts()
    sent = twilio.messages[0]
    with_port = sent["callback"].replace("example.org/", "example.org:443/")
    path, fields, headers = signed(with_port, {"MessageSid": sent["sid"], "MessageStatus": "delivered"})
    told((path, fields, headers), status=204)
    assert urlsplit(path).netloc == ""
    assert row().delivery == "delivered"


def test_prices_come_later_and_are_asked_for(text_app, twilio, make):
    campaign = make.campaign()
    for number in range(3):
        post(campaign, f"offer-{number}", f"+1202555{number:04d}")
    send_texts()
    with clock.standing_at(NOON + timedelta(hours=2)):
        assert ask_for_costs() == 0
        twilio.bill("-0.00790")
        assert ask_for_costs() == 3
        assert ask_for_costs() == 0
    assert db.session.scalar(select(func.sum(Message.cost_micros))) == 3 * 7900


def test_stop_and_start_by_text(text_app, twilio, make, said):
    campaign = make.campaign()
    post(campaign)
    assert "unsubscribed" in said("Stop.")
    send_texts()
    assert (row().state, twilio.messages) == ("suppressed", [])
    assert "again" in said("yes")
    post(make.campaign(), "elsewhere", "+12025550177")
    post(db.session.merge(campaign), "offer-2")
    send_texts()
    assert row("offer-2").state == "sent"
    assert [each.meant for each in incoming()] == ["stop", "start"]


def test_what_twilio_answered_itself_is_not_answered_twice(text_app, make, said):
    campaign_id = make.campaign().id
    assert said("STOP", OptOutType="STOP") == ""
    assert services.is_suppressed(campaign_id, "text", ANN)


def test_help_names_the_campaign_and_whom_to_ask(text_app, make, said):
    post(make.campaign(name="Hope & Harbor", reply_to="field@example.org"), language="es")
    english, spanish = said("INFO"), said("¿Ayuda?")
    assert "Hope &amp; Harbor" in english
    assert "field@example.org" in english
    assert "field@example.org" in spanish


def test_a_text_brought_twice_is_stored_once(text_app, make, said):
    post(make.campaign())
    for _ in range(3):
        said("Who is this?", sid="SM" + "a" * 32)
    kept = incoming()
    assert len(kept) == 1
    assert (unseal(kept[0].body_sealed), unseal(kept[0].from_sealed)) == ("Who is this?", ANN)


def test_a_riddle_is_answered_once_and_left_for_a_person(text_app, make, said):
    post(make.campaign())
    assert "Somebody will read" in said("Can I bring my dog?")
    assert said("He is very kind") == ""
    assert [(each.meant, each.answered_at) for each in incoming()] == [("other", None)] * 2


def test_what_people_wrote_is_not_kept_for_ever(text_app, make, said):
    post(make.campaign())
    said("Can I bring my dog?")
    with clock.standing_at(NOON + timedelta(days=91)):
        assert forget_old_texts() == 1
    assert (incoming()[0].body_sealed, incoming()[0].from_sealed, incoming()[0].meant) == (
        None,
        None,
        "other",
    )


def test_a_reply_belongs_to_the_campaign_whose_number_it_came_by(text_app, make, said):
    north, south = make.campaign(slug="north"), make.campaign(slug="south")
    other = "+13055550199"
    config = text_app.extensions["vh_config"]
    text_app.extensions["vh_config"] = replace(config, twilio_from_by_campaign=(("south", other),))
    ids = north.id, south.id
    for campaign in (south, north):
        post(campaign, f"offer-{campaign.id}")
    said("To the north", to=NUMBER)
    said("To the south", to=other)
    said("STOP", to=other)
    assert [each.campaign_id for each in incoming()] == [ids[0], ids[1], ids[1]]
    assert [services.is_suppressed(each, "text", ANN) for each in ids] == [False, True]


def test_campaigns_that_share_a_number_share_a_stop_and_a_reply_goes_to_the_last_that_wrote(
    text_app, make, said
):
    first, second = make.campaign(), make.campaign()
    ids = first.id, second.id
    for minutes, key in ((0, "one"), (1, "two")):
        with clock.standing_at(NOON + timedelta(minutes=minutes)):
            post(db.session.get_one(Campaign, ids[minutes]), key)
            send_texts()
    with clock.standing_at(NOON + timedelta(minutes=2)):
        said("Hello?")
        said("STOP")
    assert [each.campaign_id for each in incoming()] == [ids[1], ids[1]]
    assert [services.is_suppressed(each, "text", ANN) for each in ids] == [True, True]


@pytest.fixture
def reminded(text_app, twilio, make, run_jobs):
    """Somebody on two shifts, reminded of the first by text."""
    person = make.person(phone=ANN, text_agreed_at=NOON, email_agreed_at=None, name="Ann")
    ids = []
    for days in (1, 2):
        starts_at = NOON + timedelta(days=days)
        shift = make.shift(starts_at=starts_at, ends_at=starts_at + timedelta(hours=2), capacity=5)
        ids.append(make.sign_up(shift, person).id)
    campaign_id = person.campaign_id
    for sign_up_id, days in zip(ids, (1, 2), strict=True):
        to = Recipient("text", ANN, "America/New_York", person_id=person.id)
        with transaction():
            services.post_once(
                campaign_id, f"reminder-day-{sign_up_id}-0-text", "reminder_day_text", to, "", "Do you come?",
                expires_at=NOON + timedelta(days=days),
            )  # fmt: skip
    send_texts()
    return ids


def sign_up(sign_up_id):
    db.session.expire_all()
    return db.session.get_one(SignUp, sign_up_id)


def test_c_confirms_the_next_shift_and_says_so(reminded, twilio, said, run_jobs):
    assert said("c") == ""
    run_jobs()
    assert sign_up(reminded[0]).confirmed_at is not None
    assert sign_up(reminded[1]).confirmed_at is None
    assert twilio.bodies[-1].startswith("Thank you! See you Sun, Oct 11")
    said("Yes")
    run_jobs()
    assert sign_up(reminded[1]).confirmed_at is not None
    assert len(twilio.messages) == 4


def test_x_gives_the_place_up(reminded, twilio, said, run_jobs):
    said("X")
    run_jobs()
    assert [sign_up(each).state for each in reminded] == ["cancelled", "going"]
    assert twilio.bodies[-1].startswith("You are off")


def test_minds_change_and_who_is_off_is_told_so(reminded, twilio, said, run_jobs):
    for word in ("c", "c", "no"):
        said(word)
        run_jobs()
    states = [sign_up(each).state for each in reminded]
    assert sorted(states) == ["cancelled", "going"]
    assert [each.meant for each in incoming()] == ["confirm", "confirm", "cancel"]


def test_cancel_is_a_stop_and_takes_no_place_away(reminded, twilio, said, run_jobs):
    said("CANCEL")
    run_jobs()
    assert [sign_up(each).state for each in reminded] == ["going", "going"]
    assert incoming()[0].meant == "stop"


def test_a_yes_that_the_queue_forgot_still_counts_once(reminded, text_app, twilio, said, run_jobs):
    said("Sí")
    text_app.extensions["redis"].flushdb()
    with clock.standing_at(NOON + timedelta(minutes=2)):
        assert sweep_text_answers() == 1
        assert sweep_text_answers() == 0
        run_jobs()
    assert sign_up(reminded[0]).confirmed_at is not None
    assert len(twilio.messages) == 3


def test_after_the_shift_began_a_yes_is_for_a_person_to_read(reminded, said):
    with clock.standing_at(NOON + timedelta(days=3)):
        said("yes")
    assert [(each.meant, each.answered_at) for each in incoming()] == [("other", None)]


def test_a_stranger_with_the_token_of_another_account_confirms_nothing(reminded, told, run_jobs):
    fields = {"MessageSid": "SM1", "From": ANN, "To": NUMBER, "Body": "X"}
    told(signed(INCOMING, fields, token=TOKEN + "x"), status=403)
    run_jobs()
    assert sign_up(reminded[0]).state == "going"


def neighbour(campaign_id) -> Person:
    """Somebody else with the same phone."""
    area_id = db.session.scalars(select(Person.area_id).where(Person.campaign_id == campaign_id)).first()
    with transaction():
        ben = Person(
            campaign_id=campaign_id, area_id=area_id, email="ben@example.org", name="Ben", phone=ANN,
            text_agreed_at=NOON, created_at=NOON,
        )  # fmt: skip
        db.session.add(ben)
    return ben


@pytest.mark.parametrize("words", ["X", "C"])
def test_a_number_of_several_people_takes_nobodys_place_and_is_asked_who(
    reminded, make, twilio, said, run_jobs, words
):
    first = sign_up(reminded[0])
    campaign_id, shift_id = first.campaign_id, first.shift_id
    ben_id = neighbour(campaign_id).id
    other = make.sign_up(db.session.get_one(Shift, shift_id), db.session.get_one(Person, ben_id)).id
    to = Recipient("text", ANN, "America/New_York", person_id=ben_id)
    with transaction():
        services.post_once(
            campaign_id, f"reminder-day-{other}-0-text", "reminder_day_text", to, "", "Do you come?",
            expires_at=NOON + timedelta(days=1),
        )  # fmt: skip
    send_texts()
    for _ in range(2):
        assert "Several people have this number" in said(words)
    run_jobs()
    assert sweep_text_answers() == 0
    assert [sign_up(each).state for each in (*reminded, other)] == ["going"] * 3
    assert [sign_up(each).confirmed_at for each in (*reminded, other)] == [None] * 3
    assert [(each.meant, each.about, each.answered_at) for each in incoming()] == [("other", None, None)] * 2


def test_a_text_to_somebody_else_since_leaves_it_open_who_answers(reminded, make, twilio, said, run_jobs):
    campaign_id = sign_up(reminded[0]).campaign_id
    ben_id = neighbour(campaign_id).id
    post(db.session.get_one(Campaign, campaign_id), "offer-9", person_id=ben_id)
    with clock.standing_at(NOON + timedelta(minutes=1)):
        send_texts()
        assert "Several people" in said("X")
    run_jobs()
    assert sign_up(reminded[0]).state == "going"


def test_a_stop_from_a_number_that_nobody_wrote_to_counts_for_all_of_the_line(text_app, make, said):
    north, south, east = (make.campaign(slug=slug).id for slug in ("north", "south", "east"))
    config = text_app.extensions["vh_config"]
    other = "+13055550199"
    text_app.extensions["vh_config"] = replace(config, twilio_from_by_campaign=(("east", other),))
    stopped = lambda: [services.is_suppressed(each, "text", ANN) for each in (north, south, east)]  # noqa: E731
    assert "unsubscribed" in said("STOP")
    assert stopped() == [True, True, False]
    said("START", to=other)
    assert stopped() == [True, True, False]
    said("START")
    assert stopped() == [False, False, False]


def test_what_twilio_took_for_a_stop_start_or_help_is_one_whatever_the_words(text_app, make, said):
    campaign_id = make.campaign().id
    assert said("Arrêt", OptOutType="STOP") == ""
    assert services.is_suppressed(campaign_id, "text", ANN)
    assert said("Encore", OptOutType="START") == ""
    assert not services.is_suppressed(campaign_id, "text", ANN)
    post(db.session.get_one(Campaign, campaign_id))
    assert said("Au secours", OptOutType="HELP") == ""
    assert said("STOP", OptOutType="HELP") == ""
    assert not services.is_suppressed(campaign_id, "text", ANN)
    assert incoming()[-1].meant == "help"


def test_a_callback_after_erasure_brings_nothing_back(text_app, twilio, make, told, client):
    person_id = make.person(phone=ANN).id
    post(make.default_campaign, person_id=person_id)
    send_texts()
    client.sign_in(db.session.get_one(Person, person_id)).post("/profile/erase", {"is_sure": "y"})
    told(twilio.callback(twilio.messages[0], "undelivered", 30006), status=204)
    told(twilio.callback(twilio.messages[0], "undelivered", 21610), status=204)
    assert (row().provider_id, row().delivery, row().details) == (None, "undelivered", {})
    assert db.session.scalar(select(func.count()).select_from(Suppression)) == 0

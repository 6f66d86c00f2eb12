"""Under every email: who writes, their postal address, and a link that stops them at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.events.test_telling_changes import LATER, edit, later_by
from volunteer_hub.core import clock
from volunteer_hub.core.db import db, transaction
from volunteer_hub.events import jobs
from volunteer_hub.messaging import services
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.people.models import Campaign, Person

NOON = datetime(2026, 10, 10, 16, 0, tzinfo=UTC)  # noon in New York
ADDRESS = "1 Sample Street\nSampleton & Co"


@pytest.fixture(autouse=True)
def at_noon():
    with clock.standing_at(NOON):
        yield


@pytest.fixture
def campaign(make):
    found = make.default_campaign
    with transaction():
        row = db.session.get_one(Campaign, found.id)
        row.name, row.postal_address = "Sample for Senate", ADDRESS
    return found


def words(mail, kind: str = "text/plain") -> str:
    part = next(each for each in mail.walk() if each.get_content_type() == kind)
    return part.get_payload(decode=True).decode().replace("\r\n", "\n")


def link_under(text: str) -> str:
    """The path of the link at the foot; asserts that the foot says who writes and from where."""
    foot = text.partition("\n--\n")[2].splitlines()
    assert foot[:3] == ["Sample for Senate", *ADDRESS.splitlines()]
    assert foot[-1].startswith("https://hub.example.org/unsubscribe/")
    return foot[-1].removeprefix("https://hub.example.org")


def test_the_link_under_a_change_of_a_shift_stops_all_at_once(
    mail_app, client, campaign, make, inbox, run_jobs
):
    shift, ana = make.shift(starts_at=NOON + timedelta(days=3)), make.person(name="Ana")
    make.sign_up(shift, ana)
    run_jobs()
    edit(shift, **later_by(shift, days=1))
    with clock.standing_at(NOON + LATER):
        jobs.sweep_notices()
        run_jobs()
    paths = [link_under(words(mail)) for mail in inbox.mails]
    assert [mail["X-Message-Kind"] for mail in inbox.mails] == ["shift_confirmation", "shift_change"]
    assert "\nStop these emails:\n" in words(inbox.mails[1])
    client.get(paths[1])
    client.post(paths[1], status=200)
    run_jobs()
    db.session.expire_all()
    assert services.is_suppressed(ana.campaign_id, "email", ana.email)
    assert db.session.get_one(Person, ana.id).email_agreed_at is None


def test_what_comes_in_any_case_says_so_and_carries_both_too(
    mail_app, client, campaign, make, inbox, run_jobs
):
    shift = make.shift(starts_at=NOON + timedelta(days=3))
    client.post(f"/c/{campaign.slug}/join", {"name": "Jo", "email": "jo@example.org", "home_text": "33101"})
    client.post(f"/c/{campaign.slug}/shifts/{shift.id}/sign-up", {"name": "Gil", "email": "gil@example.org"})
    client.post("/sign-in", {"email": make.person(email="ann@example.org").email})
    run_jobs()
    assert {mail["X-Message-Kind"] for mail in inbox.mails} == {"welcome", "shift_confirmation", "sign_in"}
    for mail in inbox.mails:
        client.get(link_under(words(mail)))
        assert "Messages like this one come in any case" in words(mail)


def test_the_footer_is_in_the_readers_language_and_in_the_html_as_well(mail_app, campaign, inbox, run_jobs):
    to = Recipient(
        "email", "ann@example.org", "America/New_York", "es",
        sender_name="Sample for Senate", postal_address=ADDRESS,
    )  # fmt: skip
    with transaction():
        services.post_once(
            campaign.id, "news-1", "news", to, "Noticias", "Hola.\n", html="<body><p>Hola</p></body>"
        )
    run_jobs()
    (mail,) = inbox.mails
    path = link_under(words(mail))
    assert "Dejar de recibir estos correos:" in words(mail)
    html = words(mail, "text/html")
    assert "Sampleton &amp; Co" in html
    assert f'<a href="https://hub.example.org{path}">' in html
    assert html.strip().endswith("</body>")

"""Caught mail: read in the browser by who answers for the campaign, while nothing is sent for real."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from volunteer_hub.core.db import db, transaction
from volunteer_hub.messaging import services
from volunteer_hub.messaging.catcher import Catcher
from volunteer_hub.messaging.models import Message
from volunteer_hub.messaging.recipient import Recipient
from volunteer_hub.messaging.safe_html import safe_html

HOSTILE = (
    '<p onclick="steal()">Come <b>soon</b></p><script>steal()</script><img src="https://evil.example/x">'
    '<a href="java\nscript:steal()">bad</a><a href="https://hub.example.org/offers/1">good</a>'
    '<meta http-equiv="refresh" content="0;url=https://evil.example"><form action="/x"><iframe src="/y">'
)


@pytest.fixture
def catcher(app):
    """The embedded catcher as the application's mail server, as the supervisor sets it up."""
    config = app.extensions["vh_config"]
    with Catcher(config.var_dir / "mail") as running:
        port = running.address[1]
        (config.var_dir / "mail" / "port").write_text(f"{port}\n")
        app.extensions["vh_config"] = replace(
            config, smtp_url=f"smtp://127.0.0.1:{port}", mail_from="Volunteer Hub <hub@example.org>"
        )
        yield running


@pytest.fixture
def say(make, run_jobs):
    """say(subject, **more) writes a message and has it sent."""

    def post(
        subject="Saturday?", *, to="ana@example.org", channel="email", kind="offer", person=None, **more
    ):
        recipient = Recipient(channel, to, "America/New_York", person_id=person)
        campaign = more.pop("campaign", make.default_campaign)
        with transaction():
            services.post_once(
                campaign.id, f"{kind}-{subject}", kind, recipient, subject, "Come on Saturday.\n",
                is_urgent=True, **more,
            )  # fmt: skip
        run_jobs()
        return db.session.scalars(
            select(Message.id).where(Message.key == f"{kind}-{subject}", Message.campaign_id == campaign.id)
        ).one()

    return post


def test_an_organizer_lists_and_opens_what_was_caught_newest_first(client, make, catcher, say):
    say("First of two")
    newest = say(
        "Second of two", html="<p>Come on <b>Saturday</b>.</p>", ics="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"
    )
    client.sign_in(make.person(role="organizer"))
    assert "Caught mail" in client.get("/messages").text
    page = client.get("/messages/caught").text
    assert page.index("Second of two") < page.index("First of two")
    assert "ana@example.org" in page
    letter = client.get(f"/messages/caught/{newest}")
    assert "Come on Saturday." in letter.text
    assert "shift.ics" in letter.text
    assert "script-src 'self'" in letter.headers["Content-Security-Policy"]
    html = client.http.get(f"/messages/caught/{newest}/html")
    assert "<b>Saturday</b>" in html.text
    assert "sandbox" in html.headers["Content-Security-Policy"]
    assert "script-src" not in html.headers["Content-Security-Policy"]


def test_a_recorded_text_is_there_too(client, make, catcher, say):
    text = say("", to="+13055550123", channel="text", kind="offer_text")
    client.sign_in(make.person(role="admin"))
    assert "+13055550123" in client.get("/messages/caught").text
    assert "Come on Saturday." in client.get(f"/messages/caught/{text}").text


def test_long_lists_are_paged(client, make, catcher, say):
    campaign_id = make.default_campaign.id
    readers = [Recipient("email", f"v{number}@example.org", "America/New_York") for number in range(26)]
    drafts = [
        services.Draft(each.address, "offer", each, "One more", "Come.", is_urgent=True) for each in readers
    ]
    with transaction():
        services.post_many(campaign_id, drafts)
    say("The last")
    client.sign_in(make.person(role="organizer"))
    assert client.get("/messages/caught").text.count("/messages/caught/") == 25
    assert client.get("/messages/caught?page=2").text.count("/messages/caught/") == 2


def test_a_sign_in_link_is_opened_by_its_reader_alone(client, make, catcher, say):
    admin, organizer = make.person(role="admin"), make.person(role="organizer")
    link = say("Your link", kind="sign_in", person=organizer.id)
    client.sign_in(admin)
    assert "Only its reader may open it" in client.get("/messages/caught").text
    client.get(f"/messages/caught/{link}", status=404)
    client.sign_in(organizer)
    assert "Come on Saturday." in client.get(f"/messages/caught/{link}").text


def test_only_who_answers_for_the_whole_campaign_sees_it(client, make, catcher, say):
    letter = say(html="<p>Come</p>")
    for person, status in (
        (make.person(role="field_lead"), 403),
        (make.person(role="organizer", area=make.area(name="Oakwood")), 404),
        (make.person(role="admin", campaign=make.campaign()), 404),
    ):
        client.sign_in(person)
        for path in (f"/messages/caught/{letter}", f"/messages/caught/{letter}/html"):
            client.get(path, status=status)


def test_it_is_gone_where_mail_is_sent_for_real(client, make, catcher, say):
    letter = say()
    config = client.app.extensions["vh_config"]
    client.app.extensions["vh_config"] = replace(config, smtp_url="smtp://mail.example.org:25")
    client.sign_in(make.person(role="admin"))
    assert "Caught mail" not in client.get("/messages").text
    client.get("/messages/caught", status=404)
    client.get(f"/messages/caught/{letter}", status=404)


def test_a_message_thrown_away_is_told_and_not_linked(client, make, catcher, say):
    letter = say("Gone by now")
    catcher.mail.clear()
    client.sign_in(make.person(role="organizer"))
    page = client.get("/messages/caught").text
    assert "no longer kept" in page
    assert str(letter) not in page


def test_html_is_made_harmless():
    clean = safe_html(HOSTILE)
    assert "Come <b>soon</b>" in clean
    assert 'href="https://hub.example.org/offers/1" target="_blank" rel="noopener noreferrer"' in clean
    for bad in ("steal", "onclick", "evil", "refresh", "<form", "<iframe", "<img"):
        assert bad not in clean, bad


@pytest.mark.parametrize(
    "broken", ["<p", "<!--", "<a href='http://[", "<style></", "</p></p>", "&#xfffffff;"]
)
def test_broken_html_breaks_nothing(broken):
    assert json.dumps(safe_html(broken + "<script>x()</script>")).count("<script") == 0

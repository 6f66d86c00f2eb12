"""Emails are read by others exactly as they were meant, whatever is in them."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from email import message_from_bytes, policy
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from volunteer_hub.messaging.composing import envelope_of
from volunteer_hub.messaging.smtp import _dotted

WORDS = st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\x00"), max_size=300)


def compose(text="Come.\n", subject="Saturday?", *, address="ann@example.org", **body):
    row = SimpleNamespace(
        id=uuid.UUID(int=7), kind="offer", subject=subject, created_at=datetime(2026, 10, 10, 16, tzinfo=UTC)
    )
    envelope = envelope_of(
        row,
        {"text": text, "to_name": "", "sender_name": ""} | body,
        address,
        mail_from="Volunteer Hub <hub@example.org>",
        unsubscribe="https://hub.example.org/unsubscribe/7",
    )
    return envelope, message_from_bytes(envelope.content, policy=policy.default)


def lines(text):
    return text.replace("\r\n", "\n").replace("\r", "\n").rstrip("\n")


@given(WORDS, WORDS)
def test_text_and_html_arrive_as_written(text, html):
    _, mail = compose(text, html=html or "<p></p>", ics="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
    assert lines(mail.get_body(("plain",)).get_content()) == lines(text)
    assert lines(mail.get_body(("html",)).get_content()) == lines(html or "<p></p>")
    assert [part.get_content_type() for part in mail.iter_attachments()] == ["text/calendar"]


@given(WORDS)
def test_subject_and_names_arrive_on_one_line(words):
    envelope, mail = compose(subject=words, to_name=words)
    assert str(mail["Subject"]).split() == words.split() or not words.isprintable()
    assert [box.addr_spec for box in mail["To"].addresses] == ["ann@example.org"]
    assert mail.keys().count("To") == 1
    assert max(len(line) for line in envelope.content.split(b"\r\n")) < 998
    assert envelope.content.isascii()


def test_lines_that_begin_with_dots_survive_the_way():
    envelope, _ = compose(".hidden\n..\n.\nend\n")
    sent = _dotted(envelope.content)
    assert sent.endswith(b"\r\n.\r\n")
    assert sent.count(b"\r\n.\r\n") == 1
    assert sent[:-3].replace(b"\r\n..", b"\r\n.") == envelope.content


def test_a_name_with_commas_and_quotes_stays_one_name():
    _, mail = compose(to_name='Smith, "Jo" \\ Ann')
    assert mail["To"].addresses[0].display_name == 'Smith, "Jo" \\ Ann'


@pytest.mark.parametrize(
    "address", ["two@example.org, b@example.org", "a b@example.org", "no", "a@b\r\nc@d", ""]
)
def test_what_is_no_address_is_refused(address):
    with pytest.raises(ValueError, match="not an address"):
        compose(address=address)

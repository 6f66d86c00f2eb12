"""A mail server of the test: keeps what it accepts, and misbehaves when told to."""

from __future__ import annotations

import email
import socket
from dataclasses import dataclass, field, replace

import pytest

from tests import patience


@dataclass
class Inbox:
    """What the server accepted, and the answers it gives. `answers` maps a recipient to an SMTP reply."""

    mails: list = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    hang_up_after: int | None = None
    port: int = 0

    @property
    def ids(self) -> list[str]:
        return [mail["Message-ID"].strip("<>").split("@")[0] for mail in self.mails]

    async def handle_RCPT(self, _server, _session, envelope, address, _options):
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, _session, envelope):
        if self.hang_up_after is not None and len(self.mails) >= self.hang_up_after:
            server.transport.close()
            return "451 closing"
        self.mails.append(email.message_from_bytes(envelope.content))
        return "250 OK"


@pytest.fixture
def inbox():
    from aiosmtpd.controller import Controller

    inbox = Inbox()
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        inbox.port = probe.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=inbox.port, ready_timeout=patience.WAIT_S)
    controller.start()
    yield inbox
    controller.stop()


@pytest.fixture
def mail_app(app, inbox):
    """The application with that server as its way out."""
    app.extensions["vh_config"] = replace(
        app.extensions["vh_config"],
        smtp_url=f"smtp://127.0.0.1:{inbox.port}",
        mail_from="Volunteer Hub <hub@example.org>",
        base_url="https://hub.example.org",
    )
    return app


@pytest.fixture
def twilio():
    """A server that behaves like Twilio (tests/messaging/twilio_like.py)."""
    from tests.messaging.twilio_like import TwilioLike

    with TwilioLike() as server:
        yield server


@pytest.fixture
def text_app(app, twilio):
    """The application with that Twilio as its way out, fast enough for tests."""
    from tests.messaging.twilio_like import ACCOUNT, NUMBER, TOKEN

    app.extensions["vh_config"] = replace(
        app.extensions["vh_config"],
        sms_provider="twilio",
        twilio_account_sid=ACCOUNT,
        twilio_auth_token=TOKEN,
        twilio_from=NUMBER,
        twilio_url=twilio.url,
        texts_per_s=1000,
        base_url="https://hub.example.org",
    )
    return app

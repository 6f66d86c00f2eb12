"""Handing emails to an SMTP server: one connection for many messages, one answer for each."""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, formataddr, parseaddr
from typing import Any

from config import SmtpServer

TIMEOUT_S = 30.0


class NotNow(Exception):
    """The server asks to try again later, or cannot be reached: the message keeps waiting."""


class OutOfReach(NotNow):
    """No server could be asked at all."""


class Unanswered(NotNow):
    """The line was cut after the message had been handed over: it may have been accepted, or not."""


class Never(Exception):
    """The server refuses this message for good (an address that does not exist)."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """An email ready to leave."""

    sender: str
    recipient: str
    content: bytes


class Mailer:
    """A connection to the server, opened with the first message and again after a loss."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._connection: smtplib.SMTP | None = None

    def hand_over(self, envelope: Envelope) -> None:
        """Returns when the server has accepted the message. Raises NotNow or Never when it has not."""
        connection = self._connected()
        try:
            self._refuse_on(connection.mail(envelope.sender), connection)
            self._refuse_on(connection.rcpt(envelope.recipient), connection)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise NotNow(f"the mail server hung up: {error}") from error
        try:
            self._refuse_on(connection.data(envelope.content), connection)
        except smtplib.SMTPDataError as error:  # it did not want the content at all
            self._drop()
            said = f"{error.smtp_code} {error.smtp_error!r}"[:200]
            raise (Never(said) if 500 <= error.smtp_code < 600 else NotNow(said)) from error
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise Unanswered(f"the mail server hung up without an answer: {error}") from error

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except (smtplib.SMTPException, OSError):
                self._connection.close()
            self._connection = None

    def _connected(self) -> smtplib.SMTP:
        if self._connection is None:
            try:
                self._connection = _connect(self.server)
            except smtplib.SMTPAuthenticationError as error:
                raise OutOfReach(
                    f"the mail server does not accept our name and password ({error.smtp_code})"
                ) from error
            except (smtplib.SMTPException, OSError) as error:
                raise OutOfReach(f"the mail server cannot be reached: {error}") from error
        return self._connection

    def _refuse_on(self, answer: tuple[int, bytes], connection: smtplib.SMTP) -> None:
        code, words = answer
        if 200 <= code < 300:
            return
        said = f"{code} {words.decode(errors='replace')[:200]}"
        if code == 421:
            self._drop()
        else:
            with suppress(smtplib.SMTPException, OSError):  # the answer stands, whatever becomes of the line
                connection.rset()
        raise Never(said) if 500 <= code < 600 else NotNow(said)

    def _drop(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(server: SmtpServer) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if server.tls == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, timeout=TIMEOUT_S, context=context
        )
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    connection.ehlo_or_helo_if_needed()
    if server.tls == "starttls":
        connection.starttls(context=context)
        connection.ehlo()
    if server.user is not None:
        connection.login(server.user, server.password or "")
    return connection


def envelope_of(
    message: Any, body: dict[str, Any], address: str, *, mail_from: str, unsubscribe: str
) -> Envelope:
    """Build the email of a message row.

    Its Message-ID is the row's id, so that every system it meets can tell it from any other.
    """
    _own_name, own_address = parseaddr(mail_from)
    domain = own_address.rpartition("@")[2] or "localhost"
    mail = EmailMessage(policy=SMTP_POLICY.clone(max_line_length=990))  # addresses must not be folded
    mail["Message-ID"] = f"<{message.id}@{domain}>"
    mail["Date"] = format_datetime(message.created_at)
    mail["From"] = formataddr((_one_line(body.get("sender_name")) or _own_name, own_address))
    mail["To"] = formataddr((_one_line(body.get("to_name")), address))
    if body.get("reply_to"):
        mail["Reply-To"] = _one_line(body["reply_to"])
    mail["Subject"] = _one_line(message.subject)
    mail["X-Message-Kind"] = message.kind
    mail["List-Unsubscribe"] = f"<{unsubscribe}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    for name, value in (body.get("headers") or {}).items():
        mail[name] = _one_line(value)
    mail.set_content(body["text"])
    if body.get("html"):
        mail.add_alternative(body["html"], subtype="html")
    if body.get("ics"):
        mail.add_attachment(
            body["ics"].encode(),
            maintype="text",
            subtype="calendar",
            filename="shift.ics",
            params={"method": "PUBLISH"},
        )
    return Envelope(own_address, address, mail.as_bytes())


def _one_line(value: Any) -> str:
    """A header value: no line breaks, so that a name cannot write headers of its own."""
    return " ".join(str(value or "").split())

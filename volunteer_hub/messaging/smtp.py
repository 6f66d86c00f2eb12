"""Handing emails to an SMTP server: one connection for many messages, one answer for each.

Where the server takes several commands at once (PIPELINING, RFC 2920), an email needs two exchanges instead
of four.
"""

from __future__ import annotations

import smtplib
import ssl
from contextlib import suppress

from config import SmtpServer
from volunteer_hub.messaging.composing import Envelope

TIMEOUT_S = 30.0


class NotNow(Exception):
    """The server asks to try again later, or cannot be reached: the message keeps waiting."""


class OutOfReach(NotNow):
    """No server could be asked at all."""


class Unanswered(NotNow):
    """The line was cut after the message had been handed over: it may have been accepted, or not."""


class Never(Exception):
    """The server refuses this message for good (an address that does not exist)."""


class Mailer:
    """A connection to the server, opened with the first message and again after a loss."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._connection: smtplib.SMTP | None = None

    def hand_over(self, envelope: Envelope) -> None:
        """Returns when the server has accepted the message. Raises NotNow or Never when it has not."""
        connection = self._connected()
        try:
            self._announce(connection, envelope)
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise NotNow(f"the mail server hung up: {error}") from error
        try:
            connection.send(_dotted(envelope.content))
            answer = connection.getreply()
        except (smtplib.SMTPException, OSError) as error:
            self._drop()
            raise Unanswered(f"the mail server hung up without an answer: {error}") from error
        self._refuse_on(answer, connection)

    def close(self) -> None:
        """Say goodbye, if anybody still listens."""
        if self._connection is not None:
            try:
                self._connection.quit()
            except (smtplib.SMTPException, OSError):
                self._connection.close()
            self._connection = None

    def _announce(self, connection: smtplib.SMTP, envelope: Envelope) -> None:
        """Say from whom to whom, until the server asks for the content."""
        commands = [f"MAIL FROM:<{envelope.sender}>", f"RCPT TO:<{envelope.recipient}>", "DATA"]
        if connection.has_extn("pipelining"):
            connection.send("".join(f"{command}\r\n" for command in commands).encode("ascii"))
            answers = [connection.getreply() for _ in commands]
        else:
            answers = []
            for command in commands:
                answers.append(connection.docmd(command))
                if not _is_good(answers[-1]):
                    break
        refused = [answer for answer in answers if not _is_good(answer)]
        if not refused:
            return
        if answers[-1][0] == 354:  # it wants content although it took no recipient: give it none
            connection.send(b".\r\n")
            connection.getreply()
        self._refuse_on(refused[0], connection)

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


def _is_good(answer: tuple[int, bytes]) -> bool:
    return 200 <= answer[0] < 400


def _dotted(content: bytes) -> bytes:
    """The content as it travels: a line that begins with a dot gets a second one, and a lone dot ends it.

    `content` has CRLF line ends throughout.
    """
    doubled = content.replace(b"\r\n.", b"\r\n..")
    if doubled.startswith(b"."):
        doubled = b"." + doubled
    return doubled + (b".\r\n" if doubled.endswith(b"\r\n") else b"\r\n.\r\n")


def _connect(server: SmtpServer) -> smtplib.SMTP:
    context = _context(server)
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


def _context(server: SmtpServer) -> ssl.SSLContext | None:
    """Reading the system's certificates takes a tenth of a second, so only where they are needed."""
    return None if server.tls == "none" else ssl.create_default_context()

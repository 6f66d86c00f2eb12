"""Handing emails to an SMTP server: one connection for many messages, one answer for each.

Where the server takes several commands at once (PIPELINING, RFC 2920), an email needs two exchanges instead
of four.
"""

from __future__ import annotations

import smtplib
import ssl
import time
from contextlib import suppress
from typing import Any

from config import SmtpServer
from volunteer_hub.messaging.answers import Never, NotNow, OutOfReach, Unanswered
from volunteer_hub.messaging.composing import Envelope

ANSWER_S = 30.0
EXCHANGE_S = 45.0  # from opening the connection to the last answer; claims.IN_DOUBT_S is longer


class _Connection(smtplib.SMTP):
    """An SMTP connection that begins no step after its exchange's time is over."""

    def __init__(self, server: SmtpServer, until: float) -> None:
        self.until = until
        super().__init__(server.host, server.port, timeout=_left(until))

    def send(self, s: Any) -> None:
        self._hurry()
        super().send(s)

    def getreply(self) -> tuple[int, bytes]:
        self._hurry()
        return super().getreply()

    def _hurry(self) -> None:
        left = _left(self.until)
        if self.sock is not None:
            self.sock.settimeout(left)


class _TlsConnection(_Connection, smtplib.SMTP_SSL):
    """The same, encrypted from the first byte."""

    def __init__(self, server: SmtpServer, until: float) -> None:
        self.until = until
        smtplib.SMTP_SSL.__init__(
            self, server.host, server.port, timeout=_left(until), context=_context(server)
        )


def _left(until: float) -> float:
    """Seconds that the next step may take. Raises TimeoutError when the time is over."""
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError("the exchange took too long")
    return min(ANSWER_S, left)


class Mailer:
    """A connection to the server, opened with the first message and again after a loss."""

    def __init__(self, server: SmtpServer) -> None:
        self.server = server
        self._connection: _Connection | None = None

    def hand_over(self, envelope: Envelope) -> None:
        """Returns when the server has accepted the message. Raises NotNow or Never when it has not.

        Takes EXCHANGE_S at most: later than that another sender may take the message over.
        """
        connection = self._connected(time.monotonic() + EXCHANGE_S)
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
            self._connection.until = time.monotonic() + ANSWER_S
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

    def _connected(self, until: float) -> smtplib.SMTP:
        if self._connection is None:
            try:
                self._connection = _connect(self.server, until)
            except smtplib.SMTPAuthenticationError as error:
                raise OutOfReach(
                    f"the mail server does not accept our name and password ({error.smtp_code})"
                ) from error
            except (smtplib.SMTPException, OSError) as error:
                raise OutOfReach(f"the mail server cannot be reached: {error}") from error
        self._connection.until = until
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


def _connect(server: SmtpServer, until: float) -> _Connection:
    connection = (_TlsConnection if server.tls == "tls" else _Connection)(server, until)
    connection.ehlo_or_helo_if_needed()
    if server.tls == "starttls":
        connection.starttls(context=_context(server))
        connection.ehlo()
    if server.user is not None:
        connection.login(server.user, server.password or "")
    return connection


def _context(server: SmtpServer) -> ssl.SSLContext | None:
    """Reading the system's certificates takes a tenth of a second, so only where they are needed."""
    return None if server.tls == "none" else ssl.create_default_context()

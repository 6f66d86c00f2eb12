"""How long an exchange with the mail server may take."""

from __future__ import annotations

import socketserver
import threading
from types import SimpleNamespace

import pytest

from config import SmtpServer
from volunteer_hub.messaging import claims, smtp
from volunteer_hub.messaging.composing import Envelope

LETTER = Envelope("hub@example.org", "ann@example.org", b"Subject: x\r\n\r\nhello\r\n")


class Slow(socketserver.StreamRequestHandler):
    """Lets time pass, on the clock that the sender reads, before each answer."""

    def handle(self):
        self.wfile.write(b"220 slow\r\n")
        in_content = False
        for line in self.rfile:
            if in_content and line != b".\r\n":
                continue
            in_content = line.upper().startswith(b"DATA")
            self.server.heard.append(line.split()[0].upper())
            self.server.seconds += self.server.pause_s
            self.wfile.write(b"354 go on\r\n" if in_content else b"250 well\r\n")


@pytest.fixture
def slow_server(monkeypatch):
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Slow) as server:
        server.heard, server.seconds, server.pause_s = [], 0.0, 0.0
        monkeypatch.setattr(smtp, "time", SimpleNamespace(monotonic=lambda: server.seconds))
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def test_nobody_is_overtaken_while_the_mail_server_may_still_answer():
    assert claims.IN_DOUBT_S >= smtp.EXCHANGE_S + 10
    assert smtp.ANSWER_S <= smtp.EXCHANGE_S


def test_a_slow_server_gets_no_content_after_the_time_of_an_exchange(slow_server):
    slow_server.pause_s = smtp.EXCHANGE_S * 0.4
    mailer = smtp.Mailer(SmtpServer("127.0.0.1", slow_server.server_address[1], None, None, "none"))
    with pytest.raises(smtp.NotNow):
        mailer.hand_over(LETTER)
    assert b"DATA" not in slow_server.heard


def test_a_connection_that_stays_open_gives_each_message_its_own_time(slow_server):
    slow_server.pause_s = smtp.EXCHANGE_S * 0.15
    mailer = smtp.Mailer(SmtpServer("127.0.0.1", slow_server.server_address[1], None, None, "none"))
    for _ in range(3):
        mailer.hand_over(LETTER)
    mailer.close()

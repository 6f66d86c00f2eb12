"""A local server that behaves as Twilio's Messages resource does, misfortunes included.

It answers as Twilio's documents say: HTTP Basic, JSON, 201 with the message, errors as {"code", "message",
"more_info", "status"}; its callbacks and replies carry X-Twilio-Signature. `mishaps` are what befalls the
next requests to create a message, one each.
"""

from __future__ import annotations

import base64
import json
import re
import threading
import time
from contextlib import suppress
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, parse_qsl, urlsplit

from volunteer_hub.core import clock
from volunteer_hub.messaging.texts.segments import counted
from volunteer_hub.messaging.texts.signature import signature_of

ACCOUNT, TOKEN = "AC" + "0" * 32, "a-token-for-tests"
NUMBER = "+13055550100"


class TwilioLike:
    """The server; a context manager. `messages` is what it accepted, oldest first."""

    def __init__(self) -> None:
        self.messages: list[dict] = []
        self.mishaps: list[str] = []
        self.refused: dict[str, tuple[int, int]] = {}  # number -> (HTTP status, Twilio's code)
        self.arrived_s: list[float] = []
        self.lines_opened = 0
        self.asked_for: list[str] = []
        self.during = lambda _fields: None
        self.now = clock.now()
        self._lock = threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler_of(self))
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def bodies(self) -> list[str]:
        return [each["body"] for each in self.messages]

    def __enter__(self) -> TwilioLike:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def accept(self, fields: dict[str, str]) -> dict:
        with self._lock:
            sid = f"SM{len(self.messages) + 1:032x}"
            service = fields.get("MessagingServiceSid")
            message = {
                "sid": sid,
                "account_sid": ACCOUNT,
                "to": fields["To"],
                "from": None if service else fields["From"],
                "messaging_service_sid": service,
                "body": fields["Body"],
                "status": "accepted" if service else "queued",
                "num_segments": "0" if service else str(counted(fields["Body"]).segments),
                "price": None,
                "price_unit": "USD",
                "direction": "outbound-api",
                "date_created": format_datetime(self.now),
                "date_sent": None,
                "error_code": None,
                "callback": fields.get("StatusCallback"),
                "validity": fields.get("ValidityPeriod"),
            }
            self.messages.append(message)
            return message

    def bill(self, price: str = "-0.00790") -> None:
        """What Twilio does a while after sending: the price appears."""
        for each in self.messages:
            each["price"], each["date_sent"] = price, each["date_created"]
            each["num_segments"] = str(counted(each["body"]).segments)

    def callback(self, message: dict, status: str, code: int | None = None) -> tuple[str, dict, dict]:
        """(path, form, headers) of a signed status callback."""
        fields = {
            "MessageSid": message["sid"],
            "MessageStatus": status,
            "To": message["to"],
            "AccountSid": ACCOUNT,
        }
        return signed(message["callback"], fields | ({"ErrorCode": str(code)} if code else {}))


def signed(url: str, fields: dict, token: str = TOKEN) -> tuple[str, dict, dict]:
    """A request as Twilio makes it: (path with query, form, headers)."""
    parts = urlsplit(url)
    path = parts.path + (f"?{parts.query}" if parts.query else "")
    return path, fields, {"X-Twilio-Signature": signature_of(token, url, fields)}


def _handler_of(twilio: TwilioLike) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            twilio.lines_opened += 1

        def handle_one_request(self) -> None:
            with suppress(ConnectionError):
                super().handle_one_request()

        def log_message(self, *_: object) -> None:
            return None

        def do_GET(self) -> None:
            if not self._is_known():
                return
            parts = urlsplit(self.path)
            if parts.path.endswith(f"/Accounts/{ACCOUNT}.json"):
                self._answer(200, {"sid": ACCOUNT, "status": "active"})
                return
            wanted = {name: values[0] for name, values in parse_qs(parts.query).items()}
            twilio.asked_for.append(wanted.get("To", ""))
            found = [each for each in reversed(twilio.messages) if wanted.get("To") in (None, each["to"])]
            first, size = int(wanted.get("Page", 0)), int(wanted.get("PageSize", 50))
            page = found[first * size : (first + 1) * size]
            rest = len(found) > (first + 1) * size
            more = re.sub(r"&Page=\d+", "", self.path) + f"&Page={first + 1}" if rest else None
            self._answer(200, {"messages": page, "next_page_uri": more})

        def do_POST(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            if not self._is_known():
                return
            fields = dict(parse_qsl(content.decode(), keep_blank_values=True))
            twilio.arrived_s.append(time.monotonic())
            twilio.during(fields)
            mishap = twilio.mishaps.pop(0) if twilio.mishaps else ""
            if not self._befalls(mishap, fields):
                self._create(fields)

        def _befalls(self, mishap: str, fields: dict) -> bool:
            """What goes wrong; True if nothing more is to be said."""
            if mishap == "hang up before":
                self._hang_up()
            elif mishap == "hang up after":
                twilio.accept(fields)
                self._hang_up()
            elif mishap == "500":
                self._error(500, 20500, "Internal Server Error")
            elif mishap == "500 after":
                twilio.accept(fields)
                self._error(500, 20500, "Internal Server Error")
            elif mishap == "429":
                self._error(429, 20429, "Too Many Requests", {"Retry-After": "90"})
            elif mishap == "14107":
                self._error(400, 14107, "Message send rate limit exceeded")
            elif mishap == "not JSON":
                self._send(502, b"<html>Bad Gateway</html>", "text/html", {})
            elif mishap == "silence":
                time.sleep(1.0)
                twilio.accept(fields)
                self._hang_up()
            else:
                return False
            return True

        def _create(self, fields: dict) -> None:
            number = fields.get("To", "")
            if number in twilio.refused:
                status, code = twilio.refused[number]
                self._error(status, code, f"refused: {number}")
            elif not re.fullmatch(r"\+[1-9]\d{9,14}", number):
                self._error(400, 21211, f"The 'To' number {number} is not a valid phone number.")
            elif not fields.get("Body"):
                self._error(400, 21602, "Message body is required.")
            elif not fields.get("From") and not fields.get("MessagingServiceSid"):
                self._error(400, 21603, "A 'From' phone number is required.")
            else:
                self._answer(201, twilio.accept(fields))

        def _is_known(self) -> bool:
            wanted = "Basic " + base64.b64encode(f"{ACCOUNT}:{TOKEN}".encode()).decode()
            if self.headers.get("Authorization") == wanted:
                return True
            self._error(401, 20003, "Authenticate")
            return False

        def _error(self, status: int, code: int, message: str, headers: dict | None = None) -> None:
            info = f"https://www.twilio.com/docs/errors/{code}"
            body = {"code": code, "message": message, "more_info": info, "status": status}
            self._send(status, json.dumps(body).encode(), "application/json", headers or {})

        def _answer(self, status: int, body: dict) -> None:
            self._send(status, json.dumps(body).encode(), "application/json", {})

        def _send(self, status: int, body: bytes, kind: str, headers: dict) -> None:
            self.send_response(status)
            for name, value in {"Content-Type": kind, "Content-Length": str(len(body)), **headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def _hang_up(self) -> None:
            self.close_connection = True
            self.connection.close()

    return Handler

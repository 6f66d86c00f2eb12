"""Twilio's Messages resource over HTTPS, one line kept open for many texts.

Written after Twilio's documents of the Messages resource (2010-04-01) and its error dictionary. What was
asked and not answered (a time-out, a line cut, a 5xx) may have been accepted: it raises Unanswered, and
`find` asks Twilio for it before anybody tries again.
"""

from __future__ import annotations

import base64
import http.client
import json
import select
import ssl
import time
from collections.abc import Collection, Iterator
from datetime import date, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from volunteer_hub.messaging.answers import (
    Busy,
    Never,
    NotNow,
    NumberUnreachable,
    OutOfReach,
    Unanswered,
    Unsubscribed,
)
from volunteer_hub.messaging.texts import codes
from volunteer_hub.messaging.texts.provider import Accepted, Text

API_URL = "https://api.twilio.com"
CONNECT_S = 10.0
ANSWER_S = 25.0  # together shorter than claims.IN_DOUBT_S
IDLE_S = 20.0
LONGEST_VALID_S = 36_000
MOST_BYTES = 4_000_000
PAGE = 1000
CLOCKS_DIFFER = timedelta(minutes=2)
DELIVERY = {
    "accepted": "queued", "scheduled": "queued", "queued": "queued", "sending": "queued", "sent": "sent",
    "delivered": "delivered", "read": "delivered", "undelivered": "undelivered", "failed": "failed",
    "canceled": "failed",
}  # fmt: skip
_Headers = Any


class Twilio:
    """An account at Twilio. Not for several threads at once."""

    def __init__(self, account_sid: str, auth_token: str, *, base_url: str = API_URL) -> None:
        self._base = urlsplit(base_url)
        self._path = f"/2010-04-01/Accounts/{account_sid}"
        self._authorization = "Basic " + base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._connection: http.client.HTTPConnection | None = None
        self._used_at = 0.0

    def hand_over(self, text: Text) -> Accepted:
        """Create the message. See TextProvider.hand_over."""
        fields = {"To": text.number, "Body": text.words, **_sender(text.sender)}
        if text.callback:
            fields["StatusCallback"] = text.callback
        if text.valid_s is not None:
            fields["ValidityPeriod"] = str(max(1, min(text.valid_s, LONGEST_VALID_S)))
        status, headers, body = self._asked("POST", f"{self._path}/Messages.json", fields)
        if status >= 500:
            raise Unanswered(f"Twilio answered {status}: it may have accepted the text, or not")
        if not 200 <= status < 300:
            raise _refusal(status, headers, body)
        return _accepted(body)

    def find(self, text: Text, *, since: datetime, others: Collection[str]) -> Accepted | None:
        """Look through what Twilio holds for this number. See TextProvider.find.

        Asked for by number alone: a message that is queued has no date of sending yet, and a filter by date
        would pass it over.
        """
        listed = self._got(f"{self._path}/Messages.json?" + urlencode({"To": text.number, "PageSize": PAGE}))
        if listed.get("next_page_uri"):
            raise NotNow("Twilio holds too many texts to this number to tell whether this one is among them")
        for each in listed.get("messages", ()):
            is_ours = str(each.get("direction", "")).startswith("outbound") and each.get("sid") not in others
            if is_ours and _same(each, text) and _created_at(each) >= since - CLOCKS_DIFFER:
                return _accepted(each)
        return None

    def sent_on(self, day: date) -> Iterator[tuple[str, Accepted]]:
        """(sid, what is known) of all messages of a day (UTC): the price is there some time after sending."""
        path: str | None = f"{self._path}/Messages.json?" + urlencode(
            {"DateSent": day.isoformat(), "PageSize": PAGE}
        )
        while path:
            listed = self._got(path)
            for each in listed.get("messages", ()):
                yield str(each["sid"]), _accepted(each)
            path = listed.get("next_page_uri")

    def check(self) -> str:
        """The account's state as Twilio tells it ("active"). Raises NotNow or OutOfReach."""
        return str(self._got(f"{self._path}.json").get("status", "unknown"))

    def close(self) -> None:
        """Hang up."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _got(self, path: str) -> dict[str, Any]:
        """A GET: it changes nothing, so no answer is only a reason to ask later."""
        try:
            status, headers, body = self._asked("GET", path, None)
        except Unanswered as cut:
            raise NotNow(str(cut)) from cut
        if status >= 500:
            raise NotNow(f"Twilio answered {status}")
        if status != 200:
            refusal = _refusal(status, headers, body)
            raise refusal if isinstance(refusal, NotNow) else NotNow(str(refusal))
        return body

    def _asked(
        self, method: str, path: str, fields: dict[str, str] | None
    ) -> tuple[int, _Headers, dict[str, Any]]:
        connection = self._connected()
        until = time.monotonic() + ANSWER_S
        content = urlencode(fields).encode() if fields is not None else None
        headers = {"Authorization": self._authorization, "Accept": "application/json"}
        if content is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            connection.request(method, path, content, headers)
            answer = connection.getresponse()
            body = _read(answer, connection, until)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unanswered(f"Twilio was asked and did not answer: {type(error).__name__}") from error
        self._used_at = time.monotonic()
        if answer.will_close:
            self.close()
        return answer.status, answer.headers, body

    def _connected(self) -> http.client.HTTPConnection:
        """A line that is open as far as can be seen: an old one may have been closed at the other end."""
        if self._connection is not None and (
            time.monotonic() - self._used_at > IDLE_S or _has_news(self._connection)
        ):
            self.close()
        if self._connection is None:
            connection = self._line()
            try:
                connection.connect()
            except OSError as error:
                connection.close()
                raise OutOfReach(f"Twilio cannot be reached: {type(error).__name__}") from error
            connection.sock.settimeout(ANSWER_S)
            self._connection = connection
        return self._connection

    def _line(self) -> http.client.HTTPConnection:
        host, port = self._base.hostname or "", self._base.port
        if self._base.scheme == "http":  # tests only: config.py allows it on loopback
            return http.client.HTTPConnection(host, port, timeout=CONNECT_S)
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, port, timeout=CONNECT_S, context=context)


def _sender(sender: str) -> dict[str, str]:
    return {"MessagingServiceSid": sender} if sender.startswith("MG") else {"From": sender}


def _has_news(connection: http.client.HTTPConnection) -> bool:
    """Nobody speaks to us unasked, except to say goodbye."""
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def _read(
    answer: http.client.HTTPResponse, connection: http.client.HTTPConnection, until: float
) -> dict[str, Any]:
    """The JSON of an answer; an empty object where it is none. Raises TimeoutError for one that dribbles."""
    pieces: list[bytes] = []
    while piece := answer.read1(65_536):
        pieces.append(piece)
        left = until - time.monotonic()
        if left <= 0 or sum(map(len, pieces)) > MOST_BYTES:
            raise TimeoutError("the answer took too long")
        if connection.sock is not None:
            connection.sock.settimeout(left)
    answer.close()  # the line itself stays open
    if connection.sock is not None:
        connection.sock.settimeout(ANSWER_S)
    try:
        body = json.loads(b"".join(pieces))
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def _refusal(status: int, headers: _Headers, body: dict[str, Any]) -> Exception:
    """What an answer that is no yes means, by Twilio's own code first."""
    code = body.get("code") if isinstance(body.get("code"), int) else None
    said = f"Twilio answered {status}" + (f", error {code}: {body.get('message', '')}" if code else "")
    if status == 429 or code in codes.BUSY:
        return Busy(said, _retry_after_s(headers))
    if status in (401, 403, 404) or code in codes.OURS:
        return OutOfReach(said)
    if code in codes.UNSUBSCRIBED:
        return Unsubscribed(said, code)
    if code in codes.UNREACHABLE:
        return NumberUnreachable(said, code)
    return Never(said, code)


def _retry_after_s(headers: _Headers) -> float | None:
    given = (headers.get("Retry-After") or "").strip()
    if given.isascii() and given.isdigit():
        return float(given)
    try:
        until = parsedate_to_datetime(given)
        return max(0.0, (until - datetime.now(until.tzinfo)).total_seconds())
    except (ValueError, TypeError):
        return None


def _accepted(body: dict[str, Any]) -> Accepted:
    return Accepted(
        provider_id=str(body["sid"]) if body.get("sid") else None,
        delivery=DELIVERY.get(str(body.get("status"))),
        segments=_whole(body.get("num_segments")) or None,  # a messaging service says 0 at first
        cost_micros=_micros(body.get("price")),
    )


def _whole(given: Any) -> int | None:
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else None


def _micros(price: Any) -> int | None:
    """Twilio writes what it takes as a negative decimal: "-0.00750"."""
    try:
        return None if price in (None, "") else round(abs(float(price)) * 1_000_000)
    except ValueError:
        return None


def _same(listed: dict[str, Any], text: Text) -> bool:
    return listed.get("to") == text.number and str(listed.get("body", "")).strip() == text.words.strip()


def _created_at(listed: dict[str, Any]) -> datetime:
    return parsedate_to_datetime(str(listed["date_created"]))

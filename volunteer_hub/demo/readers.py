"""Simulated readers of the caught offers: they answer through the links in their emails, over HTTP."""

from __future__ import annotations

import random
import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from volunteer_hub.messaging.catcher import Caught, MailFolder

SAYS_YES, SAYS_NO = 0.72, 0.14  # of those who open the offer; the rest leave it unanswered
CLICKS_TWICE = 0.1
AT_ONCE = 4  # people who press at the same time
_LINK = re.compile(r"(\S+/offers/\d+/\S+?)\?do=(accept|decline)")

Click = tuple[str, str]
"""An address and the answer posted to it."""


def offers_caught(mail: MailFolder) -> list[Caught]:
    """The offers that arrived in the catcher so far."""
    found = (mail.read(name) for name in mail.names())
    return [caught for caught in found if caught.message["X-Message-Kind"] == "offer"]


def answer(offers: Iterable[Caught], base_url: str, chance: random.Random) -> None:
    """Answer these offers, several people at a time; some say yes, some no, some twice, some nothing."""
    clicks = [_clicks(caught, base_url, chance) for caught in offers]
    with ThreadPoolExecutor(AT_ONCE) as people:
        list(people.map(_press, clicks))


def _clicks(caught: Caught, base_url: str, chance: random.Random) -> list[Click]:
    links = {do: f"{link}" for link, do in _LINK.findall(caught.text)}
    draw = chance.random()
    if draw >= SAYS_YES + SAYS_NO:
        return []
    do = "accept" if draw < SAYS_YES else "decline"
    address = base_url + urllib.parse.urlsplit(links[do]).path
    return [(address, do)] * (2 if chance.random() < CLICKS_TWICE else 1)


def _press(clicks: list[Click]) -> None:
    for address, do in clicks:
        _post(address, {"answer": do})


def _post(url: str, fields: dict[str, str]) -> None:
    data = urllib.parse.urlencode(fields).encode()
    request = urllib.request.Request(url, data=data)  # noqa: S310 - our own site on loopback
    opener = urllib.request.build_opener(_NoRedirect)
    for wait_s in (0.5, 1.0, 2.0, 4.0, 0.0):
        try:
            opener.open(request, timeout=30).close()
            return
        except urllib.error.HTTPError as answer:
            with answer:
                if answer.code == 303:
                    return
                if answer.code != 429 or not wait_s:
                    raise
        time.sleep(wait_s)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_more: Any) -> None:
        return None

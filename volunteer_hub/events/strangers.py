"""How many places are held for one visitor's addresses that nobody has proved yet.

Made-up addresses must not fill a shift for everybody else, and a crowd behind one address of the net (the
Wi-Fi of a rally, a carrier that shares addresses) must get in. So nobody is refused: over the limit no place
is held, and the mailed link takes one when it is opened. Known and unknown addresses count alike, so that the
limit tells nobody who is a volunteer. Members of the campaign sign up as themselves, and whoever runs a shift
adds people to its list: neither is counted here.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network

import redis
from flask_limiter.util import get_remote_address
from limits import parse

from volunteer_hub.core.web import limiter

log = logging.getLogger(__name__)

MOST = parse("6 per 2 hours")
"""Places of one shift from one address of the net: somebody with five friends, or a household."""


@dataclass(slots=True)
class Unheld:
    """Called with ids of shifts, notes that this visitor asks for `places` of each and returns those over the
    limit: none of what the form asks for there is held. `shift_ids`: all that were over it."""

    places: int = 1
    shift_ids: set[int] = field(default_factory=set)

    def __call__(self, shift_ids: Iterable[int]) -> set[int]:
        if limiter.enabled:
            self.shift_ids |= {each for each in shift_ids if not self._is_within(each)}
        return self.shift_ids

    def _is_within(self, shift_id: int) -> bool:
        key = f"strangers:{shift_id}:{visitor(get_remote_address())}"
        try:
            return limiter.limiter.hit(MOST, key, cost=self.places)
        except redis.RedisError as error:
            log.warning("cannot count strangers", extra={"error": str(error)})
            return True


def visitor(address: str) -> str:
    """The address of the net as one visitor has it: of IPv6 the /64, which a single line owns whole."""
    try:
        ip = ip_address(address)
    except ValueError:
        return address
    if not isinstance(ip, IPv6Address):
        return str(ip)
    return str(ip.ipv4_mapped or ip_network((int(ip), 64), strict=False))

"""How many places one visitor may ask for under addresses that nobody has proved yet.

Made-up addresses must not fill a shift for everybody else. Known and unknown addresses count alike, so that
the limit tells nobody who is a volunteer. Whoever runs shifts is not counted: at a table with a tablet they
sign people up all day.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

import redis
from flask_babel import gettext as _
from flask_limiter.util import get_remote_address
from flask_login import current_user
from limits import parse

from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.core.web import limiter

log = logging.getLogger(__name__)

MOST = parse("6 per 2 hours")
"""Places of one shift from one address of the net: somebody with five friends, or a household."""


class TooManyStrangers(Refusal):
    """So many from this connection have asked for places here that nobody has confirmed."""

    status = 429

    def __init__(self) -> None:
        super().__init__(
            _(
                "Several people signed up for this shift from this connection a moment ago. Try again in two "
                "hours, or over another connection, such as your phone's own. At a table, ask whoever runs "
                "it: signed in, they add you to the list at once."
            )
        )


def count(shift_ids: Iterable[int], *, places: int = 1) -> None:
    """Note that this visitor asks for so many places of each of these shifts. Raises TooManyStrangers."""
    if not limiter.enabled or access.may(current_user, Role.FIELD_LEAD):
        return
    for shift_id in shift_ids:
        try:
            is_within = limiter.limiter.hit(MOST, f"strangers:{shift_id}:{get_remote_address()}", cost=places)
        except redis.RedisError as error:
            log.warning("cannot count strangers", extra={"error": str(error)})
            return
        if not is_within:
            raise TooManyStrangers()

"""How the people of an event found it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import case, func, select

from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift, SignUp

MOST_WAYS = 12


@dataclass(frozen=True, slots=True)
class Way:
    """A way to an event: the word of a link, else the source of the sign-up; how many signed up and came."""

    found_by: str | None
    source: str
    signed_up: int
    came: int


def ways_to(campaign_id: int, event_id: int) -> list[Way]:
    """The MOST_WAYS most used ways to an event, the most used first, without cancelled sign-ups.

    Who was on the waiting list found the event as anybody else did. One statement.
    """
    source = case(
        (SignUp.found_by.is_not(None) | (SignUp.source == "waiting_list"), "self"), else_=SignUp.source
    ).label("source")
    signed_up = func.count().label("signed_up")
    came = func.count().filter(SignUp.attendance == "attended").label("came")
    query = (
        select(SignUp.found_by, source, signed_up, came)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(Shift.campaign_id == campaign_id, Shift.event_id == event_id, SignUp.state != "cancelled")
        .group_by(SignUp.found_by, source)
        .order_by(signed_up.desc(), SignUp.found_by, source)
        .limit(MOST_WAYS)
    )
    return [Way(*row) for row in db.session.execute(query)]

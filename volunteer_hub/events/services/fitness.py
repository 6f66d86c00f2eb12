"""What an event asks of people before they get a place: an age, and papers."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.events.models import Shift
from volunteer_hub.events.refusals import NotFit
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.papers import Said, lacking


def require_fit(shift: Shift, person_id: int) -> None:
    """Refuse somebody who has not said that they have the age and the papers. Raises NotFit.

    A paper must hold on the shift's day. No statement where the event asks for nothing.
    """
    event = shift.event
    if not (event.min_age or event.papers):
        return
    missing = people.missing(person_id, min_age=event.min_age, papers=event.papers, on=day_of(shift))
    if missing:
        raise NotFit(shift, missing)


def require_said_fit(shift: Shift, said: Said) -> None:
    """The same by what a form says alone, whoever filled it in. Raises NotFit."""
    event = shift.event
    if not (event.min_age or event.papers):
        return
    missing = lacking(said, min_age=event.min_age, papers=event.papers, on=day_of(shift))
    if missing:
        raise NotFit(shift, missing)


def day_of(shift: Shift) -> date:
    """The day on which the shift begins where the campaign is."""
    campaign = db.session.get_one(Campaign, shift.campaign_id)
    return clock.campaign_day(shift.starts_at, ZoneInfo(campaign.time_zone))

"""What events forget of a person who is erased: their calendar, how likely they come, their name in notes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, update

from volunteer_hub.core.db import db
from volunteer_hub.core.erasing import Leaving, scrub
from volunteer_hub.events.models import CalendarFeed, CoverAsk, Event, Shift, SignUp, StagingLocation


def erase(who: Leaving, *, now: datetime) -> None:  # noqa: ARG001 (as all parts are called)
    """Sign-ups and attendance stay for counts, under an id that is nobody's; coming places are freed next."""
    _strike_links(who)
    here = (Event.campaign_id == who.campaign_id,)
    scrub(Event.name, Event.description, pattern=who.anywhere, where=here)
    places = (StagingLocation.campaign_id == who.campaign_id,)
    scrub(StagingLocation.notes, pattern=who.anywhere, where=places)
    scrub(Shift.notes, pattern=who.anywhere, where=(Shift.campaign_id == who.campaign_id, Shift.notes != ""))
    reasons = (Shift.campaign_id == who.campaign_id, Shift.cancelled_why != "")
    scrub(Shift.cancelled_why, pattern=who.anywhere, where=reasons)
    for table in (CalendarFeed, CoverAsk):
        db.session.execute(delete(table).where(table.person_id == who.person_id))
    db.session.execute(update(SignUp).where(SignUp.person_id == who.person_id).values(show_chance=None))


def _strike_links(who: Leaving) -> None:
    """The word of a link tells of nobody, unless somebody made it of a name."""
    own, worded = SignUp.person_id == who.person_id, SignUp.found_by.is_not(None)
    scrub(SignUp.found_by, pattern=who.in_own_rows, where=(own, worded))
    scrub(SignUp.found_by, pattern=who.anywhere, where=(SignUp.campaign_id == who.campaign_id, worded))

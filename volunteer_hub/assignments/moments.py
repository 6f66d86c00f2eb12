"""What assignments add to a person's timeline: offers and their answers."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from volunteer_hub.assignments.models import Assignment
from volunteer_hub.core.db import db
from volunteer_hub.events.models import Event, Shift
from volunteer_hub.people.timeline import Moment


def moments(person_id: int, before: datetime, limit: int) -> list[Moment]:
    """Offered, and what they said. One statement."""
    at = func.coalesce(Assignment.answered_at, Assignment.offered_at)
    query = (
        select(at, Event.name, Assignment.state)
        .join(Shift, Shift.id == Assignment.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .where(Assignment.person_id == person_id, Assignment.offered_at.is_not(None), at < before)
        .order_by(at.desc(), Assignment.id.desc())
        .limit(limit)
    )
    words = {
        "offered": _("was asked: %(event)s"),
        "accepted": _("said yes to an offer: %(event)s"),
        "done": _("said yes to an offer: %(event)s"),
        "declined": _("said no to an offer: %(event)s"),
        "lapsed": _("let an offer pass: %(event)s"),
    }
    other = _("an offer was taken back: %(event)s")
    return [
        Moment(moment, words.get(str(state), other) % {"event": name}, "question")
        for moment, name, state in db.session.execute(query)
    ]

"""What events add to a person's timeline: sign-ups, who came, shifts led."""

from __future__ import annotations

from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from volunteer_hub.core.db import db
from volunteer_hub.events.models import Event, Shift, SignUp
from volunteer_hub.people.timeline import Moment


def moments(person_id: int, before: datetime, limit: int) -> list[Moment]:
    """Signed up, cancelled, came or did not come, led. Three statements."""
    return [
        *_signed(person_id, before, limit),
        *_ended(person_id, before, limit),
        *_led(person_id, before, limit),
    ]


def _signed(person_id: int, before: datetime, limit: int) -> list[Moment]:
    query = (
        select(SignUp.created_at, Event.name, SignUp.source)
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .where(SignUp.person_id == person_id, SignUp.created_at < before)
        .order_by(SignUp.created_at.desc(), SignUp.id.desc())
        .limit(limit)
    )
    own, staff = _("signed up: %(event)s"), _("signed up by staff: %(event)s")
    return [
        Moment(at, (staff if source == "staff" else own) % {"event": name}, "calendar")
        for at, name, source in db.session.execute(query)
    ]


def _ended(person_id: int, before: datetime, limit: int) -> list[Moment]:
    """What became of it, at the time it was known."""
    at = func.coalesce(SignUp.cancelled_at, SignUp.checked_in_at, Shift.starts_at)
    query = (
        select(at, Event.name, SignUp.attendance)
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(Event, Event.id == Shift.event_id)
        .where(SignUp.person_id == person_id, at < before)
        .where(SignUp.attendance.is_not(None) | SignUp.cancelled_at.is_not(None))
        .order_by(at.desc(), SignUp.id.desc())
        .limit(limit)
    )
    words = {
        "attended": (_("came: %(event)s"), "check"),
        "no_show": (_("did not come: %(event)s"), "minus"),
        None: (_("cancelled: %(event)s"), "cross"),
    }
    return [
        Moment(moment, words[kind][0] % {"event": name}, words[kind][1])
        for moment, name, kind in db.session.execute(query)
    ]


def _led(person_id: int, before: datetime, limit: int) -> list[Moment]:
    query = (
        select(Shift.starts_at, Event.name)
        .join(Event, Event.id == Shift.event_id)
        .where(Shift.lead_id == person_id, Shift.starts_at < before, Shift.cancelled_at.is_(None))
        .order_by(Shift.starts_at.desc())
        .limit(limit)
    )
    return [Moment(at, _("led: %(event)s", event=name), "star") for at, name in db.session.execute(query)]

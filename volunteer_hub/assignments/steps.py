"""What assignments add to a person's start page, and to the copy of what is kept about them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import select

from volunteer_hub.assignments import lines
from volunteer_hub.assignments.links import offer_path
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.assignments.wording import why_text
from volunteer_hub.core.db import db
from volunteer_hub.events.wording import moment_text
from volunteer_hub.people.identity import SignedIn
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.start import NextStep


def open_offers(viewer: SignedIn, now: datetime) -> list[NextStep]:
    """The offers that wait for this person's yes or no, told in the campaign's zone as everywhere."""
    zone = db.session.get_one(Campaign, viewer.campaign_id).time_zone
    return [
        NextStep(
            _("Can you come? %(event)s", event=each.event_name),
            _(
                "%(when)s, %(place)s. Please answer by %(moment)s.",
                when=moment_text(each.starts_at, zone, viewer.time_zone),
                place=each.location_name,
                moment=moment_text(each.answer_by, zone, viewer.time_zone),
            ),
            offer_path(each.id, each.nonce),
            "question",
            order=1,
        )
        for each in lines.offers_of(viewer.id, now, [State.OFFERED])
    ]


def reasons(person_id: int, shift_ids: Sequence[int]) -> dict[int, str]:
    """Why this person was sent to these shifts, by shift id; the newest offer counts. One statement."""
    query = (
        select(Assignment)
        .where(
            Assignment.person_id == person_id,
            Assignment.shift_id.in_(shift_ids),
            Assignment.state.in_((State.OFFERED, State.ACCEPTED, State.DONE)),
        )
        .order_by(Assignment.id)
    )
    return {row.shift_id: why_text(row) for row in db.session.scalars(query)}


def own_data(person_id: int) -> list[dict[str, Any]]:
    """What a person was proposed and offered, for the copy of their data."""
    query = select(Assignment).where(Assignment.person_id == person_id).order_by(Assignment.id)
    return [
        {
            "shift": row.shift_id,
            "state": str(State(row.state).value),
            "worth": row.value,
            "unit": row.unit,
            "travel_km": row.travel_km,
            "proposed_at": row.proposed_at.isoformat(),
            "offered_at": row.offered_at and row.offered_at.isoformat(),
            "answered_at": row.answered_at and row.answered_at.isoformat(),
        }
        for row in db.session.scalars(query)
    ]


def places_held(shift_id: int) -> int:
    """How many places of a shift its standing offers hold; the rows are locked until they are used."""
    rows = select(Assignment.id).where(Assignment.shift_id == shift_id, Assignment.holds_place)
    return len(db.session.scalars(rows.order_by(Assignment.id).with_for_update()).all())

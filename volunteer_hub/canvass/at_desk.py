"""What the pages of the field lead's desk have in common: whose shift, whose lease, sending links."""

from __future__ import annotations

from flask import g
from flask_login import current_user

from volunteer_hub.canvass import mails
from volunteer_hub.core import access
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db
from volunteer_hub.events import queries as events
from volunteer_hub.events.queries import ShiftCard
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries as people
from volunteer_hub.people.models import Campaign
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.queries import LeaseCard


def campaign() -> Campaign:
    """The viewer's campaign; the page tells the time where it is, as all that speaks of shifts."""
    row: Campaign = db.session.get_one(Campaign, current_user.campaign_id)
    g.time_zone = row.time_zone
    return row


def shift_card(shift_id: int) -> ShiftCard:
    """A shift that the viewer runs; raises NotFound."""
    campaign()
    return events.shift_within(current_user.campaign_id, shift_id, lead_paths(), person_id=current_user.id)


def lease_card(lease_id: int) -> LeaseCard:
    """A lease in the viewer's areas; raises NotFound."""
    campaign()
    return turf.lease_within(current_user.campaign_id, lease_id, lead_paths())


def lead_paths() -> list[str]:
    """The areas in which the viewer is at least a field lead."""
    return access.paths(current_user, Role.FIELD_LEAD)


def send_link(lease_id: int, token: str, campaign_id: int, *, number: int = 1) -> bool:
    """Put the link into the outbox, by text where the person agreed to it, else by mail."""
    card = turf.lease_within(campaign_id, lease_id, lead_paths())
    to = people.recipient(card.person_id, "text") or people.recipient(card.person_id, "email")
    if to is None:
        return False
    messaging.post_many(campaign_id, [mails.walk_draft(card, token, to, number=number)])
    return True

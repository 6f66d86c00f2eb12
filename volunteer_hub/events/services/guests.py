"""Strangers who sign up with a name and an email address.

The page answers a known and an unknown address alike, so that nobody learns who is a volunteer. A new
person gets the place at once, kept for a day until the link in the mail confirms the address. Somebody
known gets a link that takes the place with one tap; until then nothing about them changes.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from volunteer_hub.events import mails
from volunteer_hub.events.models import SignUp
from volunteer_hub.events.queries.cards import shift_card
from volunteer_hub.events.services.places import locked_shift, require_open
from volunteer_hub.events.services.sign_ups import confirm, sign_up
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries as people
from volunteer_hub.people import services as people_services
from volunteer_hub.people.contact import normal_email
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.services import Profile, sign_in

KEPT_FOR = timedelta(hours=24)


def sign_up_guest(
    campaign: Campaign, shift_id: int, email: str, profile: Profile, *, email_agreed: bool, now: datetime
) -> SignUp | None:
    """Sign a stranger up, or mail a known person a link. Returns the sign-up of a new person, else None.

    Raises ShiftOver, ShiftGone, NotPublished, and the refusals of fields that cannot be read.
    """
    shift = locked_shift(campaign.id, shift_id)
    require_open(shift, now)
    known = people.person_with_email(campaign.id, normal_email(email))
    if known is not None:
        if known.is_active:
            messaging.post_many(
                campaign.id, [mails.join(shift_card(campaign.id, shift_id), known, campaign, now=now)]
            )
        return None
    person = people_services.add_person(
        campaign.id,
        people.root_area(campaign.id).id,
        email,
        profile,
        now=now,
        via="form",
        email_agreed=email_agreed,
        awaits_confirmation=True,
    )
    confirm_by = min(now + KEPT_FOR, shift.starts_at)
    return sign_up(campaign.id, person.id, shift_id, by=person.id, now=now, confirm_by=confirm_by)


def sign_up_by_link(campaign_id: int, person_id: int, shift_id: int, *, now: datetime) -> SignUp:
    """Take a place by a link that was mailed to the person: so the address is theirs."""
    row = sign_up(campaign_id, person_id, shift_id, by=person_id, now=now)
    row.confirmed_at = row.confirmed_at or now
    row.confirm_by = None
    sign_in.confirm_address(campaign_id, person_id)
    return row


def confirm_address(campaign_id: int, sign_up_id: int, *, now: datetime) -> SignUp:
    """Confirm a sign-up by a link that was mailed to the person: so the address is theirs."""
    row = confirm(campaign_id, sign_up_id, now=now)
    sign_in.confirm_address(campaign_id, row.person_id)
    return row

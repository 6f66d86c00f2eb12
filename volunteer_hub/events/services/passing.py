"""Passing one's place on to somebody else, by a link that the first taker uses up.

The place stays the giver's until somebody has taken it; then it goes straight to the taker, past the
waiting list. The link is worth nothing once the giver's sign-up is cancelled or the link is too old.
"""

from __future__ import annotations

from datetime import datetime

from volunteer_hub.core.db import announce, db
from volunteer_hub.events import facts, mails
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.queries.cards import shift_card
from volunteer_hub.events.refusals import AlreadyGoing, PlaceGone
from volunteer_hub.events.services.fitness import require_fit
from volunteer_hub.events.services.guests import require_readable
from volunteer_hub.events.services.places import add_sign_up, give_place, require_open, standing_sign_up
from volunteer_hub.events.services.sign_ups import free, locked_sign_up
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries as people
from volunteer_hub.people import services as people_services
from volunteer_hub.people.contact import normal_email
from volunteer_hub.people.models import Campaign
from volunteer_hub.people.papers import Said
from volunteer_hub.people.services import Profile, sign_in


def require_passable(campaign_id: int, sign_up_id: int, *, now: datetime) -> tuple[Shift, SignUp]:
    """The shift, locked, and a sign-up whose place can be passed on. Raises PlaceGone, ShiftOver, ShiftGone.

    A place that still has to be confirmed is nobody's to pass on.
    """
    shift, row = locked_sign_up(campaign_id, sign_up_id)
    require_open(shift, now)
    if row.state != "going" or row.confirm_by is not None:
        raise PlaceGone()
    return shift, row


def take_over(
    campaign_id: int,
    sign_up_id: int,
    taker_id: int,
    *,
    now: datetime,
    said: Said | None = None,
    by_mailed_link: bool = False,
) -> SignUp:
    """The taker gets the place and the giver is cancelled, in one step: of two who try at once one wins.

    by_mailed_link: the taker read it in their own mailbox, so the address is theirs.
    Raises PlaceGone, AlreadyGoing, Overlaps, NotFit, ShiftOver, ShiftGone, NotFound.
    """
    shift, row = require_passable(campaign_id, sign_up_id, now=now)
    taker = people.person_by_id(campaign_id, taker_id)
    standing = standing_sign_up(shift, taker.id)
    if standing is not None and standing.state == "going":
        raise AlreadyGoing()
    if said:
        people_services.say(taker, said, now=now)
    require_fit(shift, taker.id)
    free(shift, row, by=row.person_id, now=now)
    db.session.flush()
    if standing is None:
        standing = add_sign_up(shift, taker.id, "going", source="passed_on", now=now, by=taker.id)
    else:
        give_place(shift, standing, now=now, notice="promotion")
        standing.source, standing.confirm_by = "passed_on", None
    standing.confirmed_at = now
    if by_mailed_link:
        sign_in.confirm_address(campaign_id, taker.id)
    announce(facts.SignedUp(standing.id))
    return standing


def ask_to_take_over(
    campaign: Campaign, sign_up_id: int, email: str, profile: Profile, *, until: datetime, now: datetime
) -> None:
    """Mail somebody who is not signed in a link of their own that takes the place with one tap.

    A known and an unknown address are treated alike. Raises what `require_passable` and the fields raise.
    """
    shift, _row = require_passable(campaign.id, sign_up_id, now=now)
    require_readable(email, profile)
    person = people.person_with_email(campaign.id, normal_email(email))
    if person is None:
        area_id = people.root_area(campaign.id).id
        person = people_services.add_person(
            campaign.id, area_id, email, profile, now=now, via="form", awaits_confirmation=True
        )
    if person.is_active:
        card = shift_card(campaign.id, shift.id)
        draft = mails.passed_on(sign_up_id, card, person, campaign, until=until, now=now)
        messaging.post_many(campaign.id, [draft])

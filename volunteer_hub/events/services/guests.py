"""Strangers who sign up with a name and an email address.

The page answers a known and an unknown address alike, so that nobody learns who is a volunteer: whatever
can be refused is looked at before the address is looked up. A new person gets the place at once, kept for two
hours until the link in the mail confirms the address; later it takes a place that is left, or a turn on the
waiting list. Somebody known gets a link that takes the place with one tap; until then nothing about them
changes. So does a new person where too many strangers ask from one connection: there no place is held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import mails
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.queries.cards import shift_cards
from volunteer_hub.events.queries.sign_ups import MyShift
from volunteer_hub.events.refusals import NoneOfThem, Overlaps
from volunteer_hub.events.services.fitness import require_said_fit
from volunteer_hub.events.services.friends import (
    UNPROVED_KEPT_FOR,
    Friend,
    bring_friends,
    read_friends,
    take_again,
    tell_friends,
)
from volunteer_hub.events.services.places import locked_shift, locked_shifts, require_open
from volunteer_hub.events.services.sign_ups import Outcome, confirm, refused, sign_up, sign_up_many
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries as people
from volunteer_hub.people import services as people_services
from volunteer_hub.people.contact import normal_email
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.papers import Said
from volunteer_hub.people.places import home_of
from volunteer_hub.people.services import Profile, consent, sign_in

WhichUnheld = Callable[[Iterable[int]], AbstractSet[int]]
"""Which of these shifts hold no place for a stranger now; asked once, when the form is known to be right."""


def all_held(_shift_ids: Iterable[int]) -> AbstractSet[int]:
    """Every shift holds a place."""
    return frozenset()


def sign_up_guest(
    campaign: Campaign,
    shift_id: int,
    email: str,
    profile: Profile,
    *,
    email_agreed: bool,
    now: datetime,
    said: Said | None = None,
    friends: Sequence[Friend] = (),
    found_by: str | None = None,
    unheld: WhichUnheld = all_held,
) -> SignUp | None:
    """Sign a stranger up, or mail a known person a link. Returns the sign-up of a new person, else None.

    Their friends' places are kept; their messages leave when the stranger has used the link in the mail.
    Where the shift is `unheld` no place is kept, for friends neither: a new person gets the link, too.
    `found_by`: the word of the link that led here; the one that is mailed carries it on.
    Raises NotFit, ShiftOver, ShiftGone, NotPublished, and the refusals of fields that cannot be read, all
    by what the form says alone.
    """
    shift = locked_shift(campaign.id, shift_id)
    require_open(shift, now)
    require_readable(email, profile)
    read_friends(friends, normal_email(email))
    require_said_fit(shift, said or Said())
    is_held = not unheld([shift_id])
    known = _known(campaign, email)
    person = known or _new(campaign, email, profile, email_agreed, said, now)
    if known is not None or not is_held:
        _mail_link(campaign, person, [shift_id], now, found_by)
        return None  # who is known brings friends when they have shown that it is them
    row = _place_of_new(campaign, person, shift_id, now, found_by)
    if friends:
        bring_friends(campaign, shift_id, person, friends, now=now, tell=False)
    return row


def sign_up_guest_many(
    campaign: Campaign,
    shift_ids: Sequence[int],
    email: str,
    profile: Profile,
    *,
    email_agreed: bool,
    now: datetime,
    said: Said | None = None,
    found_by: str | None = None,
    unheld: WhichUnheld = all_held,
) -> list[Outcome]:
    """Sign a stranger up for several shifts with one form and one mail, or mail a known person one link.

    Where some are `unheld` a new person gets the same link, too: it takes their places and confirms those
    that are kept.
    Returns those that are refused, by what the form says alone, so the same whoever filled it in.
    Raises NoneOfThem when all are, and the refusals of fields.
    """
    require_readable(email, profile)
    shifts = locked_shifts(campaign.id, shift_ids)
    without = _refused(shifts, said or Said(), now)
    possible = [shift.id for shift in shifts if shift.id not in {each.shift_id for each in without}]
    if not possible:
        raise NoneOfThem([each.words for each in without])
    over = unheld(possible)
    held = [each for each in possible if each not in over]
    known = _known(campaign, email)
    person = known or _new(campaign, email, profile, email_agreed, said, now)
    if known is None:
        sign_up_many(
            campaign.id,
            person.id,
            held,
            by=person.id,
            now=now,
            kept_for=UNPROVED_KEPT_FOR,
            found_by=found_by,
        )
        if len(held) < len(possible):  # an unproved address gets one mail: that with the link for all
            for row in _awaiting_proof(person.id, held).values():
                row.notice_at = None
    if known is not None or len(held) < len(possible):
        _mail_link(campaign, person, possible, now, found_by)
    return without


def _refused(shifts: Iterable[Shift], said: Said, now: datetime) -> list[Outcome]:
    """Which of these shifts, given by their start, nobody could have who says this, and why."""
    outcomes: list[Outcome] = []
    last: Shift | None = None
    for shift in shifts:
        try:
            require_open(shift, now)
            require_said_fit(shift, said)
            if last is not None and shift.starts_at < last.ends_at:
                raise Overlaps(last)
        except Refusal as refusal:
            outcomes.append(refused(shift, refusal))
        else:
            last = shift if shift.places_left > 0 else last
    return outcomes


def require_readable(email: str, profile: Profile) -> None:
    """Refuse what a form cannot mean, whoever it is of. Raises NotAnEmail, UnknownPlace."""
    normal_email(email)
    if profile.home_text:
        home_of(profile.home_text)


def sign_up_by_link(
    campaign_id: int,
    person_id: int,
    shift_id: int,
    *,
    now: datetime,
    said: Said | None = None,
    found_by: str | None = None,
) -> SignUp:
    """Take a place by a link that was mailed to the person: so the address is theirs.

    A place they had there is confirmed by it. Raises as `sign_up`.
    """
    if said:
        people_services.say(people.person_by_id(campaign_id, person_id), said, now=now)
    row = sign_up(campaign_id, person_id, shift_id, by=person_id, now=now, is_shown=True, found_by=found_by)
    _address_shown(campaign_id, person_id, now)
    return row


def sign_up_many_by_link(
    campaign_id: int,
    person_id: int,
    shift_ids: Iterable[int],
    *,
    now: datetime,
    said: Said | None = None,
    found_by: str | None = None,
) -> list[Outcome]:
    """Take several places by one link that was mailed to the person; places they had are confirmed by it."""
    if said:
        people_services.say(people.person_by_id(campaign_id, person_id), said, now=now)
    outcomes = sign_up_many(
        campaign_id, person_id, shift_ids, by=person_id, now=now, is_shown=True, found_by=found_by
    )
    _address_shown(campaign_id, person_id, now)
    return outcomes


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The sign-up that was confirmed. `have_friends_places`: False if some friends whom they named have lost
    theirs."""

    sign_up: SignUp
    have_friends_places: bool


def confirm_address(
    campaign_id: int,
    sign_up_id: int,
    *,
    now: datetime,
    said: Said | None = None,
    email_agreed: bool = False,
    language: str = "en",
) -> Confirmed:
    """Confirm a sign-up by a link that was mailed to the person: so the address is theirs.

    What else they signed up for themselves is confirmed with it. A place that lapsed meanwhile is taken
    again if one is left, else a turn on the waiting list: then another sign-up is returned. The lapsed places
    of friends whom they named are taken again, too, while places are left.
    `email_agreed`: a friend who was asked along says yes to emails, in words shown in `language`.
    """
    person = _person_of(campaign_id, sign_up_id)
    if said:
        people_services.say(person, said, now=now)
    if email_agreed:
        consent.record(person, "email", True, via="form", language=language, now=now)
    asked_for = db.session.get_one(SignUp, sign_up_id)
    is_late = has_lapsed(asked_for)
    for row in _own_unconfirmed(person.id, asked_for):
        try:
            confirmed = _confirm_or_take(row, now)
        except Refusal:
            if row.id == sign_up_id:
                raise
        else:
            asked_for = confirmed if row.id == sign_up_id else asked_for
    have_places = not is_late or take_again(locked_shift(campaign_id, asked_for.shift_id), person, now=now)
    _address_shown(campaign_id, person.id, now)
    return Confirmed(asked_for, have_places)


def has_lapsed(row: SignUp | MyShift) -> bool:
    """Was it a stranger's place that nobody confirmed in time?"""
    is_own = row.source == "self" and row.cancelled_by is None and row.confirmed_at is None
    return row.state == "cancelled" and is_own


def _confirm_or_take(row: SignUp, now: datetime) -> SignUp:
    if not has_lapsed(row):
        return confirm(row.campaign_id, row.id, now=now)
    return sign_up(
        row.campaign_id, row.person_id, row.shift_id,
        by=row.person_id, now=now, is_shown=True, found_by=row.found_by,
    )  # fmt: skip


def _own_unconfirmed(person_id: int, asked_for: SignUp) -> list[SignUp]:
    """This sign-up, those of the same form, and those that wait for the same proof of the address, in the
    order of their shifts' locks; an offer from a waiting list or a friend's invitation is answered alone."""
    unproved = SignUp.confirm_by.is_not(None) & (SignUp.source == "self") & (SignUp.state != "cancelled")
    which = (SignUp.id == asked_for.id) | unproved
    if has_lapsed(asked_for):
        which = which | (SignUp.created_at == asked_for.created_at)
    query = select(SignUp).where(SignUp.person_id == person_id, which).order_by(SignUp.shift_id)
    return list(db.session.scalars(query))


def _person_of(campaign_id: int, sign_up_id: int) -> Person:
    query = select(SignUp.person_id).where(SignUp.id == sign_up_id, SignUp.campaign_id == campaign_id)
    return people.person_by_id(campaign_id, db.session.scalar(query) or 0)


def _known(campaign: Campaign, email: str) -> Person | None:
    return people.person_with_email(campaign.id, normal_email(email))


def _new(
    campaign: Campaign,
    email: str,
    profile: Profile,
    email_agreed: bool,
    said: Said | None,
    now: datetime,
) -> Person:
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
    people_services.say(person, said or Said(), now=now)
    return person


def _place_of_new(
    campaign: Campaign, person: Person, shift_id: int, now: datetime, found_by: str | None
) -> SignUp:
    starts_at = locked_shift(campaign.id, shift_id).starts_at
    confirm_by = min(now + UNPROVED_KEPT_FOR, starts_at)
    return sign_up(
        campaign.id, person.id, shift_id, by=person.id, now=now, confirm_by=confirm_by, found_by=found_by
    )


def _mail_link(
    campaign: Campaign, person: Person, shift_ids: Iterable[int], now: datetime, found_by: str | None
) -> None:
    if not person.is_active:
        return
    cards = sorted(shift_cards(campaign.id, shift_ids).values(), key=lambda card: card.starts_at)
    cards = [card for card in cards if card.state(now) in ("open", "full")]
    rows = _awaiting_proof(person.id, [card.id for card in cards])
    is_on_its_way = any(row.notice and row.notice_at for row in rows.values())  # the first message
    if not cards or is_on_its_way:
        return
    if len(rows) == len(cards):
        draft = mails.again([(rows[card.id], card) for card in cards], person, campaign, now=now)
    else:
        draft = mails.join(cards, person, campaign, now=now, found_by=found_by)
    messaging.post_many(campaign.id, [draft])


def _awaiting_proof(person_id: int, shift_ids: Iterable[int]) -> dict[int, SignUp]:
    """Which of these shifts the person asked for already and has not confirmed, by shift."""
    query = select(SignUp).where(
        SignUp.person_id == person_id,
        SignUp.shift_id.in_(list(shift_ids)),
        SignUp.source == "self",
        SignUp.state != "cancelled",
        SignUp.confirm_by.is_not(None),
    )
    return {row.shift_id: row for row in db.session.scalars(query)}


def _address_shown(campaign_id: int, person_id: int, now: datetime) -> None:
    sign_in.confirm_address(campaign_id, person_id)
    tell_friends(person_id, now=now)

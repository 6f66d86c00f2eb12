"""Friends whom somebody brings along: each gets a place of their own, kept for a day, and one message.

The inviter never learns whether an address was known. A stranger's friends hear of it only once the
stranger has shown that their own address is theirs, so nobody can have mails written in a made-up name; in
the name of somebody known, only their own session or link brings friends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from flask_babel import gettext as _
from sqlalchemy import func, select

from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events import facts, mails
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.queries.cards import shift_card
from volunteer_hub.events.refusals import Overlaps, TooManyFriends
from volunteer_hub.events.services.places import add_sign_up, locked_shift, require_open, standing_sign_up
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries as people
from volunteer_hub.people import services as people_services
from volunteer_hub.people.contact import NotAnEmail, normal_email
from volunteer_hub.people.models import Campaign, Person
from volunteer_hub.people.services import Profile

MOST_FRIENDS = 5
KEPT_FOR = timedelta(hours=24)
UNPROVED_KEPT_FOR = timedelta(hours=2)
"""A place for an address that nobody has proved, and for friends whom such a stranger brings: long enough to
open a mail, too short to keep a shift full for everybody else."""


@dataclass(frozen=True, slots=True)
class Friend:
    """Who is brought: a name and an email address, as they were typed."""

    name: str
    email: str


def bring_friends(
    campaign: Campaign,
    shift_id: int,
    inviter: Person,
    friends: Sequence[Friend],
    *,
    now: datetime,
    tell: bool = True,
) -> int:
    """Sign friends up, each for a place of their own that lapses unless they confirm it within a day.

    Returns how many were named; nothing tells whether one was known, is on the shift, or wants no mail.
    Unless `tell`, their messages wait until the inviter has shown who they are (`tell_friends`).
    Raises TooManyFriends, ShiftOver, ShiftGone, NotPublished, and Refusal for an address that cannot be one.
    """
    named = read_friends(friends, inviter.email)
    shift = locked_shift(campaign.id, shift_id)
    require_open(shift, now)
    if len(named) + _brought(shift, inviter) > MOST_FRIENDS:
        raise TooManyFriends(MOST_FRIENDS)
    for friend in named:
        _bring(campaign, shift, inviter, friend, now, tell)
    return len(named)


def tell_friends(inviter_id: int, *, now: datetime) -> None:
    """The inviter's address is confirmed: the messages to their friends may leave; the day begins now."""
    query = (
        select(SignUp, Shift.starts_at)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(
            SignUp.brought_by == inviter_id,
            SignUp.state != "cancelled",
            SignUp.notice.is_not(None),
            SignUp.notice_at.is_(None),
            Shift.starts_at > now,
        )
        .order_by(SignUp.id)
        .with_for_update(of=SignUp)
    )
    for row, starts_at in db.session.execute(query):
        row.notice_at, row.confirm_by = now, min(now + KEPT_FOR, starts_at)
        announce(facts.SignedUp(row.id))


def take_again(shift: Shift, inviter: Person, *, now: datetime) -> bool:
    """Ask friends along whose places lapsed before the inviter, a stranger, showed who they are: each gets a
    place and a day while places of the locked shift are left. They were never told, so they count no more
    among those who were brought and may be named anew. Was a place left for each?"""
    lapsed = _lapsed_untold(shift, inviter)
    for row in lapsed:
        row.brought_by = None
    is_enough = shift.places_left >= len(lapsed)
    campaign = db.session.get_one(Campaign, shift.campaign_id)
    for row in lapsed:
        person = db.session.get_one(Person, row.person_id)  # who was erased meanwhile is passed over
        if shift.places_left > 0:
            _ask_along(campaign, shift, inviter, person, now, tell=True)
    return is_enough


def _lapsed_untold(shift: Shift, inviter: Person) -> list[SignUp]:
    if not inviter.awaits_confirmation:  # their friends have been told: who did not answer is left in peace
        return []
    query = select(SignUp).where(
        SignUp.brought_by == inviter.id,
        SignUp.shift_id == shift.id,
        SignUp.state == "cancelled",
        SignUp.cancelled_by.is_(None),
        SignUp.confirmed_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(SignUp.id).with_for_update()))


def read_friends(friends: Sequence[Friend], inviter_email: str) -> list[Friend]:
    """Friends with a name and a normal address, each once; empty lines are passed over.

    Raises TooManyFriends, and Refusal for a line that cannot be read.
    """
    found: dict[str, Friend] = {}
    for friend in friends:
        name, email = " ".join(friend.name.split())[:200], friend.email.strip()
        if not name and not email:
            continue
        if not name or not email:
            raise Refusal(_("Give each friend a name and an email address."), field="friends")
        try:
            email = normal_email(email)
        except NotAnEmail as refusal:
            sentence = _("%(name)s: %(problem)s", name=name, problem=refusal.sentence)
            raise Refusal(sentence, field="friends") from None
        if email.lower() == inviter_email.lower():
            raise Refusal(_("That is your own address: your place is yours already."), field="friends")
        found.setdefault(email, Friend(name, email))
    if len(found) > MOST_FRIENDS:
        raise TooManyFriends(MOST_FRIENDS)
    return list(found.values())


def _brought(shift: Shift, inviter: Person) -> int:
    query = select(func.count()).where(SignUp.brought_by == inviter.id, SignUp.shift_id == shift.id)
    return db.session.scalar(query) or 0


def _bring(
    campaign: Campaign, shift: Shift, inviter: Person, friend: Friend, now: datetime, tell: bool
) -> None:
    person = people.person_with_email(campaign.id, friend.email)
    if person is None:
        profile = Profile(name=friend.name, language=inviter.language, languages=(inviter.language,))
        person = people_services.add_person(
            campaign.id,
            people.root_area(campaign.id).id,
            friend.email,
            profile,
            now=now,
            via="friend",
            awaits_confirmation=True,
        )
    _ask_along(campaign, shift, inviter, person, now, tell)


def _ask_along(
    campaign: Campaign, shift: Shift, inviter: Person, person: Person, now: datetime, tell: bool
) -> None:
    if not person.is_active or standing_sign_up(shift, person.id) is not None:
        return
    try:
        _keep_place(shift, inviter, person, now, tell)
    except Overlaps:
        if tell and not person.awaits_confirmation:
            _ask_by_link(campaign, shift, inviter, person, now)


def _keep_place(shift: Shift, inviter: Person, person: Person, now: datetime, tell: bool) -> None:
    state = "going" if shift.places_left > 0 else "waiting"
    until = min(now + (KEPT_FOR if tell else UNPROVED_KEPT_FOR), shift.starts_at)
    row = add_sign_up(shift, person.id, state, source="friend", now=now, by=person.id, confirm_by=until)
    row.brought_by = inviter.id
    if not tell:
        row.notice_at = None
    announce(facts.SignedUp(row.id))


def _ask_by_link(campaign: Campaign, shift: Shift, inviter: Person, person: Person, now: datetime) -> None:
    """They go elsewhere at that time: no place, but a link, in case this one is dearer to them."""
    card = shift_card(campaign.id, shift.id)
    draft = mails.join([card], person, campaign, now=now, asked_by=inviter.name)
    messaging.post_many(campaign.id, [draft])

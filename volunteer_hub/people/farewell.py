"""Parting from volunteers who do not come any more: they are asked whether they stay, and then erased.

Whoever signs in within the month stays. Staff, and people with a shift in that time, are never asked. Those
whom no mail can ask are erased on the day on which they would be, had they been asked and not answered.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Select, and_, func, or_, select

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.core.display import in_language
from volunteer_hub.messaging import services as messaging
from volunteer_hub.messaging.models import Message
from volunteer_hub.people import mails
from volunteer_hub.people.lists.work import forget_files
from volunteer_hub.people.models import Campaign, Person, RoleGrant, VolunteerList
from volunteer_hub.people.queries.recipients import recipient_by_email
from volunteer_hub.people.services.by_phone import NOWHERE
from volunteer_hub.people.services.erasing import erase
from volunteer_hub.people.services.locking import lock_people

ANSWER_WITHIN = timedelta(days=30)
ASKED_AT_ONCE = 1000
"""In one night: their answers and the mail server have time."""
ERASED_AT_ONCE = 50
"""Looked up at once; each is erased in a transaction of their own."""
STAY = "stay"
"""The kind of the message that asks."""
SETTLED = (Message.state.not_in(("waiting", "sending")),)
"""What has left, or never will: nobody is erased while the question waits for a mail server."""


def ask_silent(campaign_id: int, before: datetime, now: datetime) -> int:
    """Ask the next of those silent since `before` whether they stay. Returns 0: nothing is forgotten."""
    campaign = db.session.get_one(Campaign, campaign_id)
    for person in db.session.scalars(_silent(campaign_id, before, ~_asked(before, now)).limit(ASKED_AT_ONCE)):
        _ask(person, campaign, now)
    return 0


def due_to_go(campaign_id: int, before: datetime, now: datetime, after_id: int) -> list[int]:
    """The next of those (ids above `after_id`) who did not answer for a month."""
    gone = _gone(campaign_id, before, now).where(Person.id > after_id).limit(ERASED_AT_ONCE)
    return list(db.session.scalars(gone.with_only_columns(Person.id)))


def part_from(campaign_id: int, before: datetime, now: datetime, person_id: int) -> bool:
    """Erase one of them, unless they came back meanwhile. Returns whether they were erased."""
    lock_people({person_id})
    person = db.session.scalar(_gone(campaign_id, before, now).where(Person.id == person_id))
    if person is None:
        return False
    erase(person, by=None, now=now)
    return True


def _gone(campaign_id: int, before: datetime, now: datetime) -> Select[Person]:
    return _silent(campaign_id, before, _asked(before, now - ANSWER_WITHIN, *SETTLED))


def _silent(campaign_id: int, before: datetime, asked: ColumnElement[bool]) -> Select[Person]:
    has_role = select(RoleGrant.id).where(RoleGrant.person_id == Person.id).exists()
    return (
        select(Person)
        .where(
            Person.campaign_id == campaign_id,
            Person.erased_at.is_(None),
            Person.merged_into_id.is_(None),
            Person.created_at < before,
            or_(Person.seen_at.is_(None), Person.seen_at < before),
            ~has_role,
            ~_is_busy(before),
            asked,
        )
        .order_by(Person.id)
    )


def _is_busy(before: datetime) -> ColumnElement[bool]:
    """Have they signed up for, or held, anything since? Tables of features above are asked by name."""
    ups, leases = db.metadata.tables["sign_ups"], db.metadata.tables["leases"]
    shifts = select(ups.c.id).where(ups.c.person_id == Person.id, func.upper(ups.c.during) > before)
    walks = select(leases.c.id).where(leases.c.person_id == Person.id, leases.c.leased_at > before)
    return or_(shifts.correlate(Person).exists(), walks.correlate(Person).exists())


def _asked(since: datetime, until: datetime, *more: ColumnElement[bool]) -> ColumnElement[bool]:
    """Asked in that time. An older question was answered: they were there since."""
    mail = and_(
        Message.person_id == Person.id,
        Message.kind == STAY,
        Message.created_at >= since,
        Message.created_at < until,
        *more,
    )
    return select(Message.id).where(mail).exists()


def _ask(person: Person, campaign: Campaign, now: datetime) -> None:
    """Post the question. It reaches nobody who has no mailbox, wants no more mail or never confirmed the
    address; then its row only marks from when their month counts."""
    until = clock.campaign_day(now + ANSWER_WITHIN, ZoneInfo(campaign.time_zone))
    with in_language(person.language):
        subject = _("%(campaign)s: shall we keep your details?", campaign=campaign.name)
        text = mails.stay_text(person, campaign, until)
    key = f"stay-{person.id}-{now:%Y%m}"
    messaging.post_once(campaign.id, key, STAY, recipient_by_email(person, campaign), subject, text)
    if person.email.endswith(NOWHERE) or person.awaits_confirmation:
        messaging.cancel(campaign.id, [key])


def drop_files(row: VolunteerList) -> None:
    """The upload of a list and what was made from it."""
    uploads: Path = current_app.extensions["vh_config"].uploads_dir
    forget_files(uploads, row.id, row.stored_name)

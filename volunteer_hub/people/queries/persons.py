"""One person: found by id or email, with availability and sessions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.orm import aliased

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.people.models import Area, Availability, Person, WebSession
from volunteer_hub.people.windows import Window


class Erased(Refusal):
    """It was for somebody who has had their data erased: nothing of theirs comes back."""

    status = 410

    def __init__(self) -> None:
        super().__init__(
            _(
                "This was for somebody whose data was erased, so it does not work any more. Would you like "
                "to help again? Then sign up anew, you are very welcome."
            )
        )


def require_not_erased(person_id: int) -> None:
    """Refuse what would bring an erased person back: a link of theirs, a place for them. Raises Erased."""
    query = select(Person.id).where(Person.id == person_id, Person.erased_at.is_not(None))
    if db.session.scalar(query) is not None:
        raise Erased()


def person_by_id(campaign_id: int, person_id: int) -> Person:
    """A person of this campaign; raises NotFound, also for one that was erased."""
    person: Person = access.in_campaign(Person, person_id, campaign_id)
    if person.erased_at is not None:
        raise NotFound()
    return person


def person_within(campaign_id: int, person_id: int, area_paths: Iterable[str]) -> Person:
    """A person at home at or below these areas; raises NotFound for all others alike."""
    query = (
        select(Person)
        .join(Area, Area.id == Person.area_id)
        .where(
            Person.id == person_id,
            Person.campaign_id == campaign_id,
            Person.erased_at.is_(None),
            access.within(Area.path, area_paths),
        )
    )
    person = db.session.scalar(query)
    if person is None:
        raise NotFound()
    return person


def person_with_email(campaign_id: int, email: str) -> Person | None:
    """The person with this address in one campaign; of somebody who was merged, the one they are now."""
    return db.session.scalar(_meant_by(email).where(Person.campaign_id == campaign_id))


def people_with_email(email: str) -> list[Person]:
    """The active people with this address, one a campaign, the one seen last first.

    The address of a row that was merged leads to the person it was merged into, if it was ever confirmed.
    """
    entry = aliased(Person)
    confirmed = entry.merged_into_id.is_(None) | entry.awaits_confirmation.is_(False)
    query = _meant_by(email, entry).where(Person.is_active, confirmed)
    return list(db.session.scalars(query.order_by(Person.seen_at.desc().nulls_last(), Person.id)))


def _meant_by(email: str, entry: type[Person] | None = None) -> Select[Person]:
    """The person of the row with this address: itself, or the one into whom it was merged."""
    entry = entry or aliased(Person)
    return (
        select(Person)
        .join(entry, Person.id == func.coalesce(entry.merged_into_id, entry.id))
        .where(entry.email == email)
    )


def names(person_ids: Iterable[int]) -> dict[int, str]:
    """The names of these people, by id. One statement."""
    ids = list(set(person_ids))
    if not ids:
        return {}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(ids)))
    return {row.id: row.name for row in rows}


@dataclass(frozen=True, slots=True)
class WindowRow:
    """A kept window of availability."""

    id: int
    window: Window


def availability(person_id: int) -> list[WindowRow]:
    """When this person can help, weekdays first. No row means any time."""
    query = (
        select(Availability)
        .where(Availability.person_id == person_id)
        .order_by(Availability.weekday.nulls_last(), Availability.day_on, Availability.from_time)
    )
    return [WindowRow(row.id, _window(row)) for row in db.session.scalars(query)]


def windows_of(person_ids: Sequence[int]) -> dict[int, tuple[Window, ...]]:
    """The windows of many people; one without any is left out, and free at any time. One statement."""
    found: dict[int, list[Window]] = {}
    query = select(Availability).where(Availability.person_id == func.any(list(person_ids)))
    for row in db.session.scalars(query):
        found.setdefault(row.person_id, []).append(_window(row))
    return {person_id: tuple(windows) for person_id, windows in found.items()}


def _window(row: Availability) -> Window:
    return Window(row.weekday, row.day_on, row.from_time, row.until_time, row.is_away)


def sessions(person_id: int, now: datetime) -> list[WebSession]:
    """The browsers in which this person is signed in, the one used last first."""
    query = select(WebSession).where(
        WebSession.person_id == person_id, WebSession.revoked_at.is_(None), WebSession.expires_at > now
    )
    return list(db.session.scalars(query.order_by(WebSession.seen_at.desc(), WebSession.id.desc())))

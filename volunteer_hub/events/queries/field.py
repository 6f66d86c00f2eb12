"""What a field lead's desk asks about the people of a shift."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Text, func, select, text

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.events.models import SignUp
from volunteer_hub.people.models import Area, Person


@dataclass(frozen=True, slots=True)
class ShiftPerson:
    """What decides which turf suits somebody: how far they go, and what they speak."""

    person_id: int
    max_travel_km: float
    latitude: float | None
    longitude: float | None
    languages: tuple[str, ...]
    skills: tuple[str, ...]
    has_text: bool


def shift_people(campaign_id: int, shift_id: int) -> dict[int, ShiftPerson]:
    """The people who have a place on a shift, by id. One statement."""
    rows = db.session.execute(
        select(
            Person.id,
            Person.max_travel_km,
            Person.latitude,
            Person.longitude,
            Person.languages,
            Person.skills,
            (Person.text_agreed_at.is_not(None) & Person.phone.is_not(None)).label("has_text"),
        )
        .join(SignUp, SignUp.person_id == Person.id)
        .where(SignUp.campaign_id == campaign_id, SignUp.shift_id == shift_id, SignUp.state == "going")
    )
    return {
        row.id: ShiftPerson(
            row.id, row.max_travel_km, row.latitude, row.longitude, tuple(row.languages), tuple(row.skills),
            row.has_text,
        )
        for row in rows
    }  # fmt: skip


def been_before(person_ids: Iterable[int], *, besides_shift: int) -> set[int]:
    """Who of these was present at another shift before. One statement."""
    query = (
        select(SignUp.person_id)
        .where(
            SignUp.person_id == func.any(list(person_ids)),
            SignUp.attendance == "attended",
            SignUp.shift_id != besides_shift,
        )
        .distinct()
    )
    return set(db.session.scalars(query))


def people_like(campaign_id: int, name: str, area_paths: Iterable[str]) -> list[tuple[int, str, str]]:
    """(id, name, last four digits of the phone) of people of this very name in these areas. One statement.

    Accents and case do not make another name.
    """
    plain = func.lower(
        func.regexp_replace(
            func.normalize(Person.name, text("NFKD")), "[\u0300-\u036f]", "", "g", type_=Text()
        )
    )
    wanted = func.lower(
        func.regexp_replace(
            func.normalize(" ".join(name.split()), text("NFKD")), "[\u0300-\u036f]", "", "g", type_=Text()
        )
    )
    rows = db.session.execute(
        select(Person.id, Person.name, Person.phone)
        .join(Area, Area.id == Person.area_id)
        .where(
            Person.campaign_id == campaign_id, Person.is_active, plain == wanted,
            access.within(Area.path, area_paths),
        )
        .order_by(Person.id)
        .limit(6)
    )  # fmt: skip
    return [(row.id, row.name, (row.phone or "")[-4:]) for row in rows]

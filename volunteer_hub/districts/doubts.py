"""Voters whose door is in doubt: what is asked of a person, and what they decide.

A voter is *open* while nobody has decided: a door was found that nearly fits (doubtful), or several fit
equally well. A decision holds over later imports of the same address.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, and_, func, or_, select, update

from volunteer_hub.core import access, audit
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.core.refusals import Conflict
from volunteer_hub.districts.door_match import EQUAL
from volunteer_hub.districts.models import Door, Voter
from volunteer_hub.people.models import Person

PER_PAGE, MOST_FOUND = 20, 20
PARTS: dict[str, Any] = {
    "name": _l("street written otherwise"),
    "type": _l("street type differs"),
    "direction": _l("direction differs"),
    "unit": _l("unit differs"),
    "place": _l("ZIP code or town differs"),
    "several": _l("several buildings at this address"),
    "equal": _l("several doors fit equally well"),
}


def kind_words(kind: str) -> str:
    """“Street written otherwise, unit differs” for name+unit."""
    words = ", ".join(str(PARTS[part]) for part in kind.split("+") if part in PARTS)
    return (words[:1].upper() + words[1:]) or _("Other reasons")


@dataclass(frozen=True, slots=True)
class Pair:
    """A voter beside the doors that may be theirs, the likeliest first."""

    id: int
    name: str
    address_text: str
    kind: str
    note: str
    match: str
    door_id: int | None
    decided_at: datetime | None
    decided_by: str | None
    doors: tuple[Door, ...]


def is_open() -> ColumnElement[bool]:
    """Nobody has decided yet."""
    return and_(Voter.decided_at.is_(None), or_(Voter.match == "doubtful", Voter.match_kind == EQUAL))


def kinds(campaign_id: int) -> list[tuple[str, int]]:
    """The kinds of doubt with how many wait, the most frequent first. One statement."""
    query = select(Voter.match_kind, func.count()).where(Voter.campaign_id == campaign_id, is_open())
    rows = db.session.execute(
        query.group_by(Voter.match_kind).order_by(func.count().desc(), Voter.match_kind)
    )
    return [(row[0], row[1]) for row in rows]


def pairs(campaign_id: int, number: int, *, kind: str | None = None, decided: bool = False) -> Page[Pair]:
    """One page of voters beside their candidates: the open ones, or those decided, newest first."""
    query = (
        select(Voter, Person.name)
        .outerjoin(Person, Person.id == Voter.decided_by)
        .where(Voter.campaign_id == campaign_id, Voter.decided_at.is_not(None) if decided else is_open())
    )
    if kind is not None:
        query = query.where(Voter.match_kind == kind)
    order = (Voter.decided_at.desc(), Voter.id) if decided else (Voter.match_kind, Voter.id)
    page = page_of(query.order_by(*order), number, PER_PAGE)
    return Page(_pairs(page.rows), page.number, page.per_page, page.total)


def pair_of(voter: Voter) -> Pair:
    """One voter beside their candidates."""
    return _pairs([(voter, None)])[0]


def _pairs(rows: Sequence[Any]) -> list[Pair]:
    wanted = {door_id for voter, _who in rows for door_id in _door_ids(voter)}
    doors = {door.id: door for door in db.session.scalars(select(Door).where(Door.id.in_(wanted)))}
    return [
        Pair(
            voter.id, f"{voter.given_name} {voter.family_name}".strip(), voter.address_text, voter.match_kind,
            voter.match_note, voter.match, voter.door_id, voter.decided_at, who,
            tuple(doors[each] for each in _door_ids(voter) if each in doors),
        )
        for voter, who in rows
    ]  # fmt: skip


def _door_ids(voter: Voter) -> list[int]:
    first = [voter.door_id] if voter.door_id else []
    return list(dict.fromkeys([*first, *voter.candidates]))


def find_doors(campaign_id: int, text: str) -> list[Door]:
    """Doors by house number and the beginning of the street, as “12 main”. One statement."""
    number, _blank, street = text.strip().partition(" ")
    if not number:
        return []
    query = select(Door).where(
        Door.campaign_id == campaign_id,
        func.upper(Door.number) == number.upper(),
        Door.street.icontains(street.strip(), autoescape=True),
    )
    return list(db.session.scalars(query.order_by(Door.street, Door.unit, Door.id).limit(MOST_FOUND)))


class DecidedAlready(Conflict):
    """Somebody else, an import or an earlier click was first."""

    def __init__(self) -> None:
        super().__init__(_("This voter is decided already, or the file was imported again. Nothing changed."))


def decide(voter: Voter, door_id: int | None, *, seen_door_id: int | None, by: int, now: datetime) -> None:
    """Put an open voter at a door, or at none. `seen_door_id`: the door that the page showed as theirs."""
    open_now = voter.decided_at is None and (voter.match == "doubtful" or voter.match_kind == EQUAL)
    if not open_now or voter.door_id != seen_door_id:
        raise DecidedAlready()
    if door_id is not None:
        access.in_campaign(Door, door_id, voter.campaign_id)
    before = voter.door_id
    voter.door_id, voter.match = door_id, "unmatched" if door_id is None else "matched"
    voter.decided_at, voter.decided_by = now, by
    db.session.flush()
    count_people({before, door_id})
    what = "reject" if door_id is None else "accept" if door_id == before else "move"
    audit.record(
        f"{what}.voter", campaign_id=voter.campaign_id, by=by, subject=f"voter:{voter.id}", door=door_id or ""
    )


def ask_again(voter: Voter, *, by: int) -> None:
    """Take a decision back: the voter waits for one as after the import."""
    if voter.decided_at is None:
        raise DecidedAlready()
    before = voter.door_id
    known = set(db.session.scalars(select(Door.id).where(Door.id.in_(voter.candidates))))
    first = next((each for each in voter.candidates if each in known), None)
    voter.door_id = None if voter.match_kind == EQUAL else first
    voter.match = "unmatched" if voter.door_id is None else "doubtful"
    voter.decided_at = voter.decided_by = None
    db.session.flush()
    count_people({before, voter.door_id})
    audit.record("reopen.voter", campaign_id=voter.campaign_id, by=by, subject=f"voter:{voter.id}")


def accept_kind(campaign_id: int, kind: str, *, up_to_id: int, by: int, now: datetime) -> int:
    """Accept the door of every doubtful voter of this kind that the page knew of; returns how many."""
    done = db.session.execute(
        update(Voter)
        .where(
            Voter.campaign_id == campaign_id,
            Voter.match_kind == kind,
            Voter.id <= up_to_id,
            Voter.match == "doubtful",
            Voter.decided_at.is_(None),
            Voter.door_id.is_not(None),
        )
        .values(match="matched", decided_at=now, decided_by=by)
    )
    count = int(done.rowcount)  # type: ignore[attr-defined]
    if count:
        audit.record("accept.voters", campaign_id=campaign_id, by=by, subject=f"kind:{kind}", voters=count)
    return count


def newest_id(campaign_id: int) -> int:
    """The last voter there is now: who comes later is not meant by a button shown before."""
    return db.session.scalar(select(func.max(Voter.id)).where(Voter.campaign_id == campaign_id)) or 0


def count_people(door_ids: Iterable[int | None]) -> None:
    """How many voters are known behind these doors; a door without any keeps one."""
    ids = [each for each in door_ids if each is not None]
    known = select(func.count()).where(Voter.door_id == Door.id).correlate(Door).scalar_subquery()
    if ids:
        db.session.execute(update(Door).where(Door.id.in_(ids)).values(people=func.greatest(known, 1)))

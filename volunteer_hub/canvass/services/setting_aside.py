"""What a phone's log brought and could not count by itself: a field lead lets it count, or dismisses it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from volunteer_hub.canvass.entries import parsed
from volunteer_hub.canvass.models_log import SetAsideEntry
from volunteer_hub.canvass.reading import Reading, Unreadable, read_report
from volunteer_hub.canvass.reading_additions import Found, is_addition, read_addition
from volunteer_hub.canvass.services.additions import keep_set_aside
from volunteer_hub.canvass.services.recording import ByStaff, Receipt, store
from volunteer_hub.canvass.vocabulary import reason_words
from volunteer_hub.core import access, audit
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.districts.models import District, Door
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf import queries as turf
from volunteer_hub.turf.models import Lease, Turf

DECISIONS = ("counted", "dismissed", "open")
SHOWN_TEXT = 300


class ByHolder(ByStaff):
    """The holder of a lease, whose entry a field lead lets count: theirs, and in no turf of today."""

    def __init__(self, lease: Lease, area_paths: Iterable[str], *, entered_by: int) -> None:
        super().__init__(lease.campaign_id, lease.person_id, area_paths, source="phone")
        self.entered_by = entered_by


@dataclass(frozen=True, slots=True)
class AsideLine:
    """An entry set aside as its page shows it: a report, or an addition and its report. reading: None when
    unreadable; then text is its start.
    """

    id: int
    at: datetime
    received_at: datetime
    reason: str
    turf_name: str
    person_id: int
    person_name: str
    decision: str | None
    reading: Reading | None
    addition: Found | None
    address: str
    text: str

    @property
    def can_count(self) -> bool:
        """Is there a report or an addition in it, of a door that these areas hold?"""
        return self.reading is not None and bool(self.address)


def aside_lines(
    campaign_id: int, area_paths: Sequence[str], *, decided: bool = False, most: int = 200
) -> list[AsideLine]:
    """What waits in these areas, oldest first; decided: what was decided lately. Two statements."""
    query = _within(campaign_id, area_paths)
    if decided:
        query = query.where(SetAsideEntry.decision.is_not(None)).order_by(SetAsideEntry.decided_at.desc())
    else:
        query = query.where(SetAsideEntry.decision.is_(None)).order_by(SetAsideEntry.at, SetAsideEntry.id)
    rows = db.session.execute(query.limit(most)).all()
    read = {row.SetAsideEntry.id: _read(row.SetAsideEntry) for row in rows}
    readings = [each.reading if isinstance(each, Found) else each for each in read.values()]
    addresses = _addresses(campaign_id, area_paths, [each for each in readings if each])
    return [_line(row, read[row.SetAsideEntry.id], addresses) for row in rows]


def count_aside(campaign_id: int, area_paths: Sequence[str]) -> int:
    """How many entries wait in these areas. One statement."""
    waiting = _within(campaign_id, area_paths).where(SetAsideEntry.decision.is_(None)).subquery()
    return db.session.scalar(select(func.count()).select_from(waiting)) or 0


def decide(
    campaign_id: int, entry_id: int, decision: str, *, area_paths: Sequence[str], by: int, now: datetime
) -> None:
    """Let an entry count, dismiss it, or open a dismissed one again. Raises Refusal or NotFound.

    What counts becomes a report of the person who made it, with the id it has on the phone: once for ever.
    An addition is handed on to the organizers, who decide about all of them.
    """
    found = db.session.execute(
        _within(campaign_id, area_paths)
        .where(SetAsideEntry.id == entry_id)
        .with_for_update(of=SetAsideEntry.__table__)
    ).one_or_none()
    if found is None:
        raise NotFound()
    if decision not in DECISIONS:
        raise Refusal(_("Let it count, dismiss it, or take that back."))
    entry: SetAsideEntry = found.SetAsideEntry
    if entry.decision == "counted":
        raise Refusal(_("It counts already. Take the report itself back if it is wrong."))
    if decision == "counted":
        _count(entry, area_paths, by=by, now=now)
    is_open = decision == "open"
    entry.decision = None if is_open else decision
    entry.decided_by, entry.decided_at = (None, None) if is_open else (by, now)
    audit.record(
        "decide.aside", campaign_id=campaign_id, by=by, subject=f"entry:{entry.id}", decision=decision
    )


def _count(entry: SetAsideEntry, area_paths: Sequence[str], *, by: int, now: datetime) -> None:
    read = _read(entry)
    if read is None:
        raise Refusal(
            _("It cannot be read as a report. Ask the canvasser and enter it on the page for paper lists.")
        )
    right = ByHolder(db.session.get_one(Lease, entry.lease_id), area_paths, entered_by=by)
    receipt = _kept(entry, read, right, area_paths, now)
    if receipt.status == "refused":
        raise Refusal(receipt.reason)


def _kept(
    entry: SetAsideEntry, read: Reading | Found, right: ByHolder, area_paths: Sequence[str], now: datetime
) -> Receipt:
    """A report becomes one of the holder's; an addition waits for an organizer, as all additions do."""
    if isinstance(read, Found):
        card = turf.lease_within(entry.campaign_id, entry.lease_id, area_paths)
        return keep_set_aside(read.at(entry.at), card, right=right, now=now)
    return store([replace(read, at=entry.at, turf_id=None)], authority=right, now=now)[0]


def _within(campaign_id: int, area_paths: Sequence[str]) -> Select[*tuple[object, ...]]:
    query: Select[*tuple[object, ...]] = (
        select(SetAsideEntry, Turf.name.label("turf_name"), Person.id, Person.name.label("person_name"))
        .join(Lease, Lease.id == SetAsideEntry.lease_id)
        .join(Turf, Turf.id == Lease.turf_id)
        .join(Person, Person.id == Lease.person_id)
        .join(District, District.id == Turf.district_id)
        .join(Area, Area.id == District.area_id)
        .where(SetAsideEntry.campaign_id == campaign_id, access.within(Area.path, area_paths))
    )
    return query


def _read(entry: SetAsideEntry) -> Reading | Found | None:
    raw = parsed(entry.body.decode("utf-8", "replace"))
    try:
        return read_addition(raw) if is_addition(raw) else read_report(raw)
    except Unreadable:
        return None


def _addresses(campaign_id: int, area_paths: Sequence[str], readings: Sequence[Reading]) -> dict[int, str]:
    """Addresses of the doors that these areas hold: nobody is shown another area's."""
    rows = db.session.execute(
        select(Door.id, Door.number, Door.street, Door.unit)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            Door.id.in_({each.door_id for each in readings}),
            Door.campaign_id == campaign_id,
            access.within(Area.path, area_paths),
        )
    )
    return {row.id: f"{row.number} {row.street}" + (f", {row.unit}" if row.unit else "") for row in rows}


def _line(row: object, read: Reading | Found | None, addresses: dict[int, str]) -> AsideLine:
    entry: SetAsideEntry = row.SetAsideEntry  # type: ignore[attr-defined]
    addition = read if isinstance(read, Found) else None
    reading = read.reading if isinstance(read, Found) else read
    return AsideLine(
        id=entry.id,
        at=entry.at,
        received_at=entry.received_at,
        reason=reason_words(entry.reason),
        turf_name=row.turf_name,  # type: ignore[attr-defined]
        person_id=row.id,  # type: ignore[attr-defined]
        person_name=row.person_name,  # type: ignore[attr-defined]
        decision=entry.decision,
        reading=reading,
        addition=addition,
        address=addresses.get(reading.door_id, "") if reading else "",
        text="" if reading else entry.body.decode("utf-8", "replace")[:SHOWN_TEXT],
    )

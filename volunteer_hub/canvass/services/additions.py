"""People and doors that no file has: kept once, accepted or dismissed by an organizer, and back again."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_additions import Addition
from volunteer_hub.canvass.reading import Reading, Unreadable, echo
from volunteer_hub.canvass.reading_additions import Found, read_addition
from volunteer_hub.canvass.services.recording import Authority, ByLease, Place, Receipt, record
from volunteer_hub.core import access, audit
from volunteer_hub.core.db import db
from volunteer_hub.core.refusals import Conflict, NotFound, Refusal
from volunteer_hub.districts import found
from volunteer_hub.districts.models import District, Door
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf.models import Turf, TurfDoor
from volunteer_hub.turf.queries import LeaseCard

MOST_A_LEASE = 200
DECISIONS = ("accepted", "dismissed", "pending")


def keep_additions(
    entries: Sequence[Any], lease: LeaseCard, now: datetime, *, ahead: timedelta = timedelta(0)
) -> list[Receipt]:
    """Store what a canvasser found, each once by its id; a receipt for each, in order, as for reports.

    An entry: {id, door, at, what: "person" or "door", name, unit, address, note, result, answers}; door is
    the person's door, or the one on the list that a new door is near. Result and answers may be missing.
    ahead: the phone's clock minus ours, by which its times are corrected.
    """
    read = [_read_or_reason(raw) for raw in entries]
    read = [each if isinstance(each, str) else each.by_our_clock(ahead, now) for each in read]
    right = ByLease(lease)
    places = right.places([each.reading for each in read if isinstance(each, Found)])
    room = MOST_A_LEASE - _count_of(lease.id)
    receipts = []
    for raw, each in zip(entries, read, strict=True):
        reason = each if isinstance(each, str) else right.objection(each.reading, places, now)
        receipt = _keep(each, lease, now, room) if isinstance(each, Found) and not reason else None
        room -= receipt is not None and receipt.status == "stored"
        receipts.append(receipt or Receipt(echo(raw), "refused", reason))
    return receipts


def keep_set_aside(found: Found, lease: LeaseCard, *, right: Authority, now: datetime) -> Receipt:
    """Store an addition that could not be kept by the lease's own right: somebody with more of it says so.

    It waits for an organizer as all do, in no turf of today.
    """
    places = right.places([found.reading])
    reason = right.objection(found.reading, places, now)
    if reason:
        return Receipt(str(found.reading.id), "refused", reason)
    return _keep(found, lease, now, MOST_A_LEASE - _count_of(lease.id), in_turf=False)


def _keep(each: Found, lease: LeaseCard, now: datetime, room: int, *, in_turf: bool = True) -> Receipt:
    reading = each.reading
    known = db.session.get(Addition, reading.id)
    if known is not None:
        if known.campaign_id == lease.campaign_id:
            return Receipt(str(reading.id), "known")
        return Receipt(
            str(reading.id), "refused", _("“%(name)s” must be a UUID made on the phone.", name="id")
        )
    if room < 1:
        return Receipt(str(reading.id), "refused", _("This walk list has too many additions already."))
    stored = db.session.scalar(
        insert(Addition)
        .values(
            id=reading.id,
            campaign_id=lease.campaign_id,
            turf_id=lease.turf_id if in_turf else None,
            lease_id=lease.id,
            canvasser_id=lease.person_id,
            door_id=reading.door_id,
            what=each.what,
            note=reading.note,
            result=each.result,
            answers=reading.answers if each.result else {},
            at=reading.at,
            received_at=now,
            **each.texts,
        )
        .on_conflict_do_nothing()
        .returning(Addition.id)
    )
    return Receipt(str(reading.id), "stored" if stored else "known")


def _read_or_reason(raw: Any) -> Found | str:
    try:
        return read_addition(raw)
    except Unreadable as error:
        return str(error)


def _count_of(lease_id: int) -> int:
    return db.session.scalar(select(func.count()).where(Addition.lease_id == lease_id)) or 0


@dataclass(frozen=True, slots=True)
class AdditionLine:
    """An addition in a list, with the door it was found at."""

    id: uuid.UUID
    what: str
    name: str
    unit: str
    address: str
    note: str
    result: str | None
    answers: dict[str, Any]
    at: datetime
    received_at: datetime
    review: str
    reviewed_at: datetime | None
    is_door_known: bool
    made_door_id: int | None
    number: str
    street: str
    door_unit: str
    turf_id: int | None
    turf_name: str | None
    canvasser_name: str | None

    @property
    def house(self) -> str:
        """The house it was found at, or near."""
        return f"{self.number} {self.street}"

    @property
    def title(self) -> str:
        """Who or what it is: Ana Gómez, 12 Main St; or 14 Main St, Apt 3."""
        if self.what == "person":
            return ", ".join(filter(None, (self.name, self.house, self.door_unit)))
        return ", ".join(filter(None, (self.address or self.house, self.unit, self.name)))


def _lines() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Addition.id,
            Addition.what,
            Addition.name,
            Addition.unit,
            Addition.address,
            Addition.note,
            Addition.result,
            Addition.answers,
            Addition.at,
            Addition.received_at,
            Addition.review,
            Addition.reviewed_at,
            Addition.is_door_known,
            Addition.made_door_id,
            Door.number,
            Door.street,
            Door.unit,
            Addition.turf_id,
            Turf.name,
            Person.name,
        )
        .join(Door, Door.id == Addition.door_id)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .outerjoin(Turf, Turf.id == Addition.turf_id)
        .outerjoin(Person, Person.id == Addition.canvasser_id)
    )


def additions_of(lease_id: int) -> list[AdditionLine]:
    """What came with a lease, oldest first, for the one who found it. One statement."""
    found = _lines().where(Addition.lease_id == lease_id).order_by(Addition.at, Addition.id)
    rows = db.session.execute(found)
    return [AdditionLine(*row) for row in rows]


def pending_query(campaign_id: int, area_paths: Iterable[str]) -> Select[*tuple[Any, ...]]:
    """What waits for an organizer of these areas, oldest first; columns of AdditionLine."""
    return (
        _lines()
        .where(
            Addition.campaign_id == campaign_id,
            Addition.review == "pending",
            access.within(Area.path, area_paths),
        )
        .order_by(Addition.received_at, Addition.id)
    )


def reviewed_lately(campaign_id: int, area_paths: Iterable[str], most: int = 20) -> list[AdditionLine]:
    """What was decided last, newest first. One statement."""
    rows = db.session.execute(
        _lines()
        .where(
            Addition.campaign_id == campaign_id,
            Addition.review != "pending",
            access.within(Area.path, area_paths),
        )
        .order_by(Addition.reviewed_at.desc(), Addition.id)
        .limit(most)
    )
    return [AdditionLine(*row) for row in rows]


def review_addition(
    campaign_id: int,
    addition_id: uuid.UUID,
    decision: str,
    *,
    area_paths: Sequence[str],
    by: int,
    now: datetime,
) -> Addition:
    """Accept an addition, dismiss it, or take such a decision back (`pending`).

    Accepted, the voter or the door is on file, and the knock stands as a report at it. Taken back, the report
    is undone and what was made is gone again, unless others have used it since. A door that is on file in
    another area is for that area to accept: Refusal.
    """
    row = db.session.scalar(
        select(Addition)
        .join(Door, Door.id == Addition.door_id)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            Addition.id == addition_id,
            Addition.campaign_id == campaign_id,
            access.within(Area.path, area_paths),
        )
        .with_for_update(of=Addition)
    )
    if row is None:
        raise NotFound()
    if decision not in DECISIONS:
        raise Refusal(_("Accept the addition, dismiss it, or take the decision back."))
    if (row.review == "pending") == (decision == "pending"):
        raise Conflict(_("Somebody decided this already. Reload the page."))
    if row.review == "accepted":
        _unmake(row, now)
    if decision == "accepted":
        _make(row, area_paths, by=by, now=now)
    row.review = decision
    row.reviewed_by, row.reviewed_at = (None, None) if decision == "pending" else (by, now)
    db.session.flush()
    audit.record(
        "review.addition",
        campaign_id=campaign_id,
        by=by,
        subject=f"addition:{addition_id}",
        decision=decision,
    )
    return row


def _make(row: Addition, area_paths: Sequence[str], *, by: int, now: datetime) -> None:
    near = db.session.get_one(Door, row.door_id)
    door = near
    row.times_accepted += 1
    if row.what == "door":
        door, row.is_door_known = found.add_door(
            near, address=row.address, unit=row.unit, area_paths=area_paths
        )
        row.made_door_id = door.id
    if row.name:
        reference = f"found-{row.id}-{row.times_accepted}"
        row.made_voter_id = found.add_voter(door, row.name, file_ref=reference, by=by, now=now).id
    db.session.flush()
    if row.result:
        _report(row, door, now)


def _report(row: Addition, door: Door, now: datetime) -> None:
    row.made_report_id = uuid.uuid5(row.id, f"knock-{row.times_accepted}")
    raw = {
        "id": str(row.made_report_id),
        "door": door.id,
        "at": row.at.isoformat(),
        "result": row.result,
        "answers": row.answers,
        "note": row.note,
        "voter": row.made_voter_id,
    }
    _record(raw, _ByAddition(row, "phone"), now)


def _unmake(row: Addition, now: datetime) -> None:
    door_id = row.made_door_id or row.door_id
    if row.made_report_id:
        raw = {
            "id": str(uuid.uuid5(row.id, f"undo-{row.times_accepted}")),
            "door": door_id,
            "at": row.at.isoformat(),
            "result": None,
            "undoes": str(row.made_report_id),
        }
        _record(raw, _ByAddition(row, "lead"), now)
    if row.made_voter_id:
        found.remove_voter(row.made_voter_id)
    if row.made_door_id and not row.is_door_known and not _is_used(row.made_door_id, row):
        door = db.session.get_one(Door, row.made_door_id)
        row.made_door_id = None
        db.session.flush()
        found.remove_door(door)
    row.made_door_id = row.made_voter_id = row.made_report_id = None
    row.is_door_known = False


def _is_used(door_id: int, row: Addition) -> bool:
    """Has anybody else reported at the door, or found something there, or is it in a turf?"""
    in_turf = select(TurfDoor.door_id).where(TurfDoor.door_id == door_id).exists()
    reported = (
        select(DoorReport.id)
        .where(
            DoorReport.door_id == door_id,
            DoorReport.id != row.made_report_id,
            DoorReport.undoes_id.is_distinct_from(row.made_report_id),
        )
        .exists()
    )
    near = select(Addition.id).where(Addition.door_id == door_id).exists()
    return bool(db.session.scalar(select(in_turf | reported | near)))


def _record(raw: dict[str, Any], right: _ByAddition, now: datetime) -> None:
    (receipt,) = record([raw], authority=right, now=now)
    if receipt.status == "refused":
        raise Refusal(receipt.reason)


class _ByAddition:
    """The right of an accepted addition: the knock at what was found, by who found it."""

    entered_by = None

    def __init__(self, row: Addition, source: str) -> None:
        self.campaign_id, self.canvasser_id, self.lease_id = row.campaign_id, row.canvasser_id, row.lease_id
        self.source = source
        self._turf_id = row.turf_id if row.what == "person" else None

    def places(self, readings: Sequence[Reading]) -> dict[int, Place]:
        rows = db.session.execute(
            select(Door.id, Door.district_id, Door.precinct_id).where(
                Door.campaign_id == self.campaign_id, Door.id.in_({each.door_id for each in readings})
            )
        )
        return {row.id: (row.district_id, row.precinct_id) for row in rows}

    def objection(self, reading: Reading, places: dict[int, Place], now: datetime) -> str:  # noqa: ARG002
        return "" if reading.door_id in places else _("There is no such door in your area.")

    def turf_of(self, reading: Reading) -> int | None:  # noqa: ARG002 - the addition says it
        return self._turf_id

"""Reports from a file: rows become readings under ids made from their content, so a file counts once."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import select

from volunteer_hub.canvass.columns import guess_columns, result_of, support_of, time_of
from volunteer_hub.canvass.facts import ReportFileUploaded
from volunteer_hub.canvass.models import Outcome, ReportFile
from volunteer_hub.canvass.reading import MOST_NOTE, Reading, clean
from volunteer_hub.canvass.services.recording import ByStaff, store
from volunteer_hub.core import access
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.districts.addresses import Address, parse
from volunteer_hub.districts.models import District, Door
from volunteer_hub.people.models import Area
from volunteer_hub.turf.models import TurfDoor

NAMESPACE = uuid.UUID("8c0c7a53-31a5-5c55-9a0e-6f6d3f1e2b77")
"""Of the ids made from rows. Never changes: the same row must get the same id in every release."""
MOST_REJECTED_KEPT = 5000


@dataclass(frozen=True, slots=True)
class FileReading:
    """How a file is read: which column is what, the campaign's zone, the day where no column says it."""

    columns: dict[str, int]
    zone: ZoneInfo
    day_on: date | None

    def __post_init__(self) -> None:
        if "door" not in self.columns and "address" not in self.columns:
            raise Refusal(
                _("No column names the door. Call one “door” (its number on the walk list) or “address”.")
            )
        if "result" not in self.columns and "support" not in self.columns:
            raise Refusal(_("No column holds results. Call one “result”, with words like “Not home”."))
        if "at" not in self.columns and self.day_on is None:
            raise Refusal(_("No column says when. Call one “date”, or choose the day when you upload."))


@dataclass
class Collected:
    """What came of rows: counts, and the rejected ones as (line, reason, text)."""

    stored: int = 0
    known: int = 0
    rejected: int = 0
    rows: list[tuple[int, str, str]] = field(default_factory=list)

    def reject(self, line: int, reason: str, text: str) -> None:
        self.rejected += 1
        if len(self.rows) < MOST_REJECTED_KEPT:
            self.rows.append((line, reason, clean(text)[:300]))


class RowRejected(ValueError):
    """This row is no report; the sentence says why."""


def add_file(
    campaign_id: int, *, file_name: str, stored_name: str, day_on: date | None, by: int, now: datetime
) -> ReportFile:
    """Remember an uploaded file; a job collects it."""
    row = ReportFile(
        campaign_id=campaign_id,
        file_name=clean(file_name)[:200],
        stored_name=stored_name,
        state="queued",
        counts={"day_on": day_on.isoformat() if day_on else None},
        created_by=by,
        created_at=now,
    )
    db.session.add(row)
    db.session.flush()
    announce(ReportFileUploaded(row.id))
    return row


def reading_of(header: Sequence[str], zone: str, day_on: date | None) -> FileReading:
    """Guess the columns; refuses a file that cannot hold reports, with a sentence."""
    return FileReading(guess_columns(header), ZoneInfo(zone), day_on)


def collect(
    campaign_id: int,
    rows: Sequence[tuple[int, list[str]]],
    how: FileReading,
    *,
    area_paths: Sequence[str],
    now: datetime,
) -> Collected:
    """Store the reports of these rows (line number and cells)."""
    done = Collected()
    doors = _doors_of(campaign_id, rows, how, area_paths)
    readings: list[tuple[int, list[str], Reading]] = []
    for line, cells in rows:
        try:
            readings.append((line, cells, _reading(campaign_id, cells, how, doors.get(line))))
        except RowRejected as why:
            done.reject(line, str(why), " | ".join(cells))
    authority = ByStaff(campaign_id, None, area_paths, source="file")
    receipts = store([reading for _line, _cells, reading in readings], authority=authority, now=now)
    for (line, cells, _r), receipt in zip(readings, receipts, strict=True):
        if receipt.status == "refused":
            done.reject(line, receipt.reason, " | ".join(cells))
        elif receipt.status == "stored":
            done.stored += 1
        else:
            done.known += 1
    return done


def _reading(
    campaign_id: int, cells: list[str], how: FileReading, door: tuple[int, int | None] | str | None
) -> Reading:
    if not isinstance(door, tuple):
        raise RowRejected(door or _("No door is named."))
    door_id, turf_id = door
    support_text, result_text = _cell(cells, how, "support"), _cell(cells, how, "result")
    support = support_of(support_text) if support_text else None
    if support_text and support is None:
        raise RowRejected(_("Support “%(text)s” is not 1 to 5.", text=support_text[:60]))
    result = result_of(result_text) if result_text else (Outcome.CANVASSED if support else None)
    if result is None:
        raise RowRejected(_("“%(text)s” is no result at a door that we know.", text=result_text[:60]))
    at = _at(cells, how)
    note = clean(_cell(cells, how, "note"))
    if len(note) > MOST_NOTE:
        raise RowRejected(_("The note is longer than %(most)s characters.", most=MOST_NOTE))
    return Reading(
        id=_id(campaign_id, cells, how, (door_id, at.isoformat(), result.value, support or "", note)),
        turf_id=turf_id,
        door_id=door_id,
        at=at,
        result=result,
        answers={"support": support} if support else {},
        support=support,
        note=note,
    )


def _at(cells: list[str], how: FileReading) -> datetime:
    text = _cell(cells, how, "at")
    if text:
        at = time_of(text, how.zone)
    else:
        at = datetime.combine(how.day_on, time(12), how.zone) if how.day_on else None
    if at is None:
        raise RowRejected(
            _("“%(text)s” is no date that we can read; write 2026-10-03 14:05.", text=text[:60])
        )
    return at


def _id(campaign_id: int, cells: list[str], how: FileReading, content: Iterable[object]) -> uuid.UUID:
    """The row's own id where it has one (an export of ours), else one made from what it says."""
    try:
        return uuid.UUID(_cell(cells, how, "id"))
    except ValueError:
        return uuid.uuid5(NAMESPACE, "\x1f".join(map(str, (campaign_id, *content))))


def _cell(cells: list[str], how: FileReading, name: str) -> str:
    place = how.columns.get(name)
    text = cells[place].strip() if place is not None and place < len(cells) else ""
    return text[1:] if text[:2] in ("'=", "'+", "'-", "'@") else text  # as our own exports protect cells


def _doors_of(
    campaign_id: int, rows: Sequence[tuple[int, list[str]]], how: FileReading, area_paths: Sequence[str]
) -> dict[int, tuple[int, int | None] | str]:
    """Line to (door id, its open turf), or to the reason why there is none. A fixed number of statements."""
    found: dict[int, int | str] = {}
    asked: dict[int, Address] = {}
    for line, cells in rows:
        number = _cell(cells, how, "door")
        if number.isascii() and number.isdigit() and len(number) < 19:
            found[line] = int(number)
        elif text := _cell(cells, how, "address"):
            asked[line] = parse(text, unit=_cell(cells, how, "unit"), zip_code=_cell(cells, how, "zip"))
        elif number:
            found[line] = _("“%(text)s” is no door number.", text=number[:60])
    found |= _by_address(campaign_id, asked, area_paths)
    ids = [each for each in found.values() if isinstance(each, int)]
    open_turfs = dict(
        db.session.execute(
            select(TurfDoor.door_id, TurfDoor.turf_id).where(
                TurfDoor.campaign_id == campaign_id, TurfDoor.door_id.in_(ids), TurfDoor.is_open
            )
        ).all()
    )
    return {
        line: (each, open_turfs.get(each)) if isinstance(each, int) else each for line, each in found.items()
    }


def _by_address(
    campaign_id: int, asked: dict[int, Address], area_paths: Sequence[str]
) -> dict[int, int | str]:
    """Doors by number, street and unit; the ZIP tells streets of the same name apart where it is given."""
    if not asked:
        return {}
    rows = db.session.execute(
        select(Door.id, Door.number, Door.street, Door.unit, Door.zip)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            Door.campaign_id == campaign_id,
            Door.number.in_({address.full_number for address in asked.values()}),
            access.within(Area.path, area_paths),
        )
    )
    with_place: dict[str, list[int]] = {}
    anywhere: dict[str, list[int]] = {}
    for row in rows:
        known = parse(f"{row.number} {row.street}", unit=row.unit, zip_code=row.zip)
        with_place.setdefault(known.key, []).append(row.id)
        anywhere.setdefault(_placeless(known), []).append(row.id)
    return {
        line: _only(
            (with_place.get(address.key) if address.zip else None) or anywhere.get(_placeless(address))
        )
        for line, address in asked.items()
    }


def _placeless(address: Address) -> str:
    parts = (
        address.number,
        address.suffix,
        address.pre,
        address.name,
        address.type,
        address.post,
        address.unit,
    )
    return "|".join(parts)


def _only(doors: list[int] | None) -> int | str:
    if not doors:
        return _("No door of your area has this address.")
    if len(doors) > 1:
        return _("Several doors have this address. Add the ZIP code or the unit.")
    return doors[0]

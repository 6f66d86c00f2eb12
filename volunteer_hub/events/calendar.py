"""Calendar entries (RFC 5545): one stable UID for a person and a shift, in mail, file and feed alike."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from icalendar import Calendar, Event, vCalAddress, vGeo, vText

Method = Literal["PUBLISH", "CANCEL", "REQUEST"]
_SPACE = uuid.UUID("6f1f5b2e-2d0c-4f3c-9d55-3f6a7f0b8d11")
_SINCE = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Entry:
    """One shift in one person's calendar.

    `changed_at` gives the sequence number: any later change has a higher one, whatever became of the row.
    Where changes are counted, `sequence` is that count and `changed_at` only says when this was written.
    """

    uid: uuid.UUID
    summary: str
    starts_at: datetime
    ends_at: datetime
    changed_at: datetime
    location: str = ""
    description: str = ""
    url: str = ""
    latitude: float | None = None
    longitude: float | None = None
    is_cancelled: bool = False
    is_tentative: bool = False
    organizer: str = ""
    organizer_name: str = ""
    attendee: str = ""
    sequence: int | None = None


def uid_of(shift_id: int, person_id: int) -> uuid.UUID:
    """The UID of a person's shift, the same for ever, also after a cancellation and a new sign-up."""
    return uuid.uuid5(_SPACE, f"shift:{shift_id}:person:{person_id}")


def public_uid_of(shift_id: int) -> uuid.UUID:
    """The UID of a shift in public calendars: the same for everybody, and for ever."""
    return uuid.uuid5(_SPACE, f"shift:{shift_id}:public")


def sequence_of(changed_at: datetime) -> int:
    """Seconds since 2020: grows with every change and needs no counter."""
    return max(0, int((changed_at - _SINCE).total_seconds()))


def calendar_file(
    entries: Iterable[Entry],
    *,
    method: Literal["PUBLISH", "CANCEL", "REQUEST"] | None = "PUBLISH",
    name: str = "",
) -> str:
    """The entries as an iCalendar text. `name` is what a subscribed calendar is called."""
    calendar = Calendar()
    calendar.add("prodid", "-//Volunteer Hub//Shifts//EN")
    calendar.add("version", "2.0")
    if method:
        calendar.add("method", method)
    if name:
        calendar.add("x-wr-calname", name)
        calendar.add("x-published-ttl", "PT1H")
    for entry in entries:
        calendar.add_component(_component(entry))
    return calendar.to_ical().decode("utf-8")


def _component(entry: Entry) -> Event:
    event = Event()
    event.add("uid", f"{entry.uid}@volunteer-hub")
    written_at = entry.changed_at.astimezone(UTC).replace(microsecond=0)
    event.add("sequence", sequence_of(entry.changed_at) if entry.sequence is None else entry.sequence)
    event.add("dtstamp", written_at)
    if entry.sequence is None:
        event.add("last-modified", written_at)
    event.add("dtstart", entry.starts_at.astimezone(UTC))
    event.add("dtend", entry.ends_at.astimezone(UTC))
    event.add("summary", entry.summary)
    event.add("status", _status(entry))
    for key, value in (("location", entry.location), ("description", entry.description), ("url", entry.url)):
        if value:
            event.add(key, value)
    if entry.latitude is not None and entry.longitude is not None:
        event.add("geo", vGeo((entry.latitude, entry.longitude)))
    _add_people(event, entry)
    return event


def _status(entry: Entry) -> str:
    if entry.is_cancelled:
        return "CANCELLED"
    return "TENTATIVE" if entry.is_tentative else "CONFIRMED"


def _add_people(event: Event, entry: Entry) -> None:
    if entry.organizer:
        organizer = vCalAddress(f"mailto:{entry.organizer}")
        if entry.organizer_name:
            organizer.params["CN"] = vText(entry.organizer_name)
        event["organizer"] = organizer
    if entry.attendee:
        event.add("attendee", vCalAddress(f"mailto:{entry.attendee}"))

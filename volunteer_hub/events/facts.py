"""What happens in events. Each fact carries ids only; the jobs that follow re-read the rows."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SignedUp:
    """Somebody signed up, with a place or on the waiting list."""

    sign_up_id: int


@dataclass(frozen=True, slots=True)
class Promoted:
    """Somebody on the waiting list got a place."""

    sign_up_id: int


@dataclass(frozen=True, slots=True)
class SignUpCancelled:
    """A sign-up was cancelled, by its person or by staff."""

    sign_up_id: int


@dataclass(frozen=True, slots=True)
class PlaceFreed:
    """A shift has a free place again and nobody on its waiting list could take it."""

    shift_id: int


@dataclass(frozen=True, slots=True)
class ShiftChanged:
    """The time or the meeting place of a shift changed."""

    shift_id: int


@dataclass(frozen=True, slots=True)
class PlacesChanged:
    """The number of places of a shift changed, or what it asks for."""

    shift_id: int


@dataclass(frozen=True, slots=True)
class ShiftsAdded:
    """An event has new shifts."""

    event_id: int


@dataclass(frozen=True, slots=True)
class ShiftCancelled:
    """A shift does not take place."""

    shift_id: int


@dataclass(frozen=True, slots=True)
class EventPublished:
    """An event became visible."""

    event_id: int


@dataclass(frozen=True, slots=True)
class AttendanceMarked:
    """A field lead said who came, or took it back."""

    sign_up_id: int


@dataclass(frozen=True, slots=True)
class CoverAsked:
    """Volunteers were asked to fill a gap in a shift."""

    shift_id: int

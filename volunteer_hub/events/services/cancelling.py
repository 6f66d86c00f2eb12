"""Taking back a cancellation while nobody was told of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict
from volunteer_hub.events import facts
from volunteer_hub.events.models import Event, Shift, SignUp
from volunteer_hub.events.services.places import locked_shift
from volunteer_hub.events.services.telling import SETTLES_IN, as_told
from volunteer_hub.people.models import Person

HeldPlaces = Callable[[int], int]
"""How many places of a shift (id) are held by offers that still stand; locks what it counts."""


class TooLateToUndo(Conflict):
    """The messages are on their way."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "That can no longer be undone: people were told, or are being told now. "
                "Copy the event and publish the copy instead."
            )
        )


def can_undo(cancelled_at: datetime | None, *, now: datetime) -> bool:
    """Is a cancellation still young enough to be taken back?"""
    return cancelled_at is not None and now < cancelled_at + SETTLES_IN


def undo_cancel_shift(campaign_id: int, shift_id: int, *, held_by: HeldPlaces, now: datetime) -> int:
    """The shift takes place after all; everybody has what they had. Returns how many could not come back.

    Who signed up elsewhere at that time meanwhile stays cancelled and is told so. Raises TooLateToUndo.
    """
    shift = locked_shift(campaign_id, shift_id)
    if shift.cancelled_at is None:
        return 0
    if not can_undo(shift.cancelled_at, now=now) or now >= shift.starts_at:
        raise TooLateToUndo()
    if shift.event.state == "cancelled":
        raise Conflict(_("The whole event was cancelled. Undo that first."))
    rows = _cancelled_with(shift)
    if any(row.notice != "cancellation" or row.known is None for row in rows):
        raise TooLateToUndo()
    shift.held = held_by(shift.id)
    shift.cancelled_at, shift.cancelled_why = None, ""
    shift.sequence += 1
    lost = sum(not _restored(shift, row, now=now) for row in rows)
    announce(facts.ShiftChanged(shift.id))
    return lost


def undo_cancel_event(campaign_id: int, event_id: int, *, held_by: HeldPlaces, now: datetime) -> int:
    """The event and the shifts that were cancelled with it take place after all. Returns as above."""
    event: Event = in_campaign(Event, event_id, campaign_id, lock=True)
    if event.state != "cancelled":
        return 0
    if not can_undo(event.cancelled_at, now=now):
        raise TooLateToUndo()
    query = select(Shift.id).where(
        Shift.event_id == event_id, Shift.cancelled_at == event.cancelled_at, Shift.starts_at > now
    )
    ids = db.session.scalars(query.order_by(Shift.id)).all()
    event.state, event.cancelled_at = "published", None
    db.session.flush()
    return sum(undo_cancel_shift(campaign_id, each, held_by=held_by, now=now) for each in ids)


def _cancelled_with(shift: Shift) -> list[SignUp]:
    """The sign-ups that were cancelled by cancelling the shift."""
    query = (
        select(SignUp)
        .where(
            SignUp.shift_id == shift.id,
            SignUp.state == "cancelled",
            SignUp.cancelled_at == shift.cancelled_at,
            SignUp.cancelled_by.is_(None),
        )
        .order_by(SignUp.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def _awaits(inviter_id: int | None) -> bool:
    """Has the inviter still to show who they are? Nobody is told in the name of one who is gone."""
    inviter = db.session.get(Person, inviter_id) if inviter_id is not None else None
    return inviter is None or inviter.awaits_confirmation


def _restored(shift: Shift, row: SignUp, *, now: datetime) -> bool:
    known = dict(row.known or {})
    state, confirm_by, unread = known["state"], known.pop("confirm_by", None), known.pop("unread", None)
    is_held = known.pop("is_held", False) and _awaits(row.brought_by)
    if state == "going" and shift.going + shift.held >= shift.capacity:
        state = "waiting"  # places went down meanwhile
    try:
        with db.session.begin_nested():
            row.state, row.cancelled_at, row.changed_at = state, None, now
    except IntegrityError:
        db.session.refresh(row)
        return False
    row.confirm_by = datetime.fromisoformat(confirm_by) if confirm_by else None
    setattr(shift, state, getattr(shift, state) + 1)
    after = as_told(shift)
    if unread:
        row.notice, row.notice_at, row.known = unread, None if is_held else now, None
        announce(facts.SignedUp(row.id))
    elif after == {key: known[key] for key in after}:
        row.notice = row.notice_at = row.known = None
    else:
        row.notice, row.known = "change", known
    return True

"""Changing many shifts of an event at once, and putting the people of one shift onto another."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import func, select

from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import NotFound, Refusal
from volunteer_hub.events import facts
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.events.plans import MOST_SHIFTS_AT_ONCE, ShiftPlan, moved
from volunteer_hub.events.refusals import Changed, named
from volunteer_hub.events.services import planning, sign_ups
from volunteer_hub.events.services.fitness import require_fit
from volunteer_hub.events.services.places import (
    add_sign_up,
    all_locked,
    give_place,
    hold_locations,
    locked_shift,
    require_ahead,
    require_open,
    standing_sign_up,
)
from volunteer_hub.events.services.telling import is_held, standing

KEEP = -1
"""A lead that stays who it is."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to change; None (of the lead: KEEP) stays as it is. days, minutes: later, by the wall clock."""

    days: int = 0
    minutes: int = 0
    staging_location_id: int | None = None
    capacity: int | None = None
    lead_id: int = KEEP
    notes: str | None = None


def plan_of(shift: Shift, change: Change, time_zone: str) -> ShiftPlan:
    """The shift as it will be. Raises Refusal for a time that the clocks skip."""
    starts_at, ends_at = shift.starts_at, shift.ends_at
    if change.days or change.minutes:
        starts_at, ends_at = moved(starts_at, ends_at, time_zone, days=change.days, minutes=change.minutes)
    return ShiftPlan(
        staging_location_id=change.staging_location_id or shift.staging_location_id,
        starts_at=starts_at,
        ends_at=ends_at,
        capacity=change.capacity or shift.needed or shift.capacity,
        skills=tuple(shift.skills),
        languages=tuple(shift.languages),
        lead_id=shift.lead_id if change.lead_id == KEEP else change.lead_id or None,
        notes=shift.notes if change.notes is None else change.notes,
        short_risk=shift.short_risk,
        room=shift.room,
    )


def change_shifts(
    campaign_id: int,
    event_id: int,
    shift_ids: Iterable[int],
    change: Change,
    *,
    time_zone: str,
    now: datetime,
) -> int:
    """Change these shifts of an event: all or, when one is refused, none. Returns how many people are told.

    Locked in the order of their ids, after their places; changed from the far end, so that somebody who goes
    to two of them is never at both at once on the way. Raises the refusals of `edit_shift`, each with the
    name of its shift.
    """
    ids = sorted(set(shift_ids))
    if not ids:
        raise Refusal(_("Choose at least one shift."), field="shifts")
    if len(ids) > MOST_SHIFTS_AT_ONCE:
        raise Refusal(_("At most %(most)s shifts at once.", most=MOST_SHIFTS_AT_ONCE), field="shifts")
    held = _hold_places_of(campaign_id, ids, change.staging_location_id)
    shifts = all_locked(campaign_id, ids)
    if len(shifts) < len(ids) or any(shift.event_id != event_id for shift in shifts):
        raise NotFound()
    if any(shift.staging_location_id not in held for shift in shifts):
        raise Changed()  # moved elsewhere between two looks
    is_later = change.days * 1440 + change.minutes > 0
    for shift in sorted(shifts, key=lambda shift: (shift.starts_at, shift.id), reverse=is_later):
        words = named(shift)
        try:
            plan = plan_of(shift, change, time_zone)
            planning.edit_locked(shift, plan, now=now)
        except Refusal as refusal:
            sentence = _("%(shift)s: %(why)s", shift=words, why=refusal.sentence)
            raise Refusal(sentence, field="shifts") from refusal
        db.session.flush()
    return people_to_tell(ids)


def _hold_places_of(campaign_id: int, shift_ids: list[int], also: int | None) -> set[int]:
    """Hold the places where these shifts are, and the one they move to, before the shifts are locked."""
    where = select(Shift.staging_location_id).where(
        Shift.campaign_id == campaign_id, Shift.id == func.any(shift_ids)
    )
    wanted = set(db.session.scalars(where)) | ({also} if also else set())
    hold_locations(campaign_id, wanted)
    return wanted


def people_to_tell(shift_ids: list[int]) -> int:
    """How many people will be told of a change or a cancellation of these shifts, and were not yet."""
    query = select(func.count(SignUp.person_id.distinct())).where(
        SignUp.shift_id == func.any(shift_ids), SignUp.notice_at.is_not(None), SignUp.known.is_not(None)
    )
    return db.session.scalar(query) or 0


def merge_shift(
    campaign_id: int, shift_id: int, to_shift_id: int, *, by: int | None, now: datetime, why: str = ""
) -> tuple[int, int]:
    """Put those who are going onto another shift, and cancel this one. Returns (moved, left).

    Who goes elsewhere at that time, or does not have what the other event asks for, is left: they are told
    that the shift is cancelled. Who had still to say yes has so on the other one, until the same hour.
    Refuses when the other one has too few places. Raises ShiftOver, ShiftGone, NotPublished, NotFound.
    """
    if shift_id == to_shift_id:
        raise NotFound()
    shifts = {each: locked_shift(campaign_id, each) for each in sorted({shift_id, to_shift_id})}
    shift, other = shifts[shift_id], shifts[to_shift_id]
    require_ahead(shift, now)
    require_open(other, now)
    if other.places_left < shift.going:
        raise Refusal(
            _(
                "%(going)s people are going, but %(other)s has only %(left)s places left.",
                going=shift.going,
                other=named(other),
                left=other.places_left,
            ),
            field="to_shift_id",
        )
    moved_over = left = 0
    for row in [each for each in standing(shift) if each.state == "going"]:
        try:
            with db.session.begin_nested():
                _put_onto(other, shift, row, by=by, now=now)
        except Refusal:
            left += 1
        else:
            moved_over += 1
    db.session.flush()
    planning.cancel_shift(campaign_id, shift_id, now=now, why=why)
    return moved_over, left


def _put_onto(other: Shift, shift: Shift, row: SignUp, *, by: int | None, now: datetime) -> None:
    """Move a sign-up to a shift with room; both are locked. The old place is offered to nobody: its shift is
    about to be cancelled. Raises Overlaps, and NotFit for who has not to say yes any more."""
    until, was_held = row.confirm_by, is_held(row)
    if until is None:
        require_fit(other, row.person_id)
    sign_ups.free(shift, row, by=by, now=now, tell=not (row.source == "friend" and until))
    db.session.flush()  # the old sign-up must be out of the way of the exclusion constraint
    there = standing_sign_up(other, row.person_id)
    if there is None:
        source, until = row.source if until else "staff", until and min(until, other.starts_at)
        there = add_sign_up(other, row.person_id, "going", source=source, now=now, by=by, confirm_by=until)
        there.brought_by, there.found_by = row.brought_by, row.found_by
        there.notice_at = None if was_held else now
        announce(facts.SignedUp(there.id))
    elif there.state == "waiting":
        give_place(other, there, now=now, notice="promotion")
        announce(facts.Promoted(there.id))

"""Reads of assignments: what a run proposed, what became of offers, one offer for its page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, case, false, func, or_, select

from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.core.db import db
from volunteer_hub.events.loop import CONFIRMED_WITHIN
from volunteer_hub.events.models import Shift, SignUp

STANDING = (State.PROPOSED, State.OFFERED, State.ACCEPTED)
TOO_LATE_TO_OFFER = timedelta(hours=3)
PLACES_LEFT = Shift.capacity - Shift.going - Shift.held


@dataclass(frozen=True, slots=True)
class Standing:
    """A pair that a new plan must know of: proposals may change, offers and acceptances stay."""

    assignment_id: int
    person_id: int
    shift_id: int
    state: State
    is_pinned: bool


@dataclass(frozen=True, slots=True)
class UnpostedOffer:
    """An offer that has no message yet."""

    id: int
    person_id: int
    shift_id: int
    reason: str
    nonce: str
    answer_by: datetime
    starts_at: datetime
    value: float
    unit: str
    travel_km: float | None
    is_pinned: bool
    next_best: dict[str, Any]


def standing(campaign_id: int, shift_ids: Collection[int] | None = None) -> list[Standing]:
    """What stands at these shifts (or at all that are ahead), in the order of ids."""
    query = (
        select(
            Assignment.id, Assignment.person_id, Assignment.shift_id, Assignment.state, Assignment.is_pinned
        )
        .where(Assignment.campaign_id == campaign_id, Assignment.state.in_(STANDING))
        .order_by(Assignment.id)
    )
    if shift_ids is not None:
        query = query.where(Assignment.shift_id.in_(list(shift_ids)))
    return [Standing(row[0], row[1], row[2], State(row[3]), row[4]) for row in db.session.execute(query)]


def goes_already() -> ColumnElement[bool]:
    """Does the person of an assignment go to its shift by a sign-up of their own?"""
    same = SignUp.shift_id == Assignment.shift_id, SignUp.person_id == Assignment.person_id
    return select(SignUp.id).where(*same, SignUp.state == "going").exists()


def outdated(run_id: int, now: datetime) -> dict[tuple[int, int], str]:
    """(person, shift) ids of a run's proposals that nobody needs to offer, or can, with a code of why.

    "signed_up": they go there by themselves; "too_soon": no time is left to answer.
    """
    why = case((goes_already(), "signed_up"), else_="too_soon")
    is_late = Shift.starts_at <= now + TOO_LATE_TO_OFFER
    query = (
        select(Assignment.person_id, Assignment.shift_id, why)
        .join(Shift, Shift.id == Assignment.shift_id)
        .where(Assignment.run_id == run_id, Assignment.state == State.PROPOSED)
        .where(Shift.cancelled_at.is_(None), or_(goes_already(), is_late))
    )
    return {(person_id, shift_id): code for person_id, shift_id, code in db.session.execute(query)}


def refused_pairs(campaign_id: int, shift_ids: Collection[int]) -> set[tuple[int, int]]:
    """(person, shift) pairs that were declined or lapsed: not to be asked again."""
    rows = db.session.execute(
        select(Assignment.person_id, Assignment.shift_id).where(
            Assignment.campaign_id == campaign_id,
            Assignment.shift_id.in_(list(shift_ids)),
            Assignment.state.in_([State.DECLINED, State.LAPSED]),
        )
    )
    return {(person_id, shift_id) for person_id, shift_id in rows}


def unposted_offers(campaign_id: int, most: int) -> list[UnpostedOffer]:
    """Offers without a message, locked so that two jobs never write the same one."""
    rows = db.session.execute(
        select(
            Assignment.id,
            Assignment.person_id,
            Assignment.shift_id,
            Assignment.reason,
            Assignment.nonce,
            Assignment.answer_by,
            Shift.starts_at,
            Assignment.value,
            Assignment.unit,
            Assignment.travel_km,
            Assignment.is_pinned,
            Assignment.next_best,
        )
        .join(Shift, Shift.id == Assignment.shift_id)
        .where(
            Assignment.campaign_id == campaign_id,
            Assignment.state == State.OFFERED,
            Assignment.offer_posted_at.is_(None),
        )
        .order_by(Assignment.id)
        .limit(most)
        .with_for_update(of=Assignment, skip_locked=True)
    )
    return [UnpostedOffer(**row._asdict()) for row in rows]


def campaigns_with_unposted_offers() -> list[int]:
    """For the sweep."""
    return list(
        db.session.scalars(
            select(Assignment.campaign_id)
            .where(Assignment.state == State.OFFERED, Assignment.offer_posted_at.is_(None))
            .distinct()
        )
    )


def campaigns_with_places_to_pass_on() -> list[int]:
    """Where refused offers still hold a place, for the sweep."""
    return list(
        db.session.scalars(
            select(Assignment.campaign_id)
            .where(Assignment.holds_place, Assignment.state.in_([State.DECLINED, State.LAPSED]))
            .distinct()
        )
    )


def counts_by_state(campaign_id: int, run_id: int | None = None) -> dict[str, int]:
    """How many assignments are in each state, of the campaign or of one run."""
    query = (
        select(Assignment.state, func.count())
        .where(Assignment.campaign_id == campaign_id)
        .group_by(Assignment.state)
    )
    if run_id is not None:
        query = query.where(Assignment.run_id == run_id)
    found = dict.fromkeys((state.value for state in State), 0)
    found.update({str(State(state).value): number for state, number in db.session.execute(query)})
    return found


@dataclass(frozen=True, slots=True)
class ReminderDue:
    """Which reminders are due: of shifts that start between two instants. Who signed up after `signed_before`
    knows already."""

    ahead: Literal["day", "hours"]
    from_at: datetime
    until_at: datetime
    signed_before: datetime


@dataclass(frozen=True, slots=True)
class DueReminder:
    """Somebody who is going and has not been reminded."""

    sign_up_id: int
    campaign_id: int
    person_id: int
    shift_id: int


def shifts_to_remind(due: ReminderDue) -> list[int]:
    """The shifts with anybody to remind, soonest first. One statement."""
    somebody = select(SignUp.id).where(SignUp.shift_id == Shift.id, *_unreminded(due))
    rows = db.session.scalars(
        select(Shift.id)
        .where(
            Shift.starts_at > due.from_at,
            Shift.starts_at <= due.until_at,
            Shift.cancelled_at.is_(None),
            somebody.exists(),
        )
        .order_by(Shift.starts_at, Shift.id)
    )
    return list(rows)


def due_reminders(due: ReminderDue, shift_ids: Sequence[int], *, limit: int) -> list[DueReminder]:
    """Who of these shifts is to be reminded. Locked; what another worker has in hand is passed over."""
    rows = db.session.execute(
        select(SignUp.id, SignUp.campaign_id, SignUp.person_id, SignUp.shift_id)
        .where(SignUp.shift_id == func.any(list(shift_ids)), *_unreminded(due))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [DueReminder(*row) for row in rows]


def _unreminded(due: ReminderDue) -> list[ColumnElement[bool]]:
    reminded = {"day": SignUp.reminded_day_at, "hours": SignUp.reminded_hours_at}[due.ahead]
    has_said_yes = SignUp.confirmed_at >= func.lower(SignUp.during) - CONFIRMED_WITHIN
    return [
        SignUp.state == "going",
        reminded.is_(None),
        SignUp.created_at < due.signed_before,
        func.coalesce(has_said_yes, false()).is_(False),
    ]

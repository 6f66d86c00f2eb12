"""Writes of assignments: propose, offer, accept, decline, lapse, pass on, withdraw.

An offer holds a place of its shift (events.services keeps the count), so a yes can always be honoured.
A refused offer keeps the place until it is passed on to the next best or given back.
"""

from __future__ import annotations

import secrets as random_source
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import Select, func, or_, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.assignments.facts import AssignmentAnswered, AssignmentsOffered, PlacesToPassOn
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.assignments.queries import TOO_LATE_TO_OFFER, goes_already
from volunteer_hub.assignments.refusals import AlreadyOffered, OfferGone
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.events import services as events
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.messaging import services as messaging
from volunteer_hub.people import queries as people
from volunteer_hub.people import services as people_services
from volunteer_hub.people.papers import Said

ANSWER_WITHIN = timedelta(hours=48)
ANSWER_BEFORE_START = timedelta(hours=6)
SHORTEST_ANSWER = timedelta(hours=2)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A match to save. value: in `unit`, for the whole shift. Sentences are ready to show."""

    person_id: int
    shift_id: int
    value: float
    travel_km: float | None = None
    reason: str = ""
    next_best: dict[str, Any] = field(default_factory=dict)
    binding: str = ""
    is_pinned: bool = False
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Approved:
    """What approving did: offers made, and proposals that found no free place any more."""

    offered: list[int]
    without_place: list[int]


def propose(campaign_id: int, run_id: int | None, proposals: Iterable[Proposal], *, now: datetime) -> int:
    """Save matches as proposals. A pair that already stands (proposed, offered, accepted) stays as it is."""
    rows = [_row(campaign_id, run_id, each, now) for each in proposals]
    if not rows:
        return 0
    statement = insert(Assignment).on_conflict_do_nothing().returning(Assignment.id)
    return len(db.session.execute(statement, rows).all())


def clear_proposals(campaign_id: int, shift_ids: Sequence[int]) -> int:
    """Take back what was proposed for these shifts and never offered; a new run proposes afresh."""
    statement = (
        update(Assignment)
        .where(
            Assignment.campaign_id == campaign_id,
            Assignment.shift_id.in_(shift_ids),
            Assignment.state == State.PROPOSED,
        )
        .values(state=State.WITHDRAWN)
    )
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def remove_proposal(campaign_id: int, assignment_id: int, *, by: int) -> Assignment:
    """Take one proposal out by hand."""
    assignment: Assignment = in_campaign(Assignment, assignment_id, campaign_id, lock=True)
    if assignment.state != State.PROPOSED:
        raise AlreadyOffered()
    assignment.state, assignment.changed_by = State.WITHDRAWN, by
    return assignment


def drop_from_plan(campaign_id: int, run_id: int, pairs: Sequence[tuple[int, int]]) -> int:
    """Take (person, shift) proposals back that a plan can make no longer, and those that fell away with
    their shift: they are no part of it any more. What was offered stays. Returns how many.
    """
    if not pairs:
        return 0
    fell_away = (Assignment.run_id == run_id) & (Assignment.state == State.WITHDRAWN)
    statement = (
        update(Assignment)
        .where(
            Assignment.campaign_id == campaign_id,
            tuple_(Assignment.person_id, Assignment.shift_id).in_(pairs),
            Assignment.offered_at.is_(None),
            Assignment.changed_by.is_(None),
            or_(Assignment.state == State.PROPOSED, fell_away),
        )
        .values(state=State.WITHDRAWN, run_id=None)
    )
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def remove_pairs(campaign_id: int, pairs: Sequence[tuple[int, int]], *, by: int) -> int:
    """Take these (person, shift) proposals out by hand; what was offered stays. Returns how many."""
    if not pairs:
        return 0
    statement = (
        update(Assignment)
        .where(
            Assignment.campaign_id == campaign_id,
            tuple_(Assignment.person_id, Assignment.shift_id).in_(pairs),
            Assignment.state == State.PROPOSED,
        )
        .values(state=State.WITHDRAWN, changed_by=by)
    )
    return int(db.session.execute(statement).rowcount)  # type: ignore[attr-defined]


def approve(campaign_id: int, assignment_ids: Iterable[int], *, by: int | None, now: datetime) -> Approved:
    """Offer these proposals to their volunteers, as far as places are free. The messages follow by a job."""
    wanted = list(assignment_ids)
    shift_ids = select(Assignment.shift_id).where(Assignment.id == func.any(wanted))
    events.lock_shifts(campaign_id, db.session.scalars(shift_ids))
    rows = db.session.execute(
        select(Assignment.id, Assignment.shift_id)
        .where(
            Assignment.campaign_id == campaign_id,
            Assignment.id == func.any(wanted),
            Assignment.state == State.PROPOSED,
            ~goes_already(),
        )
        .order_by(Assignment.value.desc(), Assignment.id)
        .with_for_update()
    ).all()
    granted = events.hold_places(campaign_id, Counter(row.shift_id for row in rows))
    starts = _starts({row.shift_id for row in rows})
    offered: dict[int, list[int]] = {}
    without = []
    for row in rows:
        is_early_enough = starts[row.shift_id] - now > TOO_LATE_TO_OFFER
        if granted[row.shift_id] > 0 and is_early_enough:
            granted[row.shift_id] -= 1
            offered.setdefault(row.shift_id, []).append(row.id)
        else:
            without.append(row.id)
    for shift_id, ids in offered.items():
        change = update(Assignment).where(Assignment.id == func.any(ids))
        db.session.execute(change.values(_as_offered(starts[shift_id], by=by, now=now)))
    for shift_id, unused in granted.items():
        for _each in range(unused):
            events.release_place(campaign_id, shift_id, now=now)
    if offered:
        announce(AssignmentsOffered(campaign_id))
    return Approved(sorted(each for ids in offered.values() for each in ids), without)


def accept(campaign_id: int, assignment_id: int, *, now: datetime, said: Said | None = None) -> Assignment:
    """The volunteer says yes, and with it what the event asks for. Saying it twice is as good as once.

    Raises OfferGone, or the refusals of events (an overlapping shift, a shift that is over, an age or a paper
    that was not said).
    """
    assignment = _answerable(campaign_id, assignment_id, State.ACCEPTED)
    if assignment.state == State.ACCEPTED:
        return assignment
    if said:
        people_services.say(people.person_by_id(campaign_id, assignment.person_id), said, now=now)
    if assignment.holds_place:
        sign_up = events.take_held_place(
            campaign_id, assignment.person_id, assignment.shift_id, now=now, by=assignment.person_id
        )
        assignment.holds_place = False
    else:  # it had lapsed or been declined and passed on: perhaps a place is free all the same
        sign_up = events.sign_up_or_refuse(
            campaign_id,
            assignment.person_id,
            assignment.shift_id,
            by=assignment.person_id,
            now=now,
            source="offer",
        )
    assignment.state, assignment.answered_at, assignment.sign_up_id = State.ACCEPTED, now, sign_up.id
    announce(AssignmentAnswered(assignment.id))
    return assignment


def decline(campaign_id: int, assignment_id: int, *, now: datetime) -> Assignment:
    """The volunteer says no, or cancels an earlier yes. An offered place passes to the next best."""
    assignment = _answerable(campaign_id, assignment_id, State.DECLINED)
    if assignment.state in (State.DECLINED, State.LAPSED):
        return assignment
    if assignment.state == State.ACCEPTED and assignment.sign_up_id:
        events.cancel_sign_up(campaign_id, assignment.sign_up_id, by=assignment.person_id, now=now)
    assignment.state, assignment.answered_at = State.DECLINED, now
    announce(AssignmentAnswered(assignment.id))
    if assignment.holds_place:
        announce(PlacesToPassOn(campaign_id))
    return assignment


def withdraw(campaign_id: int, assignment_id: int, *, by: int, now: datetime) -> Assignment:
    """Staff take an offer back: a message that has not left is stopped, the place is free again."""
    assignment = _locked(campaign_id, assignment_id)
    if assignment.state not in (State.PROPOSED, State.OFFERED):
        raise OfferGone()
    if assignment.holds_place:
        events.release_place(campaign_id, assignment.shift_id, now=now)
    messaging.cancel(campaign_id, message_keys(assignment))
    assignment.state, assignment.holds_place, assignment.changed_by = State.WITHDRAWN, False, by
    return assignment


def lapse_due(now: datetime, most: int = 500) -> int:
    """Offers without an answer in time lapse; each place passes on. Returns how many."""
    due = (
        select(Assignment)
        .where(Assignment.state == State.OFFERED, Assignment.answer_by <= now)
        .order_by(Assignment.id)
        .limit(most)
        .with_for_update(skip_locked=True)
    )
    rows = list(db.session.scalars(due))
    for row in rows:
        row.state, row.answered_at = State.LAPSED, now
        announce(PlacesToPassOn(row.campaign_id))
    return len(rows)


def places_to_pass_on(campaign_id: int, most: int = 2000) -> list[Assignment]:
    """The refused offers whose places are still held, oldest first."""
    oldest = _to_pass_on(campaign_id).order_by(Assignment.answered_at, Assignment.id)
    return list(db.session.scalars(oldest.limit(most)))


def locked_to_pass_on(campaign_id: int, assignment_ids: Sequence[int]) -> list[Assignment]:
    """Those of them whose places are held still, locked after their shifts; those at work are left out."""
    ours = _to_pass_on(campaign_id).where(Assignment.id == func.any(list(assignment_ids)))
    events.lock_shifts(campaign_id, [row.shift_id for row in db.session.scalars(ours)])
    rows = ours.order_by(Assignment.answered_at).with_for_update(skip_locked=True)
    return list(db.session.scalars(rows.execution_options(populate_existing=True)))


def _to_pass_on(campaign_id: int) -> Select[Assignment]:
    return select(Assignment).where(
        Assignment.campaign_id == campaign_id,
        Assignment.holds_place,
        Assignment.state.in_([State.DECLINED, State.LAPSED]),
    )


def pass_on(refused: Assignment, proposal: Proposal | None, *, now: datetime) -> Assignment | None:
    """Offer the held place of a refused offer to somebody else; with nobody, or no time, give it back."""
    starts_at = _starts({refused.shift_id}).get(refused.shift_id)
    if proposal is None or starts_at is None or starts_at - now <= TOO_LATE_TO_OFFER:
        refused.holds_place = False
        events.release_place(refused.campaign_id, refused.shift_id, now=now)
        return None
    row = _standing(refused.campaign_id, proposal) or Assignment(
        **_row(refused.campaign_id, refused.run_id, proposal, now)
    )
    refused.holds_place = False
    db.session.add(row)
    row.in_place_of_id = refused.id
    _offer(row, starts_at, by=None, now=now)
    announce(AssignmentsOffered(refused.campaign_id))
    return row


def let_go_of_late(now: datetime) -> int:
    """Take back proposals of shifts that start too soon to be offered. Returns how many."""
    late = select(Shift.id).where(Shift.starts_at <= now + TOO_LATE_TO_OFFER, Shift.ends_at > now)
    statement = update(Assignment).where(Assignment.state == State.PROPOSED, Assignment.shift_id.in_(late))
    return int(db.session.execute(statement.values(state=State.WITHDRAWN)).rowcount)  # type: ignore[attr-defined]


def finish_past(now: datetime, most: int = 1000) -> int:
    """Accepted assignments whose shift is over are done; proposals for it are withdrawn. Returns how many."""
    over = select(Shift.id).where(Shift.ends_at < now)
    changed = 0
    for before, after in ((State.ACCEPTED, State.DONE), (State.PROPOSED, State.WITHDRAWN)):
        ids = (
            select(Assignment.id)
            .where(Assignment.state == before, Assignment.shift_id.in_(over))
            .limit(most)
            .with_for_update(skip_locked=True)
        )
        statement = update(Assignment).where(Assignment.id.in_(ids)).values(state=after)
        changed += db.session.execute(statement).rowcount  # type: ignore[attr-defined]
    return changed


def follow_events(now: datetime, most: int = 500) -> int:
    """What was cancelled in events: offers of a cancelled shift are taken back, messages that have not left
    with them; a yes whose sign-up is gone stands no longer. Returns how many changed.
    """
    gone = or_(Shift.cancelled_at.is_not(None), SignUp.state == "cancelled")
    due = (
        select(Assignment, Shift.cancelled_at.is_not(None))
        .join(Shift, Shift.id == Assignment.shift_id)
        .outerjoin(SignUp, SignUp.id == Assignment.sign_up_id)
        .where(Assignment.state.in_([State.PROPOSED, State.OFFERED, State.ACCEPTED]), gone)
        .order_by(Assignment.id)
        .limit(most)
        .with_for_update(of=Assignment, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    keys: dict[int, list[str]] = {}
    rows = db.session.execute(due).all()
    for row, is_shift_gone in rows:
        if row.state == State.ACCEPTED and not is_shift_gone:
            row.state, row.answered_at = State.DECLINED, now
        else:
            row.state, row.holds_place = State.WITHDRAWN, False
            keys.setdefault(row.campaign_id, []).extend(message_keys(row))
    for campaign_id, each in keys.items():
        messaging.cancel(campaign_id, each)
    return len(rows)


def message_keys(assignment: Assignment) -> list[str]:
    """Under which keys the messages of an offer stand in the outbox."""
    return [f"offer-{assignment.id}", f"offer-text-{assignment.id}"]


def _offer(row: Assignment, starts_at: datetime, *, by: int | None, now: datetime) -> None:
    for name, value in _as_offered(starts_at, by=by, now=now).items():
        setattr(row, name, value)


def _as_offered(starts_at: datetime, *, by: int | None, now: datetime) -> dict[str, Any]:
    return {
        "state": State.OFFERED,
        "holds_place": True,
        "changed_by": by,
        "offered_at": now,
        "offer_posted_at": None,
        "answer_by": max(min(now + ANSWER_WITHIN, starts_at - ANSWER_BEFORE_START), now + SHORTEST_ANSWER),
    }


def _locked(campaign_id: int, assignment_id: int) -> Assignment:
    """The assignment, its shift locked first. Raises NotFound."""
    events.lock_shifts(campaign_id, [in_campaign(Assignment, assignment_id, campaign_id).shift_id])
    return cast(Assignment, in_campaign(Assignment, assignment_id, campaign_id, lock=True))


def _answerable(campaign_id: int, assignment_id: int, wanted: State) -> Assignment:
    assignment = _locked(campaign_id, assignment_id)
    if assignment.state in (State.PROPOSED, State.WITHDRAWN, State.DONE):
        raise OfferGone()
    if (
        assignment.state in (State.DECLINED, State.LAPSED)
        and wanted is State.ACCEPTED
        and assignment.holds_place
    ):
        assignment.state = State.OFFERED  # changed their mind before the place was passed on
    return assignment


def _standing(campaign_id: int, proposal: Proposal) -> Assignment | None:
    """The pair's own proposal, if it waits for a place."""
    return db.session.scalar(
        select(Assignment)
        .where(
            Assignment.campaign_id == campaign_id,
            Assignment.person_id == proposal.person_id,
            Assignment.shift_id == proposal.shift_id,
            Assignment.state == State.PROPOSED,
        )
        .with_for_update()
    )


def _starts(shift_ids: Iterable[int]) -> dict[int, datetime]:
    rows = db.session.execute(select(Shift.id, Shift.starts_at).where(Shift.id.in_(list(shift_ids))))
    return dict(rows.all())


def _row(campaign_id: int, run_id: int | None, proposal: Proposal, now: datetime) -> dict[str, Any]:
    return {
        "campaign_id": campaign_id,
        "run_id": run_id,
        "person_id": proposal.person_id,
        "shift_id": proposal.shift_id,
        "state": State.PROPOSED,
        "is_pinned": proposal.is_pinned,
        "value": proposal.value,
        "unit": proposal.unit,
        "travel_km": proposal.travel_km,
        "reason": proposal.reason,
        "next_best": proposal.next_best,
        "binding": proposal.binding,
        "nonce": random_source.token_urlsafe(12),
        "proposed_at": now,
    }

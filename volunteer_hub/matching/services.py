"""Writes of matching: runs, and the wishes that bind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete
from sqlalchemy.dialects.postgresql import insert

from geodata.matching import Certificate, Explanation, MatchResult, PairReason
from volunteer_hub.assignments import services as assignments
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Refusal
from volunteer_hub.events.models import Shift
from volunteer_hub.matching.facts import RunFinished, RunWanted
from volunteer_hub.matching.models import Run, Wish
from volunteer_hub.matching.problem import Planned
from volunteer_hub.people.models import Person

LONGEST_PLAN = timedelta(days=60)
MOST_UNPLACED_KEPT = 5000


@dataclass(frozen=True, slots=True)
class Solved:
    """A plan with its reasons, and its proof by code that shares nothing with the solver."""

    result: MatchResult
    proof: Certificate
    reasons: Explanation


def want_run(
    campaign_id: int,
    area_id: int,
    *,
    from_at: datetime,
    until_at: datetime,
    by: int | None,
    now: datetime,
    **params: Any,
) -> Run:
    """Ask for a plan for the shifts that start between two instants in an area."""
    if until_at <= from_at:
        raise Refusal("The end must be later than the beginning.", field="until")
    if until_at - from_at > LONGEST_PLAN:
        raise Refusal("A plan spans at most 60 days. Choose an earlier end.", field="until")
    run = Run(
        campaign_id=campaign_id,
        area_id=area_id,
        state="queued",
        params={"from_at": from_at.isoformat(), "until_at": until_at.isoformat(), **params},
        created_by=by,
        created_at=now,
    )
    db.session.add(run)
    db.session.flush()
    announce(RunWanted(run.id))
    return run


def save(run: Run, planned: Planned, solved: Solved, *, now: datetime) -> int:
    """Keep a plan: its proposals instead of older ones that were never offered, its figures, its reasons."""
    assignments.clear_proposals(run.campaign_id, [shift.id for shift in planned.shifts])
    proposals = [proposal_of(planned, reason) for reason in solved.reasons.pairs]
    run.proposed = assignments.propose(run.campaign_id, run.id, proposals, now=now)
    run.state, run.finished_at, run.message = "done", now, ""
    run.volunteers, run.places = len(planned.volunteers), sum(shift.places_left for shift in planned.shifts)
    run.objective, run.bound, run.gap = solved.proof.objective, solved.proof.bound, solved.proof.gap
    run.seconds = solved.result.seconds
    run.certificate = {
        "feasible": solved.proof.feasible,
        "violations": list(solved.proof.violations)[:50],
        "method": solved.result.method,
        "unit": planned.unit,
    }
    run.prices = _prices(planned, solved)
    run.unplaced = _unplaced(planned, solved)
    announce(RunFinished(run.id))
    return run.proposed


def proposal_of(planned: Planned, reason: PairReason) -> assignments.Proposal:
    """One pair of a plan as a proposal, with its sentence and its next best."""
    person_id, shift_id = planned.volunteers[reason.volunteer].id, planned.shifts[reason.place].id
    following = reason.next_best
    return assignments.Proposal(
        person_id=person_id,
        shift_id=shift_id,
        value=float(reason.value),
        travel_km=float(reason.km),
        reason=reason.sentence,
        binding=reason.binds,
        is_pinned=reason.binds == "pinned",
        next_best={}
        if following is None
        else {
            "shift_id": planned.shifts[following.place].id,
            "name": planned.shifts[following.place].location_name,
            "value": float(following.value),
            "less": float(following.less),
            "km": float(following.km),
        },
    )


def pin(campaign_id: int, person_id: int, shift_id: int, *, kind: str, by: int, now: datetime) -> None:
    """Fix a pair by hand: "pin" sends this person there for certain, "never" keeps them away."""
    if kind not in ("pin", "never"):
        raise Refusal("A wish is “pin” or “never”.")
    in_campaign(Person, person_id, campaign_id)
    in_campaign(Shift, shift_id, campaign_id)
    row = {
        "campaign_id": campaign_id,
        "person_id": person_id,
        "shift_id": shift_id,
        "kind": kind,
        "created_by": by,
        "created_at": now,
    }
    statement = insert(Wish).values(row)
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["person_id", "shift_id"],
            set_={"kind": kind, "created_by": by, "created_at": now},
        )
    )


def unpin(campaign_id: int, person_id: int, shift_id: int) -> None:
    """Let the engine decide about a pair again."""
    db.session.execute(
        delete(Wish).where(
            Wish.campaign_id == campaign_id, Wish.person_id == person_id, Wish.shift_id == shift_id
        )
    )


def fail(run: Run, sentence: str, *, now: datetime) -> None:
    """The run has no plan; `sentence` says why and how to mend it. What stood before stands."""
    run.state, run.message, run.finished_at = "failed", sentence, now


def _prices(planned: Planned, solved: Solved) -> dict[str, Any]:
    return {
        str(planned.shifts[place.place].id): {
            "price": float(place.price),
            "filled": int(place.filled),
            "capacity": int(place.capacity),
            "sentence": place.sentence,
        }
        for place in _in_order(solved.reasons.places)
    }


def _unplaced(planned: Planned, solved: Solved) -> list[dict[str, Any]]:
    home = solved.reasons.home
    reasons = home.values() if isinstance(home, dict) else home
    return [
        {
            "person_id": planned.volunteers[each.volunteer].id,
            "binds": str(each.binds),
            "sentence": each.sentence,
            "change": each.change,
        }
        for each in list(reasons)[:MOST_UNPLACED_KEPT]
    ]


def _in_order(places: Any) -> Sequence[Any]:
    return list(places.values()) if isinstance(places, dict) else list(places)

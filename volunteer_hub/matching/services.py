"""Writes of matching: runs, and the wishes that bind them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, update
from sqlalchemy.dialects.postgresql import insert

from volunteer_hub.assignments import services as assignments
from volunteer_hub.core import audit
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.events.models import Shift
from volunteer_hub.matching import hand, keeping, nowhere, parts, wording
from volunteer_hub.matching.facts import RunFinished, RunWanted
from volunteer_hub.matching.models import Run, Wish
from volunteer_hub.matching.problem import Pair, Planned
from volunteer_hub.matching.solving import Solved
from volunteer_hub.people.models import Person

LONGEST_PLAN = timedelta(days=60)


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
        raise Refusal(_l("The end must be later than the beginning."), field="until")
    if until_at - from_at > LONGEST_PLAN:
        raise Refusal(_l("A plan spans at most 60 days. Choose an earlier end."), field="until")
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
    assignments.clear_proposals(run.campaign_id, planned.considered.tolist())
    run.proposed = assignments.propose(run.campaign_id, run.id, keeping.proposals(planned, solved), now=now)
    run.state, run.finished_at, run.message = "done", now, ""
    run.volunteers, run.places = len(planned.person_ids), int(solved.reasons.seats.sum())
    run.objective, run.bound, run.gap = solved.proof.objective, solved.proof.bound, solved.proof.gap
    run.seconds = solved.result.seconds
    count, run.unplaced = keeping.unplaced(planned, solved, nowhere.people_with_places(run))
    run.certificate = keeping.certificate(planned, solved, count)
    run.prices = keeping.prices(planned, solved)
    parts.clear(run)
    _replace_older(run)
    announce(RunFinished(run.id))
    return run.proposed


def save_changes(
    run: Run, planned: Planned, lost: Collection[Pair], gained: Sequence[assignments.Proposal],
    solved: Solved, *, now: datetime,
) -> None:  # fmt: skip
    """Change a plan where it must. Its figures stay those of the plan as it was made, but for who goes
    nowhere and the prices of shifts that are new.
    """
    assignments.drop_from_plan(run.campaign_id, run.id, sorted(lost))
    run.proposed += assignments.propose(run.campaign_id, run.id, gained, now=now) - len(lost)
    run.prices = keeping.prices(planned, solved) | run.prices
    say_who_goes_nowhere(run, planned, solved)


def say_who_goes_nowhere(run: Run, planned: Planned, solved: Solved) -> None:
    """Keep who goes nowhere as things are now: offers answered no change it, too, though no proposal does."""
    count, run.unplaced = keeping.unplaced(planned, solved, nowhere.people_with_places(run))
    run.certificate = run.certificate | {"unplaced": count}


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


def change_by_hand(run: Run, effect: hand.Effect, *, by: int, now: datetime) -> None:
    """Save a change and what follows from it: the wish, and the proposals that change now.

    Nothing that was offered is touched: only proposals were free to move.
    """
    planned, wanted = effect.planned, effect.wanted
    campaign_id = run.campaign_id
    assignments.remove_pairs(campaign_id, [_ids(planned, pair) for pair in effect.lost], by=by)
    pinned = (wanted.person_id, wanted.shift_id)
    gained = [
        replace(proposal, is_pinned=True, binding="pinned") if _pair(proposal) == pinned else proposal
        for proposal in (_by_hand(effect, pair) for pair in sorted(effect.gained))
    ]
    said = [replace(each, reason=wording.reason(each)) for each in gained]
    assignments.propose(campaign_id, run.id, said, now=now)
    if wanted.source_id is not None:
        unpin(campaign_id, wanted.person_id, wanted.source_id)
    keep_wish(campaign_id, wanted, by=by, now=now)
    change = {"kind": wanted.kind, "shift": wanted.shift_id, "source": wanted.source_id}
    audit.record(
        "change.plan", campaign_id=campaign_id, by=by, subject=f"person:{wanted.person_id}", run=run.id,
        moved=len(effect.gained), **change,
    )  # fmt: skip


def keep_wish(campaign_id: int, wanted: hand.Wanted, *, by: int, now: datetime) -> None:
    """What later plans must respect of a change: a pin, or a never-pair. A mere removal is none."""
    if wanted.shift_id is not None:
        pin(campaign_id, wanted.person_id, wanted.shift_id, kind="pin", by=by, now=now)
    elif wanted.kind == "never" and wanted.source_id is not None:
        pin(campaign_id, wanted.person_id, wanted.source_id, kind="never", by=by, now=now)


def _ids(planned: Planned, pair: tuple[int, int]) -> tuple[int, int]:
    return int(planned.person_ids[pair[0]]), int(planned.shift_ids[pair[1]])


def _pair(proposal: assignments.Proposal) -> tuple[int, int]:
    return proposal.person_id, proposal.shift_id


def _by_hand(effect: hand.Effect, pair: tuple[int, int]) -> assignments.Proposal:
    """The proposal of a pair that a change brought, its next best at the prices of the changed plan."""
    planned, (volunteer, place) = effect.planned, pair
    person_id, shift_id = _ids(planned, pair)
    worth, km = hand.pair_worth(effect, volunteer, place)
    other = hand.alternative(effect, volunteer)
    return assignments.Proposal(
        person_id=person_id,
        shift_id=shift_id,
        value=worth,
        unit=planned.unit,
        travel_km=km,
        next_best=keeping.other(planned, *other, instead_of=worth) if other else {},
    )


def unpin(campaign_id: int, person_id: int, shift_id: int) -> None:
    """Let the engine decide about a pair again."""
    db.session.execute(
        delete(Wish).where(
            Wish.campaign_id == campaign_id, Wish.person_id == person_id, Wish.shift_id == shift_id
        )
    )


def _replace_older(run: Run) -> None:
    """Older plans of the same area are history; what was offered of them stands."""
    older = Run.campaign_id == run.campaign_id, Run.area_id == run.area_id, Run.id < run.id
    db.session.execute(update(Run).where(*older, Run.state == "done").values(state="superseded"))


def fail(run: Run, sentence: str, *, now: datetime) -> None:
    """The run has no plan; `sentence` says why and how to mend it. What stood before stands."""
    run.state, run.message, run.finished_at = "failed", sentence, now
    parts.clear(run)


def stop(run: Run, *, by: int, now: datetime) -> None:
    """Give up a plan that is being made; what workers still find for it is thrown away."""
    if run.state not in ("queued", "running"):
        raise Conflict(_l("This plan is made already."))
    run.state, run.message, run.finished_at = "cancelled", "", now
    parts.clear(run)
    audit.record("stop.plan", campaign_id=run.campaign_id, by=by, subject=f"run:{run.id}")

"""A plan kept up to date: what people and shifts changed since it was made is planned again, nothing else.

Whatever was proposed and still may be stays as it is. Only who can no longer go where they were proposed, who
is new, and places that became free are planned; the reason of each change is worked out from the rows, so
that it does not matter which facts were heard and which were lost.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import numpy as np

from geodata.matching.problem import Bools, Infeasible, Ints
from geodata.matching.reach import ReachProblem
from geodata.matching.reach.pairs import capacity, clash, km_of, skilled_and_said, suits, tables, times
from volunteer_hub.assignments import queries as assignment_queries
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.queries import TOO_LATE_TO_OFFER
from volunteer_hub.core.db import db, let_go, transaction
from volunteer_hub.matching import keeping, making, queries, services, solving
from volunteer_hub.matching.models import Replan, Run
from volunteer_hub.matching.packing import fingerprint
from volunteer_hub.matching.problem import Pair, Planned, Read
from volunteer_hub.matching.solving import Solved

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Changes:
    """By (person, shift) ids what cannot stay, with a code of why; and the proposals that come instead."""

    lost: dict[Pair, str]
    gained: list[assignments.Proposal]

    def __bool__(self) -> bool:
        return bool(self.lost or self.gained)


def bring_up_to_date(now: datetime) -> bool:
    """Look at every plan whose time is not over; False if one changed meanwhile, to be looked at again."""
    looked = [_one(run_id, now) for run_id in [run.id for run in queries.current_runs(now)]]
    with transaction():
        assignments.let_go_of_late(now)  # of plans that hold no more
    return all(looked)


def _one(run_id: int, now: datetime) -> bool:
    with transaction():
        run = db.session.get_one(Run, run_id)
        if queries.run_going_on(run.campaign_id, run.area_id):
            return True  # a newer plan replaces this one
        _let_go(run, now)
        not_before = now + TOO_LATE_TO_OFFER
        read = without(making.read(run, not_before=not_before), queries.taken_out(run))
        gone = queries.cancelled_under(run)
        known, run_id = run.digest, run.id
    digest = _digest(read)
    if digest == known and not gone:
        return True
    let_go()
    try:
        changes, solved = what_must_change(read)
    except Infeasible as impossible:
        log.warning("a plan cannot be kept up to date", extra={"run": run_id})
        return _note(run_id, digest, Replan(message=str(impossible), changes=[]), now)
    changes.lost.update(dict.fromkeys(gone, "cancelled"))
    return _apply(run_id, read, changes, solved, digest, now)


def _let_go(run: Run, now: datetime) -> None:
    """Take out of a plan what nobody needs to offer any more, or can, and note why."""
    lost = assignment_queries.outdated(run.id, now)
    if not lost or queries.locked_run(run.id).state != "done":
        return
    run.proposed -= assignments.drop_from_plan(run.campaign_id, run.id, sorted(lost))
    made, before = _replan(run, Changes(lost, []), now), queries.replans(run)
    made.message = before[0].message if before else ""  # what hinders the plan hinders it still
    db.session.add(made)


def without(read: Read, taken_out: set[Pair]) -> Read:
    """The problem in which what was taken out by hand does not come back by itself."""
    planned, problem = read.planned, read.planned.problem
    people, shifts = planned.row_of_person, planned.row_of
    rows = {
        (people[person_id], shifts[shift_id])
        for person_id, shift_id in taken_out - read.proposed
        if person_id in people and shift_id in shifts
    }
    never = sorted((_pairs(problem.never) | rows) - (_pairs(problem.pinned) & rows))
    problem = replace(problem, never=np.array(never, np.int32).reshape(-1, 2))
    return replace(read, planned=replace(planned, problem=problem))


def what_must_change(read: Read) -> tuple[Changes, Solved]:
    """The proposals that cannot stay and those that come instead. Raises Infeasible for pins at odds."""
    planned, problem = read.planned, read.planned.problem
    kept = keepable(problem)
    fixed = np.unique(np.vstack([problem.pinned, problem.previous[kept]]), axis=0).astype(np.int32)
    bonus = float(problem.sites.segment_worth.max(initial=0.0))
    held = replace(problem, pinned=fixed, previous=problem.previous[~kept], stay_bonus=bonus)
    solved = solving.proved(held, solving.solve(held))
    then, now = _pairs(problem.previous), _pairs(solved.result.pairs)
    gained = keeping.proposals(planned, solved, but=then)
    lost = {_ids(planned, pair): _why_lost(problem, *pair) for pair in then - now}
    here, in_plan = planned.row_of_person, {_ids(planned, pair) for pair in then}
    lost.update({pair: "full" if pair[0] in here else "absent" for pair in read.proposed - in_plan})
    return Changes(lost, gained), solved


def keepable(problem: ReachProblem) -> Bools:
    """Which of the previous pairs stay without a question: they may be, and what they have in common with
    other pairs (a volunteer's time, a place's seats) is enough for all of them."""
    pairs = problem.previous.astype(np.int64).reshape(-1, 2)
    pinned, never = _pairs(problem.pinned), _pairs(problem.never)
    may = suits(problem, pairs[:, 0], pairs[:, 1])
    may &= np.array([tuple(pair) not in never for pair in pairs.tolist()], dtype=bool)
    may |= np.array([tuple(pair) in pinned for pair in pairs.tolist()], dtype=bool)
    wished = {tuple(pair) for pair in pairs[may].tolist()} | pinned
    crowded, torn = _crowded(problem, wished), _torn(problem, wished)
    settled = [
        tuple(pair) in pinned or (pair[1] not in crowded and pair[0] not in torn) for pair in pairs.tolist()
    ]
    return np.asarray(may & np.array(settled, dtype=bool))


def _crowded(problem: ReachProblem, pairs: Iterable[Pair]) -> set[int]:
    """Places with more people than seats."""
    seats = capacity(problem)
    return {place for place, count in Counter(p for _v, p in pairs).items() if count > seats[place]}


def _torn(problem: ReachProblem, pairs: Iterable[Pair]) -> set[int]:
    """Volunteers with more places than they want, or with two at the same time."""
    at, mine = times(problem), dict[int, list[int]]()
    for volunteer, place in pairs:
        mine.setdefault(volunteer, []).append(place)
    return {
        volunteer
        for volunteer, places in mine.items()
        if len(places) > problem.people.wanted[volunteer]
        or any(clash(at, a, b) for k, a in enumerate(places) for b in places[:k])
    }


def _why_lost(problem: ReachProblem, volunteer: int, place: int) -> str:
    """Why a proposal of two who are both in the plan cannot stay: the first test it does not pass."""
    people, sites = problem.people, problem.sites
    if (problem.never == np.array([volunteer, place])).all(axis=1).any():
        return "never"
    km = km_of(problem, np.array([volunteer]), np.array([place]))[0]
    if km > people.reach_km[volunteer]:
        return "too_far"
    skilled, spoken, free = tables(problem)
    if not free[people.free[0][volunteer], sites.slot[place]]:
        return "not_free"
    if not skilled[people.skills[0][volunteer], sites.requires[0][place]]:
        has_skills = skilled_and_said(problem)[0][people.skills[0][volunteer], sites.requires[0][place]]
        return "said" if has_skills else "skill"
    if not spoken[people.languages[0][volunteer], sites.languages[0][place]]:
        return "language"
    there = np.count_nonzero(problem.previous[:, 1] == place)
    return "fewer" if there > capacity(problem)[place] else "enough"


def _apply(run_id: int, read: Read, changes: Changes, solved: Solved, digest: str, now: datetime) -> bool:
    """Save what changed, if the proposals are still those that were read."""
    with transaction():
        run = queries.locked_run(run_id)
        if run.state != "done" or queries.run_going_on(run.campaign_id, run.area_id):
            return True  # a newer plan replaces this one
        if queries.proposed_at(run.campaign_id, read.planned.considered.tolist()) != read.proposed:
            return False
        run.digest = digest
        if changes:
            services.save_changes(run, read.planned, changes.lost, changes.gained, solved, now=now)
            db.session.add(_replan(run, changes, now))
        else:
            services.say_who_goes_nowhere(run, read.planned, solved)
    return True


def _replan(run: Run, changes: Changes, now: datetime) -> Replan:
    """The record of it, person by person. Ids stand for names."""
    lines: dict[int, dict[str, Any]] = {}
    for (person_id, shift_id), why in sorted(changes.lost.items()):
        lines.setdefault(person_id, {"lost": [], "gained": []})["lost"].append([shift_id, why])
    for each in changes.gained:
        lines.setdefault(each.person_id, {"lost": [], "gained": []})["gained"].append(each.shift_id)
    since = run.finished_at or run.created_at
    joined = queries.joined_since(run.campaign_id, list(lines), since)
    rows = [
        {"person_id": person_id, "is_new": person_id in joined, **line} for person_id, line in lines.items()
    ]
    return Replan(campaign_id=run.campaign_id, run_id=run.id, made_at=now, changes=rows)


def _note(run_id: int, digest: str, replan: Replan, now: datetime) -> bool:
    with transaction():
        run = queries.locked_run(run_id)
        run.digest, replan.campaign_id, replan.run_id, replan.made_at = digest, run.campaign_id, run_id, now
        db.session.add(replan)
    return True


def _digest(read: Read) -> str:
    """Names what was looked at but the proposals themselves, so that nothing is worked out twice."""
    problem = read.planned.problem
    return fingerprint(replace(read.planned, problem=replace(problem, previous=problem.previous[:0])))


def _pairs(pairs: Ints) -> set[Pair]:
    return {(int(v), int(p)) for v, p in pairs.tolist()}


def _ids(planned: Planned, pair: Pair) -> Pair:
    return int(planned.person_ids[pair[0]]), int(planned.shift_ids[pair[1]])

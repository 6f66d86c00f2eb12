"""One lap of the wheel without a person: from districts to door reports and back, on a running site.

Every step goes through the program's own outer doors: imports through the importers, offers through the
queue and SMTP, answers through the links in the caught emails over HTTP, reports through the phones' HTTP.
What is claimed is counted where it arrived: messages in the catcher, reports in the database.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import func, select

from volunteer_hub.assignments import queries as assignment_queries
from volunteer_hub.assignments import services as assignments
from volunteer_hub.assignments.models import Assignment, State
from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.core import clock
from volunteer_hub.core.access import Role
from volunteer_hub.core.db import db, transaction
from volunteer_hub.demo import phones, readers, sample
from volunteer_hub.demo.readers import offers_caught
from volunteer_hub.districts.models import District, Door, Precinct, Voter
from volunteer_hub.events.models import Shift, SignUp
from volunteer_hub.matching import services as matching
from volunteer_hub.matching.models import Run
from volunteer_hub.messaging.catcher import MailFolder
from volunteer_hub.messaging.models import Message
from volunteer_hub.people.models import Person
from volunteer_hub.priority import queries as priority
from volunteer_hub.turf import services as turf
from volunteer_hub.turf.models import Cut, Turf, TurfDoor

WALK_MINUTES = 60.0
PRECINCTS_WALKED = 4
PATIENCE_S = 120.0


class PromiseBroken(AssertionError):
    """A number of the lap is not what it must be."""


@dataclass(slots=True)
class Lap:
    """A lap at work: the site, the sample and what has been counted."""

    base_url: str
    mail: MailFolder
    made: sample.Sample
    found: dict[str, Any]
    watch: sample.Stopwatch
    chance: random.Random

    @property
    def campaign_id(self) -> int:
        return self.made.campaign_id


def turn(
    base_url: str, mail_folder: Path, folder: Path, size: sample.Size, say: sample.Say
) -> dict[str, Any]:
    """Turn the wheel once in the application at hand; returns what lap.json holds."""
    began = time.perf_counter()
    made = sample.make(folder, size, say)
    lap = Lap(
        base_url, MailFolder(mail_folder), made, {}, sample.Stopwatch(made.seconds, say), random.Random(2000)
    )
    _count_places(lap)
    _match(lap)
    _offer_and_answer(lap)
    walks = _cut_and_lease(lap)
    _walk(lap, walks)
    _rescore(lap)
    lap.watch.stop()
    lap.found["seconds"] = {**made.seconds, "total": round(time.perf_counter() - began, 3)}
    return lap.found


def broken_promises(found: dict[str, Any]) -> list[str]:
    """What must hold after a lap and does not, in sentences; empty when all is well."""
    checks = {
        "every offer and re-offer left once": found["messages_sent"] == found["offered"] + found["reoffered"],
        "every message that left arrived once": found["messages_received"] == found["messages_sent"],
        "no message arrived twice": found["messages_repeated"] == 0,
        "no report was lost": found["reports_lost"] == 0,
        "every report is stored once": found["reports_stored"] == found["reports_sent"],
        "progress equals a recount": found["progress_attempts"] == found["reports_stored"],
        "at least 67 districts were scored again": found["districts_rescored"] >= 67,
        "the plan keeps its limits": found["matching_feasible"],
        "turf follows the streets": found["turfs_along_streets"] == found["turfs"],
        "no shift is overfull": found["overfull_shifts"] == 0,
        "no place is still held for nobody": found["places_held_for_nobody"] == 0,
    }
    return [f"not so: {promise}" for promise, holds in checks.items() if not holds]


def write(found: dict[str, Any], path: Path) -> None:
    """Write lap.json, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
    draft.replace(path)


def _count_places(lap: Lap) -> None:
    for name, model in (
        ("districts", District),
        ("precincts", Precinct),
        ("doors", Door),
        ("voters", Voter),
    ):
        lap.found[name] = sample.count(model, lap.campaign_id)
    lap.found["volunteers"] = sample.count(Person, lap.campaign_id) - len(sample.STAFF)


def _match(lap: Lap) -> None:
    lap.watch.step("match", "Matching volunteers to shifts …")
    now = clock.now()
    with transaction():
        run_id = matching.want_run(
            lap.campaign_id,
            lap.made.root_id,
            from_at=now,
            until_at=now + timedelta(days=21),
            by=None,
            now=now,
        ).id
    run = _until(lambda: _run_if_over(run_id), "the plan")
    if run.state != "done":
        raise PromiseBroken(f"the plan failed: {run.message}")
    lap.found |= {
        "proposed": run.proposed,
        "matching_gap": run.gap,
        "matching_feasible": bool(run.certificate["feasible"]),
        "matching_seconds": run.seconds,
    }


def _run_if_over(run_id: int) -> Run | None:
    run = db.session.get(Run, run_id)
    return run if run is not None and run.state in ("done", "failed") else None


def _offer_and_answer(lap: Lap) -> None:
    lap.watch.step("offer", f"Offering {lap.found['proposed']:,} shifts by email …")
    organizer = sample.person_with(lap.campaign_id, Role.ORGANIZER)
    ids = db.session.scalars(select(Assignment.id).where(Assignment.campaign_id == lap.campaign_id)).all()
    with transaction():
        approved = assignments.approve(lap.campaign_id, ids, by=organizer.id, now=clock.now())
    lap.found["offered"] = len(approved.offered)
    _until(lambda: _all_left(lap), "the offers")
    answered: set[str] = set()
    lap.watch.step("answer", "Answering through the links in the emails …")
    _answer_all(lap, answered)
    lap.watch.step("reoffer", "Passing refused places on …")
    _until(lambda: _all_passed_on(lap), "the re-offers")
    _answer_all(lap, answered)
    _until(lambda: _all_passed_on(lap), "the second re-offers")
    _count_messages(lap)
    _count_answers(lap)


def _all_left(lap: Lap) -> bool:
    unwritten = assignment_queries.campaigns_with_unposted_offers()
    waiting = db.session.scalar(
        select(func.count())
        .select_from(Message)
        .where(Message.campaign_id == lap.campaign_id, Message.state.in_(["waiting", "sending"]))
    )
    return not unwritten and not waiting


def _all_passed_on(lap: Lap) -> bool:
    return not assignment_queries.campaigns_with_places_to_pass_on() and _all_left(lap)


def _answer_all(lap: Lap, answered: set[str]) -> None:
    """Answer each offer that was caught and not yet read."""
    new = [each for each in offers_caught(lap.mail) if each.message_id not in answered]
    answered.update(each.message_id for each in new)
    readers.answer(new, lap.base_url, lap.chance)


def _count_messages(lap: Lap) -> None:
    """Sent is counted in the database, received in the catcher, and the two are compared by message id."""
    rows = db.session.execute(
        select(Message.id, Message.kind, Message.channel).where(
            Message.campaign_id == lap.campaign_id, Message.state == "sent"
        )
    ).all()
    sent = {str(row.id) for row in rows if row.kind == "offer"}
    arrived = [caught.message_id.strip("<>").partition("@")[0] for caught in offers_caught(lap.mail)]
    lap.found |= {
        "messages_sent": len(sent),
        "messages_received": len(sent & set(arrived)),
        "messages_repeated": len(arrived) - len(set(arrived)),
        "other_messages": sum(row.kind != "offer" and row.channel == "email" for row in rows),
        "texts_sent": sum(row.channel == "text" for row in rows),
    }


def _count_answers(lap: Lap) -> None:
    states = assignment_queries.counts_by_state(lap.campaign_id)
    own = Assignment.campaign_id == lap.campaign_id
    reoffered = (
        select(func.count())
        .select_from(Assignment)
        .where(own, Assignment.in_place_of_id.is_not(None), Assignment.offered_at.is_not(None))
    )
    lap.found |= {
        "accepted": states[State.ACCEPTED],
        "declined": states[State.DECLINED],
        "unanswered": states[State.OFFERED],
        "reoffered": db.session.scalar(reoffered),
        "overfull_shifts": _overfull(lap),
        "places_held_for_nobody": _held_for_nobody(lap),
    }


def _overfull(lap: Lap) -> int:
    going = (
        select(SignUp.shift_id, func.count().label("going"))
        .where(SignUp.campaign_id == lap.campaign_id, SignUp.state == "going")
        .group_by(SignUp.shift_id)
        .subquery()
    )
    query = select(func.count()).select_from(Shift).join(going, going.c.shift_id == Shift.id)
    return int(db.session.scalar(query.where(going.c.going > Shift.capacity)) or 0)


def _held_for_nobody(lap: Lap) -> int:
    held = db.session.scalar(select(func.sum(Shift.held)).where(Shift.campaign_id == lap.campaign_id)) or 0
    offers = db.session.scalar(
        select(func.count())
        .select_from(Assignment)
        .where(Assignment.campaign_id == lap.campaign_id, Assignment.holds_place)
    )
    return int(held) - int(offers or 0)


def _cut_and_lease(lap: Lap) -> list[phones.WalkList]:
    lap.watch.step("cut", "Cutting turf in the most urgent precincts …")
    contest = priority.active_contest(lap.campaign_id)
    snapshot = priority.newest_snapshot(contest.id) if contest else None
    if snapshot is None:
        raise PromiseBroken("nothing was scored")
    urgent = [line.precinct_id for line in priority.precinct_scores(snapshot.id) if line.doors_left > 0]
    now = clock.now()
    with transaction():
        cuts = turf.ask_cuts(
            lap.campaign_id,
            [each for each in urgent[:PRECINCTS_WALKED] if each],
            minutes=WALK_MINUTES,
            by=None,
            now=now,
        )
        ids = [cut.id for cut in cuts]
    _until(lambda: _all_cut(ids), "the turf")
    walks = _lease_all(lap)
    lap.found["turfs"] = sample.count(Turf, lap.campaign_id)
    lap.found["turfs_along_streets"] = _turfs_along_streets(ids)
    return walks


def _turfs_along_streets(cut_ids: list[int]) -> int:
    cuts = db.session.scalars(select(Cut).where(Cut.id.in_(cut_ids)))
    along = [cut.id for cut in cuts if cut.report["method"] == "streets"]
    return len(db.session.scalars(select(Turf.id).where(Turf.cut_id.in_(along))).all())


def _all_cut(ids: Iterable[int]) -> bool:
    states = set(db.session.scalars(select(Cut.state).where(Cut.id.in_(list(ids)))))
    if "failed" in states:
        raise PromiseBroken("a precinct could not be cut")
    return states == {"done"}


def _lease_all(lap: Lap) -> list[phones.WalkList]:
    """Hand each turf to somebody who accepted a shift, as a field lead does when they show up."""
    lead = sample.person_with(lap.campaign_id, Role.FIELD_LEAD)
    came = db.session.scalars(
        select(SignUp.person_id)
        .where(SignUp.campaign_id == lap.campaign_id, SignUp.state == "going")
        .distinct()
    ).all()
    turfs = db.session.scalars(
        select(Turf.id).where(Turf.campaign_id == lap.campaign_id, Turf.state == "open").order_by(Turf.id)
    ).all()
    given_at = clock.now() - timedelta(hours=3)  # they went out three hours ago
    walks = []
    for turf_id, person_id in zip(turfs, came, strict=False):
        with transaction():
            given = turf.hand_out(
                lap.campaign_id,
                turf_id,
                person_id,
                by=lead.id,
                now=given_at,
                until=clock.now() + timedelta(hours=2),
            )
        doors = db.session.scalars(
            select(TurfDoor.door_id).where(TurfDoor.turf_id == turf_id).order_by(TurfDoor.position)
        ).all()
        walks.append(phones.WalkList(turf_id, list(doors), given.token))
    return walks


def _walk(lap: Lap, walks: list[phones.WalkList]) -> None:
    lap.watch.step("walk", f"Walking {len(walks)} turfs with simulated phones …")
    habits = phones.Habits(give_up_s=90.0)
    walked = phones.walk_all(
        walks, lap.base_url, starts_at=clock.now() - timedelta(hours=3), seed=sample.SEED, habits=habits
    )
    tally = phones.total(walked)
    made = {report["id"] for each in walked for report in each.reports}
    rows = db.session.scalars(select(DoorReport.id).where(DoorReport.campaign_id == lap.campaign_id)).all()
    stored = {str(each) for each in rows}
    lap.found |= {
        "reports_sent": len(made),
        "reports_stored": len(rows),
        "reports_known": tally.known,
        "reports_refused": tally.refused,
        "reports_lost": len(made - stored),
        "reports_posts": tally.posts,
        "answers_lost": tally.answers_lost,
        "batches_twice": tally.batches_twice,
        "reports_late": tally.late,
    }


def _rescore(lap: Lap) -> None:
    lap.watch.step("rescore", "Scoring again with what was found …")
    contest = priority.active_contest(lap.campaign_id)
    if contest is None:
        raise PromiseBroken("the contest is gone")
    contest_id = contest.id
    _until(lambda: _is_scored(lap.campaign_id), "the rescore")
    snapshot = priority.newest_snapshot(contest_id)
    if snapshot is None:
        raise PromiseBroken("nothing was scored again")
    progress = priority.progress_by_district(lap.campaign_id)
    lap.found |= {
        "districts_rescored": len(priority.district_scores(snapshot.id)),
        "snapshots": len(priority.snapshots(contest_id)),
        "moved": [move["sentence"] for move in snapshot.changes[:3]],
        "progress_attempts": sum(each["attempts"] for each in progress.values()),
        "progress_contacts": sum(each["contacts"] for each in progress.values()),
    }


def _is_scored(campaign_id: int) -> bool:
    contest = priority.active_contest(campaign_id)
    return contest is not None and not contest.is_out_of_date


def _until(done: Callable[[], Any], what: str, within_s: float = PATIENCE_S) -> Any:
    """Wait for the workers; gives what `done` gave."""
    give_up = time.monotonic() + within_s
    while time.monotonic() < give_up:
        db.session.rollback()
        found = done()
        if found:
            return found
        time.sleep(0.1)
    raise PromiseBroken(f"{what} did not come within {within_s:.0f} s")

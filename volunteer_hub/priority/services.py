"""Writes of priority: contests, progress at the doors, dated snapshots."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.dialects.postgresql import insert as upsert

from geodata.priority import DistrictPriority, HourParams, Priorities, Rule, SeatOutlook, changes, score
from volunteer_hub.core import clock
from volunteer_hub.core.access import in_campaign
from volunteer_hub.core.db import announce, db
from volunteer_hub.core.refusals import Conflict, Refusal
from volunteer_hub.people.models import Campaign
from volunteer_hub.priority import inputs, queries
from volunteer_hub.priority.facts import RescoreWanted, SnapshotTaken
from volunteer_hub.priority.models import Contest, ContestSeat, Progress, Score, Snapshot

COUNTS = (
    "attempts",
    "contacts",
    "supporters",
    "opponents",
    "undecided",
    "doors_tried",
    "doors_done",
)
MOST_CHANGES = 50
MOST_FAULTS = 200
DOORS = "doors"
ROWS_A_SECOND = 100  # a snapshot of 8,000 places is taken every 80 s at most
PAUSE_FROM_ROWS = 1000


@dataclass(frozen=True, slots=True)
class Mark:
    """A contest that is to be scored anew, and because of what."""

    contest_id: int
    cause: str


@dataclass(frozen=True, slots=True)
class Increment:
    """What reports add to (or, when taken back, subtract from) the progress of a place. Plain counts."""

    district_id: int
    precinct_id: int | None
    attempts: int = 0
    contacts: int = 0
    supporters: int = 0
    opponents: int = 0
    undecided: int = 0
    doors_tried: int = 0
    doors_done: int = 0

    def __add__(self, other: Increment) -> Increment:
        sums = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        return Increment(self.district_id, self.precinct_id, **sums)


@dataclass(frozen=True, slots=True)
class Outlook:
    """How a seat stands: expected margin and its standard deviation (shares of the votes), chance to win."""

    seat: str
    margin_share: float
    sd_share: float
    win_chance: float
    has_results: bool


@dataclass(frozen=True, slots=True)
class Scored:
    """The scores of a contest before they are saved: of districts, and of precincts."""

    districts: list[DistrictPriority]
    precincts: list[DistrictPriority]
    places: Mapping[str, tuple[int, int | None]]
    unit: str
    seconds: float
    faults: list[str] = field(default_factory=list)
    outlooks: list[Outlook] = field(default_factory=list)


def create_contest(
    campaign_id: int,
    *,
    name: str,
    district_kind: str,
    ours: str,
    weights: dict[str, float],
    election_on: date | None = None,
    params: dict[str, Any] | None = None,
    seats: Mapping[int, str] | None = None,
    now: datetime,
) -> Contest:
    """Add a contest and make it the one that plans follow.

    seats: district id to seat; districts not named share one seat. Refuses unknown rules and a name twice.
    """
    inputs.rule_of(weights)
    inputs.params_of(params or {})
    if db.session.scalar(select(Contest.id).where(Contest.campaign_id == campaign_id, Contest.name == name)):
        raise Conflict(
            _l("There is a contest called “%(name)s” already. Choose another name.", name=name), field="name"
        )
    db.session.execute(update(Contest).where(Contest.campaign_id == campaign_id).values(is_active=False))
    contest = Contest(
        campaign_id=campaign_id,
        name=name,
        district_kind=district_kind,
        ours=ours,
        weights=dict(weights),
        election_on=election_on,
        params=params or {},
        is_active=True,
        created_at=now,
    )
    db.session.add(contest)
    db.session.flush()
    set_seats(contest, seats or {})
    want_rescore(campaign_id, cause="rules", now=now)
    return contest


def set_seats(contest: Contest, seats: Mapping[int, str]) -> None:
    """Say which districts share a seat; what is not named shares one seat with all others not named."""
    db.session.query(ContestSeat).filter_by(contest_id=contest.id).delete()
    rows = [
        {
            "campaign_id": contest.campaign_id,
            "contest_id": contest.id,
            "district_id": district_id,
            "seat": seat,
        }
        for district_id, seat in seats.items()
    ]
    if rows:
        db.session.execute(insert(ContestSeat), rows)


def set_rules(
    contest: Contest, *, weights: dict[str, float], params: dict[str, Any] | None, now: datetime
) -> None:
    """Change by which rules an hour is valued, and what an hour is assumed to buy."""
    inputs.rule_of(weights)
    if params is not None:
        inputs.params_of(params)
        contest.params = params
    contest.weights = dict(weights)
    want_rescore(contest.campaign_id, cause="rules", now=now)


def edit_contest(
    contest: Contest,
    *,
    name: str,
    ours: str,
    election_on: date | None,
    weights: dict[str, float],
    params: dict[str, Any],
    seats: Mapping[int, str],
    now: datetime,
) -> None:
    """Change all of a contest but its layer. Refuses what create_contest refuses."""
    taken = select(Contest.id).where(
        Contest.campaign_id == contest.campaign_id, Contest.name == name, Contest.id != contest.id
    )
    if db.session.scalar(taken):
        raise Conflict(
            _l("There is a contest called “%(name)s” already. Choose another name.", name=name), field="name"
        )
    contest.name, contest.ours, contest.election_on = name, ours, election_on
    set_seats(contest, seats)
    set_rules(contest, weights=weights, params=params, now=now)


def activate(campaign_id: int, contest_id: int, *, now: datetime) -> Contest:
    """Let plans follow this contest from now on."""
    contest: Contest = in_campaign(Contest, contest_id, campaign_id, lock=True)
    db.session.execute(update(Contest).where(Contest.campaign_id == campaign_id).values(is_active=False))
    db.session.flush()
    contest.is_active = True
    want_rescore(campaign_id, cause="rules", now=now)
    return contest


def add_progress(campaign_id: int, increments: Iterable[Increment], *, now: datetime) -> None:
    """Add what reports found to their places, in one statement, and ask for a rescore.

    Call it in the transaction that stores the reports. Rows are taken in one order, so that batches
    which meet do not wait for each other in a circle.
    """
    sums: dict[tuple[int, int | None], Increment] = {}
    for each in increments:
        key = (each.district_id, each.precinct_id)
        sums[key] = sums[key] + each if key in sums else each
    rows = [
        {"campaign_id": campaign_id, "district_id": district, "precinct_id": precinct, "changed_at": now}
        | {name: getattr(total, name) for name in COUNTS}
        for (district, precinct), total in sorted(
            sums.items(), key=lambda item: (item[0][0], item[0][1] or 0)
        )
    ]
    if not rows:
        return
    statement = upsert(Progress).values(rows)
    added = {name: getattr(Progress, name) + statement.excluded[name] for name in COUNTS}
    db.session.execute(
        statement.on_conflict_do_update(
            index_elements=["campaign_id", "district_id", "precinct_id"],
            set_={**added, "changed_at": now},
        )
    )
    want_rescore(campaign_id, cause=DOORS, now=now)


def want_rescore(campaign_id: int, *, cause: str = "import", now: datetime) -> None:
    """Mark the campaign's contests as out of date; the job that follows, or a sweep, scores them anew.

    What comes from the doors leaves a mark that stands alone, so that batches of reports do not queue for
    the contest's row; any other cause is written over it, for the snapshot to name.
    """
    statement = update(Contest).where(Contest.campaign_id == campaign_id)
    if cause == DOORS:
        statement = statement.where(Contest.rescore_wanted_at.is_(None))
    db.session.execute(
        statement.values(rescore_wanted_at=func.coalesce(Contest.rescore_wanted_at, now), rescore_cause=cause)
    )
    announce(RescoreWanted(campaign_id))


def score_contest(
    contest: Contest,
    *,
    today: date,
    weights: dict[str, float] | None = None,
    params: dict[str, Any] | None = None,
    seats: Mapping[int, str] | None = None,
) -> Scored:
    """Score all districts and precincts of a contest, without saving: also for a preview of other weights.

    The contest may be one that is not saved yet. weights, params, seats: instead of the contest's own.
    How close a seat is comes from its districts for both layers. Rows that cannot be are left out and named.
    """
    started = time.perf_counter()
    reading = inputs.Reading(contest, today, seats)
    rule = inputs.rule_of(weights or contest.weights)
    assumed = inputs.params_of(contest.params if params is None else params)
    whole, parts = inputs.by_district(reading), inputs.by_precinct(reading)
    found: list[list[DistrictPriority]] = []
    seat_outlook: SeatOutlook | None = None
    for layer in (whole, parts):
        rows = _layer(layer, rule, assumed, seat_outlook) if layer.scored else None
        seat_outlook = seat_outlook or (rows.seats if rows else None)
        found.append([row for row in (rows.rows() if rows else []) if row.id in layer.scored])
    faults = list(dict.fromkeys(reading.faults + whole.faults + parts.faults))
    places = whole.scored | parts.scored
    seconds = time.perf_counter() - started
    return Scored(found[0], found[1], places, rule.unit, seconds, faults, _outlooks(seat_outlook))


def _layer(layer: inputs.Inputs, rule: Rule, params: HourParams, seats: SeatOutlook | None) -> Priorities:
    try:
        return score(layer.places, layer.results, rule=rule, params=params, seats=seats)
    except ValueError as error:
        raise Refusal(f"These results and doors cannot be scored: {error}") from error


def _outlooks(seats: SeatOutlook | None) -> list[Outlook]:
    if seats is None:
        return []
    columns = (seats.names, seats.margin_share, seats.sd_share, seats.win_chance, seats.has_results)
    return [
        Outlook(str(name), float(margin), float(sd), float(chance), bool(known))
        for name, margin, sd, chance, known in zip(*columns, strict=True)
    ]


def save_snapshot(contest: Contest, scored: Scored, *, cause: str, now: datetime) -> Snapshot:
    """Keep scores as a new dated snapshot, with what moved since the one before and why."""
    previous = db.session.scalar(
        select(Snapshot).where(Snapshot.contest_id == contest.id).order_by(Snapshot.taken_at.desc()).limit(1)
    )
    snapshot = Snapshot(
        campaign_id=contest.campaign_id,
        contest_id=contest.id,
        taken_at=now,
        cause=cause,
        previous_id=previous.id if previous else None,
        weights=contest.weights,
        params=contest.params,
        unit=scored.unit,
        changes=_moves(previous, scored) if previous else [],
        faults=scored.faults[:MOST_FAULTS],
        fault_count=len(scored.faults),
        seconds=scored.seconds,
    )
    db.session.add(snapshot)
    db.session.flush()
    rows = _score_rows(snapshot, scored, scored.districts) + _score_rows(snapshot, scored, scored.precincts)
    if rows:
        db.session.execute(insert(Score), rows)
    announce(SnapshotTaken(snapshot.id))
    return snapshot


def take_marks(campaign_id: int, *, now: datetime) -> list[Mark]:
    """Take the marks of the campaign's contests that are due. Commit before scoring: no report waits for it.

    A contest that another job scores at this moment is left to it; what arrives meanwhile marks it again.
    """
    wanted = (
        select(Contest)
        .where(
            Contest.campaign_id == campaign_id,
            Contest.rescore_wanted_at.is_not(None),
            Contest.rescore_began_at.is_(None),
        )
        .order_by(Contest.id)
        .with_for_update(skip_locked=True)
    )
    due = [contest for contest in db.session.scalars(wanted).all() if not _is_too_soon(contest, now)]
    marks = [Mark(contest.id, contest.rescore_cause or "by hand") for contest in due]
    for contest in due:
        contest.rescore_wanted_at, contest.rescore_cause, contest.rescore_began_at = None, "", now
    return marks


def score_marked(mark: Mark, *, now: datetime) -> None:
    """Score a contest whose mark was taken, keep the snapshot, and go on if it was marked again meanwhile."""
    contest = db.session.get_one(Contest, mark.contest_id)
    campaign = db.session.get_one(Campaign, contest.campaign_id)
    scored = score_contest(contest, today=clock.campaign_day(now, ZoneInfo(campaign.time_zone)))
    if scored.districts:
        save_snapshot(contest, scored, cause=mark.cause, now=now)
    db.session.refresh(contest, with_for_update=True)
    contest.rescore_began_at = None
    if contest.rescore_wanted_at is not None:
        announce(RescoreWanted(contest.campaign_id))


def give_back(mark: Mark, *, now: datetime) -> None:
    """The scoring failed: put the mark back."""
    contest = db.session.get_one(Contest, mark.contest_id, with_for_update=True)
    contest.rescore_began_at = None
    contest.rescore_wanted_at = contest.rescore_wanted_at or now
    contest.rescore_cause = contest.rescore_cause or mark.cause


def give_back_stuck(before: datetime, *, now: datetime) -> None:
    """Scorings that began before that instant and never ended: their worker died."""
    stuck = select(Contest).where(Contest.rescore_began_at < before).with_for_update(skip_locked=True)
    for contest in db.session.scalars(stuck):
        give_back(Mark(contest.id, DOORS), now=now)
        announce(RescoreWanted(contest.campaign_id))


def _is_too_soon(contest: Contest, now: datetime) -> bool:
    """On a busy day reports come all the time: a large snapshot waits for the sweep."""
    newest = queries.newest_snapshot(contest.id) if contest.rescore_cause == DOORS else None
    if newest is None:
        return False
    rows = queries.rows_of(newest.id)
    return rows > PAUSE_FROM_ROWS and newest.taken_at + timedelta(seconds=rows / ROWS_A_SECOND) > now


def thin_snapshots(before: datetime) -> int:
    """Of the snapshots taken before that instant because of door reports, keep the last of each hour.

    Those of any other cause stay, and so does the newest of each contest. Returns how many were taken away.
    """
    hour = func.date_trunc("hour", Snapshot.taken_at)
    last = func.row_number().over(
        partition_by=(Snapshot.contest_id, hour), order_by=(Snapshot.taken_at.desc(), Snapshot.id.desc())
    )
    newest = func.max(Snapshot.id).over(partition_by=Snapshot.contest_id)
    ranked = (
        select(Snapshot.id, Snapshot.cause, last.label("place"), newest.label("newest"))
        .where(Snapshot.taken_at < before)
        .subquery()
    )
    gone = select(ranked.c.id).where(
        ranked.c.cause == DOORS, ranked.c.place > 1, ranked.c.id != ranked.c.newest
    )
    taken = db.session.execute(delete(Snapshot).where(Snapshot.id.in_(gone)).returning(Snapshot.id)).all()
    return len(taken)


def _moves(previous: Snapshot, scored: Scored) -> list[dict[str, Any]]:
    details = db.session.scalars(
        select(Score.detail).where(Score.snapshot_id == previous.id, Score.precinct_id.is_(None))
    )
    before = [DistrictPriority.from_dict(detail) for detail in details]
    return [
        {
            "district_id": scored.places[move.id][0] if move.id in scored.places else None,
            "name": move.name,
            "factor": move.factor,
            "sentence": move.sentence,
            "rank_before": move.rank_before,
            "rank_now": move.rank_now,
        }
        for move in changes(before, scored.districts)[:MOST_CHANGES]
    ]


def _score_rows(snapshot: Snapshot, scored: Scored, rows: list[DistrictPriority]) -> list[dict[str, Any]]:
    ranked = sorted(rows, key=lambda row: (-row.score, row.id))
    return [
        _score_row(snapshot, scored.places[row.id], rank, row) for rank, row in enumerate(ranked, start=1)
    ]


def _score_row(
    snapshot: Snapshot, place: tuple[int, int | None], rank: int, row: DistrictPriority
) -> dict[str, Any]:
    return {
        "campaign_id": snapshot.campaign_id,
        "snapshot_id": snapshot.id,
        "district_id": place[0],
        "precinct_id": place[1],
        "rank": rank,
        "value_per_hour": row.score,
        "low": min(row.low, row.score),
        "high": max(row.high, row.score),
        "hours": sum(segment.hours for segment in row.segments),
        "doors_left": round(row.doors_left),
        "doors_per_hour": row.doors_per_hour[1],
        "contact_rate": row.contact_rate[1],
        "contact_low": row.contact_rate[0],
        "contact_high": row.contact_rate[2],
        "detail": _light(row.to_dict()),
        "why": row.why,
    }


def _light(value: Any) -> Any:
    """Numbers to seven figures: nobody is that sure of them, and a snapshot is half as heavy."""
    if isinstance(value, float):
        return float(f"{value:.7g}")
    if isinstance(value, dict):
        return {name: _light(each) for name, each in value.items()}
    return [_light(each) for each in value] if isinstance(value, (list, tuple)) else value

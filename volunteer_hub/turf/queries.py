"""Reads of turf: what is open where, walk lists in order, leases by their token or their holder."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Subquery, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from volunteer_hub.core import access, secrets
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Door, Precinct
from volunteer_hub.people.models import Area, Person
from volunteer_hub.priority import queries as priority
from volunteer_hub.priority.models import Score
from volunteer_hub.turf.models import Cut, DoorStanding, Lease, Turf, TurfDoor
from volunteer_hub.turf.refusals import NoSuchTurf


@dataclass(frozen=True, slots=True)
class PrecinctLine:
    """A precinct with what is cut in it. `rank` 1 is where an hour is worth most; None without scores."""

    id: int
    code: str
    name: str
    district_id: int
    district_name: str
    rank: int | None
    value_per_hour: float | None
    doors: int
    doors_finished: int
    turfs_open: int
    turfs_leased: int
    turfs_done: int
    cut_state: str | None
    cut_message: str


@dataclass(frozen=True, slots=True)
class TurfLine:
    """A turf in a list, with who holds it."""

    id: int
    name: str
    state: str
    doors: int
    doors_done: int
    minutes: float
    metres: float
    precinct_id: int
    precinct_name: str
    district_id: int
    district_name: str
    start_latitude: float
    start_longitude: float
    rank: int | None
    value_per_hour: float | None
    lease_id: int | None
    holder_id: int | None
    holder_name: str | None
    expires_at: datetime | None

    @property
    def doors_left(self) -> int:
        return self.doors - self.doors_done

    @property
    def minutes_left(self) -> float:
        """Of walking and talking, in proportion to the doors left."""
        return self.minutes * self.doors_left / self.doors if self.doors else 0.0


@dataclass(frozen=True, slots=True)
class WalkDoor:
    """A door of a walk list. `result`: of the last standing report in this turf."""

    id: int
    position: int
    number: str
    street: str
    unit: str
    city: str
    building_key: str
    latitude: float
    longitude: float
    result: str | None
    visited_at: datetime | None
    is_do_not_walk: bool

    @property
    def address(self) -> str:
        """As one line: 12 Main St, Apt 3."""
        return f"{self.number} {self.street}" + (f", {self.unit}" if self.unit else "")


@dataclass(frozen=True, slots=True)
class LeaseCard:
    """A lease with its turf and its holder."""

    id: int
    campaign_id: int
    turf_id: int
    turf_name: str
    turf_state: str
    doors: int
    doors_done: int
    minutes: float
    metres: float
    district_id: int
    precinct_id: int
    area_path: str
    person_id: int
    person_name: str
    shift_id: int | None
    leased_at: datetime
    expires_at: datetime
    returned_at: datetime | None
    end_reason: str | None
    return_note: str

    def is_current(self, now: datetime) -> bool:
        """Does its token open the doors at this moment?"""
        return self.returned_at is None and now < self.expires_at

    @property
    def ended_at(self) -> datetime:
        """When work on it ends or ended."""
        return self.expires_at if self.returned_at is None else min(self.returned_at, self.expires_at)


def urgency(campaign_id: int) -> Subquery:
    """precinct_id, rank and value_per_hour of the newest snapshot; no rows without scores."""
    contest = priority.active_contest(campaign_id)
    snapshot = priority.newest_snapshot(contest.id) if contest else None
    return (
        select(Score.precinct_id, Score.rank, Score.value_per_hour)
        .where(Score.snapshot_id == (snapshot.id if snapshot else 0), Score.precinct_id.is_not(None))
        .subquery("urgency")
    )


def precincts_query(
    campaign_id: int, area_paths: Iterable[str], *, text: str = ""
) -> Select[*tuple[Any, ...]]:
    """Precincts of these areas with what is cut in them, most urgent first; columns of PrecinctLine."""
    rank = urgency(campaign_id)
    counts = (
        select(
            Turf.precinct_id,
            *[func.count().filter(Turf.state == state).label(state) for state in ("open", "leased", "done")],
        )
        .where(Turf.campaign_id == campaign_id)
        .group_by(Turf.precinct_id)
        .subquery("turf_counts")
    )
    doors = (
        select(
            Door.precinct_id,
            func.count().label("doors"),
            func.count().filter(DoorStanding.is_finished).label("finished"),
        )
        .outerjoin(DoorStanding, DoorStanding.door_id == Door.id)
        .where(Door.campaign_id == campaign_id, Door.precinct_id.is_not(None))
        .group_by(Door.precinct_id)
        .subquery("door_counts")
    )
    last = (
        select(Cut.precinct_id, Cut.state, Cut.message)
        .where(Cut.campaign_id == campaign_id, Cut.state != "retired")
        .ext(distinct_on(Cut.precinct_id))
        .order_by(Cut.precinct_id, Cut.id.desc())
        .subquery("last_cut")
    )
    query: Any = (
        select(
            Precinct.id,
            Precinct.code,
            Precinct.name,
            Precinct.district_id,
            District.name.label("district_name"),
            rank.c.rank,
            rank.c.value_per_hour,
            func.coalesce(doors.c.doors, 0).label("doors"),
            func.coalesce(doors.c.finished, 0).label("doors_finished"),
            func.coalesce(counts.c.open, 0).label("turfs_open"),
            func.coalesce(counts.c.leased, 0).label("turfs_leased"),
            func.coalesce(counts.c.done, 0).label("turfs_done"),
            last.c.state.label("cut_state"),
            func.coalesce(last.c.message, "").label("cut_message"),
        )
        .join(District, District.id == Precinct.district_id)
        .join(Area, Area.id == District.area_id)
        .outerjoin(rank, rank.c.precinct_id == Precinct.id)
        .outerjoin(counts, counts.c.precinct_id == Precinct.id)
        .outerjoin(doors, doors.c.precinct_id == Precinct.id)
        .outerjoin(last, last.c.precinct_id == Precinct.id)
        .where(Precinct.campaign_id == campaign_id, access.within(Area.path, area_paths))
        .order_by(rank.c.rank.nulls_last(), District.name, Precinct.code)
    )
    if text:
        words = f"%{_escaped(text)}%"
        query = query.where(
            Precinct.name.ilike(words) | Precinct.code.ilike(words) | District.name.ilike(words)
        )
    return query


def precinct_within(campaign_id: int, precinct_id: int, area_paths: Iterable[str]) -> PrecinctLine:
    """One precinct of these areas; raises NotFound."""
    row = db.session.execute(
        precincts_query(campaign_id, area_paths).where(Precinct.id == precinct_id)
    ).one_or_none()
    if row is None:
        raise NoSuchTurf()
    return PrecinctLine(*row)


def turfs_query(
    campaign_id: int,
    area_paths: Iterable[str],
    *,
    precinct_id: int | None = None,
    states: Iterable[str] = ("open", "leased", "done"),
    turf_id: int | None = None,
) -> Select[*tuple[Any, ...]]:
    """Turfs of these areas, most urgent precinct first; columns of TurfLine."""
    rank = urgency(campaign_id)
    query: Any = (
        select(
            Turf.id,
            Turf.name,
            Turf.state,
            Turf.doors,
            Turf.doors_done,
            Turf.minutes,
            Turf.metres,
            Turf.precinct_id,
            Precinct.name.label("precinct_name"),
            Turf.district_id,
            District.name.label("district_name"),
            Turf.start_latitude,
            Turf.start_longitude,
            rank.c.rank,
            rank.c.value_per_hour,
            Lease.id.label("lease_id"),
            Lease.person_id.label("holder_id"),
            Person.name.label("holder_name"),
            Lease.expires_at,
        )
        .join(Precinct, Precinct.id == Turf.precinct_id)
        .join(District, District.id == Turf.district_id)
        .join(Area, Area.id == District.area_id)
        .outerjoin(rank, rank.c.precinct_id == Turf.precinct_id)
        .outerjoin(Lease, (Lease.turf_id == Turf.id) & Lease.returned_at.is_(None))
        .outerjoin(Person, Person.id == Lease.person_id)
        .where(
            Turf.campaign_id == campaign_id,
            Turf.state.in_(list(states)),
            access.within(Area.path, area_paths),
        )
        .order_by(
            case({"open": 0, "leased": 1, "done": 2}, value=Turf.state, else_=3),
            rank.c.rank.nulls_last(),
            Turf.precinct_id,
            Turf.number,
        )
    )
    if precinct_id is not None:
        query = query.where(Turf.precinct_id == precinct_id)
    if turf_id is not None:
        query = query.where(Turf.id == turf_id)
    return query


ALL_STATES = ("open", "leased", "done", "retired")


def turf_within(campaign_id: int, turf_id: int, area_paths: Iterable[str]) -> TurfLine:
    """One turf of these areas, in any state; raises NotFound."""
    row = db.session.execute(
        turfs_query(campaign_id, area_paths, turf_id=turf_id, states=ALL_STATES)
    ).one_or_none()
    if row is None:
        raise NoSuchTurf()
    return TurfLine(*row)


def open_turfs(
    campaign_id: int, area_paths: Iterable[str], *, district_id: int | None = None, most: int = 200
) -> list[TurfLine]:
    """What can be handed out now, best first; of one district, or of all. One statement."""
    query = turfs_query(campaign_id, area_paths, states=("open",))
    if district_id is not None:
        query = query.where(Turf.district_id == district_id)
    return [TurfLine(*row) for row in db.session.execute(query.limit(most))]


def shapes(campaign_id: int, area_paths: Iterable[str], precinct_id: int | None = None) -> list[Any]:
    """(id, name, state, doors, doors_done, holder, shape WKB) of turfs to draw."""
    query = (
        select(
            Turf.id,
            Turf.name,
            Turf.state,
            Turf.doors,
            Turf.doors_done,
            Person.name.label("holder"),
            Turf.shape,
        )
        .join(District, District.id == Turf.district_id)
        .join(Area, Area.id == District.area_id)
        .outerjoin(Lease, (Lease.turf_id == Turf.id) & Lease.returned_at.is_(None))
        .outerjoin(Person, Person.id == Lease.person_id)
        .where(
            Turf.campaign_id == campaign_id,
            Turf.state != "retired",
            access.within(Area.path, area_paths),
        )
        .order_by(Turf.id)
    )
    if precinct_id is not None:
        query = query.where(Turf.precinct_id == precinct_id)
    return list(db.session.execute(query.limit(5000)))


def walk_list(turf_id: int) -> list[WalkDoor]:
    """The doors of a turf in walking order. One statement."""
    rows = db.session.execute(
        select(
            Door.id,
            TurfDoor.position,
            Door.number,
            Door.street,
            Door.unit,
            Door.city,
            Door.building_key,
            Door.latitude,
            Door.longitude,
            TurfDoor.result,
            TurfDoor.visited_at,
            Door.is_do_not_walk,
        )
        .join(Door, Door.id == TurfDoor.door_id)
        .where(TurfDoor.turf_id == turf_id)
        .order_by(TurfDoor.position)
    )
    return [WalkDoor(**row._mapping) for row in rows]


def lease_by_token(token: str) -> LeaseCard | None:
    """The lease that a token opens or opened; None for anything else."""
    return _lease_card(_lease_cards().where(Lease.token_digest == secrets.digest(token)))


def lease_within(campaign_id: int, lease_id: int, area_paths: Iterable[str]) -> LeaseCard:
    """A lease of a turf in these areas; raises NotFound."""
    card = _lease_card(
        _lease_cards().where(
            Lease.id == lease_id, Lease.campaign_id == campaign_id, access.within(Area.path, area_paths)
        )
    )
    if card is None:
        raise NoSuchTurf()
    return card


def leases_of_shift(campaign_id: int, shift_id: int) -> list[LeaseCard]:
    """All leases given on a shift, by when. One statement."""
    rows = db.session.execute(
        _lease_cards()
        .where(Lease.campaign_id == campaign_id, Lease.shift_id == shift_id)
        .order_by(Lease.leased_at, Lease.id)
    )
    return [LeaseCard(*row) for row in rows]


def leases_of_turf(turf_id: int) -> list[LeaseCard]:
    """Who had a turf and when, newest first. One statement."""
    rows = db.session.execute(
        _lease_cards().where(Lease.turf_id == turf_id).order_by(Lease.leased_at.desc(), Lease.id.desc())
    )
    return [LeaseCard(*row) for row in rows]


def current_leases(
    campaign_id: int, now: datetime, area_paths: Iterable[str] | None = None
) -> list[LeaseCard]:
    """Turf that is in somebody's hands now, by when it is due back. One statement."""
    query = _lease_cards().where(
        Lease.campaign_id == campaign_id, Lease.returned_at.is_(None), Lease.expires_at > now
    )
    if area_paths is not None:
        query = query.where(access.within(Area.path, area_paths))
    return [LeaseCard(*row) for row in db.session.execute(query.order_by(Lease.expires_at, Lease.id))]


def places_of_turf_doors(turf_id: int, door_ids: Iterable[int]) -> dict[int, tuple[int, int | None]]:
    """Of these doors, the ones of this turf: door id to (district id, precinct id). One statement."""
    rows = db.session.execute(
        select(Door.id, Door.district_id, Door.precinct_id)
        .join(TurfDoor, TurfDoor.door_id == Door.id)
        .where(TurfDoor.turf_id == turf_id, Door.id.in_(list(door_ids)))
    )
    return {row.id: (row.district_id, row.precinct_id) for row in rows}


def cut_of(campaign_id: int, precinct_id: int) -> Cut | None:
    """The newest cut of a precinct."""
    return db.session.scalar(
        select(Cut)
        .where(Cut.campaign_id == campaign_id, Cut.precinct_id == precinct_id)
        .order_by(Cut.id.desc())
        .limit(1)
    )


def stuck_cuts(before: datetime) -> list[tuple[int, str]]:
    """(id, state) of cuts that were asked or begun before this and have not ended."""
    since = func.coalesce(Cut.started_at, Cut.created_at)
    rows = db.session.execute(
        select(Cut.id, Cut.state).where(Cut.state.in_(("queued", "running")), since < before).order_by(Cut.id)
    )
    return [(row.id, row.state) for row in rows]


def turf_counts(campaign_id: int, area_paths: Iterable[str]) -> dict[str, int]:
    """Turfs by state in these areas, retired ones left out. One statement."""
    rows = db.session.execute(
        select(Turf.state, func.count())
        .join(District, District.id == Turf.district_id)
        .join(Area, Area.id == District.area_id)
        .where(Turf.campaign_id == campaign_id, Turf.state != "retired", access.within(Area.path, area_paths))
        .group_by(Turf.state)
    )
    return {state: int(count) for state, count in rows}


def _lease_cards() -> Select[*tuple[Any, ...]]:
    return (
        select(
            Lease.id,
            Lease.campaign_id,
            Lease.turf_id,
            Turf.name,
            Turf.state,
            Turf.doors,
            Turf.doors_done,
            Turf.minutes,
            Turf.metres,
            Turf.district_id,
            Turf.precinct_id,
            Area.path,
            Lease.person_id,
            Person.name,
            Lease.shift_id,
            Lease.leased_at,
            Lease.expires_at,
            Lease.returned_at,
            Lease.end_reason,
            Lease.return_note,
        )
        .join(Turf, Turf.id == Lease.turf_id)
        .join(District, District.id == Turf.district_id)
        .join(Area, Area.id == District.area_id)
        .join(Person, Person.id == Lease.person_id)
    )


def _lease_card(query: Select[*tuple[Any, ...]]) -> LeaseCard | None:
    row = db.session.execute(query).one_or_none()
    return None if row is None else LeaseCard(*row)


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def without_open_turf(campaign_id: int, area_paths: Iterable[str], *, most: int) -> list[int]:
    """Precincts with doors but no open turf and no cut on its way, most urgent first; their ids."""
    rows = precincts_query(campaign_id, area_paths).subquery()
    query = (
        select(rows.c.id)
        .where(
            rows.c.doors > rows.c.doors_finished,
            rows.c.turfs_open == 0,
            func.coalesce(rows.c.cut_state, "done").not_in(("queued", "running")),
        )
        .order_by(rows.c.rank.nulls_last(), rows.c.district_name, rows.c.code)
        .limit(most)
    )
    return list(db.session.scalars(query))

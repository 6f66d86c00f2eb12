"""Turf within areas: lines of a list, one by id, shapes, counts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.dialects.postgresql import distinct_on

from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Door, Precinct
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf.models import Lease, Turf, TurfDoor
from volunteer_hub.turf.queries.precincts import urgency
from volunteer_hub.turf.refusals import NoSuchTurf

ALL_STATES = ("open", "leased", "done", "retired")


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


def starts(turf_ids: Iterable[int]) -> dict[int, str]:
    """Where the walk of each of these turfs begins: the address of its first door not visited. One statement.

    A turf without such a door is missing.
    """
    rows = db.session.execute(
        select(TurfDoor.turf_id, Door.number, Door.street)
        .join(Door, Door.id == TurfDoor.door_id)
        .where(
            TurfDoor.turf_id.in_(list(turf_ids)),
            TurfDoor.result.is_(None),
            TurfDoor.given_back_at.is_(None),
        )
        .ext(distinct_on(TurfDoor.turf_id))
        .order_by(TurfDoor.turf_id, TurfDoor.position)
    )
    return {row.turf_id: f"{row.number} {row.street}" for row in rows}


def shapes(
    campaign_id: int,
    area_paths: Iterable[str],
    precinct_id: int | None = None,
    *,
    district_id: int | None = None,
    states: Iterable[str] = ("open", "leased", "done"),
) -> list[Any]:
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
            Turf.state.in_(list(states)),
            access.within(Area.path, area_paths),
        )
        .order_by(Turf.id)
    )
    if district_id is not None:
        query = query.where(Turf.district_id == district_id)
    if precinct_id is not None:
        query = query.where(Turf.precinct_id == precinct_id)
    return list(db.session.execute(query.limit(5000)))


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

"""Reads of canvass: what reports say of doors, the newest reports, what waits for a second look."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, Text, cast, func, select
from sqlalchemy.dialects.postgresql import ARRAY, aggregate_order_by
from sqlalchemy.orm import aliased

from volunteer_hub.canvass.models import DoorReport
from volunteer_hub.canvass.models_log import PendingReport
from volunteer_hub.canvass.script_queries import version_of_report
from volunteer_hub.canvass.vocabulary import CONTACTS, FINISHED
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.districts.models import District, Door, Precinct
from volunteer_hub.people.models import Area, Person
from volunteer_hub.turf.models import DoorStanding, Lease, Turf


def stands() -> ColumnElement[bool]:
    """A report that counts: it has a result and nobody took it back."""
    return DoorReport.result.is_not(None) & DoorReport.undone_at.is_(None)


def summaries_query() -> Select[*tuple[Any, ...]]:
    """What the standing reports say together, a row for each door that has some: door_id, attempts, contacts,
    support, result, last_at, is_finished. Narrow it with where().

    Talks with several people behind one door are one knock and one contact.
    """
    newest = (DoorReport.at.desc(), DoorReport.id.desc())
    is_knock, is_talk = ~DoorReport.same_knock, DoorReport.result.in_(CONTACTS)
    is_final = DoorReport.result.in_(FINISHED) & func.coalesce(DoorReport.review != "dismissed", True)
    supports = func.array_agg(aggregate_order_by(DoorReport.support, *newest), type_=ARRAY(Integer())).filter(
        DoorReport.support.is_not(None)
    )
    results = func.array_agg(aggregate_order_by(DoorReport.result, *newest), type_=ARRAY(Text()))
    return (
        select(
            DoorReport.door_id,
            func.greatest(func.count().filter(is_knock), 1).label("attempts"),
            func.greatest(
                func.count().filter(is_knock & is_talk), cast(func.bool_or(is_talk), Integer())
            ).label("contacts"),
            supports[1].label("support"),
            results[1].label("result"),
            func.max(DoorReport.at).label("last_at"),
            func.bool_or(is_final).label("is_finished"),
        )
        .where(stands())
        .group_by(DoorReport.door_id)
    )


def summary_of(door_id: Any) -> Select[*tuple[Any, ...]]:
    """The same of one door: a column of the statement around it."""
    return summaries_query().where(DoorReport.door_id == door_id)


def last_visit(turf_id: Any, door_id: Any) -> Select[*tuple[Any, ...]]:
    """The last standing result and its time at a door in a turf: columns of the statement around it."""
    return (
        select(DoorReport.result, DoorReport.at)
        .where(DoorReport.turf_id == turf_id, DoorReport.door_id == door_id, stands())
        .order_by(DoorReport.at.desc(), DoorReport.id.desc())
        .limit(1)
    )


def reports_by_id(ids: Collection[uuid.UUID]) -> dict[uuid.UUID, DoorReport]:
    """Reports that are stored already. One statement."""
    rows = db.session.scalars(select(DoorReport).where(DoorReport.id.in_(list(ids))))
    return {row.id: row for row in rows}


def ids_of_lease(lease_id: int) -> list[str]:
    """The reports of this lease that took effect: a phone knows which of its own are on the page."""
    rows = db.session.scalars(
        select(DoorReport.id)
        .outerjoin(PendingReport, PendingReport.report_id == DoorReport.id)
        .where(DoorReport.lease_id == lease_id, PendingReport.report_id.is_(None))
    )
    return [str(each) for each in rows]


@dataclass(frozen=True, slots=True)
class ReportLine:
    """A report in a list, with its door, its precinct and who brought it. script_id: of its version."""

    id: uuid.UUID
    at: datetime
    received_at: datetime
    result: str | None
    support: int | None
    note: str
    source: str
    undone_at: datetime | None
    review: str | None
    door_id: int
    number: str
    street: str
    unit: str
    precinct_id: int | None
    precinct_name: str | None
    turf_id: int | None
    turf_name: str | None
    canvasser_id: int | None
    canvasser_name: str | None
    entered_by_name: str | None
    entered_by: int | None
    answers: dict[str, Any]
    script_id: int | None
    reviewed_at: datetime | None
    reviewer_name: str | None

    def is_by(self, person_id: int) -> bool:
        """Did this person bring the report, at the door or by typing it? Then somebody else decides."""
        return person_id in (self.canvasser_id, self.entered_by)

    @property
    def address(self) -> str:
        return f"{self.number} {self.street}" + (f", {self.unit}" if self.unit else "")


@dataclass(frozen=True, slots=True)
class ReportFilter:
    """Which reports a list shows. pending: only those that wait for a second look."""

    precinct_id: int | None = None
    canvasser_id: int | None = None
    result: str | None = None
    pending: bool = False


def reports_query(
    campaign_id: int, area_paths: Iterable[str], wanted: ReportFilter
) -> Select[*tuple[Any, ...]]:
    """Reports of these areas, newest first; columns of ReportLine."""
    typist, reviewer = aliased(Person), aliased(Person)
    query: Any = (
        select(
            DoorReport.id,
            DoorReport.at,
            DoorReport.received_at,
            DoorReport.result,
            DoorReport.support,
            DoorReport.note,
            DoorReport.source,
            DoorReport.undone_at,
            DoorReport.review,
            DoorReport.door_id,
            Door.number,
            Door.street,
            Door.unit,
            Door.precinct_id,
            Precinct.name.label("precinct_name"),
            DoorReport.turf_id,
            Turf.name.label("turf_name"),
            DoorReport.canvasser_id,
            Person.name.label("canvasser_name"),
            typist.name.label("entered_by_name"),
            DoorReport.entered_by,
            DoorReport.answers,
            version_of_report().label("script_id"),
            DoorReport.reviewed_at,
            reviewer.name.label("reviewer_name"),
        )
        .join(Door, Door.id == DoorReport.door_id)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .outerjoin(Precinct, Precinct.id == Door.precinct_id)
        .outerjoin(Turf, Turf.id == DoorReport.turf_id)
        .outerjoin(Person, Person.id == DoorReport.canvasser_id)
        .outerjoin(typist, typist.id == DoorReport.entered_by)
        .outerjoin(reviewer, reviewer.id == DoorReport.reviewed_by)
        .where(
            DoorReport.campaign_id == campaign_id,
            access.within(Area.path, area_paths),
            *_conditions(wanted),
        )
        .order_by(DoorReport.received_at.desc(), DoorReport.id)
    )
    return query


def _conditions(wanted: ReportFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.precinct_id:
        found.append(Door.precinct_id == wanted.precinct_id)
    if wanted.canvasser_id:
        found.append(DoorReport.canvasser_id == wanted.canvasser_id)
    if wanted.result:
        found.append(DoorReport.result == wanted.result)
    if wanted.pending:
        found += [DoorReport.review == "pending", DoorReport.undone_at.is_(None)]
    return found


@dataclass(frozen=True, slots=True)
class ReportCounts:
    """Standing reports of these areas. contact_rate is contacts over knocks, None without knocks."""

    knocks: int
    contacts: int
    knocks_today: int
    pending: int

    @property
    def contact_rate(self) -> float | None:
        return self.contacts / self.knocks if self.knocks else None


def report_counts(campaign_id: int, area_paths: Iterable[str], since: datetime) -> ReportCounts:
    """Counts for the head of the page; knocks_today are those since `since`. One statement."""
    row = db.session.execute(
        select(
            func.count(),
            func.count().filter(DoorReport.result.in_(CONTACTS)),
            func.count().filter(DoorReport.at >= since),
            func.count().filter(DoorReport.review == "pending"),
        )
        .join(Door, Door.id == DoorReport.door_id)
        .join(District, District.id == Door.district_id)
        .join(Area, Area.id == District.area_id)
        .where(DoorReport.campaign_id == campaign_id, stands(), access.within(Area.path, area_paths))
    ).one()
    return ReportCounts(*map(int, row))


def choices_of_filters(
    campaign_id: int, area_paths: Iterable[str]
) -> tuple[list[tuple[int, str]], list[tuple[int, str]]]:
    """(id, name) of the precincts that have reports and of who held turf, in these areas. Two statements."""
    paths = list(area_paths)
    precincts = db.session.execute(
        select(Precinct.id, Precinct.name)
        .join(DoorStanding, DoorStanding.precinct_id == Precinct.id)
        .join(District, District.id == Precinct.district_id)
        .join(Area, Area.id == District.area_id)
        .where(
            Precinct.campaign_id == campaign_id, DoorStanding.attempts > 0, access.within(Area.path, paths)
        )
        .distinct()
        .order_by(Precinct.name)
        .limit(500)
    )
    people = db.session.execute(
        select(Person.id, Person.name)
        .where(
            Person.campaign_id == campaign_id,
            Person.id.in_(
                select(Lease.person_id)
                .join(Turf, Turf.id == Lease.turf_id)
                .join(District, District.id == Turf.district_id)
                .join(Area, Area.id == District.area_id)
                .where(Lease.campaign_id == campaign_id, access.within(Area.path, paths))
            ),
        )
        .order_by(Person.name)
        .limit(500)
    )
    return [(row.id, row.name) for row in precincts], [(row.id, row.name) for row in people]


def count_of_lease(lease_id: int) -> int:
    """Standing reports that came with a lease."""
    return db.session.scalar(select(func.count()).where(DoorReport.lease_id == lease_id, stands())) or 0


def decided_lately(campaign_id: int, area_paths: Iterable[str], most: int = 20) -> list[ReportLine]:
    """Reports whose second look was had last, newest decision first. One statement."""
    query = (
        reports_query(campaign_id, area_paths, ReportFilter())
        .where(DoorReport.review.in_(("confirmed", "dismissed")), DoorReport.undone_at.is_(None))
        .order_by(None)
        .order_by(DoorReport.reviewed_at.desc())
    )
    return [ReportLine(*row) for row in db.session.execute(query.limit(most))]

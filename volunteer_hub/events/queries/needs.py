"""Which coming shifts need somebody most, for those who answer for them.

The order, from the top: **people missing x hours x worth of an hour x how soon**.

- people missing: `needed` (or, where nothing else was said, `capacity`) less the people expected, at least 0.
  Expected is Shift.expected, which a job reckons from each sign-up's chance of coming; until then those going
  times the campaign's mean, which is a half before anything was learned.
- hours: how long the shift lasts.
- worth of an hour: `value_per_hour` of the staging location's district in the newest snapshot of the active
  contest, over the mean of all districts: 2 is twice the mean. Where no district is known it is 1.
- how soon: 7 / (7 + days until the start): 1 now, a half in a week, a third in two.

Of two alike the earlier one stands first. It is a plain product so that everybody can check it by hand.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, and_, case, cast, func, select

from geodata.showing import ShowModel, turnout
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, some_page_of
from volunteer_hub.districts.models import District
from volunteer_hub.events.models import Event, Shift, SignUp, StagingLocation
from volunteer_hub.people.models import Area
from volunteer_hub.priority.models import Contest, Score, Snapshot

HALF_AFTER_DAYS = 7.0
MOST_LISTED = 1000


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the coming shifts is looked at. Paths are areas; from_at until until_at bounds the start."""

    area_paths: tuple[str, ...]
    from_at: datetime
    until_at: datetime
    kind: str = ""
    district_id: int | None = None
    only_short: bool = False
    event_id: int | None = None


@dataclass(frozen=True, slots=True)
class Worth:
    """What hours are worth now: the snapshot it is read from, and the mean value of its districts."""

    snapshot_id: int | None
    mean: float
    districts: int


@dataclass(frozen=True, slots=True)
class Need:
    """A coming shift with what it lacks.

    worth: of an hour, times the mean; low, high: between how many come, nine of ten times.
    """

    id: int
    event_id: int
    event_name: str
    kind: str
    location_name: str
    latitude: float
    longitude: float
    starts_at: datetime
    ends_at: datetime
    capacity: int
    needed: int
    going: int
    held: int
    waiting: int
    expected: float
    is_reckoned: bool
    short_risk: float | None
    district_id: int | None
    district_name: str | None
    rank: int | None
    worth: float
    low: int | None = None
    high: int | None = None

    @property
    def missing(self) -> float:
        """People that are needed beyond those expected."""
        return max(0.0, self.needed - self.expected)

    @property
    def share(self) -> float:
        """Expected over needed, 0 to 1."""
        return min(1.0, self.expected / self.needed)

    @property
    def places_left(self) -> int:
        return self.capacity - self.going - self.held

    @property
    def level(self) -> str:
        """How short it is, in a word: empty (below a third), short (below nine tenths) or enough."""
        return level_of(self.share)


def level_of(share: float) -> str:
    """empty, short or enough, by the share of the needed people who are expected."""
    return "empty" if share < 1 / 3 else "short" if share < 0.9 else "enough"


def worth_now(campaign_id: int) -> Worth:
    """Which snapshot plans follow, and the mean of its districts. Two statements."""
    snapshot_id = db.session.scalar(
        select(Snapshot.id)
        .join(Contest, Contest.id == Snapshot.contest_id)
        .where(Contest.campaign_id == campaign_id, Contest.is_active)
        .order_by(Snapshot.taken_at.desc(), Snapshot.id.desc())
        .limit(1)
    )
    query = select(func.avg(Score.value_per_hour), func.count()).where(
        Score.snapshot_id == snapshot_id, Score.precinct_id.is_(None)
    )
    mean, districts = db.session.execute(query).one() if snapshot_id else (None, 0)
    return Worth(snapshot_id, float(mean or 0.0), int(districts))


def needs(
    campaign_id: int, wanted: Wanted, worth: Worth, model: ShowModel, *, now: datetime, number: int
) -> Page[Need]:
    """One page of shifts, the one that needs somebody most first. Three statements; counted up to 1,000."""
    query = needs_query(campaign_id, wanted, worth, model).order_by(
        urgency(worth, model, now).desc(), Shift.starts_at, Shift.id
    )
    page = some_page_of(query, number, 50, most=MOST_LISTED)
    rows = with_intervals([Need(**row._mapping) for row in page.rows], model)
    return Page(rows, page.number, page.per_page, page.total, more=page.more)


def most_needed(
    campaign_id: int, wanted: Wanted, worth: Worth, model: ShowModel, *, now: datetime, limit: int
) -> list[Need]:
    """The first shifts of the same order. One statement."""
    query = needs_query(campaign_id, wanted, worth, model).order_by(
        urgency(worth, model, now).desc(), Shift.starts_at, Shift.id
    )
    return [Need(**row._mapping) for row in db.session.execute(query.limit(limit))]


def needs_query(campaign_id: int, wanted: Wanted, worth: Worth, model: ShowModel) -> Select[*tuple[Any, ...]]:
    """The columns of Need of the shifts wanted, not yet in an order."""
    query = select(
        Shift.id,
        Shift.event_id,
        Event.name.label("event_name"),
        Event.kind,
        StagingLocation.name.label("location_name"),
        StagingLocation.latitude,
        StagingLocation.longitude,
        Shift.starts_at,
        Shift.ends_at,
        Shift.capacity,
        needed().label("needed"),
        Shift.going,
        Shift.held,
        Shift.waiting,
        expected(model).label("expected"),
        Shift.expected.is_not(None).label("is_reckoned"),
        Shift.short_risk,
        StagingLocation.district_id,
        District.name.label("district_name"),
        Score.rank,
        _worth(worth).label("worth"),
    ).select_from(Shift)
    query = narrowed(query, campaign_id, wanted, model)
    found: Select[*tuple[Any, ...]] = with_scores(query, worth).outerjoin(
        District, District.id == StagingLocation.district_id
    )
    return found


def with_scores(query: Any, worth: Worth) -> Any:
    """A query that joins staging locations, with what an hour in their districts is worth."""
    return query.outerjoin(
        Score,
        and_(
            Score.snapshot_id == (worth.snapshot_id or 0),
            Score.district_id == StagingLocation.district_id,
            Score.precinct_id.is_(None),
        ),
    )


def narrowed(query: Any, campaign_id: int, wanted: Wanted, model: ShowModel, *, places: bool = True) -> Any:
    """The shifts wanted: of published events, not cancelled, within the areas and the time.

    places: join their staging locations also where no filter asks for them. Areas are asked where it matters.
    """
    query = query.join(Event, Event.id == Shift.event_id).where(
        Shift.campaign_id == campaign_id,
        Shift.starts_at >= wanted.from_at,
        Shift.starts_at < wanted.until_at,
        Shift.cancelled_at.is_(None),
        Event.state == "published",
    )
    if places or wanted.district_id:
        query = query.join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
    if not is_everywhere(wanted.area_paths):
        query = query.join(Area, Area.id == Event.area_id)
        query = query.where(access.within(Area.path, wanted.area_paths))
    if wanted.kind:
        query = query.where(Event.kind == wanted.kind)
    if wanted.district_id:
        query = query.where(StagingLocation.district_id == wanted.district_id)
    if wanted.event_id:
        query = query.where(Shift.event_id == wanted.event_id)
    if wanted.only_short:
        query = query.where(expected(model) < 0.9 * needed())
    return query


def is_everywhere(area_paths: Iterable[str]) -> bool:
    """Is the campaign's own area among them? Then no shift needs to be asked for its area."""
    return any(path.count("/") == 2 for path in area_paths)


def needed() -> ColumnElement[int]:
    """How many should come."""
    return func.coalesce(Shift.needed, Shift.capacity)


def expected(model: ShowModel) -> ColumnElement[float]:
    """How many will come as far as one knows."""
    going = cast(Shift.going, Float)
    return func.least(func.coalesce(Shift.expected, going * model.mean), going)


def _worth(worth: Worth) -> ColumnElement[float]:
    return func.coalesce(Score.value_per_hour / worth.mean, 1.0) if worth.mean > 0 else cast(1.0, Float)


def urgency(worth: Worth, model: ShowModel, now: datetime) -> ColumnElement[float]:
    """See the head of this file."""
    hours = func.date_part("epoch", Shift.ends_at - Shift.starts_at, type_=Float) / 3600.0
    days = func.greatest(func.date_part("epoch", Shift.starts_at - now, type_=Float) / 86_400.0, 0.0)
    missing = func.greatest(needed() - expected(model), 0.0)
    return missing * hours * _worth(worth) * (HALF_AFTER_DAYS / (days + HALF_AFTER_DAYS))


def with_intervals(rows: Sequence[Need], model: ShowModel) -> list[Need]:
    """The rows with between how many will come, where everybody's chance was reckoned. One statement."""
    chances: dict[int, list[float]] = {}
    ids = [row.id for row in rows if row.is_reckoned and row.going]
    query = select(SignUp.shift_id, SignUp.show_chance).where(
        SignUp.shift_id == func.any(ids), SignUp.state == "going"
    )
    for shift_id, chance in db.session.execute(query) if ids else ():
        chances.setdefault(shift_id, []).append(model.mean if chance is None else chance)
    return [_with_interval(row, chances.get(row.id), model) for row in rows]


def _with_interval(row: Need, chances: list[float] | None, model: ShowModel) -> Need:
    if not chances:
        return row
    come = turnout(chances, model.shared_sd())
    return replace(row, low=come.low, high=come.high)


@dataclass(frozen=True, slots=True)
class Sums:
    """Of all shifts wanted: how many, how many short, people needed, expected, going, places."""

    shifts: int
    short: int
    needed: int
    expected: float
    going: int
    capacity: int

    @property
    def filled(self) -> float:
        """Of the places, 0 to 1."""
        return self.going / self.capacity if self.capacity else 0.0


def sums(campaign_id: int, wanted: Wanted, model: ShowModel) -> Sums:
    """One statement."""
    query = select(*sum_columns(model)).select_from(Shift)
    query = narrowed(query, campaign_id, wanted, model, places=False)
    return Sums(*db.session.execute(query).one())


def sum_columns(model: ShowModel) -> list[ColumnElement[Any]]:
    """The columns of Sums."""
    is_short = case((expected(model) < 0.9 * needed(), 1))
    return [
        func.count(),
        func.count(is_short),
        func.coalesce(func.sum(needed()), 0),
        func.coalesce(func.sum(expected(model)), 0.0),
        func.coalesce(func.sum(Shift.going), 0),
        func.coalesce(func.sum(Shift.capacity), 0),
    ]


@dataclass(frozen=True, slots=True)
class Choices:
    """What filters offer: (path, indented name) of areas, (id, name) of districts with staging locations."""

    areas: list[tuple[str, str]]
    districts: list[tuple[int, str]]


def choices(campaign_id: int, area_paths: Iterable[str]) -> Choices:
    """Two statements, bounded."""
    paths = list(area_paths)
    areas = (
        select(Area.path, Area.name)
        .where(Area.campaign_id == campaign_id, access.within(Area.path, paths))
        .order_by(Area.path)
        .limit(1000)
    )
    used = (
        select(StagingLocation.district_id)
        .join(Area, Area.id == StagingLocation.area_id)
        .where(StagingLocation.campaign_id == campaign_id, access.within(Area.path, paths))
    )
    districts = (
        select(District.id, District.name)
        .where(District.campaign_id == campaign_id, District.id.in_(used))
        .order_by(District.name)
        .limit(1000)
    )
    return Choices(
        [(path, "\u2003" * (path.count("/") - 2) + name) for path, name in db.session.execute(areas)],
        [(row_id, name) for row_id, name in db.session.execute(districts)],
    )

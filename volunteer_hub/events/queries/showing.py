"""What is learned from and reckoned for: marked sign-ups of the past and standing ones of coming shifts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Row, Select, and_, case, false, func, or_, select

from geodata.showing import ShowModel, SignUps, unlearned
from volunteer_hub.core import access
from volunteer_hub.core.db import db
from volunteer_hub.core.paging import Page, page_of
from volunteer_hub.events.loop import CONFIRMED_WITHIN
from volunteer_hub.events.models import Event, Shift, ShowLearned, SignUp, StagingLocation
from volunteer_hub.events.near import EARTH_KM
from volunteer_hub.people.models import Area, Campaign, Person
from volunteer_hub.priority.models import Score

CLOSED_SHARE = 0.8
"""A list is closed when so many of its people are marked. Where only those who came were marked, everybody
seems to have come, so such shifts teach nothing."""
MOST_HISTORY = 100_000
OLDEST = timedelta(days=730)
REMINDED_FROM = timedelta(hours=26)
LOOK_AHEAD = timedelta(days=21)


def has_confirmed() -> ColumnElement[bool]:
    """Did this sign-up's person say yes in the last days before its shift (joined)?"""
    return and_(SignUp.confirmed_at.is_not(None), SignUp.confirmed_at >= Shift.starts_at - CONFIRMED_WITHIN)


def show_model(campaign_id: int) -> ShowModel:
    """What was learned of the campaign last; before that, that about half come."""
    kept = db.session.scalar(select(ShowLearned.model).where(ShowLearned.campaign_id == campaign_id))
    try:
        return ShowModel.of_plain(kept) if kept else unlearned()
    except ValueError:  # of an older version of the program: tonight it is learned again
        return unlearned()


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Marked sign-ups with what was known when their shift began, and who came; shifts that teach nothing."""

    rows: SignUps
    came: np.ndarray[Any, np.dtype[np.bool_]]
    left_out: int


def history(campaign_id: int, now: datetime) -> History:
    """The newest MOST_HISTORY sign-ups of closed lists. Two statements."""
    marks = _marked(campaign_id, now).subquery()
    query = (
        _columns(marks.c.came_before, marks.c.missed_before, false())
        .add_columns(SignUp.attendance)
        .join(marks, marks.c.id == SignUp.id)
        .where(SignUp.shift_id.in_(_lists(campaign_id, now, is_closed=True)), SignUp.source != "walk_in")
        .order_by(Shift.starts_at.desc(), SignUp.id.desc())
        .limit(MOST_HISTORY)
    )
    found = db.session.execute(query).all()[::-1]
    left_out = db.session.scalar(
        select(func.count()).select_from(_lists(campaign_id, now, is_closed=False).subquery())
    )
    came = np.array([row.attendance == "attended" for row in found], bool)
    return History(_as_sign_ups(found), came, left_out or 0)


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """Sign-ups that hold a place at coming shifts: their ids and shifts in the order of `rows`."""

    ids: list[int]
    shift_ids: list[int]
    rows: SignUps


def standing_rows(shift_ids: Sequence[int], now: datetime) -> Standing:
    """Who is going to these shifts, as they are known now. One statement."""
    is_early = and_(SignUp.reminded_day_at.is_(None), ~has_confirmed(), Shift.starts_at > now + REMINDED_FROM)
    query = (
        _columns(Person.came, Person.missed, is_early)
        .where(SignUp.shift_id == func.any(list(shift_ids)), SignUp.state == "going")
        .order_by(SignUp.id)
    )
    found = db.session.execute(query).all() if shift_ids else []
    return Standing([row.id for row in found], [row.shift_id for row in found], _as_sign_ups(found))


def sign_ups_ahead(person_id: int, now: datetime) -> Standing:
    """A person's own places at coming shifts. One statement."""
    query = _columns(Person.came, Person.missed, SignUp.reminded_day_at.is_(None)).where(
        SignUp.person_id == person_id, SignUp.state == "going", Shift.starts_at > now
    )
    found = db.session.execute(query.order_by(Shift.starts_at)).all()
    return Standing([row.id for row in found], [row.shift_id for row in found], _as_sign_ups(found))


def campaigns_to_learn(now: datetime) -> list[int]:
    """Campaigns with new marks: those of a tenth at once, others once a night. One statement."""
    marks = (
        select(SignUp.campaign_id, func.count().label("marks"))
        .where(SignUp.attendance.is_not(None))
        .group_by(SignUp.campaign_id)
        .subquery()
    )
    known = func.coalesce(ShowLearned.marks, 0)
    query = (
        select(marks.c.campaign_id)
        .outerjoin(ShowLearned, ShowLearned.campaign_id == marks.c.campaign_id)
        .where(
            or_(
                func.abs(marks.c.marks - known) >= func.greatest(20, known / 10),
                and_(
                    marks.c.marks != known,
                    or_(ShowLearned.id.is_(None), ShowLearned.learned_at < now - timedelta(hours=20)),
                ),
            )
        )
        .order_by(marks.c.campaign_id)
    )
    return list(db.session.scalars(query))


def marks_of(campaign_id: int) -> int:
    """How many sign-ups of the campaign carry an attendance."""
    query = select(func.count()).where(SignUp.campaign_id == campaign_id, SignUp.attendance.is_not(None))
    return db.session.scalar(query) or 0


def shifts_to_reckon(now: datetime, *, limit: int, after: int = 0) -> list[tuple[int, int]]:
    """(campaign id, shift id) of coming shifts whose numbers are not up to date, by id.

    All that over-book, and those of the next three weeks with a sign-up nobody reckoned or an expectation
    that is older than its sign-ups.
    """
    unreckoned = select(SignUp.id).where(
        SignUp.shift_id == Shift.id, SignUp.state == "going", SignUp.show_chance.is_(None)
    )
    is_stale = and_(
        Shift.starts_at < now + LOOK_AHEAD,
        or_(and_(Shift.expected.is_(None), Shift.going > 0), unreckoned.exists()),
    )
    query = (
        select(Shift.campaign_id, Shift.id)
        .where(
            Shift.starts_at > now,
            Shift.cancelled_at.is_(None),
            Shift.id > after,
            or_(Shift.short_risk.is_not(None), is_stale),
        )
        .order_by(Shift.id)
        .limit(limit)
    )
    return [(row.campaign_id, row.id) for row in db.session.execute(query)]


def over_booked(shift_ids: Sequence[int]) -> list[int]:
    """Which of these shifts follow a chosen risk."""
    query = select(Shift.id).where(Shift.id == func.any(list(shift_ids)), Shift.short_risk.is_not(None))
    return list(db.session.scalars(query.order_by(Shift.id))) if shift_ids else []


def coming_shift_ids(campaign_id: int, now: datetime) -> list[int]:
    """The campaign's shifts of the next three weeks that somebody goes to."""
    query = select(Shift.id).where(
        Shift.campaign_id == campaign_id,
        Shift.starts_at > now,
        Shift.starts_at < now + LOOK_AHEAD,
        Shift.cancelled_at.is_(None),
        Shift.going > 0,
    )
    return list(db.session.scalars(query.order_by(Shift.id)))


@dataclass(frozen=True, slots=True)
class ShiftOutlook:
    """A coming shift as the page “Who will come” shows it. expected: reckoned, or at the campaign's mean."""

    id: int
    event_name: str
    location_name: str
    starts_at: datetime
    ends_at: datetime
    going: int
    capacity: int
    waiting: int
    confirmed: int
    needed: int
    short_risk: float | None
    expected: float
    rank: int | None

    @property
    def missing(self) -> float:
        return max(0.0, self.needed - self.expected)


def outlook(
    campaign_id: int,
    area_paths: Iterable[str],
    *,
    now: datetime,
    mean: float,
    number: int,
    snapshot_id: int | None = None,
) -> Page[ShiftOutlook]:
    """Coming shifts at or below these areas within three weeks, the emptiest important one first.

    By the share of the needed people who are missing, times what an hour is worth in its district (by the
    snapshot's scores; the best district counts five times as much as one without a score); the sooner one
    first of two alike. Two statements.
    """
    best = select(func.max(Score.value_per_hour)).where(Score.snapshot_id == snapshot_id).scalar_subquery()
    worth = func.coalesce(Score.value_per_hour / func.nullif(best, 0), 0) + 0.25
    needed = func.coalesce(Shift.needed, Shift.capacity)
    expected = func.least(func.coalesce(Shift.expected, Shift.going * mean), Shift.going)
    confirmed = (
        select(func.count())
        .where(SignUp.shift_id == Shift.id, SignUp.state == "going", has_confirmed())
        .correlate(Shift)
        .scalar_subquery()
    )
    query: Any = (
        select(
            Shift.id,
            Event.name.label("event_name"),
            StagingLocation.name.label("location_name"),
            Shift.starts_at,
            Shift.ends_at,
            Shift.going,
            Shift.capacity,
            Shift.waiting,
            confirmed.label("confirmed"),
            needed.label("needed"),
            Shift.short_risk,
            expected.label("expected"),
            Score.rank.label("rank"),
        )
        .join(Event, Event.id == Shift.event_id)
        .join(Area, Area.id == Event.area_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .outerjoin(
            Score,
            and_(
                Score.snapshot_id == snapshot_id,
                Score.district_id == StagingLocation.district_id,
                Score.precinct_id.is_(None),
            ),
        )
        .where(
            Shift.campaign_id == campaign_id,
            Shift.starts_at > now,
            Shift.starts_at < now + LOOK_AHEAD,
            Shift.cancelled_at.is_(None),
            Event.state == "published",
            access.within(Area.path, area_paths),
        )
        .order_by((func.greatest(1.0 - expected / needed, 0.0) * worth).desc(), Shift.starts_at, Shift.id)
    )
    page = page_of(query, number)
    rows = [ShiftOutlook(**row._mapping) for row in page.rows]
    return Page(rows, page.number, page.per_page, page.total)


@dataclass(frozen=True, slots=True)
class Booking:
    """What was chosen for a shift: people needed, risk of fewer, most sign-ups (None: no over-booking)."""

    needed: int | None
    short_risk: float | None
    room: int | None
    expected: float | None


def booking_of(shift_id: int) -> Booking:
    """The choice for one shift, whose row the caller has looked up."""
    query = select(Shift.needed, Shift.short_risk, Shift.room, Shift.expected).where(Shift.id == shift_id)
    return Booking(*db.session.execute(query).one())


def expected_of(shift_id: int, mean: float) -> float:
    """How many of a shift's people are expected, from what was reckoned for each; else the mean."""
    chance = func.coalesce(SignUp.show_chance, mean)
    query = select(func.coalesce(func.sum(chance), 0.0)).where(
        SignUp.shift_id == shift_id, SignUp.state == "going"
    )
    return float(db.session.scalar(query) or 0.0)


def learned_row(campaign_id: int) -> ShowLearned | None:
    """When it was learned and from what."""
    return db.session.scalar(select(ShowLearned).where(ShowLearned.campaign_id == campaign_id))


def _marked(campaign_id: int, now: datetime) -> Select[*tuple[Any, ...]]:
    """Every mark of the campaign with its person's record before it."""
    before = {"partition_by": SignUp.person_id, "order_by": (Shift.starts_at, SignUp.id), "rows": (None, -1)}

    def count(attendance: str) -> ColumnElement[int]:
        one = case((SignUp.attendance == attendance, 1), else_=0)
        return func.coalesce(func.sum(one).over(**before), 0)  # type: ignore[arg-type]

    return (
        select(
            SignUp.id,
            count("attended").label("came_before"),
            count("no_show").label("missed_before"),
        )
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(
            SignUp.campaign_id == campaign_id,
            SignUp.attendance.is_not(None),
            Shift.starts_at > now - OLDEST,
            Shift.ends_at < now,
        )
    )


def _lists(campaign_id: int, now: datetime, *, is_closed: bool) -> Any:
    """Past shifts with marks on (nearly) everybody, or on too few."""
    marked = func.count(SignUp.attendance)
    is_enough = marked >= CLOSED_SHARE * func.count()
    return (
        select(SignUp.shift_id)
        .join(Shift, Shift.id == SignUp.shift_id)
        .where(
            SignUp.campaign_id == campaign_id,
            SignUp.state == "going",
            Shift.starts_at > now - OLDEST,
            Shift.ends_at < now,
            Shift.cancelled_at.is_(None),
        )
        .group_by(SignUp.shift_id)
        .having(is_enough if is_closed else ~is_enough)
    )


def _columns(came: Any, missed: Any, is_early: Any) -> Select[*tuple[Any, ...]]:
    """What SignUps is made of, from sign-ups joined to their shift, place, person and campaign."""
    local = func.timezone(Campaign.time_zone, Shift.starts_at)
    query: Any = (
        select(
            SignUp.id,
            SignUp.shift_id,
            came.label("came_before"),
            missed.label("missed_before"),
            (func.extract("epoch", Shift.starts_at - SignUp.created_at) / 86_400).label("days_ahead"),
            or_(SignUp.reminded_day_at.is_not(None), SignUp.reminded_hours_at.is_not(None)).label("is_asked"),
            has_confirmed().label("is_confirmed"),
            is_early.label("is_early"),
            SignUp.brought_by.is_not(None).label("is_brought"),
            SignUp.source.in_(("offer", "staff")).label("is_put_on"),
            (SignUp.source == "waiting_list").label("is_from_waiting"),
            _away_km().label("km"),
            (func.extract("isodow", local) >= 6).label("is_weekend"),
            (func.extract("hour", local) + func.extract("minute", local) / 60).label("hour"),
            or_(
                Person.email_agreed_at.is_not(None),
                and_(Person.text_agreed_at.is_not(None), Person.phone.is_not(None)),
            ).label("is_reachable"),
        )
        .join(Shift, Shift.id == SignUp.shift_id)
        .join(StagingLocation, StagingLocation.id == Shift.staging_location_id)
        .join(Person, Person.id == SignUp.person_id)
        .join(Campaign, Campaign.id == SignUp.campaign_id)
    )
    return query  # a select of so many columns has no short type


def _away_km() -> ColumnElement[float]:
    north = func.radians(Person.latitude - StagingLocation.latitude) / 2
    east = func.radians(Person.longitude - StagingLocation.longitude) / 2
    chord = func.power(func.sin(north), 2) + func.cos(func.radians(StagingLocation.latitude)) * func.cos(
        func.radians(Person.latitude)
    ) * func.power(func.sin(east), 2)
    return (2 * EARTH_KM) * func.asin(func.sqrt(func.least(chord, 1.0)))


def _as_sign_ups(found: Sequence[Row[Any]]) -> SignUps:
    def column(name: str, kind: type) -> Any:
        values = (getattr(row, name) for row in found)
        return np.array([np.nan if value is None else value for value in values], kind)

    return SignUps(
        shift=column("shift_id", np.int64),
        **{name: column(name, np.float64) for name in ("came_before", "missed_before", "days_ahead")},
        **{name: column(name, np.bool_) for name in ("is_asked", "is_confirmed", "is_early", "is_brought")},
        **{name: column(name, np.bool_) for name in ("is_put_on", "is_from_waiting", "is_weekend")},
        **{name: column(name, np.float64) for name in ("km", "hour")},
        is_reachable=column("is_reachable", np.bool_),
    )


def of_records(records: Sequence[tuple[int, int]], days_ahead: float) -> SignUps:
    """Sign-ups as people with these records (came, missed) would make them, all else average."""
    n = len(records)
    no = np.zeros(n, bool)
    came, missed = (np.array([record[at] for record in records], np.float64) for at in (0, 1))
    return SignUps(
        shift=np.zeros(n, np.int64),
        came_before=came,
        missed_before=missed,
        days_ahead=np.full(n, days_ahead),
        is_asked=no,
        is_confirmed=no,
        is_early=~no,
        is_brought=no,
        is_put_on=no,
        is_from_waiting=no,
        km=np.full(n, np.nan),
        is_weekend=no,
        hour=np.full(n, 12.0),
        is_reachable=~no,
    )

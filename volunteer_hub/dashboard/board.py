"""The board: every figure of the dashboard together, for the page and for its live answer."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from geodata.priority import DayDone, Forecast, forecast
from volunteer_hub.core import clock
from volunteer_hub.dashboard import queries
from volunteer_hub.events import queries as events
from volunteer_hub.events.queries import EventCounts, OutNow
from volunteer_hub.people.models import Campaign
from volunteer_hub.priority import queries as priority
from volunteer_hub.priority.models import Contest, Snapshot

SHOW_PRIOR_CAME, SHOW_PRIOR_ALL = 8, 10  # until people have come or stayed away, 8 of 10 are expected to come
SHIFTS_SHOWN = 6
DISTRICTS_SHOWN = 14
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Board:
    """All that the dashboard shows of one viewer's areas at one instant."""

    at: datetime
    today: date
    kind: str
    contest: Contest | None
    snapshot: Snapshot | None
    standings: list[queries.Standing]
    support: dict[int, int]
    days: list[DayDone]
    out: list[OutNow]
    turfs_out: int
    people_with_turf: int
    events: EventCounts
    shifts: list[queries.ShiftAhead]
    offers: dict[str, int]
    messages: dict[str, int]
    forecast: Forecast | None
    deadline: date | None
    moves: list[dict[str, Any]] = field(default_factory=list)

    def total(self, name: str) -> int:
        """The sum of a count over all districts."""
        return sum(getattr(each, name) for each in self.standings)

    @property
    def contact_rate(self) -> float | None:
        """Talks by knocks; None before the first knock."""
        attempts = self.total("attempts")
        return self.total("contacts") / attempts if attempts else None


def board(campaign: Campaign, paths: list[str], now: datetime) -> Board:
    """Read the whole board, in a fixed number of statements."""
    zone = ZoneInfo(campaign.time_zone)
    today = clock.campaign_day(now, zone)
    contest = priority.active_contest(campaign.id)
    snapshot = priority.newest_snapshot(contest.id) if contest else None
    kind = contest.district_kind if contest else _largest(priority.kinds(campaign.id))
    standings = queries.standings(campaign.id, kind, paths, snapshot.id if snapshot else None)
    days = queries.days_done(campaign.id, paths, today, zone)
    deadline = (contest.election_on if contest else None) or campaign.election_on
    counts = events.counts(campaign.id, now, area_paths=paths)
    ahead = queries.shifts_ahead(campaign.id, paths, now, _until(deadline, today, zone))
    turfs, holders = queries.turf_out(campaign.id, paths, now)
    mine = {each.district_id for each in standings}
    return Board(
        at=now,
        today=today,
        kind=kind,
        contest=contest,
        snapshot=snapshot,
        standings=standings,
        support=queries.support_found(campaign.id, mine),
        days=days,
        out=events.people_out_now(campaign.id, now, area_paths=paths),
        turfs_out=turfs,
        people_with_turf=holders,
        events=counts,
        shifts=ahead[:SHIFTS_SHOWN],
        offers=queries.offers(campaign.id, paths),
        messages=queries.messages(campaign.id, paths, now - WEEK),
        forecast=_forecast(standings, days, today, deadline, _planned(ahead, counts, zone)),
        deadline=deadline,
        moves=[move for move in snapshot.changes if move["district_id"] in mine][:6] if snapshot else [],
    )


def _largest(kinds: list[tuple[str, int]]) -> str:
    return max(kinds, key=lambda layer: layer[1])[0] if kinds else ""


def _until(deadline: date | None, today: date, zone: ZoneInfo) -> datetime:
    last = deadline if deadline and deadline >= today else today + WEEK
    return datetime.combine(last + timedelta(days=1), time(), tzinfo=zone)


def _planned(ahead: list[queries.ShiftAhead], counts: EventCounts, zone: ZoneInfo) -> dict[date, float]:
    """Hours expected out on the days ahead: people signed up, times their hours, times the chance to come."""
    came = counts.attended_7d + SHOW_PRIOR_CAME
    chance = came / (counts.attended_7d + counts.no_show_7d + SHOW_PRIOR_ALL)
    found: dict[date, float] = defaultdict(float)
    for shift in ahead:
        hours = (shift.ends_at - shift.starts_at).total_seconds() / 3600
        if shift.going:
            found[clock.campaign_day(shift.starts_at, zone)] += chance * shift.going * hours
    return dict(found)


def _forecast(
    standings: list[queries.Standing],
    days: list[DayDone],
    today: date,
    deadline: date | None,
    planned: dict[date, float],
) -> Forecast | None:
    """From tomorrow to the deadline; None without a deadline ahead or without doors.

    The history begins with the first day that has reports: before it the work had not begun. People sign up
    late, so hours already promised stand for the coming week only; after it the pace so far goes on.
    """
    left = sum(each.doors_left for each in standings)
    if deadline is None or deadline <= today or not any(each.doors for each in standings):
        return None
    begun = next((number for number, each in enumerate(days) if each.doors), len(days))
    coming = {day: hours for day, hours in planned.items() if today < day <= min(deadline, today + WEEK)}
    return forecast(days[begun:], today=today, deadline=deadline, doors_left=left, planned_hours=coming)

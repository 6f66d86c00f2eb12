"""How it goes right now: the day, the shifts that run, the precincts with turf in people's hands.

The day is what progress has more than it had at midnight, so that one cheap statement answers however many
doors are knocked. What progress had (the **base**) is worked out now and then from the day's reports, in one
look at both: progress less what was received since midnight and took effect. Between two such looks a report
of today that is taken back is less progress, and no longer counts; one of an earlier day that is taken back
counts against today until the next look. All processes share the base, so all tell the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from volunteer_hub.core import clock
from volunteer_hub.core.db import db
from volunteer_hub.core.shared import shared

SHIFT_MARGIN = timedelta(hours=2)
MOST_PLACES = 100
BASE_EVERY_S = 600.0

_BASE = text(
    """
    WITH at_door AS (
      SELECT r.door_id, greatest(count(*) FILTER (WHERE NOT r.same_knock), 1) AS knocks,
             greatest(count(*) FILTER (WHERE NOT r.same_knock AND r.result = 'canvassed'),
                      bool_or(r.result = 'canvassed')::int) AS talks
        FROM door_reports r
       WHERE r.campaign_id = :campaign AND r.received_at >= :day AND r.result IS NOT NULL
         AND r.undone_at IS NULL AND NOT EXISTS (SELECT FROM pending_reports p WHERE p.report_id = r.id)
       GROUP BY r.door_id),
    today AS (
      SELECT d.district_id, sum(t.knocks) AS knocks, sum(t.talks) AS talks
        FROM at_door t JOIN doors d ON d.id = t.door_id GROUP BY d.district_id),
    ever AS (
      SELECT district_id, sum(attempts) AS knocks, sum(contacts) AS talks FROM progress
       WHERE campaign_id = :campaign GROUP BY district_id)
    SELECT district_id, coalesce(e.knocks, 0) - coalesce(t.knocks, 0) AS knocks,
           coalesce(e.talks, 0) - coalesce(t.talks, 0) AS talks
      FROM ever e FULL JOIN today t USING (district_id)
    """
)

_STATEMENT = text(
    """
    WITH ever AS (
      SELECT s.id, a.path, sum(g.attempts) AS knocks, sum(g.contacts) AS talks
        FROM progress g JOIN districts s ON s.id = g.district_id JOIN areas a ON a.id = s.area_id
       WHERE g.campaign_id = :campaign GROUP BY s.id, a.path),
    shift AS (
      SELECT h.id, a.path, e.name, h.starts_at, count(*) AS turfs, count(DISTINCT l.person_id) AS people,
             sum(t.doors) AS doors, sum(t.doors_done) AS done
        FROM shifts h JOIN events e ON e.id = h.event_id JOIN leases l ON l.shift_id = h.id
        JOIN turfs t ON t.id = l.turf_id JOIN districts s ON s.id = t.district_id
        JOIN areas a ON a.id = s.area_id
       WHERE h.campaign_id = :campaign AND h.starts_at < :later AND h.ends_at > :earlier
       GROUP BY h.id, a.path, e.name),
    walked AS (
      SELECT t.precinct_id AS id, count(DISTINCT t.id) AS turfs, sum(t.doors) AS doors,
             sum(t.doors_done) AS done
        FROM leases l JOIN turfs t ON t.id = l.turf_id
       WHERE l.campaign_id = :campaign AND l.returned_at IS NULL GROUP BY t.precinct_id),
    precinct AS (
      SELECT w.*, a.path, p.name, g.attempts AS knocks, g.contacts AS talks
        FROM walked w JOIN precincts p ON p.id = w.id JOIN districts s ON s.id = p.district_id
        JOIN areas a ON a.id = s.area_id
        LEFT JOIN progress g ON g.campaign_id = :campaign AND g.district_id = p.district_id
         AND g.precinct_id = p.id)
    SELECT (SELECT coalesce(json_agg(ever), '[]') FROM ever),
           (SELECT coalesce(json_agg(shift), '[]') FROM shift),
           (SELECT coalesce(json_agg(precinct), '[]') FROM precinct)
    """
)


@dataclass(frozen=True, slots=True)
class Tally:
    """What one viewer sees. Rows: id, name, turfs, doors, done; shifts also starts_at and people, precincts
    also knocks and talks (of all time)."""

    knocks: int
    talks: int
    shifts: list[dict[str, Any]]
    precincts: list[dict[str, Any]]

    def figures(self) -> dict[str, int]:
        """The numbers by the names that the page gives their places."""
        found = {"day-knocks": self.knocks, "day-talks": self.talks}
        for kind, rows in (("shift", self.shifts), ("precinct", self.precincts)):
            for row in rows:
                for name in ("turfs", "people", "doors", "done", "knocks", "talks"):
                    if name in row:
                        found[f"{kind}-{row['id']}-{name}"] = int(row[name] or 0)
        return found


def count(campaign_id: int, zone: str, now: datetime) -> dict[str, Any]:
    """Everything of a campaign, with the area of each part; plain data, to be shared. One statement, and now
    and then one more.
    """
    day = clock.campaign_day(now, ZoneInfo(zone))
    midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
    base = shared(
        f"tally-base-{campaign_id}-{day}", lambda: _base(campaign_id, midnight), every_s=BASE_EVERY_S
    )
    given = {"campaign": campaign_id, "earlier": now - SHIFT_MARGIN, "later": now + SHIFT_MARGIN}
    ever, shifts, precincts = db.session.execute(_STATEMENT, given).one()
    today = [_since(base.get(str(row["id"]), [0, 0]), row) for row in ever]
    return {"today": today, "shifts": shifts, "precincts": precincts}


def _base(campaign_id: int, midnight: datetime) -> dict[str, list[int]]:
    """Knocks and talks before today, by district id as text (this is kept as JSON)."""
    rows = db.session.execute(_BASE, {"campaign": campaign_id, "day": midnight})
    return {str(row.district_id): [int(row.knocks), int(row.talks)] for row in rows}


def _since(base: list[int], row: dict[str, Any]) -> dict[str, Any]:
    """What a district has more than its base; less than nothing is an old report taken back."""
    knocks, talks = (
        max(row[name] - before, 0) for name, before in zip(("knocks", "talks"), base, strict=True)
    )
    return {"path": row["path"], "knocks": knocks, "talks": talks}


def seen_by(counted: dict[str, Any], area_paths: list[str]) -> Tally:
    """The part of it that lies in these areas."""

    def mine(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
        return [row for row in rows if any(row["path"].startswith(path) for path in area_paths)]

    today = mine(counted["today"])
    return Tally(
        knocks=sum(row["knocks"] for row in today),
        talks=sum(row["talks"] for row in today),
        shifts=_merged(mine(counted["shifts"]))[:MOST_PLACES],
        precincts=sorted(mine(counted["precincts"]), key=lambda row: row["name"])[:MOST_PLACES],
    )


def _merged(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """A shift whose turf lies in several areas, as one."""
    found: dict[int, dict[str, Any]] = {}
    for row in rows:
        if row["id"] in found:
            both = found[row["id"]]
            found[row["id"]] = both | {n: both[n] + row[n] for n in ("turfs", "people", "doors", "done")}
        else:
            found[row["id"]] = row
    return sorted(found.values(), key=lambda row: (row["starts_at"], row["id"]))

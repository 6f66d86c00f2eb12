"""How it goes right now: the day, the shifts that run, the precincts with turf in people's hands."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import text

from volunteer_hub.core import clock
from volunteer_hub.core.db import db

SHIFT_MARGIN = timedelta(hours=2)
MOST_PLACES = 100

_STATEMENT = text(
    """
    WITH today AS (
      SELECT a.path, count(*) FILTER (WHERE NOT r.same_knock) AS knocks,
             count(*) FILTER (WHERE r.result = 'canvassed') AS talks
        FROM door_reports r JOIN doors d ON d.id = r.door_id JOIN districts s ON s.id = d.district_id
        JOIN areas a ON a.id = s.area_id
       WHERE r.campaign_id = :campaign AND r.received_at >= :day AND r.result IS NOT NULL
         AND r.undone_at IS NULL
       GROUP BY a.path),
    shift AS (
      SELECT h.id, a.path, e.name, h.starts_at, count(*) AS turfs, count(DISTINCT l.person_id) AS people,
             sum(t.doors) AS doors, sum(t.doors_done) AS done
        FROM shifts h JOIN events e ON e.id = h.event_id JOIN leases l ON l.shift_id = h.id
        JOIN turfs t ON t.id = l.turf_id JOIN districts s ON s.id = t.district_id
        JOIN areas a ON a.id = s.area_id
       WHERE h.campaign_id = :campaign AND h.starts_at < :later AND h.ends_at > :earlier
       GROUP BY h.id, a.path, e.name),
    precinct AS (
      SELECT p.id, a.path, p.name, count(DISTINCT t.id) AS turfs,
             (SELECT g.attempts FROM progress g WHERE g.precinct_id = p.id) AS knocks,
             (SELECT g.contacts FROM progress g WHERE g.precinct_id = p.id) AS talks,
             sum(t.doors) AS doors, sum(t.doors_done) AS done
        FROM leases l JOIN turfs t ON t.id = l.turf_id JOIN precincts p ON p.id = t.precinct_id
        JOIN districts s ON s.id = p.district_id JOIN areas a ON a.id = s.area_id
       WHERE l.campaign_id = :campaign AND l.returned_at IS NULL
       GROUP BY p.id, a.path, p.name)
    SELECT (SELECT coalesce(json_agg(today), '[]') FROM today),
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
    """Everything of a campaign, with the area of each part; plain data, to be shared. One statement."""
    day = clock.campaign_day(now, ZoneInfo(zone))
    given = {
        "campaign": campaign_id,
        "day": datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)),
        "earlier": now - SHIFT_MARGIN,
        "later": now + SHIFT_MARGIN,
    }
    today, shifts, precincts = db.session.execute(_STATEMENT, given).one()
    return {"today": today, "shifts": shifts, "precincts": precincts}


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

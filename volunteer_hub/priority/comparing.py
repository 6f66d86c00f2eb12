"""What moved between two snapshots, and why."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from geodata.priority import DistrictPriority, changes
from volunteer_hub.core.kept import kept
from volunteer_hub.priority import queries
from volunteer_hub.priority.models import Snapshot

KEPT_S = 24 * 3600
MOST = 400


def yesterday(snapshot: Snapshot, zone: ZoneInfo) -> Snapshot | None:
    """The last snapshot of the days before this one's, by the campaign's clock."""
    day = snapshot.taken_at.astimezone(zone).date()
    return queries.snapshot_before(snapshot, datetime.combine(day, time(), tzinfo=zone))


def moves(before: Snapshot, now: Snapshot) -> list[dict[str, Any]]:
    """The largest moves from one snapshot to the other, largest first (at most MOST).

    Each has district_id, name, factor, sentence, rank_before, rank_now. Both snapshots stand for ever as they
    are, so the answer is worked out once and kept.
    """
    found: list[dict[str, Any]] = kept(
        f"moves:{before.id}:{now.id}:{now.taken_at.timestamp()}", lambda: _moves(before, now), for_s=KEPT_S
    )
    return found


def _moves(before: Snapshot, now: Snapshot) -> list[dict[str, Any]]:
    old, new = (
        [DistrictPriority.from_dict(detail) for detail in queries.details(each.id)] for each in (before, now)
    )
    return [
        {"district_id": int(move.id)} | {name: asdict(move)[name] for name in _KEPT}
        for move in changes(old, new)[:MOST]
    ]


_KEPT = ("name", "factor", "sentence", "rank_before", "rank_now")

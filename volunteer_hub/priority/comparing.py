"""What moved between two snapshots, how sure that is, and why."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from geodata.priority import Change, DistrictPriority, changes
from volunteer_hub.core.kept import kept
from volunteer_hub.priority import queries
from volunteer_hub.priority.differences import differences
from volunteer_hub.priority.models import Snapshot

KEPT_S = 24 * 3600
LEAST = 0.02  # what moved by less has not moved
Estimate = tuple[float, float, float]  # value, low, high


@dataclass(frozen=True, slots=True)
class Move:
    """One district in two snapshots. Estimates are of the next hour, in the snapshots' unit.

    before, now: None where the district is not in that snapshot. difference: None where one is missing or
    the units differ. factor: what moved it most (see geodata.priority.Change); figures: that factor's own
    number before and now, None where it has none.
    """

    district_id: int
    name: str
    before: Estimate | None
    now: Estimate | None
    difference: Estimate | None
    rank_before: int | None
    rank_now: int | None
    factor: str
    figures: tuple[float, float] | None

    @property
    def change(self) -> float:
        """The new value's share of the old one less 1; NaN where they cannot be compared."""
        if self.difference is None or self.before is None or not self.before[0]:
            return math.nan
        return self.difference[0] / self.before[0]

    @property
    def has_moved(self) -> bool:
        if self.difference is None:
            return self.rank_before != self.rank_now
        return self.difference[0] != 0 and not abs(self.change) < LEAST

    @property
    def is_sure(self) -> bool:
        """Is the whole interval of the difference on one side of nothing?"""
        return self.difference is not None and self.difference[1] * self.difference[2] > 0

    @property
    def direction(self) -> int:
        """1: an hour is worth more, -1: less, 0: neither can be said. By ranks where units differ."""
        if self.difference is not None:
            return (self.difference[0] > 0) - (self.difference[0] < 0)
        before, now = self.rank_before or math.inf, self.rank_now or math.inf
        return (now < before) - (now > before)

    @property
    def size(self) -> float:
        """How far it went: by value, or by ranks where the units differ."""
        if self.difference is not None:
            return abs(self.difference[0])
        if self.rank_before is None or self.rank_now is None:
            return (self.now or self.before or (0.0,))[0]
        return abs(self.rank_before - self.rank_now)


def yesterday(snapshot: Snapshot, zone: ZoneInfo) -> Snapshot | None:
    """The last snapshot of the days before this one's, by the campaign's clock."""
    day = snapshot.taken_at.astimezone(zone).date()
    return queries.snapshot_before(snapshot, datetime.combine(day, time(), tzinfo=zone))


def compared(before: Snapshot, now: Snapshot) -> list[Move]:
    """Every district of the two snapshots, the one that moved furthest first.

    Both snapshots stand for ever as they are, so the answer is worked out once and kept.
    """
    found = kept(
        f"compared:1:{before.id}:{now.id}:{now.taken_at.timestamp()}",
        lambda: [asdict(move) for move in _compared(before, now)],
        for_s=KEPT_S,
    )
    return [Move(**each) for each in found]


def moves(before: Snapshot, now: Snapshot) -> list[Move]:
    """Those that moved by 2 % or more, or in rank where the units differ; the largest first."""
    return [move for move in compared(before, now) if move.has_moved]


def _compared(before: Snapshot, now: Snapshot) -> list[Move]:
    old, new = _by_id(before), _by_id(now)
    reasons = {each.id: each for each in changes(old.values(), new.values(), least=0)}
    ranks = (_ranks(old.values()), _ranks(new.values()))
    surely = _differences(old, new)
    found = [
        _move(code, (old.get(code), new.get(code)), (ranks[0].get(code), ranks[1].get(code)),
              surely.get(code), reasons.get(code))
        for code in dict.fromkeys([*new, *old])
    ]  # fmt: skip
    return sorted(found, key=lambda move: (-move.size, move.rank_now or math.inf, move.district_id))


def _move(
    code: str,
    rows: tuple[DistrictPriority | None, DistrictPriority | None],
    ranks: tuple[int | None, int | None],
    difference: Estimate | None,
    reason: Change | None,
) -> Move:
    before, now = rows
    factor = reason.factor if reason else "rule"
    return Move(
        district_id=int(code),
        name=(now or before).name,  # type: ignore[union-attr] # it is in one of them
        before=_estimate(before) if before else None,
        now=_estimate(now) if now else None,
        difference=difference,
        rank_before=ranks[0],
        rank_now=ranks[1],
        factor=factor,
        figures=(_figure(before, factor), _figure(now, factor)) if before and now else None,
    )


def _by_id(snapshot: Snapshot) -> dict[str, DistrictPriority]:
    rows = (DistrictPriority.from_dict(detail) for detail in queries.details(snapshot.id))
    return {row.id: row for row in rows}


def _ranks(rows: Iterable[DistrictPriority]) -> dict[str, int]:
    order = sorted(rows, key=lambda row: (-row.score, row.id))
    return {row.id: rank for rank, row in enumerate(order, start=1)}


def _estimate(row: DistrictPriority) -> Estimate:
    return row.score, row.low, row.high


def _differences(old: dict[str, DistrictPriority], new: dict[str, DistrictPriority]) -> dict[str, Estimate]:
    both = [code for code in new if code in old and old[code].unit == new[code].unit]
    before, now = (
        np.array([_estimate(rows[code]) for code in both], dtype=np.float64).reshape(-1, 3)
        for rows in (old, new)
    )
    found: list[Any] = differences(before, now).tolist()
    return {code: tuple(row) for code, row in zip(both, found, strict=True)}


# Where a factor is told by another number than its own.
_TOLD_BY = {
    "support": "supporters_among_reached",
    "closeness": "margin_share",
    "stay_at_home": "home_share",
}


def _figure(row: DistrictPriority, factor: str) -> float:
    if factor in ("best_doors_left", "done", "reopened"):
        return row.doors_left
    told_by = _TOLD_BY.get(factor, "")
    return row.parts[told_by] if told_by in row.parts else row.factors.get(factor, math.nan)

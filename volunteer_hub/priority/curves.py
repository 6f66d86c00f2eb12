"""The value curve and the history of a place, as steps with intervals and as paths for the page."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from volunteer_hub.core.charts import Chart, band, nice_top
from volunteer_hub.priority.differences import Z90
from volunteer_hub.priority.queries import Past

FIRST_HOURS = 120.0  # forty people for a shift of three hours
FRESH = ("best", "middle", "last")


@dataclass(frozen=True, slots=True)
class Step:
    """Hours on doors of one kind: best, middle, last (thirds of those never tried), again, or "" (unknown).

    begins, ends: hours from now. Values are per hour, in the score's unit, with the 90 % interval; total:
    what all hours up to the end of this step bring, in that unit, with its interval.
    """

    kind: str
    begins: float
    ends: float
    value: float
    low: float
    high: float
    total: tuple[float, float, float]

    @property
    def hours(self) -> float:
        return self.ends - self.begins


def steps_of(detail: dict[str, Any], revisit_log_sd: float) -> list[Step]:
    """The curve of a score, falling. revisit_log_sd: what a second knock is worth is less sure by that much.

    The score's own errors are the same at each hour, so its interval, as a share, is that of every step, and
    the ends of the totals are the sums of the ends.
    """
    spread = math.log(detail["high"] / detail["score"]) if detail["score"] > 0 else 0.0
    kinds = _kinds(detail)
    found: list[Step] = []
    at, sums = 0.0, (0.0, 0.0, 0.0)
    for kind, segment in zip(kinds, detail["segments"], strict=True):
        hours, value = segment["hours"], segment["value_per_hour"]
        wide = math.exp(math.hypot(spread, Z90 * revisit_log_sd) if kind == "again" else spread)
        ends = (value, value / wide, value * wide)
        sums = (sums[0] + hours * ends[0], sums[1] + hours * ends[1], sums[2] + hours * ends[2])
        found.append(Step(kind, at, at + hours, *ends, total=sums))
        at += hours
    return found


def worth_of(steps: Sequence[Step], hours: float) -> tuple[float, float, float]:
    """What the first so many hours bring (all, if there are fewer), with its interval, in the unit."""
    sums = [0.0, 0.0, 0.0]
    for step in steps:
        taken = min(max(hours - step.begins, 0.0), step.hours)
        for at, each in enumerate((step.value, step.low, step.high)):
            sums[at] += taken * each
    return sums[0], sums[1], sums[2]


def _kinds(detail: dict[str, Any]) -> list[str]:
    """Which doors each segment is about: three equal thirds of the fresh ones, and the second knocks."""
    hours = [segment["hours"] for segment in detail["segments"]]
    pace, fresh = detail["doors_per_hour"][1], detail["parts"].get("fresh_doors")
    if fresh is None or not pace:
        return [""] * len(hours)
    third = fresh / len(FRESH) / pace
    fresh_count = min(len(FRESH), len(hours)) if third > 0 else 0
    if len(hours) - fresh_count > 1:
        return [""] * len(hours)
    again = (
        max(range(len(hours)), key=lambda at: (abs(hours[at] - third), at))
        if len(hours) > fresh_count
        else -1
    )
    fresh_kinds = iter(FRESH)
    return ["again" if at == again else next(fresh_kinds) for at in range(len(hours))]


def curve_plot(steps: Sequence[Step]) -> Chart:
    """The falling steps within their band. right: a round number of hours, at or after the last door."""
    top = nice_top(max((step.high for step in steps), default=0.0))
    right = nice_top(steps[-1].ends) if steps else 0.0
    if not right:
        return Chart(top, 0.0)

    def row(name: str) -> list[str]:
        return [
            f"{100 * x / right:.2f} {100 - 100 * getattr(step, name) / top:.2f}"
            for step in steps
            for x in (step.begins, step.ends)
        ]

    around = "M" + "L".join(row("high")) + "L" + "L".join(reversed(row("low"))) + "z"
    line = "M" + "L".join(row("value")) + f"L{100 * steps[-1].ends / right:.2f} 100"
    return Chart(top, right, line=line, area=around)


def hour_ticks(right: float) -> list[float]:
    """Four or five equal parts of the axis, whichever gives round numbers."""
    parts = 5 if round(right / 10 ** math.floor(math.log10(right)), 6) in (1.0, 2.5, 5.0) else 4
    return [right * at / parts for at in range(parts + 1)]


def past_plot(past: Sequence[Past]) -> Chart:
    """The score over the kept snapshots, within its interval."""
    return band([(row.taken_at.timestamp(), row.low, row.value_per_hour, row.high) for row in past])

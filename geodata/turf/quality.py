"""How good a cut is, in figures and in a sentence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from geodata.routing.neighbours import Longs
from geodata.turf.limits import Limits

WITHIN, CLOSELY_WITHIN = 0.25, 0.15


@dataclass(frozen=True, slots=True, eq=False)
class Turf:
    """doors: rows in walking order; start_xy_m: where to begin, the first door or the corner nearest to it;
    metres from first door to last; minutes of walking, knocking, talking and stairs; group: the caller's key,
    or None; is_locked: kept as it was given; polygon and line: shapely, None when not asked for.
    """

    doors: Longs
    start_xy_m: tuple[float, float]
    metres: float
    minutes: float
    group: Any
    polygon: Any
    line: Any = None
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a cut is.

    minutes_low, minutes_median, minutes_high  the 10th, 50th and 90th of 100 turfs by minutes
    doors_low, doors_median, doors_high, doors_least, doors_most  the same by doors, smallest and largest
    within_share     share of turfs within 25 % of the minutes asked for
    within_15_share  within 15 %; doors_within_share: doors within 25 % of the middle of the door limits (of
                     the mean, without limits)
    balance          least over greatest minutes, 1 when all are even
    metres_per_door  of walking; over_limit: turfs longer than the minutes that none may exceed (single doors
                     that take longer); 0 where minutes are what turfs come near to
    over_doors, under_doors  turfs outside the door limits
    crossings        steps over a barrier other than by a street: those of turfs kept as they were given
    guessed_steps    steps measured by straight line where streets were asked for
    off_network      doors that no street was found for
    split_buildings  buildings larger than a turf that several turfs share; parted_buildings: those that
                     several share because a barrier or the line of a group runs between their doors
    bound_m          metres that no cut into so many turfs can undercut; gap: (metres - bound) / metres
    """

    turfs: int
    doors: int
    minutes_low: float
    minutes_median: float
    minutes_high: float
    within_share: float
    balance: float
    metres: float
    metres_per_door: float
    over_limit: int
    crossings: int
    within_15_share: float = 1.0
    doors_low: float = 0.0
    doors_median: float = 0.0
    doors_high: float = 0.0
    doors_least: int = 0
    doors_most: int = 0
    doors_within_share: float = 1.0
    over_doors: int = 0
    under_doors: int = 0
    guessed_steps: int = 0
    off_network: int = 0
    split_buildings: int = 0
    parted_buildings: int = 0
    bound_m: float = 0.0
    gap: float = 0.0


def assess(turfs: tuple[Turf, ...], limits: Limits, **known: Any) -> Quality:
    """The figures of these turfs; `known`: what was counted elsewhere."""
    minutes, min_doors, max_doors = limits.minutes, limits.min_doors, limits.max_doors
    count = sum(len(turf.doors) for turf in turfs)
    metres = float(sum(turf.metres for turf in turfs))
    bound = float(known.pop("bound_m", 0.0))
    known |= {"bound_m": bound, "gap": max(0.0, metres - bound) / metres if metres > 0 else 0.0}
    if not turfs:
        return Quality(0, count, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0, **known)
    spent, doors = np.array([t.minutes for t in turfs]), np.array([len(t.doors) for t in turfs])
    low, median, high = np.percentile(spent, [10, 50, 90])
    fewest, middling, many = np.percentile(doors, [10, 50, 90])
    target = (min_doors + max_doors) / 2 if min_doors and max_doors else float(doors.mean())
    return Quality(
        turfs=len(turfs),
        doors=count,
        minutes_low=float(low),
        minutes_median=float(median),
        minutes_high=float(high),
        within_share=float((np.abs(spent / minutes - 1) <= WITHIN).mean()),
        balance=float(spent.min() / spent.max()),
        metres=metres,
        metres_per_door=metres / count,
        over_limit=int((spent > limits.top_min * (1 + 1e-9)).sum()),
        within_15_share=float((np.abs(spent / minutes - 1) <= CLOSELY_WITHIN).mean()),
        doors_low=float(fewest),
        doors_median=float(middling),
        doors_high=float(many),
        doors_least=int(doors.min()),
        doors_most=int(doors.max()),
        doors_within_share=float((np.abs(doors / target - 1) <= WITHIN).mean()),
        over_doors=int((doors > (max_doors or np.inf)).sum()),
        under_doors=int((doors < (min_doors or 0)).sum()),
        **known,
    )


def in_words(quality: Quality, minutes: float, method: str) -> str:
    """The result as a sentence, with how distances were measured."""
    if not quality.turfs:
        return "There are no doors to cut."
    words = (
        f"{quality.doors} doors in {quality.turfs} turfs, half of them of {quality.minutes_median:.0f} "
        f"minutes or more; {quality.within_share:.0%} are within 25% of {minutes:g} minutes, "
        f"with {quality.metres_per_door:.1f} m of walking a door. "
    )
    if method == "straight line":
        return words + "Distances are straight lines: streets, rivers and fences may make them longer."
    words += "Distances are those of walking along streets."
    if quality.off_network:
        words += f" {quality.off_network} doors are near no street; from and to them they are straight lines."
    return words

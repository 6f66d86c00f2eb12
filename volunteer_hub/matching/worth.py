"""What the seats of shifts are worth: each district's falling curve, shared out over its shifts.

An hour is worth most where nobody has worked yet. The shifts of a district draw on one curve: the first
seat of each shift in turn, then the second, so that no shift gets all the best hours by its date alone.
What sign-ups and offers hold already has taken the first hours.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from statistics import median

from volunteer_hub.events.queries import OpenShift

Curve = Sequence[tuple[float, float]]
Seats = list[tuple[int, float]]
MOST_SEGMENTS = 6


def seat_values(shifts: Sequence[OpenShift], curves: Mapping[int, Curve]) -> list[Seats]:
    """For each shift [(seats, value of one who surely comes, for the whole shift), ...], never rising.

    curves: by district [(hours, value per hour), ...]. A shift in no scored district is worth the median
    hour of all; without any curve every hour is worth 1.
    """
    usual = _usual(curves)
    values: list[list[float]] = [[] for _ in shifts]
    by_district: dict[int | None, list[int]] = defaultdict(list)
    for row, shift in enumerate(shifts):
        by_district[shift.district_id if shift.district_id in curves else None].append(row)
    for district_id, rows in by_district.items():
        curve = curves[district_id] if district_id is not None else [(float("inf"), usual)]
        _share(curve, [shifts[row] for row in rows], [values[row] for row in rows])
    return [_segments(each) for each in values]


def _share(curve: Curve, shifts: Sequence[OpenShift], values: Sequence[list[float]]) -> None:
    done = sum((shift.capacity - shift.places_left) * hours(shift) for shift in shifts)
    most = max((shift.places_left for shift in shifts), default=0)
    for seat in range(most):
        for shift, found in zip(shifts, values, strict=True):
            if seat < shift.places_left:
                found.append(_area(curve, done, done + hours(shift)))
                done += hours(shift)


def hours(shift: OpenShift) -> float:
    """How long a shift lasts."""
    return (shift.ends_at - shift.starts_at).total_seconds() / 3600


def _area(curve: Curve, start: float, end: float) -> float:
    """The value of the hours from `start` to `end` along a curve; beyond its end an hour is worth nothing."""
    total, passed = 0.0, 0.0
    for length, value in curve:
        overlap = min(end, passed + length) - max(start, passed)
        total += max(overlap, 0.0) * value
        passed += length
    return total


def _usual(curves: Mapping[int, Curve]) -> float:
    firsts = [curve[0][1] for curve in curves.values() if curve]
    return median(firsts) if firsts else 1.0


def _segments(values: Sequence[float]) -> Seats:
    """Seats of nearly the same value together, at most MOST_SEGMENTS steps, each at its mean."""
    if not values:
        return []
    falling = sorted(values, reverse=True)
    size = -(-len(falling) // MOST_SEGMENTS)
    groups = [falling[start : start + size] for start in range(0, len(falling), size)]
    return [(len(group), sum(group) / len(group)) for group in groups]

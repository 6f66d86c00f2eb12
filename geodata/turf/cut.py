"""Doors into turfs of about so many minutes: route first, cut second, then exchanges between neighbours."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from geodata.routing import open_walk
from geodata.routing.neighbours import Floats, Longs, nearest_neighbours
from geodata.turf import _kernels
from geodata.turf.barriers import Lines
from geodata.turf.polygons import outline
from geodata.turf.stops import Stops, door_order, gather

STRICTNESS = 0.6  # a turf a quarter off its size costs as much as walking 0.6 x 0.25^2 of its minutes
FILL_SHARE = 0.95
NEIGHBOURS = 8
SWEEPS = 20
WITHIN = 0.25


class Barrier(Protocol):
    """A shapely line or polygon in the doors' CRS."""

    @property
    def geom_type(self) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class Turf:
    """doors: rows in walking order; start_xy_m: where the first door is; metres of straight lines from first
    door to last; minutes of walking and knocking; group: the caller's key, or None; polygon: shapely, None
    when not asked for.
    """

    doors: Longs
    start_xy_m: tuple[float, float]
    metres: float
    minutes: float
    group: Any
    polygon: Any


@dataclass(frozen=True, slots=True)
class Quality:
    """How good a cut is.

    minutes_low, minutes_median, minutes_high  the 10th, 50th and 90th of 100 turfs by minutes
    within_share     share of turfs within 25 % of the minutes asked for
    balance          least over greatest minutes, 1 when all are even
    metres_per_door  of walking; over_limit: turfs above the minutes asked for (single doors that take longer)
    crossings        steps over a barrier (always 0)
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


@dataclass(frozen=True, slots=True, eq=False)
class CutResult:
    """turfs; turf_of (n,) the turf of each door; position_of (n,) its place in the walking order, from 0;
    quality; method: how distances were measured; sentence: the result in words; seconds of work.
    """

    turfs: tuple[Turf, ...]
    turf_of: Longs
    position_of: Longs
    quality: Quality
    method: str
    sentence: str
    seconds: float


def cut(
    doors: Any,
    *,
    minutes_per_turf: float,
    minutes_per_door: float,
    walking_speed_m_per_min: float = 75.0,
    building: Sequence[Any] | None = None,
    groups: Sequence[Any] | None = None,
    street: Sequence[Any] | None = None,
    number: Sequence[Any] | None = None,
    unit: Sequence[Any] | None = None,
    barriers: Sequence[Barrier] | None = None,
    seed: int = 0,
    polygons: bool = True,
) -> CutResult:
    """Cut doors into turfs of at most `minutes_per_turf`, as even and as short to walk as found.

    doors      (n, 2) x and y in metres of a local CRS (never degrees)
    building   (n,) key per door; doors of one building stay in one turf unless they alone take longer than a
               turf. None or NaN: the door stands alone
    groups     (n,) key per door (precinct); no turf holds two groups
    street, number, unit   (n,) text or numbers; they decide the order within a building and between doors at
                           one
               spot, as people count (9 before 10, 2A before 2B)
    barriers   lines or areas in the same CRS that no walk may cross
    seed       of the search for the walk: the same input and seed give the same cut

    Every door is in exactly one turf. Minutes are metres / speed + doors x minutes_per_door. No doors: no
    turfs. Raises ValueError with a sentence for coordinates that are not numbers, wrong lengths and minutes
    of 0 or less.
    """
    begun = time.perf_counter()
    minutes_per_turf, minutes_per_door = float(minutes_per_turf), float(minutes_per_door)
    walking_speed_m_per_min = float(walking_speed_m_per_min)  # one type, so that one compiled kernel serves
    xy = _checked(doors, minutes_per_turf, minutes_per_door, walking_speed_m_per_min)
    keys, group = _codes(groups, len(xy), "groups")
    lines = Lines(barriers)
    _, part = np.unique(np.column_stack([group, lines.sides(xy)]), axis=0, return_inverse=True)
    for name, column in (("street", street), ("number", number), ("unit", unit)):
        if column is not None and len(column) != len(xy):
            raise ValueError(f"{name} has {len(column)} entries for {len(xy)} doors")
    stops = gather(
        xy,
        door_order(len(xy), street, number, unit),
        _buildings(building, len(xy)),
        part.reshape(-1).astype(np.int64),
        minutes_per_door=minutes_per_door,
        minutes_per_turf=minutes_per_turf,
        speed_m_per_min=walking_speed_m_per_min,
    )
    turfs: list[Turf] = []
    for number_of_part in np.unique(stops.part):
        members = np.flatnonzero(stops.part == number_of_part)
        for path in _cut_part(stops, members, lines, minutes_per_turf, walking_speed_m_per_min, seed):
            rows = np.concatenate([stops.doors[stop] for stop in path])
            key = keys[int(group[rows[0]])] if groups is not None else None
            turfs.append(_turf(xy, rows, key, minutes_per_door, walking_speed_m_per_min, polygons))
    return _result(xy, tuple(turfs), minutes_per_turf, lines, time.perf_counter() - begun)


def _checked(doors: Any, minutes_per_turf: float, minutes_per_door: float, speed: float) -> Floats:
    for name, value in (
        ("minutes_per_turf", minutes_per_turf),
        ("minutes_per_door", minutes_per_door),
        ("walking_speed_m_per_min", speed),
    ):
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be more than 0, got {value}")
    xy = np.asarray(doors, dtype=np.float64)
    if xy.size == 0:
        return np.empty((0, 2))
    if xy.ndim != 2 or xy.shape[1] != 2:
        raise ValueError(f"doors need two columns, x and y in metres; got an array of shape {xy.shape}")
    if not np.isfinite(xy).all():
        raise ValueError(
            f"door {int(np.argmin(np.isfinite(xy).all(axis=1)))} has a coordinate that is not a number"
        )
    return np.ascontiguousarray(xy)


def _codes(values: Sequence[Any] | None, count: int, name: str) -> tuple[list[Any], Longs]:
    """Distinct keys in order of first sight, and for each row which of them it has."""
    if values is None:
        return [], np.zeros(count, np.int64)
    if len(values) != count:
        raise ValueError(f"{name} has {len(values)} entries for {count} doors")
    seen: dict[Any, int] = {}
    codes = np.fromiter((seen.setdefault(v, len(seen)) for v in values), np.int64, count)
    return list(seen), codes


def _buildings(building: Sequence[Any] | None, count: int) -> Longs:
    """A number per building; doors without one get a number of their own."""
    if building is None:
        return np.arange(count, dtype=np.int64)
    _, codes = _codes(building, count, "building")
    alone = np.fromiter((v is None or v != v for v in building), bool, count)
    return np.where(alone, count + np.arange(count), codes)


def _cut_part(
    stops: Stops, members: Longs, lines: Lines, limit: float, speed: float, seed: int
) -> list[Longs]:
    """Paths over stop rows for one group of stops that may share turfs."""
    xy, minutes = stops.xy_m[members], stops.minutes[members]
    order = open_walk(xy, seed=seed, kicks_per_point=1.0).order
    leg_m = np.concatenate([[0.0], np.hypot(*np.diff(xy[order], axis=0).T)])
    breaks = np.zeros(len(order), dtype=bool)
    breaks[1:] = lines.crossed(xy[order[:-1]], xy[order[1:]])
    target = _even_size(float(minutes.sum() + leg_m[~breaks].sum() / speed), limit)
    firsts = _kernels.best_cut(minutes[order], leg_m / speed, breaks, limit, target, STRICTNESS)
    paths = np.split(order, firsts[1:])
    better = _improved(xy, minutes, paths, limit, target, speed)
    if lines:
        better = _uncrossed(xy, paths, better, lines)
    middle = np.median(xy, axis=0)
    return [members[_from_inside(xy, path, middle)] for path in better]


def _even_size(total: float, limit: float) -> float:
    """Minutes of a turf when the whole is shared evenly, with a little room below the limit."""
    return min(limit, total / max(1, int(np.ceil(total / (limit * FILL_SHARE)))))


def _improved(
    xy: Floats, minutes: Floats, paths: list[Longs], limit: float, target: float, speed: float
) -> list[Longs]:
    """The paths after exchanges between neighbouring turfs, each in a short order."""
    count = np.array([len(p) for p in paths], np.int64)
    members = np.full((len(paths), 2 * int(count.max())), -1, np.int64)
    for row, path in enumerate(paths):
        members[row, : len(path)] = path
    _kernels.polish_all(xy, members, count)
    near = nearest_neighbours(xy, NEIGHBOURS)
    part = np.zeros(len(xy), np.int64)
    for _ in range(3):
        changes = _kernels.exchange(
            xy, minutes, near, members, count, part, limit, target, STRICTNESS, speed, SWEEPS
        )
        _kernels.polish_all(xy, members, count)
        if not changes:
            break
    return [members[row, : count[row]] for row in range(len(count))]


def _uncrossed(xy: Floats, plain: list[Longs], better: list[Longs], lines: Lines) -> list[Longs]:
    """The better paths unless one of them steps over a barrier; the plain cut never does."""
    starts = np.concatenate([p[:-1] for p in better])
    ends = np.concatenate([p[1:] for p in better])
    return plain if lines.crossed(xy[starts], xy[ends]).any() else better


def _from_inside(xy: Floats, path: Longs, middle: Floats) -> Longs:
    """The path from its end nearer to the middle of the area, where people set out from."""
    first, last = (float(np.hypot(*(xy[path[i]] - middle))) for i in (0, -1))
    return path if first <= last else path[::-1]


def _turf(xy: Floats, rows: Longs, group: Any, minutes_per_door: float, speed: float, polygons: bool) -> Turf:
    metres = float(np.hypot(*np.diff(xy[rows], axis=0).T).sum())
    return Turf(
        doors=rows,
        start_xy_m=(float(xy[rows[0], 0]), float(xy[rows[0], 1])),
        metres=metres,
        minutes=metres / speed + len(rows) * minutes_per_door,
        group=group,
        polygon=outline(xy[rows]) if polygons else None,
    )


def _result(xy: Floats, turfs: tuple[Turf, ...], limit: float, lines: Lines, seconds: float) -> CutResult:
    turf_of, position_of = np.full(len(xy), -1, np.int64), np.full(len(xy), -1, np.int64)
    for row, turf in enumerate(turfs):
        turf_of[turf.doors], position_of[turf.doors] = row, np.arange(len(turf.doors))
    steps = [(xy[t.doors[:-1]], xy[t.doors[1:]]) for t in turfs]
    crossings = sum(int(lines.crossed(a, b).sum()) for a, b in steps) if lines else 0
    quality = _quality(turfs, len(xy), limit, crossings)
    return CutResult(
        turfs, turf_of, position_of, quality, "straight line", _sentence(quality, limit), seconds
    )


def _quality(turfs: tuple[Turf, ...], doors: int, limit: float, crossings: int) -> Quality:
    minutes = np.array([t.minutes for t in turfs])
    metres = float(sum(t.metres for t in turfs))
    low, median, high = np.percentile(minutes, [10, 50, 90]) if len(turfs) else (0.0, 0.0, 0.0)
    return Quality(
        turfs=len(turfs),
        doors=doors,
        minutes_low=float(low),
        minutes_median=float(median),
        minutes_high=float(high),
        within_share=float((np.abs(minutes / limit - 1) <= WITHIN).mean()) if len(turfs) else 1.0,
        balance=float(minutes.min() / minutes.max()) if len(turfs) else 1.0,
        metres=metres,
        metres_per_door=metres / doors if doors else 0.0,
        over_limit=int((minutes > limit * (1 + 1e-9)).sum()),
        crossings=crossings,
    )


def _sentence(quality: Quality, limit: float) -> str:
    if not quality.turfs:
        return "There are no doors to cut."
    return (
        f"{quality.doors} doors in {quality.turfs} turfs, half of them of {quality.minutes_median:.0f} "
        f"minutes or more; {quality.within_share:.0%} are within 25% of {limit:g} minutes, "
        f"with {quality.metres_per_door:.1f} m of walking a door. "
        "Distances are straight lines: streets, rivers and fences may make them longer."
    )

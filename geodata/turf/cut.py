"""Doors into turfs of about so many minutes: route first, cut second, then exchanges between neighbours."""

from __future__ import annotations

import itertools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np

from geodata.routing.neighbours import Floats, Longs
from geodata.turf import effort as efforts
from geodata.turf.areas import areas
from geodata.turf.barriers import Lines
from geodata.turf.bound import lower_bound
from geodata.turf.crossings import short_enough, without_crossings
from geodata.turf.ground import Ground, Straight, Streets, crossed
from geodata.turf.limits import Limits
from geodata.turf.mending import mend
from geodata.turf.orders import from_inside, set_orders
from geodata.turf.pace import Pace
from geodata.turf.quality import Quality, Turf, assess, in_words
from geodata.turf.search import Load, improve
from geodata.turf.start import Plan, first_plans
from geodata.turf.stops import Stops, door_order, gather
from geodata.turf.ways import line_of, start_of

WIDEST_BUILDING_M = 300.0  # doors farther apart than that share a number by mistake


class Barrier(Protocol):
    """A shapely line or polygon in the doors' CRS."""

    @property
    def geom_type(self) -> str: ...


@dataclass(frozen=True, slots=True, eq=False)
class CutResult:
    """turfs; turf_of (n,) the turf of each door; position_of (n,) its place in the walking order, from 0;
    quality; method: how distances were measured; sentence: the result in words; seconds of work in all, and
    search_seconds of them until the turfs stood (without polygons, lines and the bound); stopped: "done" or
    "time limit".
    """

    turfs: tuple[Turf, ...]
    turf_of: Longs
    position_of: Longs
    quality: Quality
    method: str
    sentence: str
    seconds: float
    search_seconds: float = 0.0
    stopped: str = "done"


@dataclass(frozen=True, slots=True, eq=False)
class _Doors:
    """Checked input: places, keys of groups, and the numbers of group, part and building of each door."""

    xy_m: Floats
    keys: list[Any]
    group: Longs
    part: Longs
    building: Longs
    rank: Longs
    ground: Ground
    lines: Lines


def cut(
    doors: Any,
    *,
    minutes_per_turf: float,
    minutes_per_door: float | None = None,
    walking_speed_m_per_min: float = 75.0,
    building: Sequence[Any] | None = None,
    groups: Sequence[Any] | None = None,
    within: Mapping[Any, Any] | None = None,
    street: Sequence[Any] | None = None,
    number: Sequence[Any] | None = None,
    unit: Sequence[Any] | None = None,
    barriers: Sequence[Barrier] | None = None,
    seed: int = 0,
    polygons: bool = True,
    table: Any = None,
    network: Any = None,
    min_doors: int | None = None,
    max_doors: int | None = None,
    pace: Pace | None = None,
    seconds: float | None = None,
    locked: Sequence[Sequence[int]] = (),
    at_most: bool = True,
    bound: bool = False,
    lines: bool = False,
) -> CutResult:
    """Cut doors into turfs of about `minutes_per_turf`, as even and as short to walk as found.

    doors      (n, 2) x and y in metres of a local CRS (never degrees)
    building   (n,) key per door; doors of one building stay in one turf unless they alone take longer than a
               turf. None or NaN: the door stands alone, as do those of one more than 300 m wide
    groups     (n,) key per door (precinct); no turf holds two groups
    within     the polygon of a group by its key, in the same CRS: its turfs' polygons do not leave it
    street, number, unit   (n,) text or numbers; they decide the order within a building and between doors at
               one spot, as people count (9 before 10, 2A before 2B)
    barriers   lines or areas in the same CRS that no walk may cross, unless a street of the table does
    table      a geodata.streets.WalkTable of the doors: distances along streets; None: straight lines.
               network: what it was made of, so that walks begin at corners
    min_doors, max_doors   hard limits, where the doors and buildings allow; with both, minutes are only the
               target within them
    at_most    True: no turf takes longer than minutes_per_turf; False: that is what they come near to
    pace       instead of minutes_per_door and walking speed
    seconds    of search; None: as many rounds as usual, the same every time
    locked     rows of doors of turfs that stay, each in its order; they come first in the result
    bound      also find a length that no cut into so many turfs can undercut; lines: also draw the walks
    seed       of the search for the walk: the same input and seed give the same cut, unless time ends it

    Every door is in exactly one turf. Minutes are those of Pace. No doors: no turfs. Raises ValueError with a
    sentence for coordinates that are not numbers, wrong lengths, minutes of 0 or less, and locked rows that
    are none or come twice.
    """
    efforts.compile_all(has_streets=table is not None)
    begun = time.perf_counter()
    pace = pace or _pace(minutes_per_door, walking_speed_m_per_min)
    if not (np.isfinite(minutes_per_turf) and minutes_per_turf > 0):
        raise ValueError(f"minutes_per_turf must be more than 0, got {minutes_per_turf}")
    limits = Limits(float(minutes_per_turf), at_most and not (min_doors and max_doors), min_doors, max_doors)
    given = _checked(doors, building, groups, street, number, unit, barriers, table)
    kept = _locked(locked, len(given.xy_m))
    free = np.setdiff1d(np.arange(len(given.xy_m)), np.concatenate([*kept, np.empty(0, np.int64)]))
    stops = _stops(given, free, pace, limits)
    found, stopped = _search(given, stops, pace, limits, seed, seconds, begun)
    walks = [stops.doors_of(path) for path in found]

    def fits(walk: Longs) -> bool:
        return _turf(given, walk, pace, None, None, False, False).minutes <= limits.top_min

    walks = without_crossings(given.ground, walks, given.lines, fits, seed=seed)
    rows = [*kept, *(piece for walk in walks for piece in short_enough(walk, given.building, fits))]
    search_seconds = time.perf_counter() - begun
    shapes = _shapes(given, rows, within or {}) if polygons else [None] * len(rows)
    turfs = tuple(
        _turf(given, each, pace, shape, network, lines, number < len(kept))
        for number, (each, shape) in enumerate(zip(rows, shapes, strict=True))
    )
    quality = _assess(given, turfs, stops, limits, bound)
    turf_of, position_of = _places(turfs, len(given.xy_m))
    method = given.ground.method
    sentence = in_words(quality, limits.minutes, method)
    total = time.perf_counter() - begun
    return CutResult(turfs, turf_of, position_of, quality, method, sentence, total, search_seconds, stopped)


def walk_turf(
    doors: Any,
    *,
    building: Sequence[Any] | None = None,
    street: Sequence[Any] | None = None,
    number: Sequence[Any] | None = None,
    unit: Sequence[Any] | None = None,
    barriers: Sequence[Barrier] | None = None,
    table: Any = None,
    network: Any = None,
    pace: Pace | None = None,
    group: Any = None,
    seed: int = 0,
    polygon: bool = True,
    line: bool = True,
) -> Turf:
    """The doors given as one turf: a short order, its metres and minutes, where to begin, an outline, a line.

    Everything as in `cut`; the table, where given, is of these doors alone. The outline knows nothing of the
    turfs beside it. A few milliseconds for a usual turf. Raises ValueError for no doors.
    """
    pace = pace or Pace()
    given = _checked(doors, building, None, street, number, unit, barriers, table)
    if not len(given.xy_m):
        raise ValueError("a turf needs at least one door")
    limits = Limits(np.inf, is_most=False, min_doors=1, max_doors=len(given.xy_m))
    stops = _stops(given, np.arange(len(given.xy_m)), pace, limits)
    ground = given.ground.at(stops.anchor, stops.xy_m)
    (path,) = set_orders(ground, [np.arange(len(stops))], seed=seed)
    rows = stops.doors_of(from_inside(ground.xy_m, path, np.median(ground.xy_m, axis=0)))
    shape = areas(given.xy_m, [rows], barriers=given.lines)[0] if polygon else None
    given.keys[:] = [group]
    return _turf(given, rows, pace, shape, network, line, False)


def _pace(minutes_per_door: float | None, speed: float) -> Pace:
    if minutes_per_door is None:
        return Pace()
    for name, value in (("minutes_per_door", minutes_per_door), ("walking_speed_m_per_min", speed)):
        if not (np.isfinite(value) and value > 0):
            raise ValueError(f"{name} must be more than 0, got {value}")
    return Pace(float(speed), float(minutes_per_door), 0.0, 0.0, 0.0)


def _checked(
    doors: Any, building: Any, groups: Any, street: Any, number: Any, unit: Any, barriers: Any, table: Any
) -> _Doors:
    xy = _places_m(doors)
    if table is not None and len(table) != len(xy):
        raise ValueError(f"table has {len(table)} entries for {len(xy)} doors")
    keys, group = _codes(groups, len(xy), "groups")
    lines = Lines(barriers)
    for name, column in (("street", street), ("number", number), ("unit", unit)):
        if column is not None and len(column) != len(xy):
            raise ValueError(f"{name} has {len(column)} entries for {len(xy)} doors")
    ground: Ground = Straight(xy, lines)
    part = group
    if table is not None:
        ground = Streets(table, np.arange(len(xy)), lines)
    elif lines:
        _, part = np.unique(np.column_stack([group, lines.sides(xy)]), axis=0, return_inverse=True)
    return _Doors(
        xy, keys if groups is not None else [None], group, part.reshape(-1).astype(np.int64),
        _buildings(building, xy), door_order(len(xy), street, number, unit), ground, lines,
    )  # fmt: skip


def _places_m(doors: Any) -> Floats:
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


def _buildings(building: Sequence[Any] | None, xy: Floats) -> Longs:
    """A number per building; doors without one, or of one that lies in pieces far apart, get their own."""
    count = len(xy)
    if building is None:
        return np.arange(count, dtype=np.int64)
    keys, codes = _codes(building, count, "building")
    alone = np.fromiter((v is None or v != v for v in building), bool, count)
    low, high = np.full((len(keys), 2), np.inf), np.full((len(keys), 2), -np.inf)
    np.minimum.at(low, codes, xy)
    np.maximum.at(high, codes, xy)
    alone |= (high - low).max(axis=1)[codes] > WIDEST_BUILDING_M
    return np.where(alone, count + np.arange(count), codes)


def _locked(locked: Sequence[Sequence[int]], count: int) -> list[Longs]:
    kept = [np.asarray(rows, dtype=np.int64) for rows in locked if len(rows)]
    every = np.concatenate([*kept, np.empty(0, np.int64)])
    if len(every) and (every.min() < 0 or every.max() >= count):
        raise ValueError(f"locked has a row that is none of the {count} doors")
    if len(np.unique(every)) < len(every):
        raise ValueError("locked has a door twice")
    return kept


def _stops(given: _Doors, free: Longs, pace: Pace, limits: Limits) -> Stops:
    """Stops of the doors that are free, with rows of all doors."""
    legs = None if isinstance(given.ground, Straight) else lambda a, b: given.ground.legs(free[a], free[b])
    crosses = (lambda a, b: crossed(given.ground, free[a], free[b], given.lines)) if given.lines else None
    stops = gather(
        given.xy_m[free], given.rank[free], given.building[free], given.part[free], pace, limits, legs,
        crosses,
    )  # fmt: skip
    return replace(stops, anchor=free[stops.anchor], rows=free[stops.rows])


def _search(
    given: _Doors, stops: Stops, pace: Pace, limits: Limits, seed: int, seconds: float | None, begun: float
) -> tuple[list[Longs], str]:
    """Paths over stops, and why the search stopped."""
    if not len(stops):
        return [], "done"
    count = len(stops)
    effort = efforts.usual(count, given.ground) if seconds is None else efforts.within(count, seconds)
    until = efforts.deadlines(begun, seconds, effort, given.ground)
    ground = given.ground.at(stops.anchor, stops.xy_m)
    load = Load(stops.talk_min, stops.doors.astype(np.float64), pace.metres_per_min)
    order = np.argsort(stops.part, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(stops.part[order])) + 1)
    plans = first_plans(
        ground, parts, stops.talk_min, stops.doors, given.lines, limits, metres_per_min=pace.metres_per_min,
        seed=seed, kicks=effort.kicks, seconds=until.walks - time.perf_counter(),
    )  # fmt: skip
    stopped = improve(ground, plans, load, effort, seed=seed, deadline=until.turfs)
    for plan in plans:
        mend(ground, plan, load, given.lines, seed=seed, deadline=until.orders)
    return _finished(ground, plans, seed, effort.kicks_of_orders, until.orders), stopped


def _finished(ground: Ground, plans: list[Plan], seed: int, kicks: float, deadline: float) -> list[Longs]:
    """All paths, each in a short order and from its inner end."""
    every = [path for plan in plans for path in plan.paths]
    ordered = iter(set_orders(ground, every, seed=seed, kicks=kicks, deadline=deadline))
    paths: list[Longs] = []
    for plan in plans:
        middle = np.median(ground.xy_m[np.concatenate(plan.paths)], axis=0)
        own = itertools.islice(ordered, len(plan.paths))
        paths += [from_inside(ground.xy_m, path, middle) for path in own]
    return paths


def _shapes(given: _Doors, rows: list[Longs], within: Mapping[Any, Any]) -> list[Any]:
    grounds = [within.get(given.keys[int(given.group[each[0]])]) for each in rows]
    return areas(given.xy_m, rows, barriers=given.lines, grounds=grounds)


def _turf(
    given: _Doors, rows: Longs, pace: Pace, shape: Any, network: Any, line: bool, is_locked: bool
) -> Turf:
    metres = float(_steps(given.ground, rows[:-1], rows[1:])[0].sum())
    buildings = len(np.unique(given.building[rows]))
    return Turf(
        doors=rows,
        start_xy_m=start_of(given.ground, rows, network),
        metres=metres,
        minutes=metres / pace.metres_per_min + pace.talk_min(len(rows), buildings),
        group=given.keys[int(given.group[rows[0]])],
        polygon=shape,
        line=line_of(given.ground, rows, network) if line else None,
        is_locked=is_locked,
    )


def _steps(ground: Ground, a: Longs, b: Longs) -> tuple[Floats, Any]:
    """(k,) metres as one walks them, and whether they are straight lines: the search guesses far ones."""
    if isinstance(ground, Streets):
        return ground.walk.exact(ground.rows[a], ground.rows[b])
    return ground.legs(a, b), ground.guessed(a, b)


def _places(turfs: tuple[Turf, ...], count: int) -> tuple[Longs, Longs]:
    turf_of, position_of = np.full(count, -1, np.int64), np.full(count, -1, np.int64)
    for row, turf in enumerate(turfs):
        turf_of[turf.doors], position_of[turf.doors] = row, np.arange(len(turf.doors))
    return turf_of, position_of


def _assess(given: _Doors, turfs: tuple[Turf, ...], stops: Stops, limits: Limits, bound: bool) -> Quality:
    ends = [turf.doors for turf in turfs]
    a = np.concatenate([*(rows[:-1] for rows in ends), np.empty(0, np.int64)])
    b = np.concatenate([*(rows[1:] for rows in ends), np.empty(0, np.int64)])
    owner = np.repeat(np.arange(len(ends)), [len(rows) for rows in ends])
    pairs = np.unique(np.column_stack([given.building[np.concatenate([*ends, b[:0]])], owner]), axis=0)
    shared = np.flatnonzero(np.bincount(pairs[:, 0]) > 1)
    large = np.isin(shared, given.building[stops.anchor[stops.piece]])
    straight = _steps(given.ground, a, b)[1]
    over = given.lines.crossed(given.xy_m[a], given.xy_m[b]) & straight if given.lines else straight[:0]
    known = {
        "crossings": int(over.sum()),
        "guessed_steps": int(straight.sum()) if isinstance(given.ground, Streets) else 0,
        "off_network": given.ground.off_network(),
        "split_buildings": int(large.sum()),
        "parted_buildings": int((~large).sum()),
        "bound_m": _bound(given, len(turfs)) if bound else 0.0,
    }
    return assess(turfs, limits, **known)


def _bound(given: _Doors, turfs: int) -> float:
    """By one door of each building and spot: the others never make the way shorter."""
    first = np.unique(given.building, return_index=True)[1]
    _, single = np.unique(given.xy_m[first], axis=0, return_index=True)
    first = np.sort(first[single])
    return lower_bound(given.ground.at(first, given.xy_m[first]), turfs)

"""From doors to turfs: degrees become metres, geodata cuts or walks, and the result is ready to be saved.

Pure: needs no database, so a job can let go of it meanwhile.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geodata.crs import local_metric_crs
from geodata.streets import BadStreets, Network, Ties, build_network, tie, walk_table
from geodata.turf import Pace, cut, walk_turf
from geodata.turf.areas import areas
from volunteer_hub.districts.streets import Streets

MOST_FOR_BOUND = 20_000
MOST_LISTED = 2000


@dataclass(frozen=True, slots=True)
class DoorToCut:
    """A door as cutting needs it. Degrees; text as shown on the house."""

    id: int
    latitude: float
    longitude: float
    building_key: str
    street: str
    number: str
    unit: str


@dataclass(frozen=True, slots=True)
class CutParams:
    """What people may set beside the minutes. Doors a turf are hard limits, None for no limit.

    metres_per_minute: of walking; contact_rate: share of knocks that become a talk; see geodata.turf.Pace.
    """

    metres_per_minute: float = 75.0
    contact_rate: float = 0.25
    min_doors: int | None = None
    max_doors: int | None = None
    knock_min: float = 1.0
    contact_min: float = 4.0
    seed: int = 0

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> CutParams:
        """From what is kept with a cut; what is not said is as usual."""
        names = {field.name for field in fields(cls)}
        return cls(**{name: value for name, value in kept.items() if name in names})

    @property
    def pace(self) -> Pace:
        return Pace(self.metres_per_minute, self.knock_min, self.contact_min, self.contact_rate)


@dataclass(frozen=True, slots=True)
class PlannedTurf:
    """A turf before it is saved: door ids in walking order, minutes, metres, its start, outline and walk."""

    doors: tuple[int, ...]
    minutes: float
    metres: float
    start_latitude: float
    start_longitude: float
    shape: BaseGeometry | None
    line: BaseGeometry | None = None


@dataclass(frozen=True, slots=True)
class CutPlan:
    """All turfs of a cut, with what is said of their quality."""

    turfs: tuple[PlannedTurf, ...]
    report: dict[str, Any]


def plan_cut(
    doors: Sequence[DoorToCut],
    *,
    minutes: float,
    params: CutParams = CutParams(),
    streets: Streets | None = None,
) -> CutPlan:
    """Cut these doors into turfs of about `minutes`, walking and talking; no doors make no turfs.

    streets: what lies around them; without it distances are straight lines. Turfs are numbered so that
    neighbours in number are near each other: along the order geodata gives.
    """
    if not doors:
        return CutPlan((), {"turfs": 0, "doors": 0})
    place = _Place(doors, streets)
    result = cut(
        place.xy_m,
        minutes_per_turf=minutes,
        pace=params.pace,
        min_doors=params.min_doors,
        max_doors=params.max_doors,
        at_most=False,
        bound=len(doors) <= MOST_FOR_BOUND,
        lines=True,
        seed=params.seed,
        **place.given(),
    )
    turfs = tuple(place.planned(turf) for turf in result.turfs)
    quality = _plain(asdict(result.quality))
    if len(doors) > MOST_FOR_BOUND:
        quality["gap"] = quality["bound_m"] = None
    report = (
        quality
        | place.report
        | {
            "sentence": result.sentence,
            "seconds": round(float(result.seconds), 2),
        }
    )
    return CutPlan(turfs, report)


def plan_walks(
    groups: Sequence[Sequence[DoorToCut]],
    *,
    params: CutParams = CutParams(),
    streets: Streets | None = None,
    around: Sequence[BaseGeometry] = (),
) -> list[PlannedTurf]:
    """One turf of each of these groups of doors, none empty: its walk, minutes and outline.

    around: outlines of turfs beside them, in degrees, over which the new ones do not reach.
    """
    if not groups:
        return []
    place = _Place([door for group in groups for door in group], streets)
    ends = np.cumsum([len(group) for group in groups])
    rows = np.split(np.arange(int(ends[-1])), ends[:-1])
    shapes = _beside(place, areas(place.xy_m, rows), rows, around)
    return [
        replace(place.walk(each, params), shape=place.in_degrees(shape))
        for each, shape in zip(rows, shapes, strict=True)
    ]


def clipped(turfs: Sequence[PlannedTurf], around: Sequence[BaseGeometry]) -> list[PlannedTurf]:
    """The same turfs with outlines that do not reach over those of turfs that stand, in degrees."""
    if not around:
        return list(turfs)
    tree = shapely.STRtree(list(around))
    return [replace(turf, shape=_less(turf.shape, tree)) for turf in turfs]


def _less(shape: BaseGeometry | None, tree: shapely.STRtree) -> BaseGeometry | None:
    if shape is None:
        return None
    near = tree.geometries[tree.query(shape, predicate="intersects")]
    less = shapely.difference(shape, shapely.union_all(near))
    return shape if less.is_empty else less


def _beside(
    place: _Place, shapes: list[Any], rows: Sequence[Any], around: Sequence[BaseGeometry]
) -> list[Any]:
    """The shapes without what standing turfs cover, as far as they keep their doors."""
    others = [place.in_metres(shape) for shape in around]
    if not others:
        return shapes
    taken = shapely.union_all(others)
    free = [shapely.difference(shape, taken) for shape in shapes]
    doors = [shapely.multipoints(place.xy_m[each]) for each in rows]
    return [
        less if shapely.covers(less, spots) else whole
        for less, whole, spots in zip(free, shapes, doors, strict=True)
    ]


class _Place:
    """Doors in metres of a local coordinate system with the streets around them, and the way back to degrees.

    report: what is known of their streets.
    """

    def __init__(self, doors: Sequence[DoorToCut], streets: Streets | None) -> None:
        self.doors = doors
        self.degrees = np.array([(door.longitude, door.latitude) for door in doors], dtype=float)
        (west, south), (east, north) = self.degrees.min(axis=0), self.degrees.max(axis=0)
        crs = local_metric_crs((float(west), float(south), float(east), float(north)))
        self._forth = Transformer.from_crs(4326, crs, always_xy=True)
        self._back = Transformer.from_crs(crs, 4326, always_xy=True)
        self.xy_m = np.column_stack(self._forth.transform(self.degrees[:, 0], self.degrees[:, 1]))
        self._network: Network | None = None
        self._barriers: list[Any] = []
        self.report: dict[str, Any] = {"method": "straight"}
        if streets is not None:
            self._join(streets)

    def _join(self, streets: Streets) -> None:
        """Distances along these streets; without a street to walk they stay straight lines."""
        self._barriers = [self.in_metres(each) for each in streets.barriers]
        lines = [self.in_metres(each) for each in streets.lines]
        with suppress(BadStreets):
            self._network = build_network(lines, streets.kind, streets.name, barriers=self._barriers)

    def walk(self, rows: Any, params: CutParams) -> PlannedTurf:
        """These doors as one turf, without an outline."""
        turf = walk_turf(
            self.xy_m[rows], pace=params.pace, seed=params.seed, polygon=False, **self.given(rows)
        )
        return self.planned(turf, rows)

    def given(self, rows: Any | None = None) -> dict[str, Any]:
        """What cut and walk_turf take of these doors (None: all), with their streets where there are any."""
        doors = self.doors if rows is None else [self.doors[int(row)] for row in rows]
        said: dict[str, Any] = {
            "building": [door.building_key for door in doors],
            "street": [door.street for door in doors],
            "number": [door.number for door in doors],
            "unit": [door.unit for door in doors],
        }
        if self._network is None:
            return said
        xy_m = self.xy_m if rows is None else self.xy_m[rows]
        ties = tie(xy_m, [door.street or None for door in doors], self._network, self._barriers)
        if rows is None:
            self._tell(ties)
        walls = [*self._barriers, *self._network.shut]
        table = walk_table(xy_m, ties, self._network)
        return said | {"table": table, "network": self._network, "barriers": walls}

    def _tell(self, ties: Ties) -> None:
        doubtful = [self.doors[int(row)].id for row in np.flatnonzero(ties.doubtful)]
        off = [self.doors[int(row)].id for row in np.flatnonzero(ties.off_network)]
        self.report = {
            "method": "streets",
            "doubtful": len(doubtful),
            "doubtful_ids": doubtful[:MOST_LISTED],
            "off_network": len(off),
            "off_network_ids": off[:MOST_LISTED],
        }

    def planned(self, turf: Any, rows: Any | None = None) -> PlannedTurf:
        """A turf of geodata with its places in degrees; rows: which doors its rows count, all when None."""
        order = turf.doors if rows is None else rows[turf.doors]
        longitude, latitude = self._back.transform(*turf.start_xy_m)
        return PlannedTurf(
            doors=tuple(self.doors[int(row)].id for row in order),
            minutes=float(turf.minutes),
            metres=float(turf.metres),
            start_latitude=float(latitude),
            start_longitude=float(longitude),
            shape=self.in_degrees(turf.polygon),
            line=self.in_degrees(turf.line),
        )

    def in_degrees(self, shape: BaseGeometry | None) -> BaseGeometry | None:
        return _moved(shape, self._back)

    def in_metres(self, shape: BaseGeometry) -> BaseGeometry:
        return shapely.transform(shape, lambda xy: np.column_stack(self._forth.transform(xy[:, 0], xy[:, 1])))


def _moved(shape: BaseGeometry | None, way: Transformer) -> BaseGeometry | None:
    if shape is None or shape.is_empty:
        return None
    return shapely.transform(shape, lambda xy: np.column_stack(way.transform(xy[:, 0], xy[:, 1])))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of numpy as numbers of JSON; what is not finite as None."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        number = value.item() if hasattr(value, "item") else value
        plain[name] = None if isinstance(number, float) and not np.isfinite(number) else number
    return plain

"""Doors in metres with the streets around them: what a turf is walked on. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from itertools import groupby, pairwise
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geodata.crs import local_metric_crs
from geodata.streets import BadStreets, Ties, WalkTable, build_network, lines, tie, walk_line, walk_table
from geodata.turf import Pace, walk_turf
from geodata.turf.barriers import Lines
from volunteer_hub.districts.streets import Streets

MOST_LISTED = 2000
MOST_LEGS = 20_000


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


class Place:
    """Doors in metres of a local coordinate system with the streets around them, and the way back to degrees.

    The same place serves one edit of a cut after another. `report` says what is known of the doors' streets.
    """

    def __init__(self, doors: Sequence[DoorToCut], streets: Streets | None) -> None:
        self.doors = doors
        self._row = {door: row for row, door in enumerate(doors)}
        degrees = np.array([(door.longitude, door.latitude) for door in doors], dtype=float)
        (west, south), (east, north) = degrees.min(axis=0), degrees.max(axis=0)
        crs = local_metric_crs((float(west), float(south), float(east), float(north)))
        self._forth = Transformer.from_crs(4326, crs, always_xy=True)
        self._back = Transformer.from_crs(crs, 4326, always_xy=True)
        self.xy_m = np.column_stack(self._forth.transform(degrees[:, 0], degrees[:, 1]))
        self._given: dict[str, Any] = {}
        self._legs: dict[tuple[int, int], Any] = {}
        self.report: dict[str, Any] = {"method": "straight"}
        if streets is not None:
            with suppress(BadStreets):
                self._join(streets)

    def _join(self, streets: Streets) -> None:
        """Distances along these streets; without a street to walk they stay straight lines."""
        barriers = [self.in_metres(each) for each in streets.barriers]
        drawn = [self.in_metres(each) for each in streets.lines]
        network = build_network(drawn, streets.kind, streets.name, barriers=barriers)
        ties = tie(self.xy_m, [door.street or None for door in self.doors], network, barriers)
        self._given = {
            "table": walk_table(self.xy_m, ties, network),
            "network": network,
            "barriers": [*barriers, *network.shut],
        }
        self._tell(ties)

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

    @property
    def barriers(self) -> Lines:
        """What no walk and no outline goes over."""
        return Lines(self._given.get("barriers"))

    def holds(self, doors: Sequence[DoorToCut]) -> bool:
        """Whether all of these doors are among its own, at the same spot and address."""
        return all(door in self._row for door in doors)

    def rows_of(self, doors: Sequence[DoorToCut]) -> Any:
        """(k,) the rows of doors that it holds."""
        return np.array([self._row[door] for door in doors], dtype=np.int64)

    def walk(self, rows: Any, params: CutParams) -> PlannedTurf:
        """These doors as one turf, without an outline."""
        turf = walk_turf(
            self.xy_m[rows], pace=params.pace, seed=params.seed, polygon=False, line=not self._given,
            **self.given(rows),
        )  # fmt: skip
        planned = self.planned(turf, rows)
        return replace(planned, line=self.in_degrees(self._way(rows[turf.doors]))) if self._given else planned

    def _way(self, order: Any) -> BaseGeometry:
        """The line of a walk along streets. Legs that a walk before took are not looked for again: an edit
        changes few of them, and finding them is the longest part of it."""
        network, table = self._given["network"], self._given["table"]
        if len(order) < 2:
            return walk_line(network, table, order)
        pairs = list(pairwise(order.tolist()))
        legs = {pair: self._legs[pair] for pair in pairs if pair in self._legs}
        for is_known, run in groupby(pairs, key=legs.__contains__):
            if not is_known:
                new = list(run)
                legs |= zip(new, lines(network, table, [new[0][0], *(to for _from, to in new)]), strict=True)
        if len(self._legs) > MOST_LEGS:
            self._legs.clear()
        self._legs.update(legs)
        return shapely.LineString(np.vstack([shapely.get_coordinates(legs[pair]) for pair in pairs]))

    def given(self, rows: Any | None = None) -> dict[str, Any]:
        """What cut and walk_turf take of these doors (None: all), with their streets where there are any."""
        doors = self.doors if rows is None else [self.doors[int(row)] for row in rows]
        said: dict[str, Any] = {
            "building": [door.building_key for door in doors],
            "street": [door.street for door in doors],
            "number": [door.number for door in doors],
            "unit": [door.unit for door in doors],
        }
        said |= self._given
        if self._given and rows is not None:
            said["table"] = _of_rows(self._given["table"], rows)
        return said

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


def _of_rows(table: WalkTable, rows: Any) -> WalkTable:
    """The same distances for some of the stops."""
    return replace(
        table,
        corner=table.corner[rows],
        corner_m=table.corner_m[rows],
        sidewalk=table.sidewalk[rows],
        across_m=table.across_m[rows],
        along_m=table.along_m[rows],
        xy_m=table.xy_m[rows],
    )

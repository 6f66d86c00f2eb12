"""From doors to turfs: degrees become metres, geodata cuts, and the result is ready to be saved.

Pure: needs no database, so a job can let go of it meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geodata.crs import local_metric_crs
from geodata.turf import cut


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
class PlannedTurf:
    """A turf before it is saved: door ids in walking order, minutes, metres, its start and its outline."""

    doors: tuple[int, ...]
    minutes: float
    metres: float
    start_latitude: float
    start_longitude: float
    shape: BaseGeometry | None


@dataclass(frozen=True, slots=True)
class CutPlan:
    """All turfs of a cut, with what is said of their quality."""

    turfs: tuple[PlannedTurf, ...]
    report: dict[str, Any]


def plan_cut(
    doors: Sequence[DoorToCut],
    *,
    minutes: float,
    minutes_per_door: float = 2.0,
    metres_per_minute: float = 75.0,
    seed: int = 0,
) -> CutPlan:
    """Cut these doors into turfs of about `minutes`, walking and talking; no doors make no turfs.

    Turfs are numbered so that neighbours in number are near each other: along the order geodata gives.
    """
    if not doors:
        return CutPlan((), {"turfs": 0, "doors": 0})
    degrees = np.array([(door.longitude, door.latitude) for door in doors], dtype=float)
    west, south = degrees.min(axis=0)
    east, north = degrees.max(axis=0)
    crs = local_metric_crs((float(west), float(south), float(east), float(north)))
    to_metres = Transformer.from_crs(4326, crs, always_xy=True)
    xy_m = np.column_stack(to_metres.transform(degrees[:, 0], degrees[:, 1]))
    result = cut(
        xy_m,
        minutes_per_turf=minutes,
        minutes_per_door=minutes_per_door,
        walking_speed_m_per_min=metres_per_minute,
        building=[door.building_key for door in doors],
        street=[door.street for door in doors],
        number=[door.number for door in doors],
        unit=[door.unit for door in doors],
        seed=seed,
        polygons=True,
    )
    to_degrees = Transformer.from_crs(crs, 4326, always_xy=True)
    turfs = tuple(_planned(turf, doors, degrees, to_degrees) for turf in result.turfs)
    report = _plain(asdict(result.quality)) | {
        "method": result.method,
        "sentence": result.sentence,
        "seconds": round(float(result.seconds), 2),
    }
    return CutPlan(turfs, report)


def _planned(turf: Any, doors: Sequence[DoorToCut], degrees: Any, to_degrees: Transformer) -> PlannedTurf:
    first = int(turf.doors[0])
    return PlannedTurf(
        doors=tuple(doors[int(row)].id for row in turf.doors),
        minutes=float(turf.minutes),
        metres=float(turf.metres),
        start_latitude=float(degrees[first, 1]),
        start_longitude=float(degrees[first, 0]),
        shape=_in_degrees(turf.polygon, to_degrees),
    )


def _in_degrees(shape: BaseGeometry | None, to_degrees: Transformer) -> BaseGeometry | None:
    if shape is None or shape.is_empty:
        return None
    return shapely.transform(shape, lambda xy: np.column_stack(to_degrees.transform(xy[:, 0], xy[:, 1])))


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of numpy as numbers of JSON; what is not finite as None."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        number = value.item() if hasattr(value, "item") else value
        plain[name] = None if isinstance(number, float) and not np.isfinite(number) else number
    return plain

"""From doors to turfs: degrees become metres, geodata cuts or walks, and the result is ready to be saved.

Pure: needs no database, so a job can let go of it meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from geodata.turf import cut
from geodata.turf.areas import areas
from volunteer_hub.districts.streets import Streets
from volunteer_hub.turf.place import CutParams, DoorToCut, Place, PlannedTurf

MOST_FOR_BOUND = 20_000
USUAL = CutParams()


@dataclass(frozen=True, slots=True)
class CutPlan:
    """All turfs of a cut, with what is said of their quality."""

    turfs: tuple[PlannedTurf, ...]
    report: dict[str, Any]


def plan_cut(
    doors: Sequence[DoorToCut],
    *,
    minutes: float,
    params: CutParams = USUAL,
    streets: Streets | None = None,
) -> CutPlan:
    """Cut these doors into turfs of about `minutes`, walking and talking; no doors make no turfs.

    streets: what lies around them; without it distances are straight lines. Turfs are numbered so that
    neighbours in number are near each other: along the order geodata gives.
    """
    if not doors:
        return CutPlan((), {"turfs": 0, "doors": 0})
    place = Place(doors, streets)
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
    place: Place,
    params: CutParams = USUAL,
    around: Sequence[BaseGeometry] = (),
) -> list[PlannedTurf]:
    """One turf of each of these groups of doors, none empty: its walk, minutes and outline.

    place: holds all of these doors, with their streets. around: outlines of turfs beside them, in degrees,
    over which the new ones do not reach.
    """
    rows = [place.rows_of(group) for group in groups]
    shapes = _beside(place, areas(place.xy_m, rows, barriers=place.barriers), rows, around)
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
    place: Place, shapes: list[Any], rows: Sequence[Any], around: Sequence[BaseGeometry]
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


def _plain(values: dict[str, Any]) -> dict[str, Any]:
    """Numbers of numpy as numbers of JSON; what is not finite as None."""
    plain: dict[str, Any] = {}
    for name, value in values.items():
        number = value.item() if hasattr(value, "item") else value
        plain[name] = None if isinstance(number, float) and not np.isfinite(number) else number
    return plain


__all__ = ["CutParams", "CutPlan", "DoorToCut", "PlannedTurf", "clipped", "plan_cut", "plan_walks"]

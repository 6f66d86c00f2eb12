"""Mends broken rings and keeps only what is an area."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geodata.crs import areas_m2

_COLLECTION = shapely.GeometryType.GEOMETRYCOLLECTION
_AREAS = (shapely.GeometryType.POLYGON, shapely.GeometryType.MULTIPOLYGON)


@dataclass(frozen=True, slots=True)
class MendedRing:
    """One boundary whose rings were mended: `reason` is GEOS's own word for what was wrong."""

    row: int
    id: str
    reason: str
    area_before_m2: float
    area_after_m2: float

    @property
    def area_change_m2(self) -> float:
        """How much area the mending added (negative: took away); a figure-eight gains its lost lobe."""
        return self.area_after_m2 - self.area_before_m2


def polygonal(shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Each geometry's polygonal parts alone (Multi-)Polygon; an empty Polygon where there are none."""
    shapes = np.array(shapes, dtype=object)
    shapes[shapely.is_missing(shapes)] = shapely.Polygon()
    for i in np.flatnonzero(shapely.get_type_id(shapes) == _COLLECTION):
        shapes[i] = _areas_of(shapes[i])
    shapes[~np.isin(shapely.get_type_id(shapes), _AREAS)] = shapely.Polygon()
    return shapes


def mend(shapes: NDArray[np.object_]) -> tuple[NDArray[np.object_], NDArray[np.int64], list[str]]:
    """Valid polygonal shapes for possibly broken ones (make_valid), the rows changed and the reasons."""
    shapes = polygonal(shapes)
    broken = np.flatnonzero(~shapely.is_valid(shapes))
    reasons = [str(r) for r in shapely.is_valid_reason(shapes[broken])]
    shapes[broken] = polygonal(shapely.make_valid(shapes[broken]))
    return shapes, broken, reasons


def mended_rows(
    before: NDArray[np.object_],
    after: NDArray[np.object_],
    rows: NDArray[np.int64],
    reasons: list[str],
    ids: list[str],
) -> list[MendedRing]:
    """What mending did to each row that still has an area; true m2, geometries in EPSG:4326."""
    was, now = areas_m2(polygonal(before[rows])), areas_m2(after[rows])
    return [
        MendedRing(int(row), ids[row], reason, float(a), float(b))
        for row, reason, a, b in zip(rows, reasons, was, now, strict=True)
        if not after[row].is_empty
    ]


def _areas_of(collection: shapely.Geometry) -> shapely.Geometry:
    polygons: list[shapely.Geometry] = []
    for part in shapely.get_parts(collection):
        inner = _areas_of(part) if part.geom_type == "GeometryCollection" else part
        if inner.geom_type in ("Polygon", "MultiPolygon"):
            polygons += [p for p in shapely.get_parts(inner) if not p.is_empty]
    return polygons[0] if len(polygons) == 1 else shapely.MultiPolygon(polygons)

"""Geometry in the database: WKB in EPSG:4326 with its bounding box, without PostGIS."""

from __future__ import annotations

from typing import Any

import shapely
from shapely.geometry.base import BaseGeometry
from sqlalchemy.orm import Mapped, mapped_column


class HasShape:
    """A row with a polygon. `shape` is WKB, longitude first, degrees; the box is for quick filters."""

    shape: Mapped[bytes | None] = mapped_column(deferred=True)
    min_lon: Mapped[float | None]
    min_lat: Mapped[float | None]
    max_lon: Mapped[float | None]
    max_lat: Mapped[float | None]

    @property
    def geometry(self) -> BaseGeometry | None:
        return None if self.shape is None else shapely.from_wkb(self.shape)

    @geometry.setter
    def geometry(self, value: BaseGeometry | None) -> None:
        for name, part in shape_columns(value).items():
            setattr(self, name, part)


def shape_columns(value: BaseGeometry | None) -> dict[str, Any]:
    """The five columns of a shape, for COPY and bulk inserts."""
    names = ("min_lon", "min_lat", "max_lon", "max_lat")
    if value is None or value.is_empty:
        return {"shape": None, **dict.fromkeys(names)}
    return {"shape": shapely.to_wkb(value), **dict(zip(names, value.bounds, strict=True))}

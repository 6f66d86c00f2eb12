"""Polygons to locate points in: public ones where they are at hand, else invented ones that tile a square."""

from __future__ import annotations

import importlib.util
import os
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely

from geodata.matching.problem import Floats

BESIDE = Path(__file__).resolve().parents[4] / "shared" / "data"


def vermont() -> tuple[Any, str]:
    """284 voting districts of Vermont (Census Bureau, 2010): polygons in EPSG:4326, and the source."""
    file = public("vt/census_vtd_2010.gpkg")
    if file is None:
        return invented(284, vertices_a_side=64), "generated, 284 areas: the public data folder is not here"
    return _shapes(gpd.read_file(file)), "Census Bureau, voting tabulation districts of Vermont, 2010"


def counties() -> tuple[Any, str]:
    """3,233 counties of the United States, simplified to 400 m: polygons in EPSG:4326, and the source."""
    file = public("us/counties_simplified.parquet")
    if file is None:
        return invented(
            3233, vertices_a_side=14
        ), "generated, 3,233 areas: the public data folder is not here"
    return _shapes(gpd.read_parquet(file)), "Census Bureau, counties, simplified to 400 m"


def fine_counties() -> tuple[Any, str]:
    """The same counties at 1:500,000 (2016), from the package plotly-geo, which the extra `demo` brings."""
    spec = importlib.util.find_spec("_plotly_geo")
    if spec is None or spec.origin is None:
        return invented(3233, vertices_a_side=80), "generated, 3,233 areas: plotly-geo is not installed"
    file = Path(spec.origin).parent / "package_data" / "cb_2016_us_county_500k.shp"
    source = "Census Bureau, counties, 1:500,000, 2016 (plotly-geo)"
    return _shapes(gpd.read_file(file).set_crs("EPSG:4269")), source


def public(name: str) -> Path | None:
    """A file of the public data folder: where VOLUNTEER_HUB_REAL_DATA says, else beside the checkout."""
    file = Path(os.environ.get("VOLUNTEER_HUB_REAL_DATA", BESIDE)) / name
    return file if file.is_file() else None


def _shapes(frame: Any) -> Any:
    return np.asarray(frame.to_crs("EPSG:4326").geometry.array, dtype=object)


def invented(count: int, *, vertices_a_side: int, seed: int = 0) -> Any:
    """`count` polygons that tile (but for the last row) a square of 10 degrees, with ragged common edges.

    Corners of a square grid are moved by up to 0.3 of a cell; each edge has `vertices_a_side` vertices, moved
    by a random walk of about 0.05 of a cell that ends where it began. Neighbours share every vertex.
    """
    rng = np.random.default_rng(seed)
    side = int(np.ceil(np.sqrt(count)))
    cell = 10.0 / side
    grid = np.stack(np.meshgrid(np.arange(side + 1), np.arange(side + 1), indexing="ij"), axis=-1)
    corner = cell * (grid + rng.uniform(-0.3, 0.3, grid.shape)) + [-100.0, 35.0]
    across = _edges(rng, corner[:, :-1], corner[:, 1:], vertices_a_side, cell)
    along = _edges(rng, corner[:-1, :], corner[1:, :], vertices_a_side, cell)
    rings = [
        np.concatenate([along[i, j], across[i + 1, j], along[i, j + 1][::-1], across[i, j][::-1]])
        for i in range(side)
        for j in range(side)
    ]
    shapes = shapely.make_valid(np.array([shapely.Polygon(ring) for ring in rings[:count]], dtype=object))
    return np.asarray(shapes, dtype=object)


def _edges(rng: np.random.Generator, first: Floats, last: Floats, vertices: int, cell: float) -> Floats:
    """(a, b, vertices, 2) points from corner to corner, both included."""
    share = np.linspace(0.0, 1.0, vertices)[:, None]
    straight = first[..., None, :] * (1 - share) + last[..., None, :] * share
    step = rng.normal(0, 0.05 * cell / np.sqrt(vertices), straight.shape)
    walk = np.cumsum(step, axis=-2)
    return straight + walk - walk[..., :1, :] * (1 - share) - walk[..., -1:, :] * share


def points_in(shapes: Any, count: int, seed: int) -> tuple[Floats, Floats]:
    """Longitude and latitude (count,): an area drawn evenly, then a point evenly in its bounding box."""
    rng = np.random.default_rng(seed)
    west, south, east, north = shapely.bounds(shapes)[rng.integers(0, len(shapes), count)].T
    return west + rng.random(count) * (east - west), south + rng.random(count) * (north - south)

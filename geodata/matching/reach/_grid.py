"""Positions as unit vectors, and sorted into a grid of cells of equal angle."""

from __future__ import annotations

import numpy as np

from geodata.matching.problem import Floats, Longs
from geodata.matching.reach._columns import Grid

MOST_CELLS = 1 << 20
ALL = 2 * np.pi


def unit(latitude: Floats, longitude: Floats) -> tuple[Floats, Floats, Floats]:
    """x, y, z on the unit sphere of positions in degrees."""
    lat, lon = np.radians(latitude), np.radians(longitude)
    return np.cos(lat) * np.cos(lon), np.cos(lat) * np.sin(lon), np.sin(lat)


def grid_of(latitude: Floats, longitude: Floats, cell: float) -> Grid:
    """The grid over these positions (degrees), cells at least `cell` radians wide.

    It begins east of the widest gap between longitudes, so that no country is cut in two.
    """
    if not len(latitude):
        return Grid(0.0, 0.0, ALL, 1, 1)
    lat, lon = np.radians(latitude), np.radians(longitude) % ALL
    south, west = float(lat.min()), _west(lon)
    height, width = float(lat.max()) - south, float(((lon - west) % ALL).max())
    cell = max(cell, float(np.sqrt(height * width / MOST_CELLS)), height / MOST_CELLS, width / MOST_CELLS)
    return Grid(south, west, cell, int(height / cell) + 1, int(width / cell) + 1)


def _west(lon: Floats) -> float:
    """East end of the widest gap between longitudes (radians)."""
    there = np.unique(lon)
    gap = np.diff(there, prepend=there[-1] - ALL)
    return float(there[int(np.argmax(gap))])


def cells(grid: Grid, latitude: Floats, longitude: Floats) -> Longs:
    """Cell of each position (degrees), row by row; positions outside count to the nearest edge."""
    lat, east = np.radians(latitude), (np.radians(longitude) - grid.west) % ALL
    row = np.clip(((lat - grid.south) / grid.cell).astype(np.int64), 0, grid.rows - 1)
    beyond = east - grid.columns * grid.cell
    east = np.where((beyond > 0) & (ALL - east < beyond), 0.0, east)
    column = np.clip((east / grid.cell).astype(np.int64), 0, grid.columns - 1)
    return np.asarray(row * grid.columns + column)


def inside(grid: Grid, latitude: Floats, longitude: Floats) -> bool:
    """Whether the grid covers all these positions (degrees)."""
    row = (np.radians(latitude) - grid.south) / grid.cell
    column = ((np.radians(longitude) - grid.west) % ALL) / grid.cell
    return bool(((row >= 0) & (row < grid.rows) & (column < grid.columns)).all())


def starts(cell: Longs, grid: Grid) -> Longs:
    """Where each cell begins in sorted `cell`: (cells+1,)."""
    return np.searchsorted(cell, np.arange(grid.rows * grid.columns + 1)).astype(np.int64)

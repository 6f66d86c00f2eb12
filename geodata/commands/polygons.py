"""Polygons by code from a boundary file, in longitude and latitude."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from geodata.boundaries import BadBoundaries, BoundaryReport, check_boundaries, read_boundaries
from geodata.commands.errors import BadInput


def polygons(path: Path, id_column: str) -> dict[str, Any]:
    """The polygon of each code. Raises BadInput."""
    checked = _checked(path, id_column).frame
    codes = checked[id_column].astype(str)
    return dict(zip(codes, checked.geometry.to_crs(4326).array, strict=True))


def checked_polygons(path: Path, id_column: str) -> Any:
    """The polygons of a file, mended where they need it, as a GeoDataFrame. Raises BadInput, also for one
    without a code.
    """
    report = _checked(path, id_column)
    if report.missing_ids:
        raise BadInput(
            path.name, "a district has no code. Give it one, or leave it out.", column=id_column,
            row=report.missing_ids[0] + 1,
        )  # fmt: skip
    return report.frame


def _checked(path: Path, id_column: str) -> BoundaryReport:
    if not path.is_file():
        raise BadInput(str(path), "there is no such file.")
    try:
        frame = read_boundaries(path)
        if id_column not in frame.columns:
            there = ", ".join(str(name) for name in frame.columns if name != "geometry") or "none"
            raise BadInput(path.name, f"there is no such column; the file has {there}.", column=id_column)
        return check_boundaries(frame, id_column=id_column)
    except BadBoundaries as why:
        raise BadInput(path.name, str(why)) from None

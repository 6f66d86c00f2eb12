"""Looks over boundaries before they are used and says, in sentences, what is wrong and what was mended."""

from __future__ import annotations

from dataclasses import dataclass, field

import geopandas as gpd
import numpy as np
import shapely
from geopandas import GeoDataFrame
from numpy.typing import NDArray

from geodata.boundaries import rings, seams
from geodata.boundaries.columns import text_ids
from geodata.boundaries.errors import BadBoundaries
from geodata.boundaries.rings import MendedRing
from geodata.boundaries.seams import Gap, Overlap, Slivers

_NONE = Slivers(0, 0.0)


@dataclass(frozen=True, slots=True)
class BadShape:
    """A row without a usable area: `what` is "missing", "empty", or the type it has instead."""

    row: int
    id: str
    what: str


@dataclass(frozen=True)
class BoundaryReport:
    """What check_boundaries found. Rows count from 0 in the order of the file.

    frame: the usable rows, mended, in EPSG:4326, the id column as text. overlaps and gaps are geometries in
    EPSG:4326 with areas in m2, largest first, without the slivers, which are counted apart.
    problems: sentences that should stop an import (ids, shapes); warnings: sentences a person should read.
    """

    frame: GeoDataFrame
    id_column: str
    rows: int
    sliver_m2: float
    sliver_width_m: float
    mended: list[MendedRing] = field(default_factory=list)
    bad_shapes: list[BadShape] = field(default_factory=list)
    missing_ids: list[int] = field(default_factory=list)
    duplicate_ids: dict[str, list[int]] = field(default_factory=dict)
    overlaps: list[Overlap] = field(default_factory=list)
    gaps: list[Gap] = field(default_factory=list)
    overlap_slivers: Slivers = _NONE
    gap_slivers: Slivers = _NONE
    suggested_id_width: int | None = None
    id_warnings: list[str] = field(default_factory=list)

    @property
    def problems(self) -> list[str]:
        """Why these boundaries should not be taken as they are; empty when they can."""
        found = []
        if self.missing_ids:
            found.append(f"{_rows(self.missing_ids)} without a code in “{self.id_column}”.")
        for code, rows in self.duplicate_ids.items():
            found.append(f"Code “{code}” in “{self.id_column}” is used {len(rows)} times ({_rows(rows)}).")
        for bad in self.bad_shapes:
            found.append(f"“{bad.id}” (row {bad.row + 1}) has no area: its shape is {bad.what}.")
        return found

    @property
    def warnings(self) -> list[str]:
        """What a person should know before taking them."""
        found = list(self.id_warnings)
        if self.mended:
            change = sum(abs(m.area_change_m2) for m in self.mended)
            mended = _count(len(self.mended), "boundary", "boundaries")
            found.append(f"{mended} mended; areas changed by {_m2(change)}.")
        found += _seam_warnings(self)
        return found

    @property
    def is_clean(self) -> bool:
        """True when nothing had to be mended and nothing is left to look at, slivers aside."""
        return not (self.problems or self.warnings)


def check_boundaries(
    frame: GeoDataFrame,
    *,
    id_column: str,
    id_width: int | None = None,
    sliver_m2: float = 1_000.0,
    sliver_width_m: float = 20.0,
) -> BoundaryReport:
    """Look over boundaries: rings, shapes, ids, overlaps and gaps.

    Broken rings are mended (make_valid, polygonal parts only). Ids become text, padded
    to `id_width` if given.
    An overlap or gap below `sliver_m2`, or on average narrower than `sliver_width_m`, counts as a sliver.
    Raises BadBoundaries when there is no such column or the frame has no CRS. 3,200 counties
    take a few seconds.
    """
    if id_column not in frame.columns:
        there = ", ".join(map(str, frame.columns[:30]))
        raise BadBoundaries(f"There is no column “{id_column}”. There are: {there}.")
    if frame.crs is None:
        raise BadBoundaries("The boundaries have no coordinate system; read them with read_boundaries.")
    frame = frame.to_crs(4326).reset_index(drop=True)
    codes = text_ids(frame[id_column], width=id_width)
    labels = [code if code is not None else f"row {row + 1}" for row, code in enumerate(codes.ids)]
    before = np.asarray(frame.geometry.array, dtype=object)
    after, broken, reasons = rings.mend(before)
    usable = np.flatnonzero(~shapely.is_empty(after))
    sizes = {"sliver_m2": sliver_m2, "sliver_width_m": sliver_width_m}
    names = [labels[row] for row in usable]
    overlaps, overlap_slivers = seams.overlaps(after[usable], names, **sizes)
    gaps, gap_slivers = seams.gaps(after[usable], names, **sizes)
    return BoundaryReport(
        frame=_usable_frame(frame, after, usable, id_column, codes.ids),
        id_column=id_column,
        rows=len(frame),
        mended=rings.mended_rows(before, after, broken, reasons, labels),
        bad_shapes=_bad_shapes(before, after, labels),
        missing_ids=[row for row, code in enumerate(codes.ids) if code is None],
        duplicate_ids=_duplicates(codes.ids),
        overlaps=overlaps,
        gaps=gaps,
        overlap_slivers=overlap_slivers,
        gap_slivers=gap_slivers,
        suggested_id_width=codes.suggested_width,
        id_warnings=codes.warnings,
        **sizes,
    )


def _usable_frame(
    frame: GeoDataFrame,
    shapes: NDArray[np.object_],
    rows: NDArray[np.intp],
    id_column: str,
    ids: list[str | None],
) -> GeoDataFrame:
    usable = frame.iloc[rows].copy()
    usable[id_column] = np.array(ids, dtype=object)[rows]
    return usable.set_geometry(gpd.GeoSeries(shapes[rows], index=usable.index, crs=frame.crs))


def _bad_shapes(before: NDArray[np.object_], after: NDArray[np.object_], labels: list[str]) -> list[BadShape]:
    rows = np.flatnonzero(shapely.is_empty(after)).tolist()
    return [BadShape(row, labels[row], _what(before[row])) for row in rows]


def _what(shape: shapely.Geometry | None) -> str:
    if shape is None:
        return "missing"
    if shape.is_empty:
        return "empty"
    areal = "Polygon" in shape.geom_type or shape.geom_type == "GeometryCollection"
    return "without extent" if areal else f"a {shape.geom_type}"


def _duplicates(ids: list[str | None]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, code in enumerate(ids):
        if code is not None:
            rows.setdefault(code, []).append(row)
    return {code: where for code, where in rows.items() if len(where) > 1}


def _seam_warnings(report: BoundaryReport) -> list[str]:
    found = []
    if report.overlaps:
        worst = report.overlaps[0]
        found.append(
            f"{_count(len(report.overlaps), 'overlap', 'overlaps')}; the largest, {_m2(worst.area_m2)}, "
            f"is claimed by “{worst.first}” and “{worst.second}”."
        )
    if report.gaps:
        hole = report.gaps[0]
        beside = ", ".join(f"“{name}”" for name in hole.beside[:3])
        found.append(
            f"{_count(len(report.gaps), 'gap', 'gaps')} enclosed by boundaries; the largest, "
            f"{_m2(hole.area_m2)}, lies beside {beside}."
        )
    return found


def _rows(rows: list[int]) -> str:
    shown = ", ".join(str(row + 1) for row in rows[:5]) + (", …" if len(rows) > 5 else "")
    return f"row{'s' if len(rows) > 1 else ''} {shown}"


def _count(n: int, one: str, many: str) -> str:
    return f"{n:,} {one if n == 1 else many}"


def _m2(area: float) -> str:
    return f"{area / 1e6:,.2f} km²" if area >= 1e5 else f"{area:,.0f} m²"

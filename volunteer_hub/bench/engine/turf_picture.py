"""A picture of a cut: `python -m volunteer_hub.bench.engine.turf_picture CUT STREETS OUT.png METRES LAT LON`.

CUT is what `python -m geodata turf --gpkg` writes; METRES is the width of the square around LAT, LON.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import geopandas as gpd
import shapely
from matplotlib.figure import Figure
from PIL import Image

from geodata.routing.neighbours import Floats
from geodata.turf import CutResult

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7a3fa0", "#c03a2b")
SMALL_IN, LARGE_IN, DOTS = 6.0, 9.0, 90
PALETTE = 64  # colours of a small picture, so that its file is small


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """The square that a picture shows: its middle (x, y) and width in metres."""

    middle_m: Floats
    width_m: float

    @property
    def box(self) -> Any:
        """As a shapely polygon."""
        (x, y), half = self.middle_m, self.width_m / 2
        return shapely.box(x - half, y - half, x + half, y + half)


def draw(cut: CutResult, view: View, out: Path, *, streets: Any = (), barriers: Sequence[Any] = ()) -> None:
    """A small picture of a cut that has polygons and lines: turfs as areas, their walks, a dot where each
    begins, streets grey and barriers black.
    """
    seen = [turf for turf in cut.turfs if turf.polygon is not None and turf.polygon.intersects(view.box)]
    turfs = gpd.GeoDataFrame(geometry=[turf.polygon for turf in seen])
    walks = gpd.GeoSeries([turf.line for turf in seen])
    starts = gpd.GeoSeries([shapely.Point(turf.start_xy_m) for turf in seen])
    figure = _figure(turfs, walks, starts, gpd.GeoSeries(list(streets)), view, SMALL_IN)
    if len(barriers):
        gpd.GeoSeries(list(barriers)).plot(ax=figure.axes[0], color="black", linewidth=2, linestyle="--")
    _fix(figure, view)
    figure.savefig(out, format="png", dpi=DOTS, metadata={"Software": None})
    with Image.open(out) as image:
        image.convert("RGB").quantize(PALETTE).save(out, format="PNG", optimize=True)


def draw_files(cut: Path, streets: Path, out: Path, width_m: float, lat: float, lon: float) -> None:
    """A large picture of a cut's files."""
    turfs = gpd.read_file(cut, layer="turfs")
    crs = turfs.estimate_utm_crs()
    turfs, walks, starts = (
        gpd.read_file(cut, layer=name).to_crs(crs) for name in ("turfs", "walks", "starts")
    )
    (middle,) = gpd.GeoSeries(gpd.points_from_xy([lon], [lat]), crs=4326).to_crs(crs)
    view = View(shapely.get_coordinates(middle)[0], width_m)
    figure = _figure(turfs, walks, starts, gpd.read_file(streets).to_crs(crs), view, LARGE_IN)
    figure.savefig(out, dpi=DOTS)


def _figure(
    turfs: gpd.GeoDataFrame, walks: Any, starts: Any, streets: Any, view: View, inches: float
) -> Figure:
    colours = [COLOURS[number] for number in _apart(turfs)]
    figure = Figure(figsize=(inches, inches))
    axes = figure.add_axes((0, 0, 1, 1))
    turfs.plot(ax=axes, color=colours, alpha=0.25)
    turfs.boundary.plot(ax=axes, color=colours, linewidth=1)
    if len(streets):
        streets.plot(ax=axes, color="#aaaaaa", linewidth=0.8)
    walks.plot(ax=axes, color=colours, linewidth=1.6)
    starts.plot(ax=axes, color="black", markersize=22, zorder=5)
    _fix(figure, view)
    return figure


def _fix(figure: Figure, view: View) -> None:
    """Show the view and nothing else: every plot makes room for itself."""
    west, south, east, north = view.box.bounds
    (axes,) = figure.axes
    axes.set_xlim(west, east)
    axes.set_ylim(south, north)
    axes.set_axis_off()


def _apart(turfs: gpd.GeoDataFrame) -> list[int]:
    """A number of a colour for each turf, another than its neighbours' where there are enough."""
    near = turfs.sindex.query(turfs.geometry.buffer(30), predicate="intersects")
    found: list[int] = []
    for turf in range(len(turfs)):
        taken = [found[other] for other in near[1][near[0] == turf] if other < turf]
        found.append(
            min(range(len(COLOURS)), key=lambda each: (taken.count(each), (each + turf) % len(COLOURS)))
        )
    return found


if __name__ == "__main__":
    draw_files(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), *map(float, sys.argv[4:7]))

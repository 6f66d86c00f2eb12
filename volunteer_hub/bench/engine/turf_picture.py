"""A picture of a cut: `python -m volunteer_hub.bench.engine.turf_picture CUT STREETS OUT.png METRES LAT LON`.

CUT is what `python -m geodata turf --gpkg` writes; METRES is the width of the square around LAT, LON.
"""

from __future__ import annotations

import sys
from pathlib import Path

import geopandas as gpd
from matplotlib.figure import Figure

COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b8860b", "#56b4e9", "#7a3fa0", "#c03a2b")


def draw(cut: Path, streets: Path, out: Path, width_m: float, lat: float, lon: float) -> None:
    """Turfs as areas, their walks along the streets, and a dot where each begins."""
    turfs = gpd.read_file(cut, layer="turfs")
    crs = turfs.estimate_utm_crs()
    turfs, walks, starts = (
        gpd.read_file(cut, layer=name).to_crs(crs) for name in ("turfs", "walks", "starts")
    )
    (middle,) = gpd.GeoSeries(gpd.points_from_xy([lon], [lat]), crs=4326).to_crs(crs)
    half = width_m / 2
    colours = [COLOURS[number] for number in _apart(turfs)]
    figure = Figure(figsize=(9, 9))
    axes = figure.add_axes((0, 0, 1, 1))
    turfs.plot(ax=axes, color=colours, alpha=0.25)
    turfs.boundary.plot(ax=axes, color=colours, linewidth=1)
    gpd.read_file(streets).to_crs(crs).plot(ax=axes, color="#aaaaaa", linewidth=0.8)
    walks.plot(ax=axes, color=colours, linewidth=1.6)
    starts.plot(ax=axes, color="black", markersize=22, zorder=5)
    axes.set_xlim(middle.x - half, middle.x + half)
    axes.set_ylim(middle.y - half, middle.y + half)
    axes.set_axis_off()
    figure.savefig(out, dpi=90)


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
    draw(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]), *map(float, sys.argv[4:7]))

"""Pictures of the report: maps and intervals, drawn without a screen and embedded as data."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import shapely
from matplotlib import colormaps
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import PolyCollection
from matplotlib.figure import Figure
from pyproj import Transformer

from geodata.backtest.intervals import Span
from geodata.priority.contest import Floats

INK, OURS, OTHER, PALE = "#1d2433", "#0b6e4f", "#b4521b", "#e8eaee"
_EDGE = 0.01  # of the districts may fall outside the picture on each side (islands far away)
_FINE_M = 900.0


class Map:
    """Districts that can be coloured again and again: shapes by code, projected once."""

    def __init__(self, ids: Sequence[str], shapes: Mapping[str, Any]) -> None:
        rows = [row for row, code in enumerate(ids) if code in shapes]
        flat = _projected(np.array([shapes[ids[row]] for row in rows], dtype=object))
        parts, owner = shapely.get_parts(flat, return_index=True)
        rings = [shapely.get_coordinates(shapely.get_exterior_ring(part)) for part in parts]
        self._rings, self._row = rings, np.asarray(rows)[owner]
        self._window = _window(shapely.get_coordinates(shapely.centroid(flat)))

    def picture(self, value: Floats, *, colours: str, low: float, high: float, label: str) -> str:
        """The map with value (n,) by district as an image; NaN stays pale."""
        figure = Figure(figsize=(5.2, 3.9), dpi=120, layout="constrained")
        axes = figure.add_subplot()
        cmap = colormaps[colours].with_extremes(bad=PALE)
        drawn = PolyCollection(self._rings, cmap=cmap, edgecolors="none", rasterized=True)
        drawn.set_array(np.ma.masked_invalid(value[self._row]))
        drawn.set_clim(low, high)
        axes.add_collection(drawn)
        (left, right), (bottom, top) = self._window
        axes.set(xlim=(left, right), ylim=(bottom, top), aspect="equal")
        axes.set_axis_off()
        bar = figure.colorbar(drawn, ax=axes, orientation="horizontal", fraction=0.05, pad=0.02, aspect=40)
        bar.set_label(label, fontsize=9, color=INK)
        bar.ax.tick_params(labelsize=8, colors=INK)
        bar.outline.set_visible(False)
        return _as_data(figure, "png")


def intervals(names: Sequence[str], series: Mapping[str, Sequence[Span]]) -> str:
    """How many times another plan's gain ours is: a dot and its 90 % interval for each, on a log scale."""
    figure = Figure(figsize=(6.4, 0.9 + 0.62 * len(names)), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    for offset, (label, spans), colour in zip((-0.14, 0.14), series.items(), (OURS, OTHER), strict=False):
        y = np.arange(len(names)) + offset
        low, mid, high = np.clip(np.array(spans, dtype=float).T, 0.05, 200)
        axes.hlines(y, low, high, color=colour, lw=2.2)
        axes.plot(mid, y, "o", color=colour, ms=6, label=label)
    axes.axvline(1, color=INK, lw=1, ls="--")
    ticks = [0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200]
    axes.set_xscale("log")
    axes.set_xticks(ticks, [f"{t:g}×" for t in ticks])
    axes.minorticks_off()
    every = np.clip(np.array([s for spans in series.values() for s in spans], dtype=float), 0.05, 200)
    axes.set_xlim(min(every.min() * 0.8, 0.7), max(every.max() * 1.25, 1.5))
    axes.set_yticks(np.arange(len(names)), names)
    axes.invert_yaxis()
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0, labelcolor=INK)
    axes.legend(loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2, frameon=False, fontsize=9)
    return _as_data(figure, "svg")


def _as_data(figure: Figure, kind: str) -> str:
    FigureCanvasAgg(figure)
    buffer = io.BytesIO()
    figure.savefig(buffer, format=kind, metadata={"Date": None} if kind == "svg" else None)
    mime = "image/svg+xml" if kind == "svg" else "image/png"
    return f"data:{mime};base64,{base64.b64encode(buffer.getvalue()).decode()}"


def _projected(polygons: np.ndarray) -> np.ndarray:
    """Equal-area metres around the middle of all districts, simplified to what a picture shows."""
    lon, lat = np.median(shapely.get_coordinates(shapely.centroid(polygons)), axis=0)
    flat = f"+proj=laea +lat_0={lat:.3f} +lon_0={lon:.3f} +datum=WGS84 +units=m"
    to = Transformer.from_crs("EPSG:4326", flat, always_xy=True)
    moved = shapely.transform(polygons, lambda xy: np.column_stack(to.transform(xy[:, 0], xy[:, 1])))
    fine = min(_FINE_M, float(np.sqrt(np.median(shapely.area(moved)))) / 50)
    return np.asarray(shapely.simplify(moved, fine))


def _window(centres: Floats) -> tuple[tuple[float, float], tuple[float, float]]:
    low, high = np.quantile(centres, [_EDGE, 1 - _EDGE], axis=0)
    room = 0.08 * (high - low) + 1.0
    return ((low[0] - room[0], high[0] + room[0]), (low[1] - room[1], high[1] + room[1]))

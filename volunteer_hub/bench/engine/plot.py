"""How seconds and memory grow with size, as a picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullFormatter

from volunteer_hub.bench.engine.case import SIDES, Case

LOOKS = {"ours": ("#0b5394", "o", "-"), "peer": ("#b45f06", "s", "--"), "baseline": ("#6b6b6b", "^", ":")}
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "volunteer-hub",
    "font.family": "sans-serif",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
}


def draw(case: Case, run: dict[str, Any], file: Path) -> None:
    """Write an SVG of two log-log panels, one line for each side; the same run gives the same bytes."""
    with mpl.rc_context(STYLE):
        figure = Figure(figsize=(8, 3.2), layout="constrained")
        time_axes, memory_axes = figure.subplots(1, 2)
        _panel(time_axes, case, run, "seconds", "seconds")
        _panel(memory_axes, case, run, "peak_mb", "peak memory, MB")
        lines, names = time_axes.get_legend_handles_labels()
        figure.legend(lines, names, loc="outside upper center", ncols=len(names), frameon=False)
        file.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(file, format="svg", metadata={"Date": None})


def _panel(axes: Axes, case: Case, run: dict[str, Any], figure: str, label: str) -> None:
    names = {"ours": case.ours_name, "peer": case.peer_name, "baseline": case.baseline_name}
    for side in SIDES:
        points = sorted((row["n"], row[side][figure]) for row in run["rows"] if figure in row.get(side, {}))
        if points:
            colour, marker, line = LOOKS[side]
            x, y = zip(*points, strict=True)
            axes.plot(x, y, color=colour, marker=marker, linestyle=line, label=names[side], markersize=4)
    axes.set(xscale="log", yscale="log", xlabel=case.things[0], ylabel=label)
    for axis, (low, high), limit in (
        (axes.xaxis, axes.get_xlim(), axes.set_xlim),
        (axes.yaxis, axes.get_ylim(), axes.set_ylim),
    ):
        axis.set_major_formatter(FuncFormatter(lambda number, _: f"{number:,g}"))
        axis.set_minor_formatter(NullFormatter())
        limit(10 ** np.floor(np.log10(low)), 10 ** np.ceil(np.log10(high)))
    axes.grid(visible=True, which="major", color="#dddddd", linewidth=0.6)

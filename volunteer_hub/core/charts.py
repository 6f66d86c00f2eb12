"""Charts as plain paths: numbers in, the `d` attributes of an SVG of 100 x 100 and the words of its axes out.

The plot is stretched to its place (preserveAspectRatio none, strokes keep their width), the words around it
are HTML, so that a chart is read as well on a phone as on a desk. Drawn by templates/components/charts.html.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

GAP_SHARE = 0.22


@dataclass(frozen=True, slots=True)
class Chart:
    """Paths of a plot: `line`, the `area` under or around it, `marks` (bars). top: value at its upper edge.

    right: value at its right edge, where the x axis counts something; None where it names days.
    """

    top: float
    right: float | None = None
    line: str = ""
    area: str = ""
    marks: str = ""

    @property
    def ticks(self) -> list[float]:
        """Values at the upper edge, in the middle and at the foot."""
        return [self.top, self.top / 2, 0.0]


def nice_top(value: float) -> float:
    """The least of 1, 2, 2.5, 4, 5, 8 times a power of ten that is not below `value`; 1 for nothing."""
    if not value > 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(value))
    return next(step * unit for step in (1, 2, 2.5, 4, 5, 8, 10) if step * unit >= value * (1 - 1e-9))


def columns(values: Sequence[float]) -> Chart:
    """A bar for each value, oldest first."""
    top = nice_top(max(values, default=0.0))
    width = 100 / max(len(values), 1)
    gap = width * GAP_SHARE / 2
    bars = [
        f"M{_at(i * width + gap)} 100V{_at(100 - 100 * value / top)}H{_at((i + 1) * width - gap)}V100z"
        for i, value in enumerate(values)
        if value > 0
    ]
    return Chart(top, marks="".join(bars))


def steps(segments: Sequence[tuple[float, float]]) -> Chart:
    """A falling curve of (length, height) steps, as the value of the first hours and of those after them."""
    top = nice_top(max((height for _, height in segments), default=0.0))
    right = sum(length for length, _ in segments)
    if right <= 0:
        return Chart(top, 0.0)
    at, points = 0.0, []
    for length, height in segments:
        y = _at(100 - 100 * height / top)
        points.append(f"{_at(at)} {y}L{_at(at + 100 * length / right)} {y}")
        at += 100 * length / right
    line = "M" + "L".join(points)
    return Chart(top, right, line=line, area=f"{line}L100 100L0 100z")


def band(points: Sequence[tuple[float, float, float, float]]) -> Chart:
    """A line within its interval: points are (x, low, value, high), x rising."""
    top = nice_top(max((high for *_, high in points), default=0.0))
    if not points:
        return Chart(top)
    first, span = points[0][0], (points[-1][0] - points[0][0]) or 1.0
    if len(points) == 1:
        points = [points[0], (first + 1.0, *points[0][1:])]
    xs = [_at(100 * (x - first) / span) for x, *_ in points]

    def row(which: int) -> list[str]:
        ys = [_at(100 - 100 * each[which] / top) for each in points]
        return [f"{x} {y}" for x, y in zip(xs, ys, strict=True)]

    return Chart(
        top, line="M" + "L".join(row(2)), area="M" + "L".join(row(3)) + "L" + "L".join(reversed(row(1))) + "z"
    )


def _at(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")

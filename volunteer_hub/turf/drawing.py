"""A turf drawn in SVG for a phone without a map and for paper: doors, the walk, the start. Pure."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from math import cos, radians
from typing import Generic, Protocol, TypeVar

import numpy as np
import numpy.typing as npt
import shapely
from shapely.geometry.base import BaseGeometry

EDGE = 14.0
FINEST = 0.6  # bends smaller than this, in the drawing's units, are left out: nobody sees them


class Place(Protocol):
    """A door in walking order. Degrees."""

    @property
    def latitude(self) -> float: ...
    @property
    def longitude(self) -> float: ...
    @property
    def street(self) -> str: ...


AnyDoor = TypeVar("AnyDoor", bound=Place)


@dataclass(frozen=True, slots=True)
class Drawing:
    """In the drawing's units, north up: a place for each door, and the walk as the data of an SVG path.

    frame: (a, b, c, d) with x = a + b * longitude and y = c + d * latitude, degrees; zeros without doors.
    """

    width: int
    height: int
    places: tuple[tuple[float, float], ...]
    path: str
    frame: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 0.0)

    @property
    def start(self) -> tuple[float, float] | None:
        """Where the walk begins."""
        return self.places[0] if self.places else None


def drawing_of(
    doors: Sequence[Place], line: BaseGeometry | None, *, width: int = 320, height: int = 240
) -> Drawing:
    """Draw doors and their walk, true to shape and as large as fits; without a line the doors are joined."""
    if not doors:
        return Drawing(width, height, (), "")
    degrees = np.array([(door.longitude, door.latitude) for door in doors])
    strokes = [degrees] if line is None or line.is_empty else _strokes(line)
    fit = _Fit(np.concatenate([degrees, *strokes]), width, height)
    places = tuple((round(float(x), 1), round(float(y), 1)) for x, y in fit(degrees))
    path = "".join(_path(fit(each)) for each in strokes if len(each) > 1)
    return Drawing(width, height, places, path, fit.frame())


@dataclass(frozen=True, slots=True)
class Stretch(Generic[AnyDoor]):
    """Doors of one street, one after the other; first counts from 1; next is the street after them."""

    street: str
    first: int
    doors: tuple[AnyDoor, ...]
    next: str


def stretches(doors: Sequence[AnyDoor]) -> list[Stretch[AnyDoor]]:
    """A walk as its streets, in walking order; a street that is walked twice comes twice."""
    breaks = [0, *(at for at in range(1, len(doors)) if doors[at].street != doors[at - 1].street), len(doors)]
    return [
        Stretch(
            doors[first].street, first + 1, tuple(doors[first:end]),
            doors[end].street if end < len(doors) else "",
        )
        for first, end in itertools.pairwise(breaks)
        if end > first
    ]  # fmt: skip


class _Fit:
    def __init__(self, degrees: npt.NDArray[np.float64], width: int, height: int) -> None:
        self.shrink = cos(radians(float(degrees[:, 1].mean())))
        flat = degrees * (self.shrink, 1.0)
        self.low, self.high = flat.min(axis=0), flat.max(axis=0)
        room = np.array([width - 2 * EDGE, height - 2 * EDGE])
        size = self.high - self.low
        self.scale = float((room / np.maximum(size, 1e-6)).min())
        self.margin = (np.array([width, height]) - size * self.scale) / 2

    def __call__(self, degrees: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        flat = degrees * (self.shrink, 1.0)
        across = self.margin[0] + (flat[:, 0] - self.low[0]) * self.scale
        down = self.margin[1] + (self.high[1] - flat[:, 1]) * self.scale
        return np.column_stack([across, down])

    def frame(self) -> tuple[float, float, float, float]:
        """As in Drawing."""
        across, down = self.shrink * self.scale, self.scale
        left = float(self.margin[0] - self.low[0] * self.scale)
        top = float(self.margin[1] + self.high[1] * self.scale)
        return left, across, top, -down


def _strokes(line: BaseGeometry) -> list[npt.NDArray[np.float64]]:
    return [
        shapely.get_coordinates(part) for part in shapely.get_parts(line) if part.geom_type == "LineString"
    ]


def _path(points: npt.NDArray[np.float64]) -> str:
    finer = shapely.get_coordinates(shapely.simplify(shapely.LineString(points), FINEST))
    return "M" + "L".join(f"{_short(x)} {_short(y)}" for x, y in finer)


def _short(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")

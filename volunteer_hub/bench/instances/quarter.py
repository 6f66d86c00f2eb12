"""Doors along streets, as every case of turf on streets needs them: invented or real."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from geodata.routing.neighbours import Floats, Longs


@dataclass(frozen=True, slots=True, eq=False)
class Quarter:
    """xy_m (n, 2) doors in a local CRS in metres; street, building, number, unit: text of each, building None
    where each door stands alone. lines, kinds, names: its streets, shapely lines, numbers of
    geodata.streets.KINDS and text or None. barriers: shapely. read_s: seconds that reading the streets took.
    """

    xy_m: Floats
    street: list[Any]
    lines: Any
    kinds: Longs
    names: Any
    building: list[Any] | None = None
    number: list[Any] | None = None
    unit: list[Any] | None = None
    barriers: list[Any] = field(default_factory=list)
    read_s: float = 0.0

    def __len__(self) -> int:
        return len(self.xy_m)


def around(xy_m: Floats, count: int) -> Longs:
    """Rows of the `count` places nearest to (median x, median y), in their own order; all where fewer are."""
    away = np.hypot(*(xy_m - np.median(xy_m, axis=0)).T)
    return np.sort(np.argsort(away, kind="stable")[:count])

"""One scale of colours for two maps: the same bounds, the same legend."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from volunteer_hub.priority.blueprint import significant_number

CLASSES = 7


@dataclass(frozen=True, slots=True)
class Scale:
    """bounds: between classes, rising. low, high: the least and the largest number shown."""

    bounds: tuple[float, ...]
    low: float
    high: float

    @property
    def classes(self) -> list[tuple[int, float, float]]:
        """(colour of the ramp, 1 to 7, as map-colours.mjs picks it; from; to), lowest first."""
        edges = (self.low, *self.bounds, self.high)
        count = len(edges) - 1
        if count == 1:
            return [(4, self.low, self.high)]
        return [
            (1 + math.floor(at * (CLASSES - 1) / (count - 1) + 0.5), edges[at], edges[at + 1])
            for at in range(count)
        ]


STANDING = Scale((15.0, 30.0, 45.0, 60.0, 75.0, 90.0), 0.0, 100.0)  # per cent of places that are worth less


def common(values: Sequence[float]) -> Scale:
    """Classes with about as many of the numbers in each, fewer where they repeat; one for no numbers."""
    numbers = sorted(significant_number(value) for value in values)
    if not numbers:
        return Scale((), 0.0, 0.0)
    bounds: list[float] = []
    for step in range(1, CLASSES):
        bound = numbers[step * len(numbers) // CLASSES]
        if bound > (bounds[-1] if bounds else numbers[0]):
            bounds.append(bound)
    return Scale(tuple(bounds), numbers[0], numbers[-1])
